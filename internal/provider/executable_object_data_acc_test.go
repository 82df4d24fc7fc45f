package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// A data source sees what the resource sees, follows what changes, and takes absence for an
// answer.
func TestAccExecutableLookUp(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	digest := program(t, w, "bin/tool", `echo "tool 1.0"`)
	w.Config(fmt.Sprintf(`
data "exec_executable_object" "by_path" {
  exec_command = %q
  version_args = ["--version"]
}
data "exec_executable_object" "by_name" {
  exec_command = "tool"
  path         = ["/nonexistent", %q]
}
data "exec_executable_object" "sh" { exec_command = "sh" }
data "exec_executable_object" "gone" {
  exec_command = "no-such-tool-anywhere"
  version_args = ["--version"]
}
resource "exec_executable_object" "tool" {
  name         = "tool"
  exec_command = data.exec_executable_object.by_name.resolved_path
  version_args = ["--version"]
}
resource "exec" "under_it" { executable = data.exec_executable_object.by_path }
resource "exec" "subscriber" {
  shell        = true
  command      = "echo a >> ran"
  refresh_only = true
  subscribe    = [data.exec_executable_object.by_path.sha256]
}
`, w.Path("bin/tool"), w.Path("bin")))
	w.Setenv("EXEC_GUARDS", "apply") // A setting for guards, which these are not.
	w.Apply()
	for _, address := range []string{"data.exec_executable_object.by_path", "exec_executable_object.tool"} {
		for attribute, want := range map[string]any{
			"exists": true, "resolved_path": w.Path("bin/tool"), "sha256": digest, "version": "tool 1.0",
		} {
			equal(t, address+" "+attribute, w.Value(address, attribute), want)
		}
	}
	equal[any](t, "version without version_args", w.Value("data.exec_executable_object.by_name", "version"), nil)
	equal[any](t, "digest by name", w.Value("data.exec_executable_object.by_name", "sha256"), digest)
	equal[any](t, "sh exists", w.Value("data.exec_executable_object.sh", "exists"), true)
	for attribute, want := range map[string]any{"exists": false, "resolved_path": nil, "sha256": nil, "version": nil} {
		equal(t, "absent: "+attribute, w.Value("data.exec_executable_object.gone", attribute), want)
	}
	equal[any](t, "stdout of what runs under it", w.Value("exec.under_it", "stdout"), "tool 1.0\n")
	equal(t, "runs of the subscriber", len(w.Lines("ran")), 1)
	settled(t, w)

	changed := program(t, w, "bin/tool", `echo "tool 2.0" >&2`)
	equal(t, "the subscriber may run", w.Plan().Change(t, "exec.subscriber").MayRun(), true)
	w.Apply()
	equal[any](t, "digest of the changed file", w.Value("data.exec_executable_object.by_path", "sha256"), changed)
	equal[any](t, "version of the changed file", w.Value("data.exec_executable_object.by_path", "version"), "tool 2.0")
	equal(t, "runs of the subscriber", len(w.Lines("ran")), 2)
	settled(t, w)
}

// What an earlier step of the apply installs is found after it.
func TestAccExecutableLookUpAfterItsInstallation(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(fmt.Sprintf(`
resource "exec" "install" {
  shell   = true
  command = "printf '#!/bin/sh\necho installed\n' > tool && chmod +x tool"
  creates = "tool"
}
data "exec_executable_object" "tool" {
  exec_command = %q
  version_args = []
  depends_on   = [exec.install]
}
output "version" { value = data.exec_executable_object.tool.version }
`, w.Path("tool")))
	saw(t, w.Apply(), `version = "installed"`)
	settled(t, w)
}

func TestAccExecutableLookUpRefusesBadInput(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config  string
		command string
		want    []string
	}{
		"a relative path": {
			`exec_command = "bin/tool"`, "validate", []string{"Error: Unable to use command", "absolute path, or by a bare name", `exec_command = "bin/tool"`},
		},
		"a relative directory": {
			"exec_command = \"tool\"\n  path = [\"/bin\", \"bin\"]", "validate", []string{"Error: Unable to use value", "absolute directory"},
		},
		"a directory": {
			`exec_command = "DIR"`, "plan", []string{"Error: Unable to look at executable", "Executable: ", "Cause: it is a directory"},
		},
		"a program that tells no version": {
			"exec_command = \"false\"\n  version_args = [\"--version-of-nothing\"]", "plan",
			[]string{"Error: Unable to ask executable for its version", "Correct them, or leave them out.", "Cause: it exited with code 1", "version_args ="},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			if err := os.Mkdir(w.Path("dir"), 0o755); err != nil {
				t.Fatal(err)
			}
			config := strings.Replace(tc.config, "DIR", w.Path("dir"), 1)
			w.Config("data \"exec_executable_object\" \"x\" {\n  " + config + "\n}\n")
			w.MustFail(tc.want, tc.command)
		})
	}
}
