package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// git runs git in the directory "repo" of the workspace.
func git(t *testing.T, w *enginetest.Workspace, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{
		"-C", w.Path("repo"), "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main",
	}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

const shell = `
resource "exec_executable_object" "sh" {
  name         = "sh"
  exec_command = "sh"
  args         = ["-eu"]
}
`

// job is a service of a script in a directory of the workspace.
const job = `
resource "exec_service" "job" {
  name              = "job"
  source            = { path = "${path.module}/jobs" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
`

func TestAccServiceFromADirectory(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("jobs/run.sh", `printf '<%s>' "$@"; echo "$PWD $GREETING $SECRET"; echo ran >> `+w.Path("ran"))
	config := shell + `
resource "exec_service" "job" {
  name                  = "%s"
  source                = { path = "${path.module}/jobs" }
  executable_object     = exec_executable_object.sh
  executable            = { filename = "run.sh" }
  environment           = { GREETING = "hi" }
  sensitive_environment = { SECRET = "s3cret-value" }
  input_schema = jsonencode({
    type       = "object"
    properties = { count = { type = "integer", minimum = 1, default = 3 }, to = { type = "string" } }
  })
}
resource "exec" "job" {
  service = exec_service.job
  inputs  = { to = "a 'b' \"c\"", skipped = null }
}
`
	w.Config(fmt.Sprintf(config, "job"))
	out := w.Apply()
	sawNot(t, out, "s3cret-value")
	equal(t, "stdout", w.Value("exec.job", "stdout"),
		any(`<--count><3><--to><a 'b' "c">`+w.Path("jobs")+" hi s3cret-value\n"))
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)

	w.Config(fmt.Sprintf(config, "another label"))
	equal(t, "an edited label may run the job", w.Plan().Change(t, "exec.job").MayRun(), false)
	w.Apply()
	equal(t, "runs", len(w.Lines("ran")), 1)

	// An edited file is another definition of whatever runs the service.
	w.Write("jobs/more.sh", "")
	equal(t, "another file may run the job", w.Plan().Change(t, "exec.job").MayRun(), true)
	w.Apply()
	equal(t, "runs", len(w.Lines("ran")), 2)

	// A source that is gone keeps its revision, and blocks neither plan nor destroy.
	w.Remove("jobs")
	plan := w.Plan()
	saw(t, plan.Result, "The revision that was resolved last is kept")
	w.Must("destroy", "-auto-approve")
}

func TestAccServiceFromARepository(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	cache := t.TempDir()
	w.Setenv("EXEC_CACHE_DIR", cache)
	w.Write("repo/tools/run.sh", "cat message; echo ran >> "+w.Path("ran"))
	w.Write("repo/tools/message", "first\n")
	git(t, w, "init", "-q")
	git(t, w, "add", ".")
	git(t, w, "commit", "-qm", "first")
	first := git(t, w, "rev-parse", "HEAD")
	w.Config(shell + fmt.Sprintf(`
resource "exec_service" "job" {
  name              = "job"
  source            = { git = { url = "file://%s", reference = "main" } }
  working_dir       = "tools"
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
resource "exec" "job" {
  service = exec_service.job
}
`, w.Path("repo")))
	w.Apply()
	equal(t, "revision", w.Value("exec_service.job", "revision"), any(first))
	equal(t, "stdout", w.Value("exec.job", "stdout"), any("first\n"))
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)

	w.Write("repo/tools/message", "second\n")
	git(t, w, "commit", "-qam", "second")
	equal(t, "a moved branch may run the job", w.Plan().Change(t, "exec.job").MayRun(), true)
	// The checkout is made again where it is missing.
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Apply()
	equal(t, "stdout", w.Value("exec.job", "stdout"), any("second\n"))
	equal(t, "runs", len(w.Lines("ran")), 2)
	if content := strings.Join(w.Lines("terraform.tfstate"), "\n"); !strings.Contains(content, "second") {
		t.Error("the state was not looked at")
	}
}

func TestAccServiceGuards(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("jobs/run.sh", "touch made")
	w.Config(shell + `
resource "exec_service" "job" {
  name              = "job"
  source            = { path = "${path.module}/jobs" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
  environment       = { EXPECTED = "made" }
}
resource "exec" "job" {
  service = exec_service.job
  unless  = "test -e \"$EXPECTED\""
  shell   = true
  destroy = { command = "touch unmade" }
}
`)
	w.Apply()
	equal(t, "exit code", w.Value("exec.job", "exit_code"), any(float64(0)))
	equal(t, "the guard sees the file in the service's directory", w.Plan().Change(t, "exec.job").MayRun(), false)
	w.Remove("jobs/made")
	equal(t, "and that it is gone", w.Plan().Change(t, "exec.job").MayRun(), true)
	w.Must("destroy", "-auto-approve")
	if _, err := os.Stat(w.Path("jobs/unmade")); err != nil {
		t.Errorf("the destroy command did not run in the service's directory: %v", err)
	}
}

