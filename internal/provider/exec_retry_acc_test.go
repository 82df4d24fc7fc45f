package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// A failed run is retried even where the state, which keeps the definition from before,
// holds returns by which it would have been a success.
func TestAccExecRetriedWhenReturnsChangedToo(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(returns, trigger string) {
		w.Config(fmt.Sprintf(`resource "exec" "a" {
  command   = ["sh", "-c", "echo a >>ran; exit $(cat code)"]
  returns   = %s
  subscribe = %q
}
`, returns, trigger))
	}
	w.Write("code", "3")
	config("[0, 3]", "one")
	w.Apply()
	if p := w.Plan(); p.ExitCode != 0 {
		t.Errorf("exit code 3 is accepted, and the plan is not empty:\n%s", p.Output())
	}
	config("[0]", "two")
	w.MustFail([]string{"exited with code 3"}, "apply", "-auto-approve")
	w.Write("code", "0")
	config("[0]", "one")
	if c := w.Plan().Change(t, "exec.a"); !c.MayRun() {
		t.Errorf("the plan is %s and knows run_id", c.Action())
	}
	w.Apply("-refresh=false")
	if ran := len(w.Lines("ran")); ran != 3 {
		t.Errorf("the command ran %d times, want 3", ran)
	}
	if p := w.Plan(); p.ExitCode != 0 {
		t.Errorf("the plan after the retry is not empty:\n%s", p.Output())
	}
}
