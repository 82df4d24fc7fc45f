package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// runs returns what ran so far, and forgets it.
func runs(t *testing.T, w *enginetest.Workspace) string {
	t.Helper()
	ran := strings.Join(strings.Fields(w.Read("ran")), " ")
	w.Remove("ran")
	return ran
}

// settled fails the test unless a plan is empty.
func settled(t *testing.T, w *enginetest.Workspace) {
	t.Helper()
	if p := w.Plan(); p.ExitCode != 0 {
		t.Errorf("the plan is not empty:\n%s", p.Output())
	}
}

// A value that an upstream update makes unknown in the plan often turns out to be what it
// was. Then nothing runs, and dependents see the same run_id.
func TestAccExecTriggerNotYetKnown(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(text string) string {
		return strings.ReplaceAll(`
			resource "terraform_data" "text" { input = "TEXT" }
			resource "terraform_data" "replaced" {
				triggers_replace = "TEXT"
				input            = "always the same"
			}
			resource "exec" "initial" {
				command   = "sh -c 'echo initial >> ran'"
				subscribe = [substr(terraform_data.text.output, 0, 1), { note = "known" }]
			}
			resource "exec" "replaced" {
				command   = "sh -c 'echo replaced >> ran'"
				subscribe = terraform_data.replaced.output
			}
			resource "exec" "whole" {
				command   = "sh -c 'echo whole >> ran'"
				subscribe = terraform_data.text.output
			}
			resource "exec" "recheck" {
				command    = "sh -c 'echo recheck >> ran'"
				unless     = "sh -c 'echo asked >> asked; test -e made'"
				recheck_on = terraform_data.text.output
			}
			resource "exec" "unguarded_recheck" {
				command    = "sh -c 'echo unguarded_recheck >> ran'"
				recheck_on = substr(terraform_data.text.output, 0, 1)
			}
			resource "exec" "command" {
				command = ["sh", "-c", "echo command >> ran", substr(terraform_data.text.output, 0, 1)]
			}
			resource "exec" "stdin" {
				command = ["sh", "-c", "echo stdin >> ran"]
				stdin   = terraform_data.text.output
			}
			resource "exec" "creates" {
				command = "sh -c 'echo creates >> ran'"
				creates = ["made", substr(terraform_data.text.output, 0, 1)]
			}
			resource "exec" "dependent" {
				command      = "sh -c 'echo dependent >> ran'"
				refresh_only = true
				subscribe    = exec.initial.run_id
			}
		`, "TEXT", text)
	}
	stage(t, w.Dir, "+made")
	w.Config(config("one"))
	w.Apply()
	equal(t, "what the first apply ran", sortedWords(runs(t, w)), "command dependent initial replaced stdin unguarded_recheck whole")
	settled(t, w)
	before := w.State()

	w.Remove("asked")
	w.Config(config("other")) // The same initial.
	plan := w.Plan()
	asked := len(w.Lines("asked"))
	for _, name := range []string{"initial", "replaced", "whole", "recheck", "unguarded_recheck", "command", "stdin", "creates", "dependent"} {
		c := plan.Change(t, "exec."+name)
		equal(t, name+" action", c.Action(), "update")
		equal(t, name+" is left open", c.MayRun(), true)
	}
	w.Must("apply", "tfplan")
	equal(t, "what ran", sortedWords(runs(t, w)), "stdin whole")
	if len(w.Lines("asked")) <= asked {
		t.Error("recheck_on changed, and its guard was not asked again during apply")
	}
	after := w.State()
	for _, name := range []string{"initial", "replaced", "recheck", "unguarded_recheck", "command", "creates", "dependent"} {
		equal(t, name+" run_id", after["exec."+name].Values["run_id"], before["exec."+name].Values["run_id"])
	}
	settled(t, w)

	w.Config(config("different"))
	w.Apply()
	equal(t, "what another initial ran", sortedWords(runs(t, w)), "command dependent initial stdin unguarded_recheck whole")
	settled(t, w)
}

