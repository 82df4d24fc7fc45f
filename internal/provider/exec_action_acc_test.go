package provider_test

import (
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// The provider serves an action to every engine. One that has none takes no notice of it,
// and says itself that it has none.
func TestAccExecActionIsNoMatterElsewhere(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			command = ["sh", "-c", "echo a >> ran"]
		}
	`)
	equal(t, "the plan has changes", w.Plan().ExitCode, 2)
	w.Must("apply", "tfplan")
	equal(t, "what ran", w.Read("ran"), "a\n")
	equal(t, "a second plan has changes", w.Plan().ExitCode, 0)
	hasActions := strings.Contains(w.Must("providers", "schema", "-json").Stdout, "action_schemas")
	w.Config(`
		action "exec" "a" {
			config { command = "touch acted" }
		}
		resource "exec" "b" {
			command = "touch created"
			lifecycle {
				action_trigger {
					events  = [after_create]
					actions = [action.exec.a]
				}
			}
		}
	`)
	if hasActions {
		w.Must("apply", "-auto-approve")
		if _, err := os.Stat(w.Path("acted")); err != nil {
			t.Errorf("the action did not run: %v", err)
		}
		return
	}
	if w.Has(enginetest.Feature{OpenTofu: "99", Terraform: "1.13"}) {
		// Terraform 1.13 reads the blocks and does nothing with them.
		w.Must("apply", "-auto-approve")
		if _, err := os.Stat(w.Path("created")); err != nil {
			t.Errorf("what the action is triggered by did not run: %v", err)
		}
		if _, err := os.Stat(w.Path("acted")); err == nil {
			t.Error("the action ran")
		}
		return
	}
	w.MustFail([]string{"Unsupported block type"}, "validate")
}
