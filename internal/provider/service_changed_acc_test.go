package provider_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// A step of the apply writes into a service's directory after its revision was resolved.
// What was planned is not there any more, so it does not run, and no state says that it did.
func TestAccServiceChangesDuringAnApply(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("jobs/run.sh", "cat message; echo ran >> "+w.Path("ran"))
	w.Write("jobs/message", "none\n")
	// Terraform 1.5 keeps no order through a service that has nothing to do, so the exec names
	// both that it comes after.
	config := func(lifecycle string) string {
		return shell + `
variable "message" {}
resource "exec" "write" {
  command = ["sh", "-c", "echo $1 > jobs/message", "sh", var.message]
}
resource "exec_service" "job" {
  name              = "job"
  source            = { path = "${path.module}/jobs" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
  depends_on        = [exec.write]
  ` + lifecycle + `
}
resource "exec" "job" {
  service    = exec_service.job
  subscribe  = var.message
  depends_on = [exec.write]
}
`
	}
	revision := func() any {
		t.Helper()
		service, ok := w.Value("exec.job", "service").(map[string]any)
		if !ok {
			t.Fatal("the state of the exec holds no service")
		}
		return service["revision"]
	}
	w.Config(config(""))
	w.Setenv("TF_VAR_message", "one")
	w.Apply()
	equal(t, "stdout", w.Value("exec.job", "stdout"), any("one\n"))
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)
	one := revision()

	w.Setenv("TF_VAR_message", "two")
	w.MustFail([]string{"Unable to use service", "changed since they were planned, so nothing was run"}, "apply", "-auto-approve")
	equal(t, "what the earlier step wrote", w.Read("jobs/message"), "two\n")
	equal(t, "runs", len(w.Lines("ran")), 1)
	equal(t, "stdout of the last run", w.Value("exec.job", "stdout"), any("one\n"))
	equal(t, "revision of the last run", revision(), one)
	w.Apply()
	equal(t, "stdout", w.Value("exec.job", "stdout"), any("two\n"))
	equal(t, "revision of what ran", revision(), w.Value("exec_service.job", "revision"))
	equal(t, "another revision ran", revision() == one, false)
	equal(t, "runs", len(w.Lines("ran")), 2)
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)

	// The way that the message names.
	w.Config(config("lifecycle {\n    replace_triggered_by = [exec.write]\n  }"))
	equal(t, "plan with another lifecycle", w.Plan().ExitCode, 0)
	w.Setenv("TF_VAR_message", "three")
	w.Apply()
	equal(t, "stdout", w.Value("exec.job", "stdout"), any("three\n"))
	equal(t, "revision of what ran", revision(), w.Value("exec_service.job", "revision"))
	equal(t, "runs", len(w.Lines("ran")), 3)
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)
}

// Runs of one service that write into its directory do not stop each other.
func TestAccServiceWhoseRunsWriteBesideIt(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("jobs/run.sh", `echo "$2" >> "out-$2"; sleep 0.1; echo "$2" >> all`)
	w.Config(shell + job + `
resource "exec" "job" {
  for_each = toset(["a", "b", "c", "d", "e", "f"])
  service  = exec_service.job
  inputs   = { to = each.key }
}
resource "exec" "late" {
  service    = exec_service.job
  inputs     = { to = "late" }
  depends_on = [exec.job]
}
`)
	w.Apply()
	equal(t, "runs", len(w.Lines("jobs/all")), 7)
}

// What the engine itself writes beside the configuration is no change of a service that lies
// there, and what a developer keeps there keeps nobody from using it.
func TestAccServiceBesideItsState(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	ran := filepath.Join(t.TempDir(), "ran")
	w.Write("run.sh", "echo ran >> "+ran)
	w.Write(".venv/pyvenv.cfg", "")
	if err := os.Symlink("/usr/bin/python3", w.Path(".venv/python")); err != nil {
		t.Fatal(err)
	}
	w.Config(shell + `
resource "exec_service" "job" {
  name              = "job"
  source            = { path = path.module }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
resource "exec" "job" {
  service = exec_service.job
}
`)
	w.Apply()
	equal(t, "the state lies beside the script", w.Read("terraform.tfstate") != "", true)
	// A plan that is saved would lie there too.
	plan := func() int { return w.Run("plan", "-detailed-exitcode").ExitCode }
	equal(t, "plan when nothing changed", plan(), 0)
	w.Apply()
	equal(t, "plan after another apply", plan(), 0)
	w.Write("more.sh", "")
	equal(t, "control: plan when a file is added", plan(), 2)
	w.Apply()
	equal(t, "plan after that", plan(), 0)
	content, err := os.ReadFile(ran)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "what ran", string(content), "ran\nran\n")
}
