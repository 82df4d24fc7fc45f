package provider_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// program writes an executable script into the workspace and returns its digest.
func program(t *testing.T, w *enginetest.Workspace, name, body string) string {
	t.Helper()
	script := "#!/bin/sh\n" + body + "\n"
	w.Write(name, script)
	chmod(t, w.Path(name), 0o755)
	sum := sha256.Sum256([]byte(script))
	return hex.EncodeToString(sum[:])
}

func TestAccExecutableObjectIsObserved(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	digest := program(t, w, "tool", `echo "tool 1.0"`)
	config := `
resource "exec_executable_object" "tool" {
  name         = "tool"
  exec_command = "%s"
  version_args = ["--version"]
  tags         = ["%s"]
}
resource "exec" "user" {
  executable = exec_executable_object.tool
  args       = ["x"]
}
resource "exec" "subscriber" {
  command      = ["sh", "-c", "echo refreshed >> ran"]
  cwd          = "%s"
  refresh_only = true
  subscribe    = [exec_executable_object.tool.sha256]
}
`
	w.Config(fmt.Sprintf(config, w.Path("tool"), "a", w.Dir))
	w.Apply()
	const object = "exec_executable_object.tool"
	for attribute, want := range map[string]any{
		"exists": true, "resolved_path": w.Path("tool"), "sha256": digest, "version": "tool 1.0",
	} {
		equal(t, attribute, w.Value(object, attribute), want)
	}
	equal(t, "runs of the subscriber", len(w.Lines("ran")), 1)
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)

	// A label is no change to whoever refers to the object.
	w.Config(fmt.Sprintf(config, w.Path("tool"), "b", w.Dir))
	plan := w.Plan()
	equal(t, "action on an object with a new tag", plan.Change(t, object).Action(), "update")
	equal(t, "action on its user", plan.Change(t, "exec.user").Action(), "no-op")
	w.Apply()

	// Another content is visible, and runs nothing but what subscribed to it.
	changed := program(t, w, "tool", `echo "tool 2.0"`)
	plan = w.Plan()
	user := plan.Change(t, "exec.user")
	equal(t, "action on the user of a changed file", user.Action(), "update")
	equal(t, "the user of a changed file may run", user.MayRun(), false)
	equal(t, "the subscriber of a changed file may run", plan.Change(t, "exec.subscriber").MayRun(), true)
	before := w.Value("exec.user", "run_id")
	w.Apply()
	equal(t, "digest of the changed file", w.Value(object, "sha256"), any(changed))
	equal(t, "version of the changed file", w.Value(object, "version"), any("tool 2.0"))
	equal(t, "run_id of the user", w.Value("exec.user", "run_id"), before)
	equal(t, "runs of the subscriber", len(w.Lines("ran")), 2)
	equal(t, "plan afterwards", w.Plan().ExitCode, 0)

	// What disappears is seen to be gone, and blocks neither plan nor destroy.
	w.Remove("tool")
	w.Must("plan")
	w.Must("destroy", "-auto-approve")
}

// A PATH that an object sets is where its runs find it, so it is where the object is seen.
func TestAccExecutableObjectIsSeenInItsOwnPath(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	stage(t, w.Dir, "+old/keep", "+new/keep")
	old, changed := program(t, w, "old/exec-test-tool", `echo old`), program(t, w, "new/exec-test-tool", `echo new`)
	config := `
resource "exec_executable_object" "tool" {
  name            = "tool"
  exec_command    = "exec-test-tool"
  expected_sha256 = "%s"
  environment     = { PATH = "%s:/usr/bin:/bin" }
  version_args    = []
}
resource "exec" "user" {
  executable = exec_executable_object.tool
}
`
	const object = "exec_executable_object.tool"
	for dir, digest := range map[string]string{"old": old, "new": changed} {
		w.Config(fmt.Sprintf(config, digest, w.Path(dir)))
		w.Apply()
		for attribute, want := range map[string]any{"resolved_path": w.Path(dir + "/exec-test-tool"), "sha256": digest, "version": dir} {
			equal(t, attribute, w.Value(object, attribute), want)
		}
		equal(t, "what ran", w.Value("exec.user", "stdout"), any(dir+"\n"))
		equal(t, "plan afterwards", w.Plan().ExitCode, 0)
	}
}

