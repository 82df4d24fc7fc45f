package provider_test

import (
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// An imported resource is adopted: its first apply fills in the definition and runs
// nothing, whatever triggers and guards say.
func TestAccExecImport(t *testing.T) {
	t.Parallel()
	const resources = `
		resource "exec" "unguarded" {
			shell   = true
			command = "echo unguarded >> ran"
			always  = EDIT
		}
		resource "exec" "guarded" {
			shell   = true
			command = "echo guarded >> ran; touch made"
			unless  = "echo asked >> asked; test -e made"
		}
		resource "exec" "triggered" {
			name      = "sh -c 'echo triggered >> ran'"
			subscribe = "EDIT"
		}
	`
	blocks := `
		import {
			to = exec.unguarded
			id = "one"
		}
		import {
			to = exec.guarded
			id = "two"
		}
		import {
			to = exec.triggered
			id = "three"
		}
	`
	tests := map[string]func(w *enginetest.Workspace){
		"by import blocks": func(w *enginetest.Workspace) { w.Write("import.tf", blocks) },
		"by the import command": func(w *enginetest.Workspace) {
			w.Must("import", "exec.unguarded", "one")
			w.Must("import", "exec.guarded", "two")
			w.Must("import", "exec.triggered", "three")
		},
	}
	for name, adopt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Config(strings.ReplaceAll(resources, "EDIT", "false"))
			adopt(w)
			plan := w.Plan()
			for _, address := range []string{"exec.unguarded", "exec.guarded", "exec.triggered"} {
				c := plan.Change(t, address)
				equal(t, address+" action", c.Action(), "update")
				equal(t, address+" is left open", c.MayRun(), false)
			}
			w.Must("apply", "tfplan")
			equal(t, "what the adoption ran", runs(t, w), "")
			equal(t, "guards that it asked", asked(t, w), 0)
			state := w.State()
			for address, id := range map[string]string{"exec.unguarded": "one", "exec.guarded": "two", "exec.triggered": "three"} {
				equal[any](t, address+" id", state[address].Values["id"], id)
				equal[any](t, address+" run_id", state[address].Values["run_id"], nil)
				equal[any](t, address+" in_sync", state[address].Values["in_sync"], true)
			}
			equal[any](t, "the definition", state["exec.unguarded"].Values["command"], "echo unguarded >> ran")

			// From then on it is a resource like any other. Only now are guards asked.
			plan = w.Plan()
			equal(t, "guarded is left open", plan.Change(t, "exec.guarded").MayRun(), true)
			equal(t, "unguarded is left open", plan.Change(t, "exec.unguarded").MayRun(), false)
			equal(t, "triggered is left open", plan.Change(t, "exec.triggered").MayRun(), false)
			w.Config(strings.ReplaceAll(resources, "EDIT", "true"))
			w.Apply()
			equal(t, "what the next apply ran", sortedWords(runs(t, w)), "guarded triggered unguarded")
		})
	}
}