// Three resources that follow each other by run_id, each with a guard of its own.
func TestAccExecChain(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			shell             = true
			command           = "echo a >> ran; touch made.a; exit $(cat code)"
			creates           = "made.a"
			unchanged_returns = [3]
		}
		resource "exec" "b" {
			shell     = true
			command   = "echo b >> ran; touch made.b"
			creates   = "made.b"
			subscribe = [exec.a.run_id]
		}
		resource "exec" "c" {
			shell      = true
			command    = "echo c >> ran; touch made.c"
			unless     = "test made.c -nt made.b"
			recheck_on = [exec.b.run_id]
		}
	`)
	w.Write("code", "0")
	w.Apply()
	equal(t, "what the first apply ran", runs(t, w), "a b c")
	settled(t, w)

	w.Remove("made.a")
	plan := w.Plan()
	equal(t, "exit code of the plan", plan.ExitCode, 2)
	for _, address := range []string{"exec.a", "exec.b", "exec.c"} {
		equal(t, address+" is left open", plan.Change(t, address).MayRun(), true)
	}
	equal[any](t, "why a", plan.Change(t, "exec.a").Change.Before["noop_message"], `Would have executed: creates "made.a" does not exist`)
	w.Must("apply", "tfplan")
	equal(t, "what drift at a ran", runs(t, w), "a b c")
	settled(t, w)

	// a runs, says that it changed nothing, and nobody after it runs.
	w.Write("code", "3")
	w.Remove("made.a")
	before := w.State()
	plan = w.Plan()
	equal(t, "b is left open", plan.Change(t, "exec.b").MayRun(), true)
	w.Must("apply", "tfplan")
	equal(t, "what ran when a changed nothing", runs(t, w), "a")
	after := w.State()
	for _, address := range []string{"exec.a", "exec.b", "exec.c"} {
		equal(t, address+" run_id", after[address].Values["run_id"], before[address].Values["run_id"])
	}
	equal[any](t, "exit code of a", after["exec.a"].Values["exit_code"], float64(3))
	equal(t, "a started anew", after["exec.a"].Values["start_time"] != before["exec.a"].Values["start_time"], true)
	settled(t, w)

	// Drift in the middle concerns only what follows.
	w.Remove("made.b")
	w.Apply()
	equal(t, "what drift at b ran", runs(t, w), "b c")
	settled(t, w)
}

// An upstream step changes the machine under guards that were content with it in the plan.
func TestAccExecRecheckDuringApply(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "up" {
			shell   = true
			command = "echo up >> ran; touch made; sh spoil"
			creates = "made"
		}
		resource "exec" "down" {
			shell      = true
			command    = "echo down >> ran; touch configured"
			unless     = "test -e configured"
			recheck_on = exec.up.run_id
		}
		resource "exec" "deaf" { # The control: without recheck_on nobody asks again.
			shell      = true
			command    = "echo deaf >> ran; touch configured"
			unless     = "test -e configured"
			depends_on = [exec.down]
		}
		resource "exec" "reload" {
			shell        = true
			command      = "echo reload >> ran"
			onlyif       = "test -e running"
			refresh_only = true
			recheck_on   = exec.up.run_id
		}
	`)
	w.Write("spoil", "true")
	w.Apply()
	equal(t, "what the first apply ran", runs(t, w), "up down")
	settled(t, w)

	w.Remove("made")
	w.Write("spoil", "rm configured; touch running")
	plan := w.Plan()
	for address, open := range map[string]bool{"exec.up": true, "exec.down": true, "exec.reload": true, "exec.deaf": false} {
		equal(t, address+" is left open", plan.Change(t, address).MayRun(), open)
	}
	equal[any](t, "down was in sync", plan.Change(t, "exec.down").Change.Before["in_sync"], true)
	w.Must("apply", "tfplan")
	equal(t, "what ran after the machine changed", sortedWords(runs(t, w)), "down reload up")
	settled(t, w)

	// up runs and leaves the rest alone, and the guards veto.
	w.Remove("made")
	w.Remove("running")
	w.Write("spoil", "true")
	w.Apply()
	equal(t, "what ran when the guards vetoed", runs(t, w), "up")
	settled(t, w)
}

// The tool that a guard needs comes with an earlier step of the same apply.
func TestAccExecGuardToolInstalledByEarlierStep(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "install" {
			command = ["cp", "tool.sh", "tool"]
			creates = "tool"
		}
		resource "exec" "skips" {
			command    = "sh -c 'echo skips >> ran'"
			unless     = [["./tool", "0"]]
			depends_on = [exec.install]
		}
		resource "exec" "runs" {
			command    = "sh -c 'echo runs >> ran; touch made'"
			unless     = [["./tool", "1"]]
			creates    = "made"
			depends_on = [exec.install]
		}
		resource "exec" "shell" {
			shell      = true
			command    = "echo shell >> ran; touch shell.made"
			unless     = "./tool 0"
			depends_on = [exec.install]
		}
	`)
	w.Write("tool.sh", "#!/bin/sh\nexit $1\n")
	chmod(t, w.Path("tool.sh"), 0o755)
	plan := w.Plan()
	saw(t, plan.Result, "Warning: Unable to ask guard during plan")
	saw(t, plan.Result, `unless[0] gave no answer (program not found)`)
	w.Must("apply", "tfplan")
	equal(t, "what ran", runs(t, w), "runs")
	settled(t, w)

	// The tool is lost later: what it guards may run, and the plan says so.
	w.Remove("tool")
	w.Remove("made")
	plan = w.Plan()
	for _, address := range []string{"exec.install", "exec.skips", "exec.runs", "exec.shell"} {
		equal(t, address+" is left open", plan.Change(t, address).MayRun(), true)
	}
	equal[any](t, "in_sync of a guard without answer", plan.Change(t, "exec.skips").Change.Before["in_sync"], nil)
	equal[any](t, "why", plan.Change(t, "exec.skips").Change.Before["noop_message"], "May execute: unless[0] gave no answer (program not found)")
	saw(t, plan.Result, "the shell could not run it, exit code 127")
	w.Must("apply", "tfplan")
	equal(t, "what ran once the tool was back", runs(t, w), "runs")
	settled(t, w)
}

// What one plan writes as a float64 comes from the state in decimal in the next: the same.
func TestAccExecTriggerWithAFraction(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := `
		resource "exec" "a" {
			command = "sleep SECONDS"
		}
		resource "exec" "whole" {
			command   = ["sh", "-c", "echo whole >> ran"]
			subscribe = [exec.a]
		}
		resource "exec" "part" {
			command    = ["sh", "-c", "echo part >> ran"]
			recheck_on = { took = exec.a.elapsed_time }
		}
		resource "exec" "computed" {
			command   = ["sh", "-c", "echo computed >> ran"]
			subscribe = [pow(2, 0.5), 1 / 3]
		}
	`
	w.Config(strings.ReplaceAll(config, "SECONDS", "0.003"))
	w.Apply()
	equal(t, "what the first apply ran", sortedWords(runs(t, w)), "computed part whole")
	settled(t, w)
	w.Apply()
	equal(t, "what the second apply ran", runs(t, w), "")

	w.Config(strings.ReplaceAll(config, "SECONDS", "0.3"))
	w.Apply()
	equal(t, "what ran once the fraction was another", sortedWords(runs(t, w)), "part whole")
	settled(t, w)
}
