package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// The destroy block runs on destroy and on replacement, in the place and environment of
// the command, and is told of the last run.
func TestAccExecDestroyCommand(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			shell       = true
			command     = "touch made; printf 'two\nlines'; exit 3"
			creates     = "made"
			returns     = [3]
			cwd         = "place"
			environment = { WORD = "word" }
			stdin       = "not for the undo"
			destroy = {
				command = "echo \"undo $WORD $EXEC_EXIT_CODE $EXEC_STDOUT $EXEC_RUN_ID $(cat)\" >> ../ran; exit 7"
				returns = [7]
				timeout = "20s"
			}
		}
		resource "exec" "never_ran" {
			shell   = true
			command = "echo never >> ran"
			creates = "main.tf"
			destroy = { command = "echo never_ran:$EXEC_EXIT_CODE:$EXEC_STDOUT:$EXEC_RUN_ID: >> ran" }
		}
		resource "exec" "secret_output" {
			command          = ["echo", "hidden"]
			sensitive_output = true
			destroy = { command = ["sh", "-c", "echo $EXEC_STDOUT >> ran"] }
		}
		resource "exec" "nothing_to_undo" {
			command = ["sh", "-c", "echo nothing_to_undo >> ran"]
		}
	`)
	stage(t, w.Dir, "+place/here")
	w.Apply()
	equal(t, "what the apply ran", runs(t, w), "nothing_to_undo")
	id := func() string { return fmt.Sprint(w.Value("exec.a", "run_id")) }

	// A replacement undoes, and then the guards are asked: with creates still there
	// nothing runs.
	first := id()
	w.Apply("-replace=exec.a")
	equal(t, "what the replacement ran", runs(t, w), "undo word 3 two lines "+first)
	equal[any](t, "run_id when the guard said skip", w.Value("exec.a", "run_id"), nil)
	stage(t, w.Dir, "-place/made")
	w.Apply()
	second := id()
	w.Must("taint", "exec.a")
	stage(t, w.Dir, "-place/made")
	w.Apply()
	equal(t, "what the replacement of a tainted one ran", runs(t, w), "undo word 3 two lines "+second)
	third := id()
	equal(t, "it ran again", third != second && third != "<nil>", true)

	w.Must("plan", "-destroy")
	equal(t, "what plan -destroy ran", runs(t, w), "")
	w.Must("destroy", "-auto-approve")
	equal(t, "what the destroy ran", sortedWords(runs(t, w)), sortedWords("hidden never_ran:::: undo word 3 two lines "+third))
	equal(t, "resources left", len(w.State()), 0)
}

// What guards the command does not concern the undo, which has guards of its own.
func TestAccExecDestroyGuards(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "broken_guard" {
			command    = ["sh", "-c", "echo broken_guard >> ran"]
			unless     = [["./tool"]]
			recheck_on = 1
			destroy    = { command = ["sh", "-c", "echo undo:broken_guard >> ran"] }
		}
		resource "exec" "unless_skips" {
			command = ["true"]
			destroy = {
				command = ["sh", "-c", "echo undo:unless_skips >> ran"]
				unless  = ["false", ["test", "-e", "main.tf"]]
			}
		}
		resource "exec" "unless_runs" {
			command = ["true"]
			destroy = {
				command = ["sh", "-c", "echo undo:unless_runs >> ran"]
				unless  = "test -e absent"
			}
		}
		resource "exec" "onlyif_skips" {
			command = ["true"]
			destroy = {
				command = ["sh", "-c", "echo undo:onlyif_skips >> ran"]
				onlyif  = ["true", "test -e absent"]
			}
		}
		resource "exec" "onlyif_runs" {
			command = ["true"]
			destroy = {
				command = ["sh", "-c", "echo undo:onlyif_runs >> ran"]
				unless  = "false"
				onlyif  = [["test", "-n", "$EXEC_RUN_ID"], "true"]
			}
		}
		resource "exec" "no_answer" {
			command = ["true"]
			destroy = {
				command = ["sh", "-c", "echo undo:no_answer >> ran"]
				onlyif  = [["./tool"]]
			}
		}
		resource "exec" "too_slow" {
			command = ["true"]
			destroy = {
				command = ["sleep", "60"]
				timeout = "300ms"
				onlyif  = "test ! -e hurry"
			}
		}
	`)
	w.Write("tool", "#!/bin/sh\nexit 1\n")
	chmod(t, w.Path("tool"), 0o755)
	w.Apply()
	equal(t, "what the apply ran", runs(t, w), "broken_guard")

	w.Remove("tool")
	plan := w.Plan("-destroy")
	for _, c := range plan.ResourceChanges {
		equal(t, c.Address, c.Action(), "delete")
	}
	w.MustFail([]string{
		"Unable to ask guard", "onlyif[0] gave no answer (program not found)",
		"Unable to finish command in time", "still running after 300ms",
	}, "destroy", "-auto-approve")
	equal(t, "what the destroy ran", sortedWords(runs(t, w)), "undo:broken_guard undo:onlyif_runs undo:unless_runs")
	left := w.State()
	equal(t, "resources left", len(left), 2)
	for _, address := range []string{"exec.no_answer", "exec.too_slow"} {
		if _, ok := left[address]; !ok {
			t.Errorf("%s is gone although its undo failed", address)
		}
	}
	w.Write("tool", "#!/bin/sh\nexit 0\n")
	chmod(t, w.Path("tool"), 0o755)
	stage(t, w.Dir, "+hurry")
	w.Must("destroy", "-auto-approve")
	equal(t, "what the second destroy ran", runs(t, w), "undo:no_answer")
	equal(t, "resources left", len(w.State()), 0)
}

