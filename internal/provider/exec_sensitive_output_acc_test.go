package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// Switched on, what was printed moves; switched off, there is nothing to see until the next
// run. Neither runs anything, and the log file goes its own way.
func TestAccExecSensitiveOutputIsSwitched(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(sensitive bool, argument string) {
		w.Config(fmt.Sprintf(`
			resource "exec" "a" {
				shell            = true
				command          = "echo '{\"word\": \"%s\"}'; echo err >&2; echo ran >> ran"
				sensitive_output = %t
				log_file         = "log"
			}
		`, argument, sensitive))
	}
	holds := func(when string, want map[string]any) {
		t.Helper()
		values := w.State()["exec.a"].Values
		for _, name := range []string{"stdout", "stderr", "sensitive_stdout", "sensitive_stderr"} {
			equal(t, name+" "+when, values[name], want[name])
		}
		equal(t, "there is a result "+when, values["result"] != nil, want["stdout"] != nil)
	}
	open := map[string]any{"stdout": "{\"word\": \"one\"}\n", "stderr": "err\n"}
	hidden := map[string]any{"sensitive_stdout": open["stdout"], "sensitive_stderr": "err\n"}

	config(false, "one")
	w.Apply()
	holds("at first", open)
	config(true, "one")
	plan := w.Plan()
	equal(t, "switched on, it may run", plan.Change(t, "exec.a").MayRun(), false)
	w.Must("apply", "tfplan")
	holds("switched on", hidden)
	settled(t, w)
	config(false, "one")
	plan = w.Plan()
	equal(t, "switched off, it may run", plan.Change(t, "exec.a").MayRun(), false)
	w.Must("apply", "tfplan")
	holds("switched off", nil)
	settled(t, w)
	equal(t, "what ran until then", strings.Join(w.Lines("ran"), " "), "ran")

	config(false, "two")
	w.Apply()
	holds("after the next run", map[string]any{"stdout": "{\"word\": \"two\"}\n", "stderr": "err\n"})
	config(true, "three")
	w.Apply()
	holds("after a run in hiding", map[string]any{"sensitive_stdout": "{\"word\": \"three\"}\n", "sensitive_stderr": "err\n"})
	equal(t, "what ran", strings.Join(w.Lines("ran"), " "), "ran ran ran")
	for _, word := range []string{"one", "two", "three"} {
		equal(t, "the log holds "+word, strings.Contains(w.Read("log"), word), true)
	}
}