func TestAccExecutableObjectReachesItsRuns(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	program(t, w, "tool", `printf '%s|' "$@"; echo "$FROM_OBJECT $BOTH"`)
	w.Config(fmt.Sprintf(`
resource "exec_executable_object" "tool" {
  name         = "tool"
  exec_command = %q
  args         = ["--first", "a b"]
  environment  = { FROM_OBJECT = "object", BOTH = "object" }
}
resource "exec" "user" {
  executable  = exec_executable_object.tool
  args        = ["second 'c'"]
  environment = { BOTH = "user" }
  onlyif      = [["sh", "-c", "test \"$FROM_OBJECT\" = object"]]
}
`, w.Path("tool")))
	w.Apply()
	equal(t, "stdout", w.Value("exec.user", "stdout"), any("--first|a b|second 'c'|object user\n"))
}

func TestAccExecutableObjectThatIsAbsent(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	missing := w.Path("missing")
	w.Config(fmt.Sprintf(`
resource "exec_executable_object" "gone" {
  name         = "the missing one"
  exec_command = %q
}
`, missing))
	w.Apply()
	equal(t, "exists", w.Value("exec_executable_object.gone", "exists"), any(false))

	w.Config(w.Read("main.tf") + `
resource "exec" "user" { executable = exec_executable_object.gone }
`)
	w.MustFail([]string{"program not found", `Executable: "the missing one"`, missing}, "apply", "-auto-approve")

	// An earlier step may install it.
	program(t, w, "missing", "echo found")
	w.Apply()
	equal(t, "stdout", w.Value("exec.user", "stdout"), any("found\n"))
}

func TestAccExecutableObjectPinsItsContent(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	digest := program(t, w, "tool", "echo ran >> "+w.Path("ran"))
	config := func(pin string) {
		w.Config(fmt.Sprintf(`
resource "exec_executable_object" "tool" {
  name            = "tool"
  exec_command    = %q
  expected_sha256 = %q
}
resource "exec" "user" { executable = exec_executable_object.tool }
`, w.Path("tool"), pin))
	}
	config(strings.Repeat("0", 64))
	w.MustFail([]string{"Unable to accept executable", "Found: " + digest}, "apply", "-auto-approve")
	equal(t, "runs with another content", len(w.Lines("ran")), 0)
	config(digest)
	w.Apply()
	equal(t, "runs with the expected content", len(w.Lines("ran")), 1)
	config("0123")
	w.MustFail([]string{"64 hexadecimal digits"}, "validate")
}

func TestAccExecutableObjectThatIsReferredToStays(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	log := w.Path("log")
	user := fmt.Sprintf(`
resource "exec" "user" {
  executable = exec_executable_object.sh
  args       = ["-c", "true"]
  destroy    = { command = ["sh", "-c", "echo destroyed >> %s"] }
}
`, log)
	w.Config(`
resource "exec_executable_object" "sh" {
  name         = "sh"
  exec_command = "sh"
}
` + user)
	w.Apply()
	equal(t, "destroy commands so far", len(w.Lines("log")), 0)

	w.Config(user)
	w.MustFail([]string{"exec_executable_object"}, "plan")

	// Destroyed in the order of the references: the user first.
	w.Config("")
	out := w.Apply().Flat()
	first, second := strings.Index(out, "exec.user: Destruction complete"), strings.Index(out, "exec_executable_object.sh: Destroying")
	if first < 0 || second < first {
		t.Errorf("the object was destroyed before its user:\n%s", out)
	}
	equal(t, "destroy commands", len(w.Lines("log")), 1)
}

func TestAccExecutableObjectThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		// Root reads everything; a directory in its place is what root cannot read as a file.
		t.Log("running as root")
	}
	w := enginetest.New(t)
	digest := program(t, w, "tool", "true")
	w.Config(fmt.Sprintf(`
resource "exec_executable_object" "tool" {
  name         = "tool"
  exec_command = %q
}
`, w.Path("tool")))
	w.Apply()
	w.Remove("tool")
	if err := os.Mkdir(w.Path("tool"), 0o755); err != nil {
		t.Fatal(err)
	}
	plan := w.Plan()
	saw(t, plan.Result, "Unable to look at executable")
	equal(t, "plan", plan.ExitCode, 0)
	w.Apply()
	equal(t, "digest that is kept", w.Value("exec_executable_object.tool", "sha256"), any(digest))
	w.Must("destroy", "-auto-approve")
}

func TestAccExecutableObjectRefusesBadInput(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ config, want string }{
		"a relative path": {
			`resource "exec_executable_object" "x" {
  name         = "x"
  exec_command = "bin/tool"
}`, "absolute path, or by a bare name",
		},
		"args without an executable": {
			`resource "exec" "x" {
  command = "true"
  args    = ["a"]
}`, "executable is not set",
		},
		"an executable beside a command": {
			`resource "exec" "x" {
  command    = "true"
  executable = { exec_command = "sh" }
}`, "both say what to run",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Config(tc.config)
			w.MustFail([]string{tc.want}, "validate")
		})
	}
}
