package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// says writes a program into a directory that no PATH has unless a test says so. It appends
// who called it and the variable WORD to a file.
func says(t *testing.T, w *enginetest.Workspace, name, exit string) {
	t.Helper()
	w.Write("bin/"+name, fmt.Sprintf("#!/bin/sh\necho %s $1 $WORD >>%q\nexit %s\n", name, w.Path("said"), exit))
	chmod(t, w.Path("bin/"+name), 0o755)
}

// said returns what was said since it was asked last; a guard is asked several times.
func said(w *enginetest.Workspace) string {
	defer w.Remove("said")
	return strings.Join(slices.Compact(w.Lines("said")), ", ")
}

// What the provider says reaches command, guards and destroy command, is stored nowhere,
// and is no part of a definition.
func TestAccProviderDefaults(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	says(t, w, "say", "0")
	says(t, w, "asks", `$(cat exit)`)
	w.Write("exit", "1")
	const resources = `
		resource "exec" "a" {
			command = ["say", "run"]
			unless  = [["asks", "guard"]]
			destroy = { command = ["say", "undo"] }
		}
		resource "exec" "own" {
			command     = ["say", "own"]
			environment = { WORD = "nearer" }
			depends_on  = [exec.a]
		}
	`
	with := func(settings string) { w.Config("provider \"exec\" {\n" + settings + "\n}\n" + resources) }
	here := fmt.Sprintf("path = [%q, %q, %q]\n", w.Path("bin"), "/usr/bin", "/bin")

	with("")
	w.MustFail([]string{"program not found"}, "apply", "-auto-approve")
	equal(t, "what ran without a path", said(w), "")

	with(here + `environment = { WORD = "far-and-wide" }`)
	w.Apply()
	equal(t, "what was said", said(w), "asks guard far-and-wide, say run far-and-wide, say own nearer")
	for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		if state := w.Read(file); strings.Contains(state, "far-and-wide") || strings.Contains(state, w.Path("bin")) {
			t.Errorf("%s holds what the provider says:\n%s", file, state)
		}
	}
	w.Write("exit", "0")
	settled(t, w)
	said(w)

	// Nothing of it is a definition, and the variables win.
	with(here + `environment = { WORD = "other" }` + "\ntimeout = \"1h\"\nmax_parallel = 9")
	settled(t, w)
	equal(t, "who was asked", said(w), "asks guard other")
	w.Setenv("EXEC_ENVIRONMENT", `{"WORD": "variable"}`)
	w.Setenv("EXEC_PATH", strings.Join([]string{w.Path("bin"), "/usr/bin", "/bin"}, string(filepath.ListSeparator)))
	with(`path = ["/nonexistent"]`)
	settled(t, w)
	equal(t, "who was asked", said(w), "asks guard variable")
	w.Setenv("EXEC_ENVIRONMENT", "")

	w.Setenv("EXEC_ENVIRONMENT", `{"WORD": "last"}`)
	w.Config(`provider "exec" {}`)
	w.Apply()
	equal(t, "who was told to undo", said(w), "asks guard last, say undo last")
	equal(t, "resources left", len(w.State()), 0)
}

// A resource's own timeout wins over the variable, that over the setting, and a message
// shows the one that counted.
func TestAccProviderTimeout(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	const config = `
		provider "exec" {
			timeout = "200ms"
		}
		resource "exec" "a" {
			command = ["sleep", "5"]
			OWN
		}
	`
	with := func(own string) { w.Config(strings.Replace(config, "OWN", own, 1)) }
	with("")
	w.MustFail([]string{"still running after 200ms"}, "apply", "-auto-approve")
	w.Setenv("EXEC_TIMEOUT", "300ms")
	w.MustFail([]string{"still running after 300ms"}, "apply", "-auto-approve")
	with(`timeout = "400ms"`)
	w.MustFail([]string{"still running after 400ms"}, "apply", "-auto-approve")
	with(`destroy = { command = ["sleep", "5"] }`)
	w.Run("apply", "-auto-approve")
	r := w.Run("destroy", "-auto-approve")
	saw(t, r, "still running after 300ms")
	w.Setenv("EXEC_TIMEOUT", "soon")
	w.MustFail([]string{`EXEC_TIMEOUT is "soon"`}, "plan")
	w.Setenv("EXEC_TIMEOUT", "")
	w.Config("provider \"exec\" {\n  timeout = \"-1s\"\n}\nresource \"exec\" \"a\" {\n  command = \"true\"\n}\n")
	w.MustFail([]string{"The duration is negative", `timeout = "-1s"`}, "validate")
}