// An imported resource that no apply completed has nothing to undo.
func TestAccExecImportThenDestroy(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			command = ["sh", "-c", "echo a >> ran"]
			destroy = { command = ["sh", "-c", "echo undo >> ran"] }
		}
	`)
	w.MustFail([]string{"The identifier is empty"}, "import", "exec.a", "")
	w.Must("import", "exec.a", "some id")
	w.MustFail([]string{"exec.a"}, "import", "exec.a", "another id")
	w.Must("destroy", "-auto-approve")
	equal(t, "what ran", runs(t, w), "")
	equal(t, "resources left", len(w.State()), 0)

	// The control: once adopted there is.
	w.Must("import", "exec.a", "some id")
	w.Apply()
	w.Must("destroy", "-auto-approve")
	equal(t, "what ran", runs(t, w), "undo")
}

// A resource stays where its state says that it lives, whatever becomes of the providers.
func TestAccExecProviders(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	const resource = `
		resource "exec" "a" {
			PROVIDER
			shell   = true
			command = "echo a >> ran; touch made"
			unless  = "echo asked >> asked; test -e made"
			destroy = { command = "echo undo >> ran" }
		}
	`
	with := func(providers, provider string) {
		w.Config(providers + strings.Replace(resource, "PROVIDER", provider, 1))
	}
	const careful = `
		provider "exec" {
			alias  = "careful"
			guards = "apply"
		}
	`
	with(careful, "")
	w.Apply()
	equal(t, "what the first apply ran", runs(t, w), "a")
	asked(t, w)
	equal[any](t, "target", w.Value("exec.a", "target"), "local")

	// Another alias is another set of settings and the same target.
	with(careful, "provider = exec.careful")
	plan := w.Plan()
	equal(t, "guards asked by the careful one", asked(t, w), 0)
	equal(t, "left open", plan.Change(t, "exec.a").MayRun(), true)
	w.Must("apply", "tfplan")
	equal(t, "what the change of providers ran", runs(t, w), "")
	asked(t, w)

	// Removing the alias under a resource is refused by the engine, and nothing happens.
	w.Config("")
	w.MustFail([]string{"Provider configuration not present"}, "plan")
	equal(t, "guards asked", asked(t, w), 0)

	with("", "")
	w.Apply()
	settled(t, w)
	equal(t, "what the way back ran", runs(t, w), "")
	w.Config("")
	plan = w.Plan()
	equal(t, "without any block", plan.Change(t, "exec.a").Action(), "delete")
	w.Must("apply", "tfplan")
	equal(t, "what the removal ran", runs(t, w), "undo")
}

// A setting that is not known in the plan is the careful one, and the apply asks.
func TestAccExecProviderNotYetKnown(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "terraform_data" "x" { input = "plan" }
		provider "exec" { guards = terraform_data.x.output }
		resource "exec" "a" {
			shell   = true
			command = "echo a >> ran"
			unless  = "echo asked >> asked; test -e main.tf"
		}
	`)
	w.Plan()
	equal(t, "guards asked by a plan that does not know", asked(t, w), 0)
	w.Must("apply", "tfplan")
	equal(t, "what ran", runs(t, w), "")
	equal(t, "guards asked by the apply", asked(t, w) > 0, true)
	settled(t, w)
	equal(t, "guards asked by a plan that knows", asked(t, w) > 0, true)
}

// Nothing runs here for a resource whose state names another machine.
func TestAccExecForeignTarget(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	const config = `
		resource "exec" "a" {
			shell   = true
			command = "echo a >> ran; touch made"
			unless  = "echo asked >> asked; test -e made"
			destroy = { command = "echo undo >> ran" }
		}
	`
	w.Config(config)
	w.Apply()
	runs(t, w)
	asked(t, w)
	state := w.Read("terraform.tfstate")
	foreign := strings.Replace(state, `"target": "local"`, `"target": "ssh://root@elsewhere:22"`, 1)
	equal(t, "the state was edited", foreign != state, true)
	w.Write("terraform.tfstate", foreign)

	plan := w.Plan()
	saw(t, plan.Result, "Warning: Unable to reach target")
	saw(t, plan.Result, `"ssh://root@elsewhere:22" -> "local"`)
	equal(t, "moving it is left open", plan.Change(t, "exec.a").MayRun(), true)
	equal[any](t, "in_sync", plan.Change(t, "exec.a").Change.Before["in_sync"], nil)
	equal(t, "guards asked for another machine", asked(t, w), 0)

	w.MustFail([]string{"Unable to reach target", "Nothing was run, here or there."}, "destroy", "-auto-approve")
	equal(t, "guards asked by a destroy", asked(t, w), 0)
	// Here the one to be created is asked about: it would live on this machine.
	w.MustFail([]string{"Unable to reach target"}, "apply", "-auto-approve", "-replace=exec.a")
	w.Config("")
	w.MustFail([]string{"Unable to reach target"}, "apply", "-auto-approve")
	equal(t, "what ran", runs(t, w), "")
	if _, err := os.Stat(w.Path("made")); err != nil {
		t.Fatal(err)
	}

	// The way out that the message names, and the control: here it does run.
	w.Must("state", "rm", "exec.a")
	w.Remove("made")
	w.Config(config)
	w.Apply()
	w.Must("destroy", "-auto-approve")
	equal(t, "what ran on this machine", runs(t, w), "a undo")
}
