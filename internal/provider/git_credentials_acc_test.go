package provider_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// remote is a repository on a server that lets in nobody without a credential.
type remote struct {
	*sourcetest.Repository
	url string
	// credential is the body of an entry of git_credentials that is let in, and wrong one
	// that is not. What is secret in either is read from files named in files.
	credential, wrong string
	files             map[string]string
	// secrets are what may not be found anywhere, in each form that they travel in.
	secrets []string
	// environment is what the engine is started with.
	environment map[string]string
	// logins counts who was let in; stop ends the server.
	logins func() int64
	stop   func()
}

// remoteHTTP returns one that asks for a user name and a password, over TLS if that is set.
func remoteHTTP(t *testing.T, tls bool) remote {
	t.Helper()
	const user, password = "robot", "Kr4bbe/p4ss+w0rd=="
	root := t.TempDir()
	r := sourcetest.NewRepositoryIn(t, filepath.Join(root, "org", "repo"))
	environment := map[string]string{}
	var server *sourcetest.HTTPServer
	if tls {
		server = sourcetest.NewHTTPSServer(t, root)
		environment["SSL_CERT_FILE"] = server.CertificateFile(t)
	} else {
		server = sourcetest.NewHTTPServer(t, root)
	}
	server.User, server.Password = user, password
	const entry = "url_prefix = %q\nusername = %q\npassword = file(%q)\n"
	return remote{
		Repository: r, url: server.URL + "/org/repo/.git", environment: environment,
		credential: fmt.Sprintf(entry, server.URL+"/org", user, "password"),
		wrong:      fmt.Sprintf(entry, server.URL+"/org", user, "wrong"),
		files:      map[string]string{"password": password, "wrong": password + "wr0ng"},
		secrets:    []string{password, base64.StdEncoding.EncodeToString([]byte(user + ":" + password))},
		logins:     func() int64 { return server.Lists.Load() + server.Fetches.Load() },
		stop:       server.Close,
	}
}

// remoteSSH returns one that asks for a key.
func remoteSSH(t *testing.T) remote {
	t.Helper()
	const passphrase = "Kr4bbe passphrase"
	signer, key := sshtest.NewKey(t, passphrase)
	_, stranger := sshtest.NewKey(t, passphrase)
	r := sourcetest.NewRepository(t)
	server := sourcetest.NewSSHServer(t, signer.PublicKey(), "")
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(server.KnownHosts(t, nil), filepath.Join(home, ".ssh", "known_hosts")); err != nil {
		t.Fatal(err)
	}
	const entry = "url_prefix = %q\nprivate_key = file(%q)\npassphrase = file(\"passphrase\")\n"
	return remote{
		Repository: r, url: server.URL(r.Dir), environment: map[string]string{"HOME": home, "SSH_AUTH_SOCK": ""},
		credential: fmt.Sprintf(entry, "ssh://"+server.Addr, "key"),
		wrong:      fmt.Sprintf(entry, "ssh://"+server.Addr, "stranger"),
		files:      map[string]string{"key": key, "stranger": stranger, "passphrase": passphrase},
		// One line of the key is enough to know it by.
		secrets: []string{passphrase, strings.Split(key, "\n")[2]},
		logins:  server.Logins.Load,
		stop:    server.Close,
	}
}

// Credentials of the provider open a repository, in the plan as in the apply, and are found
// nowhere afterwards: no state, no plan, no log. Without them nobody is let in.
func TestAccGitCredentials(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(*testing.T) remote{
		"HTTP":  func(t *testing.T) remote { t.Helper(); return remoteHTTP(t, false) },
		"HTTPS": func(t *testing.T) remote { t.Helper(); return remoteHTTP(t, true) },
		"SSH":   remoteSSH,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			first := r.Commit(map[string]string{"run.sh": "cat message", "message": "first\n"})
			w := enginetest.New(t)
			w.Setenv("EXEC_CACHE_DIR", t.TempDir())
			w.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			w.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			for variable, value := range r.environment {
				w.Setenv(variable, value)
			}
			for file, content := range r.files {
				w.Write(file, content)
			}
			with := func(credentials string) {
				t.Helper()
				w.Config(fmt.Sprintf("provider \"exec\" {\n  git_credentials = [%s]\n}\n", credentials) + shell + fmt.Sprintf(`
resource "exec_service" "job" {
  name              = "job"
  source            = { git = { url = %q, reference = "main" } }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
resource "exec" "job" {
  service = exec_service.job
}
`, r.url))
			}

			// The controls, at the earliest moment: nobody is let in without the right one.
			with("")
			w.MustFail([]string{"credentials refused", "are configured"}, "plan")
			with("{\n" + r.wrong + "}")
			w.MustFail([]string{"Unable to resolve source", "credentials refused"}, "plan")
			equal(t, "logins of strangers", r.logins(), 0)

			w.Setenv("TF_LOG", "trace")
			w.Setenv("TF_LOG_PATH", w.Path("engine.log"))
			with("{\n" + r.credential + "}")
			plan := w.Plan()
			sawNot(t, plan.Result, "Unable to")
			wantNoSecret(t, "plan file", w.PlanFile(), r.secrets)
			wantNoSecret(t, "plan as JSON", w.Must("show", "-json", "tfplan").Output(), r.secrets)
			w.Must("apply", "tfplan")
			equal(t, "revision", w.Value("exec_service.job", "revision"), any(first))
			equal(t, "stdout", w.Value("exec.job", "stdout"), any("first\n"))
			equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)
			equal(t, "somebody was let in", r.logins() > 0, true)

			second := r.Commit(map[string]string{"message": "second\n"})
			equal(t, "a moved branch may run the job", w.Plan().Change(t, "exec.job").MayRun(), true)
			w.Apply()
			equal(t, "revision", w.Value("exec_service.job", "revision"), any(second))
			equal(t, "stdout", w.Value("exec.job", "stdout"), any("second\n"))

			// What was resolved once stands where nobody is let in any more, or nobody answers.
			with("{\n" + r.wrong + "}")
			refused := w.Plan()
			saw(t, refused.Result, "credentials refused")
			saw(t, refused.Result, "The revision that was resolved last is kept")
			equal(t, "plan when nothing changed", refused.ExitCode, 0)
			with("{\n" + r.credential + "}")
			r.stop()
			gone := w.Plan()
			saw(t, gone.Result, "remote unreachable")
			saw(t, gone.Result, "The revision that was resolved last is kept")
			for _, what := range []string{"terraform.tfstate", "terraform.tfstate.backup", "engine.log"} {
				wantNoSecret(t, what, w.Read(what), r.secrets)
			}
			wantNoSecret(t, "state as JSON", w.Must("show", "-json").Output(), r.secrets)
			if state, log := w.Read("terraform.tfstate"), w.Read("engine.log"); !strings.Contains(state, second) || !strings.Contains(log, r.url) {
				t.Error("control: neither state nor log are about this repository")
			}
			w.Must("destroy", "-auto-approve")

			// A new service on a server that does not answer: somebody may start it yet.
			saw(t, w.Plan().Result, "remote unreachable")
			w.MustFail([]string{"Unable to resolve source", "remote unreachable"}, "apply", "-auto-approve")
		})
	}
}

// wantNoSecret fails the test if a text holds a secret.
func wantNoSecret(t *testing.T, what, text string, secrets []string) {
	t.Helper()
	for i, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s holds secret %d: …%s…", what, i, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}