// A plan that does not know yet where guards would run asks none, says so, and is kept to
// by the apply, which knows.
func TestAccProviderDefaultsNotYetKnown(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	says(t, w, "asks", `$(cat exit)`)
	w.Write("exit", "0")
	w.Config(fmt.Sprintf(`
		variable "word" {}
		resource "terraform_data" "word" {
			triggers_replace = var.word
			input            = var.word
		}
		provider "exec" {
			environment = { WORD = terraform_data.word.output }
		}
		resource "exec" "command" {
			command = ["touch", "ran"]
			unless  = [[%[1]q, "guard"]]
		}
		resource "exec" "path" {
			command = ["touch", "made"]
			creates = "made"
		}
		resource "exec" "plain" {
			command = ["sh", "-c", "echo plain >> plain"]
		}
	`, w.Path("bin/asks")))
	w.Setenv("TF_VAR_word", "one")
	plan := w.Plan()
	sawNot(t, plan.Result, "Command is not needed at present")
	equal(t, "who was asked in the plan of the creation", said(w), "")
	w.Must("apply", "tfplan")
	equal(t, "who was asked in its apply", said(w), "asks guard one")
	settled(t, w)
	equal(t, "who is asked once it is known", said(w), "asks guard one")

	w.Setenv("TF_VAR_word", "two")
	plan = w.Plan()
	equal(t, "who was asked in the plan", said(w), "")
	saw(t, plan.Result, "May execute: guards are asked during apply (the provider's path or environment is not known yet)")
	equal(t, "the guarded one may run", plan.Change(t, "exec.command").MayRun(), true)
	equal(t, "one with a path may run", plan.Change(t, "exec.path").MayRun(), false)
	equal(t, "the plain one may run", plan.Change(t, "exec.plain").MayRun(), false)
	w.Must("apply", "tfplan")
	equal(t, "who was asked in the apply", said(w), "asks guard two")
	if _, err := os.Stat(w.Path("ran")); err == nil {
		t.Error("the command ran although its guard said skip")
	}

	w.Setenv("TF_VAR_word", "three")
	w.Write("exit", "1")
	w.Apply()
	if _, err := os.Stat(w.Path("ran")); err != nil {
		t.Errorf("the control, with a guard that says run: %v", err)
	}
	equal(t, "how often the plain one ran", len(w.Lines("plain")), 1)
}

// Executable objects are looked up where the provider says.
func TestAccProviderPathOfExecutableObjects(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	says(t, w, "say", "0")
	w.Config(fmt.Sprintf(`
		provider "exec" {
			path        = [%q, "/usr/bin", "/bin"]
			environment = { WORD = "word" }
		}
		resource "exec_executable_object" "say" {
			name         = "say"
			exec_command = "say"
		}
		resource "exec" "a" {
			executable = exec_executable_object.say
			args       = ["run"]
		}
	`, w.Path("bin")))
	w.Apply()
	equal[any](t, "resolved_path", w.Value("exec_executable_object.say", "resolved_path"), w.Path("bin/say"))
	equal(t, "what was said", said(w), "say run word")
	settled(t, w)

	// Where it is not known yet, what was seen last is kept, and nothing runs for it.
	w.Config(fmt.Sprintf(`
		resource "terraform_data" "dir" { input = %q }
		provider "exec" {
			path        = [terraform_data.dir.output, "/usr/bin", "/bin"]
			environment = { WORD = "word" }
		}
		resource "exec_executable_object" "say" {
			name         = "say"
			exec_command = "say"
		}
		resource "exec" "a" {
			executable = exec_executable_object.say
			args       = ["run"]
		}
	`, w.Path("bin")))
	plan := w.Plan()
	equal(t, "the object", plan.Change(t, "exec_executable_object.say").Action(), "no-op")
	equal(t, "the command", plan.Change(t, "exec.a").Action(), "no-op")
	w.Must("apply", "tfplan")
	equal[any](t, "resolved_path", w.Value("exec_executable_object.say", "resolved_path"), w.Path("bin/say"))
	settled(t, w)
	equal(t, "what was said", said(w), "")
}