// What a directory lacks is told in the plan, and no error yet: an earlier step of the apply
// may write it.
// What a subscription leads to happens in the directory of the service as well: the run is
// verified there, and a refresh command runs there.
func TestAccServiceIsSubscribedToWhereItIs(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("jobs/run.sh", "echo served >> ../ran; touch ../made")
	config := shell + job + `
resource "exec" "job" {
  service   = exec_service.job
  creates   = "../made"
  verify    = true
  subscribe = "%s"
  refresh   = %s
}
`
	w.Config(fmt.Sprintf(config, "one", "null"))
	w.Apply()
	equal(t, "what ran", runs(t, w), "served")
	settled(t, w)
	w.Config(fmt.Sprintf(config, "two", `["sh", "-c", "echo refreshed in $PWD >> ../ran"]`))
	w.Apply()
	equal(t, "what ran", runs(t, w), "refreshed in "+w.Path("jobs"))
	settled(t, w)
}

// A source that turns out to be where it was may hold other files by then.
func TestAccServiceWhoseSourceIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	config := shell + `
resource "exec" "build" {
  command     = ["sh", "-c", "mkdir -p out; echo \"echo $VERSION >> ../ran\" > out/run.sh; printf %%s \"$PWD/out\""]
  environment = { VERSION = "%s" }
}
resource "exec_service" "job" {
  name              = "job"
  source            = { path = exec.build.stdout }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
resource "exec" "job" { service = exec_service.job }
`
	for _, version := range []string{"one", "two"} {
		w.Config(fmt.Sprintf(config, version))
		w.Apply()
		equal(t, "what ran", runs(t, w), version)
		settled(t, w)
	}
}

// A plan that does not know the service yet promises for the guards only what holds: where a
// relative path leads depends on the service, where an absolute one does not.
func TestAccServiceTakesOverFromACommand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ guards, want string }{
		"an absolute path": {`creates = "${abspath(path.module)}/made"`, ""},
		"a command":        {`unless = "test -e ${abspath(path.module)}/made"`, ""},
		"a relative path":  {`creates = "made"`, "served"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Setenv("EXEC_CACHE_DIR", t.TempDir())
			w.Write("jobs/run.sh", "echo served >> ../ran; touch made ../made")
			w.Config(`
resource "exec" "job" {
  command = ["sh", "-c", "echo ran >> ran; touch made"]
  ` + tc.guards + `
}
`)
			w.Apply()
			equal(t, "what ran", runs(t, w), "ran")
			w.Config(shell + `
resource "terraform_data" "input" { input = "x" }
` + job + `resource "exec" "job" {
  service = exec_service.job
  inputs  = { x = terraform_data.input.output }
  ` + tc.guards + `
}
`)
			w.Apply()
			equal(t, "what ran once a service took over", runs(t, w), tc.want)
			w.Apply()
			equal(t, "what ran then", runs(t, w), "")
			w.Remove("made")
			if _, err := os.Stat(w.Path("jobs/made")); err == nil {
				w.Remove("jobs/made")
			}
			w.Apply()
			equal(t, "what ran once it was needed", runs(t, w), "served")
		})
	}
}

func TestAccServiceWarnsOfMissingFiles(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("jobs/x", "")
	w.Config(shell + `
resource "exec" "write" {
  command = ["sh", "-c", "echo 'echo written' > jobs/run.sh"]
}
resource "exec_service" "job" {
  name              = "job"
  source            = { path = "${path.module}/jobs" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
  depends_on        = [exec.write]
}
resource "exec" "job" {
  service = exec_service.job
}
`)
	const warning = `The path in filename cannot be used: "run.sh" does not exist. If no earlier step`
	saw(t, w.Plan().Result, warning)
	w.Apply()
	equal(t, "stdout", w.Value("exec.job", "stdout"), any("written\n"))
	w.Remove("terraform.tfstate")
	sawNot(t, w.Plan().Result, warning)
}

