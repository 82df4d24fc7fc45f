package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// gitRemote is a server that knows one branch and tells it to who knows the password.
type gitRemote struct {
	*httptest.Server
	mu        sync.Mutex
	passwords []string
}

// revision is the commit of the branch.
const revision = "0123456789abcdef0123456789abcdef01234567"

func newGitRemote(t *testing.T) *gitRemote {
	t.Helper()
	r := &gitRemote{}
	line := func(s string) string { return fmt.Sprintf("%04x%s", len(s)+4, s) }
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, password, ok := q.BasicAuth()
		if !ok {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.mu.Lock()
		r.passwords = append(r.passwords, password)
		r.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		_, _ = io.WriteString(w, line("# service=git-upload-pack\n")+"0000"+
			line(revision+" HEAD\x00symref=HEAD:refs/heads/main agent=test\n")+line(revision+" refs/heads/main\n")+"0000")
	}))
	t.Cleanup(r.Close)
	return r
}

// seen returns the passwords that were shown, each once.
func (r *gitRemote) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(r.passwords)))
}

// The output of an ephemeral resource reaches a provider, and nothing that is written or
// printed holds it: no plan, no state, no log.
func TestAccExecEphemeralIsStoredNowhere(t *testing.T) {
	t.Parallel()
	const secret, control = "Kr4bbe-9zz-t0ken", "in-plain-sight"
	remote := newGitRemote(t)
	w := enginetest.New(t)
	w.Needs(enginetest.Ephemeral)
	w.Write("vault", secret)
	w.Config(fmt.Sprintf(`
		ephemeral "exec" "login" {
			command = ["sh", "-c", "echo opened >> log; printf '{\"token\": \"%%s\"}' $(cat vault); echo note: $(cat vault) >&2"]
			close = {
				command = ["sh", "-c", "test \"$EXEC_STDOUT\" = \"{\\\"token\\\": \\\"$(cat vault)\\\"}\" && echo closed $EXEC_EXIT_CODE >> log"]
			}
		}
		provider "exec" {
			alias           = "private"
			git_credentials = [{ url_prefix = %[1]q, username = "git", password = ephemeral.exec.login.result.token }]
		}
		resource "exec_service" "s" {
			provider   = exec.private
			name       = "s"
			source     = { git = { url = "%[1]s/repo.git", reference = "main" } }
			executable = { filename = "run.sh" }
			executable_object = exec_executable_object.sh
		}
		resource "exec_executable_object" "sh" {
			name         = "sh"
			exec_command = "sh"
		}
		resource "exec" "control" {
			command     = "true"
			environment = { CONTROL = %[2]q }
		}
	`, remote.URL, control))
	w.Setenv("TF_LOG", "trace")
	w.Setenv("TF_LOG_PATH", w.Path("engine.log"))
	printed := w.Must("plan", "-out=tfplan").Output()
	shown := w.Must("show", "-json", "tfplan").Stdout
	w.Write("unzipped", w.PlanFile())
	equal(t, "what ran in the plan", strings.Join(w.Lines("log"), ", "), "opened, closed 0")
	printed += w.Must("apply", "tfplan").Output()
	shown += w.Must("show", "-json").Stdout
	equal(t, "what ran in the end", strings.Join(w.Lines("log"), ", "), "opened, closed 0, opened, closed 0")

	equal(t, "the revision that the password gave", w.Value("exec_service.s", "revision"), any(revision))
	equal(t, "the passwords that were used", strings.Join(remote.seen(), " "), secret)
	for what, text := range map[string]string{"what was printed": printed, "show -json": shown} {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds the secret:\n%s", what, text)
		}
	}
	if !strings.Contains(shown, control) {
		t.Error("the control: show -json does not hold what it should")
	}
	held := map[string]bool{}
	files := 0
	err := filepath.WalkDir(w.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "vault" {
			return err
		}
		data, err := os.ReadFile(path)
		files++
		name, _ := filepath.Rel(w.Dir, path)
		held[name] = strings.Contains(string(data), control)
		if strings.Contains(string(data), secret) {
			t.Errorf("%s holds the secret", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"terraform.tfstate", "unzipped"} {
		if !held[name] {
			t.Errorf("the control: %s does not hold what it should, of %d files: %v", name, files, held)
		}
	}
}

// A plan does not open what waits for something, and the apply does.
func TestAccExecEphemeralIsOpenedWhenItIsKnown(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Ephemeral)
	w.Setenv("EXEC_GUARDS", "apply")
	w.Config(`
		resource "exec" "first" {
			command = ["printf", "first"]
		}
		ephemeral "exec" "waits" {
			command = ["sh", "-c", "echo waits >> log", exec.first.stdout]
		}
		ephemeral "exec" "known" {
			command = ["sh", "-c", "echo known >> log"]
		}
		provider "exec" {
			alias           = "late"
			git_credentials = [{
				url_prefix = "https://git.example.com"
				username   = "x${ephemeral.exec.waits.exit_code}${ephemeral.exec.known.exit_code}"
				password   = "x"
			}]
		}
		resource "exec" "second" {
			provider = exec.late
			command  = "true"
		}
	`)
	w.Must("plan", "-out=tfplan")
	equal(t, "what ran in the plan", strings.Join(w.Lines("log"), " "), "known")
	w.Must("apply", "tfplan")
	equal(t, "what ran in the end", sortedWords(w.Read("log")), "known known waits")
}

