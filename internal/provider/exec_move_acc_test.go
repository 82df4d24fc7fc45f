package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// What the built-in terraform_data has made is adopted: its id stays, and neither its
// provisioners nor the command run, whatever triggers and guards say.
func TestAccExecMovedFromTerraformData(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Moves)
	w.Config(`
		resource "terraform_data" "job" {
			for_each         = toset(["unguarded", "guarded", "triggered", "always"])
			input            = { name = each.key }
			triggers_replace = ["first"]
			provisioner "local-exec" { command = "echo ${each.key} >> ran" }
			provisioner "local-exec" {
				when    = destroy
				command = "echo destroyed >> ran"
			}
		}
		resource "terraform_data" "reader" { input = "stays" }
	`)
	w.Apply()
	equal(t, "what the provisioners did", sortedWords(runs(t, w)), "always guarded triggered unguarded")
	ids := map[string]any{}
	for _, key := range []string{"unguarded", "guarded", "triggered", "always"} {
		ids["exec."+key] = w.Value(`terraform_data.job["`+key+`"]`, "id")
	}

	const resources = `
		moved {
			from = terraform_data.job["unguarded"]
			to   = exec.unguarded
		}
		moved {
			from = terraform_data.job["guarded"]
			to   = exec.guarded
		}
		moved {
			from = terraform_data.job["triggered"]
			to   = exec.triggered
		}
		moved {
			from = terraform_data.job["always"]
			to   = exec.always
		}
		resource "exec" "unguarded" {
			shell   = true
			command = "echo unguarded >> ran # EDIT"
			destroy = { command = "echo undo >> ran" }
		}
		resource "exec" "guarded" {
			shell   = true
			command = "echo guarded >> ran; touch made"
			unless  = "echo asked >> asked; test -e made"
		}
		resource "exec" "triggered" {
			shell        = true
			command      = "echo triggered >> ran"
			refresh_only = true
			subscribe    = ["EDIT", terraform_data.reader.output]
		}
		resource "exec" "always" {
			command = ["sh", "-c", "echo always >> ran"]
			always  = ALWAYS
		}
		resource "terraform_data" "reader" { input = "stays" }
	`
	config := func(edit, always string) {
		w.Config(strings.NewReplacer("EDIT", edit, "ALWAYS", always).Replace(resources))
	}
	config("first", "true")
	for _, flags := range [][]string{{"-refresh=false"}, nil} {
		plan := w.Plan(flags...)
		for address := range ids {
			c := plan.Change(t, address)
			equal(t, address+" action", c.Action(), "update")
			equal(t, address+" is left open", c.MayRun(), false)
		}
		saw(t, plan.Result, `(moved from terraform_data.job["guarded"])`)
		saw(t, plan.Result, "0 to add, 4 to change, 0 to destroy.")
	}
	w.Must("apply", "tfplan")
	equal(t, "what the move ran", runs(t, w), "")
	equal(t, "guards that it asked", asked(t, w), 0)
	state := w.State()
	for address, id := range ids {
		equal(t, address+" id", state[address].Values["id"], id)
		equal[any](t, address+" run_id", state[address].Values["run_id"], nil)
		equal[any](t, address+" in_sync", state[address].Values["in_sync"], true)
	}
	equal(t, "resources in the state", len(state), 5)

	// From then on they are resources like any other: only now are guards asked.
	plan := w.Plan()
	for address, open := range map[string]bool{"exec.unguarded": false, "exec.guarded": true, "exec.triggered": false, "exec.always": true} {
		equal(t, address+" is left open", plan.Change(t, address).MayRun(), open)
	}
	config("second", "false")
	w.Apply()
	equal(t, "what the next apply ran", sortedWords(runs(t, w)), "guarded triggered unguarded")
	settled(t, w)
	w.Must("destroy", "-auto-approve")
	equal(t, "what the destroy ran", runs(t, w), "undo")
}

// What was moved and never applied has nothing to undo, and plan -destroy says so.
func TestAccExecMovedThenDestroyed(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Moves)
	const before = `
		resource "terraform_data" "a" {
			provisioner "local-exec" {
				when    = destroy
				command = "echo destroyed >> ran"
			}
		}
	`
	w.Config(before)
	w.Apply()
	w.Config(`
		moved {
			from = terraform_data.a
			to   = exec.a
		}
		resource "exec" "a" {
			shell   = true
			command = "echo a >> ran"
			destroy = { command = "echo undo >> ran" }
		}
	`)
	for _, flags := range [][]string{{"-destroy"}, {"-destroy", "-refresh=false"}} {
		equal(t, "action", w.Plan(flags...).Change(t, "exec.a").Action(), "delete")
	}
	w.Must("apply", "tfplan")
	equal(t, "what the destroy ran", runs(t, w), "")
	equal(t, "resources left", len(w.State()), 0)

	// The control: what is applied once has something to undo.
	w.Apply()
	w.Must("destroy", "-auto-approve")
	equal(t, "what ran", runs(t, w), "a undo")
}