func TestAccServiceRefusesBadInput(t *testing.T) {
	t.Parallel()
	service := func(source, kind string) string {
		return shell + fmt.Sprintf(`
resource "exec_service" "x" {
  name              = "x"
  source            = { %s }
  executable_object = exec_executable_object.sh
  input_schema      = jsonencode({ properties = { port = { type = "integer", maximum = 9 } } })
  %s
}
`, source, kind)
	}
	const here = `path = "${path.module}/jobs"`
	const script = `executable = { filename = "run.sh" }`
	run := func(inputs string) string {
		return "resource \"exec\" \"x\" {\n  service = exec_service.x\n  " + inputs + "\n}\n"
	}
	for name, tc := range map[string]struct {
		config  string
		command string
		want    []string
	}{
		"no kind":     {service(here, ""), "validate", []string{"A service runs in exactly one way"}},
		"two kinds":   {service(here, script+"\n  python_script = { filename = \"x.py\" }"), "validate", []string{"A service runs in exactly one way"}},
		"no source":   {service("", script), "validate", []string{"The files of a service come from one place"}},
		"two sources": {service(here+`, git = { url = "file:///x" }`, script), "validate", []string{"The files of a service come from one place"}},
		"an executable kind without an executable object": {
			`resource "exec_service" "x" {
  name       = "x"
  source     = { path = "." }
  executable = { filename = "run.sh" }
}`, "validate", []string{"executable_object is not set"},
		},
		"a schema that is none": {
			strings.Replace(service(here, script), `"integer"`, `"intiger"`, 1), "validate", []string{"no JSON Schema"},
		},
		"inputs without a service": {"resource \"exec\" \"x\" {\n  command = \"true\"\n  inputs = { a = 1 }\n}\n", "validate", []string{"service is not set"}},
		"inputs that violate the schema": {
			service(here, script) + run(`inputs = { port = 10 }`), "plan", []string{"In inputs.port: By the service's input_schema the value must be at most 9"},
		},
		"inputs that violate it deep inside": {
			strings.Replace(service(here, script), `type = "integer"`, `items = { properties = { n = { type = "integer" } } }`, 1) +
				run(`inputs = { port = [{ n = 1 }, { n = "x" }] }`), "plan", []string{"In inputs.port.1.n: By the service's input_schema"},
		},
		"a file that is missing":             {service(here, `executable = { filename = "no.sh" }`) + run(""), "apply", []string{`"no.sh" does not exist`}},
		"a file that leaves the source":      {service(here, `executable = { filename = "../main.tf" }`), "validate", []string{`The path in filename cannot be used: "../main.tf" leads out`}},
		"a working_dir that leaves it":       {service(here, script+"\n  working_dir = \"..\""), "validate", []string{`The path in working_dir cannot be used: ".." leads out`}},
		"a playbook that leaves it":          {service(here, `ansible_playbook = { playbooks = ["x.yml", "/etc/passwd"] }`), "validate", []string{`The path in playbooks cannot be used: "/etc/passwd" leads out`}},
		"a directory that is missing":        {service(`path = "nope"`, script), "apply", []string{"does not exist"}},
		"a repository that is missing":       {service(`git = { url = "file:///nonexistent/repo" }`, script), "plan", []string{"repository not found"}},
		"a reference that is unknown":        {service(`git = { url = "repo", reference = "nope" }`, script), "plan", []string{`no such reference "nope"`}},
		"a URL with a password":              {service(`git = { url = "https://u:p4ssw0rd@localhost/x" }`, script), "validate", []string{"credentials"}},
		"a remote that cannot be reached":    {service(`git = { url = "http://127.0.0.1:9/x" }`, script), "apply", []string{"remote unreachable"}},
		"a format of arguments that is none": {service(here, `executable = { filename = "run.sh", arg_format = "{{.Key" }`), "validate", []string{"Go template"}},
		"credentials for what is no URL":     {`provider "exec" { git_credentials = [{ url_prefix = "::" }] }` + service(here, script), "plan", []string{"git_credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Setenv("EXEC_CACHE_DIR", t.TempDir())
			w.Write("jobs/run.sh", "true")
			w.Write("repo/x", "")
			git(t, w, "init", "-q")
			git(t, w, "add", ".")
			git(t, w, "commit", "-qm", "x")
			w.Config(strings.ReplaceAll(tc.config, `url = "repo"`, `url = "file://`+w.Path("repo")+`"`))
			args := []string{tc.command}
			if tc.command == "apply" {
				args = append(args, "-auto-approve")
			}
			r := w.MustFail(tc.want, args...)
			sawNot(t, r, "p4ssw0rd")
		})
	}
}