// A resource that is removed from the configuration is undone with what the state holds,
// also when its provider block is gone; and an edited destroy block counts from the next
// apply on.
func TestAccExecDestroyFromState(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(word string) string {
		return strings.ReplaceAll(`
			provider "exec" { guard_timeout = "9s" }
			resource "exec" "a" {
				command = ["true"]
				shell   = true
				destroy = { command = "echo WORD >> ran" }
			}
			resource "exec" "b" {
				command    = ["true"]
				shell      = true
				destroy    = { command = "echo WORD:b >> ran" }
				depends_on = [exec.a]
			}
		`, "WORD", word)
	}
	w.Config(config("one"))
	w.Apply()
	w.Config(config("two"))
	plan := w.Plan()
	equal(t, "an edited destroy block", plan.Change(t, "exec.a").Action(), "update")
	equal(t, "leaves run_id open", plan.Change(t, "exec.a").MayRun(), false)
	w.Must("apply", "tfplan")
	equal(t, "what it ran", runs(t, w), "")
	w.Config("")
	w.Apply()
	equal(t, "what ran, dependents first", runs(t, w), "two:b two")
	equal(t, "resources left", len(w.State()), 0)
}

// A first run that was not confirmed has not succeeded, whatever it exited with, so the
// resource is not stuck behind a destroy command that fails.
func TestAccExecDestroyAfterFailedVerify(t *testing.T) {
	t.Parallel()
	const config = `
		resource "exec" "a" {
			command = "%s"
			cwd     = path.module
			creates = "made"
			verify  = true
			destroy = { command = "false" }
		}
	`
	t.Run("not confirmed", func(t *testing.T) {
		t.Parallel()
		w := enginetest.New(t)
		w.Config(strings.ReplaceAll(config, "%s", "true"))
		w.MustFail([]string{"Unable to verify run"}, "apply", "-auto-approve")
		equal(t, "tainted", w.State()["exec.a"].Tainted, true)
		saw(t, w.Must("destroy", "-auto-approve"), "Unable to undo what never succeeded")
		equal(t, "resources left", len(w.State()), 0)
	})
	t.Run("control: confirmed", func(t *testing.T) {
		t.Parallel()
		w := enginetest.New(t)
		w.Config(strings.ReplaceAll(config, "%s", "touch made"))
		w.Apply()
		w.MustFail([]string{"exited with code 1"}, "destroy", "-auto-approve")
		equal(t, "resources left", len(w.State()), 1)
	})
}
