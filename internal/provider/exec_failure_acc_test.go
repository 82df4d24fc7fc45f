package provider_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// only returns the named values, so that a test can list exactly what it expects of them.
func only(values map[string]any, names ...string) map[string]any {
	picked := map[string]any{}
	for _, name := range names {
		picked[name] = values[name]
	}
	return picked
}

// without returns all values but the named ones.
func without(values map[string]any, names ...string) map[string]any {
	rest := maps.Clone(values)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// outputs are the attributes that a run writes.
var outputs = []string{
	"run_id", "exit_code", "stdout", "stderr", "sensitive_stdout", "sensitive_stderr",
	"start_time", "end_time", "elapsed_time", "result",
}

// A first run that failed leaves a complete, tainted resource.
func TestAccExecFirstRunFails(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "code" {
			shell   = true
			command = "echo code >> ran; echo '[1]'; echo words >&2; exit $(cat exit)"
			destroy = { command = "echo undo; exit 9" }
		}
		resource "exec" "timeout" {
			shell   = true
			command = "echo timeout >> ran; echo before; test -e quick || exec sleep 60"
			timeout = "700ms"
		}
		resource "exec" "guarded" {
			shell   = true
			command = "echo guarded >> ran; exit $(cat exit)"
			creates = "made"
		}
		resource "exec" "not_started" {
			command = ["./absent"]
		}
		resource "exec" "dependent" {
			shell   = true
			command = "echo dependent >> ran; echo ${exec.code.run_id} > given"
		}
	`)
	w.Write("exit", "4")
	w.MustFail([]string{
		"The command ran and exited with code 4, which is not accepted.",
		"Exit code: 4 (accepted: 0)",
		"The command was still running after 700ms, so it was ended, and everything in its session with it.",
		"The command could not be started, so nothing of it was executed: program not found",
		"Stderr: words",
	}, "apply", "-auto-approve")
	equal(t, "what ran", sortedWords(runs(t, w)), "code guarded timeout")

	state := w.State()
	equal(t, "resources that exist", len(state), 3)
	for _, name := range []string{"code", "timeout", "guarded"} {
		equal(t, name+" is tainted", state["exec."+name].Tainted, true)
	}
	want := map[string]any{
		"exit_code": 4.0, "stdout": "[1]\n", "stderr": "words\n", "result": []any{1.0}, "sensitive_stdout": nil,
		"in_sync": false, "noop_message": nil, "target": "local", "creates": nil,
	}
	got := only(state["exec.code"].Values, "exit_code", "stdout", "stderr", "result", "sensitive_stdout", "in_sync", "noop_message", "target", "creates")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state after exit 4 (-want +got):\n%s", diff)
	}
	for _, name := range []string{"id", "run_id", "start_time", "end_time", "elapsed_time"} {
		if state["exec.code"].Values[name] == nil {
			t.Errorf("%s is null after a run that failed", name)
		}
	}
	equal[any](t, "exit code after a timeout", state["exec.timeout"].Values["exit_code"], nil)
	equal[any](t, "stdout after a timeout", state["exec.timeout"].Values["stdout"], "before\n")

	// The next apply replaces what is tainted. Nothing ever succeeded, so an undo that
	// fails holds nobody up; and a guard that says skip stops the retry.
	w.Write("exit", "0")
	stage(t, w.Dir, "+quick", "+made")
	w.Config(strings.Replace(w.Read("main.tf"), `["./absent"]`, `["true"]`, 1))
	plan := w.Plan()
	for _, name := range []string{"code", "timeout", "guarded"} {
		equal(t, name+" action", plan.Change(t, "exec."+name).Action(), "delete,create")
	}
	equal(t, "not_started action", plan.Change(t, "exec.not_started").Action(), "create")
	r := w.Must("apply", "tfplan")
	saw(t, r, "Warning: Unable to undo what never succeeded")
	equal(t, "what the retry ran", sortedWords(runs(t, w)), "code dependent timeout")
	equal(t, "what the dependent was given", any(strings.TrimSpace(w.Read("given"))), w.Value("exec.code", "run_id"))
	settled(t, w)
}

// A first run that failed never leaves a resource that cannot be destroyed. After a run
// that succeeded, an undo that fails is an error.
func TestAccExecDestroyAfterFailure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		exits []string // How the applies end.
		fails bool     // Whether the failing destroy command is an error.
	}{
		"the only run failed":         {exits: []string{"1"}},
		"all runs failed":             {exits: []string{"1", "2"}},
		"the only run succeeded":      {exits: []string{"0"}, fails: true},
		"a later run failed":          {exits: []string{"0", "1"}, fails: true},
		"a run after a failed one ok": {exits: []string{"1", "0"}, fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			for i, exit := range test.exits {
				w.Config(fmt.Sprintf(`
					resource "exec" "a" {
						shell   = true
						command = "echo %d >> ran; exit %s"
						destroy = { command = "echo undo >> ran; test -e undoable" }
					}`, i, exit))
				w.Run("apply", "-auto-approve")
			}
			runs(t, w)
			if !test.fails {
				saw(t, w.Must("destroy", "-auto-approve"), "No run of this resource ever succeeded, so it is removed although its destroy command failed.")
				equal(t, "what ran", runs(t, w), "undo")
				equal(t, "resources left", len(w.State()), 0)
				return
			}
			w.MustFail([]string{"Unable to run command", "exited with code 1"}, "destroy", "-auto-approve")
			equal(t, "what ran", runs(t, w), "undo")
			equal(t, "resources left", len(w.State()), 1)
			// It can be destroyed once the cause is gone.
			stage(t, w.Dir, "+undoable")
			w.Must("destroy", "-auto-approve")
			equal(t, "what ran", runs(t, w), "undo")
			equal(t, "resources left", len(w.State()), 0)
		})
	}
}

// A later run that failed leaves the prior definition and the new outputs.
func TestAccExecLaterRunFails(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(version, extra string) {
		w.Config(strings.NewReplacer("VERSION", version, "EXTRA", extra).Replace(`
			resource "exec" "unguarded" {
				shell       = true
				command     = "echo unguarded >> ran; echo VERSION; exit $(cat exit)"
				environment = { V = "VERSION" }
				EXTRA
			}
			resource "exec" "guarded" {
				shell     = true
				command   = "echo guarded >> ran; echo VERSION; exit $(cat exit)"
				creates   = "made"
				subscribe = "VERSION"
			}
			resource "exec" "not_started" {
				command     = ["./tool"]
				environment = { V = "VERSION" }
			}
			resource "exec" "dependent" {
				shell     = true
				command   = "echo dependent >> ran"
				subscribe = [exec.unguarded.run_id]
			}
		`))
	}
	w.Write("tool", "#!/bin/sh\necho tool >> ran\n")
	stage(t, w.Dir, "+exit", "+made")
	chmod(t, w.Path("tool"), 0o755)
	w.Write("exit", "0")
	config("one", "")
	w.Apply()
	equal(t, "what the first apply ran", sortedWords(runs(t, w)), "dependent guarded tool unguarded")
	before := w.State()

	w.Write("exit", "5")
	chmod(t, w.Path("tool"), 0o600)
	config("two", "name = \"label\"")
	w.MustFail([]string{"exited with code 5", "Name: label", "Stdout: two", "program is not executable"}, "apply", "-auto-approve")
	equal(t, "what ran", sortedWords(runs(t, w)), "guarded unguarded")
	after := w.State()
	for _, name := range []string{"unguarded", "guarded"} {
		was, is := before["exec."+name].Values, after["exec."+name].Values
		names := append([]string{"in_sync"}, outputs...)
		if diff := cmp.Diff(without(was, names...), without(is, names...)); diff != "" {
			t.Errorf("the definition of %s did not stay (-before +after):\n%s", name, diff)
		}
		want := map[string]any{"in_sync": false, "exit_code": 5.0, "stdout": "two\n", "stderr": "", "result": nil, "sensitive_stdout": nil, "sensitive_stderr": nil}
		if diff := cmp.Diff(want, only(is, "in_sync", "exit_code", "stdout", "stderr", "result", "sensitive_stdout", "sensitive_stderr")); diff != "" {
			t.Errorf("outputs of %s (-want +got):\n%s", name, diff)
		}
		equal(t, name+" has a new run_id", is["run_id"] != was["run_id"], true)
		equal(t, name+" is tainted", after["exec."+name].Tainted, false)
	}
	if diff := cmp.Diff(before["exec.not_started"].Values, after["exec.not_started"].Values); diff != "" {
		t.Errorf("what did not start changed (-before +after):\n%s", diff)
	}

	// The next plan shows the same change again, and its apply tries again.
	plan := w.Plan()
	for _, address := range []string{"exec.unguarded", "exec.guarded", "exec.not_started", "exec.dependent"} {
		equal(t, address+" is left open", plan.Change(t, address).MayRun(), true)
	}
	equal[any](t, "why", plan.Change(t, "exec.unguarded").Change.Before["noop_message"], "Would have executed: the last run failed")
	saw(t, plan.Result, `~ "V" = "one" -> "two"`)

	// Back to the old definition what failed is still to be repeated, but not where nothing
	// was started: the last run is the one that succeeded. The guard says skip to what no
	// longer subscribes.
	w.Write("exit", "0")
	chmod(t, w.Path("tool"), 0o755)
	config("one", "")
	w.Apply()
	equal(t, "what the retry ran", sortedWords(runs(t, w)), "dependent unguarded")
	settled(t, w)
}

// A failed run is not repeated once a guard says skip.
func TestAccExecGuardStopsRetry(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(version string) {
		w.Config(strings.ReplaceAll(`
			resource "exec" "a" {
				shell      = true
				command    = "echo VERSION >> ran; exit $(cat exit)"
				unless     = "test -e made"
				recheck_on = "VERSION"
			}
		`, "VERSION", version))
	}
	w.Write("exit", "0")
	config("one")
	w.Apply()
	w.Write("exit", "1")
	config("two")
	w.MustFail([]string{"exited with code 1"}, "apply", "-auto-approve")
	w.MustFail([]string{"exited with code 1"}, "apply", "-auto-approve")
	equal(t, "what ran without a skip", runs(t, w), "one two two")
	stage(t, w.Dir, "+made")
	plan := w.Plan()
	equal(t, "recheck_on leaves it open", plan.Change(t, "exec.a").MayRun(), true)
	w.Must("apply", "tfplan")
	equal(t, "what ran once the guard said skip", runs(t, w), "")
	equal[any](t, "what the failed run left", w.Value("exec.a", "exit_code"), 1.0)
	settled(t, w)
}