// What does not open or close fails the plan, in words that name the command at fault and
// show nothing of its output.
func TestAccExecEphemeralFailures(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config, attribute string
		summary, detail   string
		log               string
	}{
		"a failing command": {
			`command = ["sh", "-c", "echo opened >> log; echo t0ken; echo denied t0ken >&2; exit 3"]`, "command",
			"Unable to run command", "denied (sensitive value)", "opened closed 3 t0ken",
		},
		"too little time": {
			`command = ["sh", "-c", "echo opened >> log; exec sleep 60"]` + "\n" + `timeout = "500ms"`, "timeout",
			"Unable to finish command in time", "still running after 500ms", "opened closed",
		},
		"no such program": {`command = ["./absent"]`, "command", "Unable to start command", "program not found", ""},
		"an unknown user": {`command = ["true"]` + "\n" + `user = "no-such-user"`, "user", "Unable to start command", "no such user", ""},
		"bad JSON":        {`program = ["echo", "t0ken"]`, "program", "Unable to read answer", "it is not JSON", "closed 0 t0ken"},
		"two commands":    {`command = "true"` + "\n" + `program = ["true"]`, "program", "Unable to combine attributes", "both say what to run", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Needs(enginetest.Ephemeral)
			w.Config(fmt.Sprintf(`
				ephemeral "exec" "x" {
					%s
					close = { command = ["sh", "-c", "echo closed $EXEC_EXIT_CODE $EXEC_STDOUT >> log"] }
				}
				locals { x = ephemeral.exec.x.stdout }
				provider "exec" {
					alias           = "used"
					git_credentials = [{ url_prefix = "https://git.example.com", password = local.x }]
				}
				resource "exec" "r" {
					provider = exec.used
					command  = "true"
				}
			`, tc.config))
			r := w.MustFail(nil, "plan", "-json")
			d, ok := r.Diagnostic("ephemeral.exec.x", "error")
			if !ok {
				t.Fatalf("there is no error about it:\n%s", r.Output())
			}
			equal(t, "the summary", d.Summary, tc.summary)
			equal(t, "the attribute", d.Attribute(), tc.attribute)
			if !containsFlat(d.Detail, tc.detail) || strings.Contains(d.Detail, "t0ken") {
				t.Errorf("the detail does not say %q, or shows what was printed:\n%s", tc.detail, d.Detail)
			}
			equal(t, "what ran", strings.Join(strings.Fields(w.Read("log")), " "), tc.log)
		})
	}
}

// What uses the output fails, and what is open is closed all the same, which engines leave
// to the provider.
func TestAccExecEphemeralIsClosedAfterAFailure(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Ephemeral)
	w.Config(`
		ephemeral "exec" "x" {
			command = ["sh", "-c", "echo opened >> log; echo t0ken"]
			close   = { command = ["sh", "-c", "echo closed $EXEC_STDOUT >> log"] }
		}
		provider "exec" {
			alias           = "used"
			git_credentials = [{ url_prefix = "https://git.example.com", password = ephemeral.exec.x.stdout }]
		}
		resource "exec" "r" {
			provider = exec.used
			command  = "false"
		}
	`)
	w.Must("plan", "-out=tfplan")
	w.MustFail([]string{"Unable to run command"}, "apply", "tfplan")
	equal(t, "what ran", strings.Join(w.Lines("log"), ", "), "opened, closed t0ken, opened, closed t0ken")
}

// A close command that fails is an error of its own, and undoes nothing of an apply.
func TestAccExecEphemeralCloseFails(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Ephemeral)
	w.Config(`
		ephemeral "exec" "x" {
			command = ["echo", "t0ken"]
			close   = { command = ["sh", "-c", "echo cannot revoke $EXEC_STDOUT >&2; test -e plan"] }
		}
		provider "exec" {
			alias           = "used"
			git_credentials = [{ url_prefix = "https://git.example.com", password = ephemeral.exec.x.stdout }]
		}
		resource "exec" "r" {
			provider = exec.used
			command  = "true"
		}
	`)
	w.Write("plan", "")
	w.Must("plan", "-out=tfplan")
	w.Remove("plan")
	r := w.MustFail([]string{
		"Error: Unable to close ephemeral resource", "with ephemeral.exec.x", "what was opened may still be there", "cannot revoke (sensitive value)",
	}, "apply", "tfplan")
	sawNot(t, r, "t0ken")
	equal(t, "the exit code of what was applied", w.Value("exec.r", "exit_code"), any(0.0))
}
