package needs_test

import (
	"runtime"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// outcome is a testing.TB that notes how a test ends. Like the real one, it goes no further.
type outcome struct {
	testing.TB
	failed, skipped bool
}

func (*outcome) Helper() {}

func (o *outcome) Fatalf(string, ...any) {
	o.failed = true
	runtime.Goexit()
}

func (o *outcome) Skipf(string, ...any) {
	o.skipped = true
	runtime.Goexit()
}

// endOf is how a test ends that asks for something.
func endOf(t *testing.T, ask func(tb testing.TB)) (failed, skipped bool) {
	t.Helper()
	o := &outcome{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ask(o)
	}()
	<-done
	return o.failed, o.skipped
}

func askForProgram(names ...string) func(testing.TB) {
	return func(tb testing.TB) {
		tb.Helper()
		needs.Program(tb, names...)
	}
}

func TestWhatIsMissingFailsInCI(t *testing.T) {
	for name, c := range map[string]struct {
		ci              string
		ask             func(testing.TB)
		failed, skipped bool
	}{
		"there":            {ci: "", ask: askForProgram("exec-test-none", "go")},
		"there, in CI":     {ci: "true", ask: askForProgram("exec-test-none", "go")},
		"not there":        {ci: "", ask: askForProgram("exec-test-none"), skipped: true},
		"not there, in CI": {ci: "true", ask: askForProgram("exec-test-none"), failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", c.ci)
			failed, skipped := endOf(t, c.ask)
			if failed != c.failed || skipped != c.skipped {
				t.Errorf("failed %v, skipped %v; want %v, %v", failed, skipped, c.failed, c.skipped)
			}
		})
	}
}