// nullState is a state as the provider hashicorp/null leaves it.
const nullState = `{
  "version": 4,
  "terraform_version": "1.5.7",
  "serial": 3,
  "lineage": "8d3a4d1a-5a86-4c3f-8f47-0d0a5b7d2a10",
  "outputs": {},
  "resources": [
    {
      "mode": "managed",
      "type": "null_resource",
      "name": "job",
      "provider": "provider[\"registry.terraform.io/hashicorp/null\"]",
      "instances": [
        {
          "index_key": 0,
          "schema_version": 0,
          "attributes": { "id": "5577006791947779410", "triggers": { "version": "1" } },
          "sensitive_attributes": []
        },
        {
          "index_key": 1,
          STATUS
          "schema_version": 0,
          "attributes": { "id": "8674665223082153551", "triggers": null },
          "sensitive_attributes": []
        }
      ]
    }
  ],
  "check_results": null
}
`

func TestAccExecMovedFromNullResource(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Moves)
	w.StandIn("null")
	w.Write("terraform.tfstate", strings.Replace(nullState, "STATUS", "", 1))
	config := func(subscribe string) {
		w.Config(strings.ReplaceAll(`
			moved {
				from = null_resource.job
				to   = exec.job
			}
			resource "exec" "job" {
				count     = 2
				shell     = true
				command   = "echo ${count.index} >> ran"
				unless    = "echo asked >> asked; true"
				subscribe = { version = "VERSION" }
			}
		`, "VERSION", subscribe))
	}
	config("1")
	plan := w.Plan()
	for _, address := range []string{"exec.job[0]", "exec.job[1]"} {
		equal(t, address+" action", plan.Change(t, address).Action(), "update")
		equal(t, address+" is left open", plan.Change(t, address).MayRun(), false)
	}
	w.Must("apply", "tfplan")
	equal(t, "what the move ran", runs(t, w), "")
	equal(t, "guards that it asked", asked(t, w), 0)
	equal[any](t, "id of the first", w.Value("exec.job[0]", "id"), "5577006791947779410")
	equal[any](t, "id of the second", w.Value("exec.job[1]", "id"), "8674665223082153551")
	settled(t, w)

	// The control: what used to be a changed trigger runs the command.
	config("2")
	w.Apply()
	equal(t, "what the changed trigger ran", sortedWords(runs(t, w)), "0 1")
	settled(t, w)
}

// A tainted resource was to be replaced, and it is: engines keep the mark, and a provider
// cannot take it off. What is untainted first is adopted.
func TestAccExecMovedFromTainted(t *testing.T) {
	t.Parallel()
	const config = `
		moved {
			from = null_resource.job
			to   = exec.job
		}
		resource "exec" "job" {
			count   = 2
			shell   = true
			command = "echo ${count.index} >> ran"
			destroy = { command = "echo undo >> ran" }
		}
	`
	w := enginetest.New(t)
	w.Needs(enginetest.Moves)
	w.StandIn("null")
	w.Write("terraform.tfstate", strings.Replace(nullState, "STATUS", `"status": "tainted",`, 1))
	w.Config(config)
	plan := w.Plan()
	equal(t, "the tainted one", plan.Change(t, "exec.job[1]").Action(), "delete,create")
	equal(t, "the other one", plan.Change(t, "exec.job[0]").Action(), "update")
	w.Must("apply", "tfplan")
	equal(t, "what the replacement ran", runs(t, w), "1")

	w = enginetest.New(t)
	w.Needs(enginetest.Moves)
	w.StandIn("null")
	w.Write("terraform.tfstate", strings.Replace(nullState, "STATUS", `"status": "tainted",`, 1))
	w.Must("untaint", "null_resource.job[1]")
	w.Config(config)
	w.Apply()
	equal(t, "what ran after untaint", runs(t, w), "")
}

// From anything else there is no way, and the message names the two that there are.
func TestAccExecMovedFromElsewhere(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Moves)
	w.StandIn("random")
	w.Write("terraform.tfstate", strings.NewReplacer("STATUS", "", "null_resource", "random_id", "hashicorp/null", "hashicorp/random").Replace(nullState))
	w.Config(`
		moved {
			from = random_id.job
			to   = exec.job
		}
		resource "exec" "job" {
			count   = 2
			command = "echo a"
		}
	`)
	w.MustFail([]string{"Error: Unable to move resource", "can be moved from a null_resource of hashicorp/null", "Type: random_id"}, "plan")
}

// The example, from the state that its comment speaks of.
func TestAccExecMovedExample(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Moves)
	w.Config(`
		resource "terraform_data" "app" {
			provisioner "local-exec" { command = "touch app.installed" }
		}
	`)
	w.Apply()
	root, err := enginetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join(root, "examples", "resources", "exec", "moved.tf"))
	if err != nil {
		t.Fatal(err)
	}
	w.Config(string(example))
	w.Apply()
	equal[any](t, "run_id", w.Value("exec.app", "run_id"), nil)
	settled(t, w)
	// The control: without the file it is needed.
	w.Remove("app.installed")
	equal(t, "left open", w.Plan().Change(t, "exec.app").MayRun(), true)
}
