package converge_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// hang blocks as a command does that is still running when its context ends.
func hang(ctx context.Context, _ host.Command) error {
	<-ctx.Done()
	return &host.StopError{Cause: context.Cause(ctx)}
}

// Tries, in a world whose clock moves only while everybody waits: what is measured is
// exactly what was waited for.
func TestTries(t *testing.T) {
	t.Parallel()
	unstarted := &host.StartError{Reason: host.ProgramNotFound, Subject: "job"}
	exhausted := &host.StartError{Reason: host.Exhausted, Subject: "job"}
	cases := map[string]struct {
		tries          int
		sleep, timeout time.Duration
		local          func(*hosttest.Fake)
		ran            int
		took           time.Duration
		// counted is how many tries the Run tells of; 0 is no Run at all.
		counted  int
		exitCode int
		timedOut bool
		fails    bool
	}{
		"one success needs no other": {
			tries: 3, sleep: time.Minute, local: func(h *hosttest.Fake) { h.On("job") }, ran: 1, counted: 1,
		},
		"sleeps between tries and not after the last": {
			tries: 3, sleep: time.Minute, local: func(h *hosttest.Fake) { h.On("job").Exit(4) },
			ran: 3, took: 2 * time.Minute, counted: 3, exitCode: 4, fails: true,
		},
		"stops at the first success": {
			tries: 5, sleep: time.Minute, local: func(h *hosttest.Fake) { h.On("job").Exit(4); h.On("job") },
			ran: 2, took: time.Minute, counted: 2,
		},
		"no sleep": {
			tries: 3, local: func(h *hosttest.Fake) { h.On("job").Exit(4) }, ran: 3, counted: 3, exitCode: 4, fails: true,
		},
		"the time limit is that of each try": {
			tries: 3, sleep: time.Minute, timeout: time.Hour, local: func(h *hosttest.Fake) { h.On("job").Do(hang) },
			ran: 3, took: 3*time.Hour + 2*time.Minute, counted: 3, exitCode: -1, timedOut: true, fails: true,
		},
		"a try after one that timed out may succeed": {
			tries: 2, timeout: time.Hour, local: func(h *hosttest.Fake) { h.On("job").Do(hang); h.On("job") },
			ran: 2, took: time.Hour, counted: 2,
		},
		"a signal is tried again": {
			tries: 2, local: func(h *hosttest.Fake) { h.On("job").Fail(&host.SignalError{Name: "SIGSEGV"}); h.On("job") },
			ran: 2, counted: 2,
		},
		"what does not start is not tried again": {
			tries: 3, sleep: time.Minute, local: func(h *hosttest.Fake) { h.On("job").Result(host.Result{}).Fail(unstarted) },
			ran: 1, fails: true,
		},
		"what the system has no room for is tried again": {
			tries: 3, sleep: time.Minute,
			local: func(h *hosttest.Fake) { h.On("job").Result(host.Result{}).Fail(exhausted); h.On("job") },
			ran:   2, took: time.Minute, counted: 1,
		},
		"what the system never has room for": {
			tries: 2, sleep: time.Minute, local: func(h *hosttest.Fake) { h.On("job").Result(host.Result{}).Fail(exhausted) },
			ran: 2, took: time.Minute, fails: true,
		},
		"what does not start any more leaves what ran before": {
			tries: 3, sleep: time.Minute,
			local: func(h *hosttest.Fake) { h.On("job").Exit(4); h.On("job").Result(host.Result{}).Fail(unstarted) },
			ran:   2, took: time.Minute, counted: 1, exitCode: 4, fails: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := hosttest.NewFake(t)
				tc.local(h)
				spec := oneJob()
				spec.Tries, spec.TrySleep, spec.Timeout = tc.tries, tc.sleep, tc.timeout
				began := time.Now()
				outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
				if took := time.Since(began); took != tc.took {
					t.Errorf("it took %s, want %s", took, tc.took)
				}
				if got := len(h.Log()); got != tc.ran {
					t.Errorf("the command was started %d times, want %d", got, tc.ran)
				}
				var failed *converge.RunError
				if errors.As(err, &failed) != tc.fails || (err != nil) != tc.fails {
					t.Fatalf("the error is %v", err)
				}
				if tc.fails && failed.TimedOut() != tc.timedOut {
					t.Errorf("timed out: %v, want %v", failed.TimedOut(), tc.timedOut)
				}
				if tc.counted == 0 {
					if outcome.Run != nil {
						t.Errorf("there is a run: %v", outcome.Run)
					}
					return
				}
				code := -1
				if outcome.Run.ExitCode != nil {
					code = *outcome.Run.ExitCode
				}
				if outcome.Run.Tries != tc.counted || code != tc.exitCode {
					t.Errorf("%d tries, exit code %d; want %d, %d", outcome.Run.Tries, code, tc.counted, tc.exitCode)
				}
			})
		})
	}
}

func TestAnInterruptEndsTries(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after time.Duration // when it comes
		ran   int
	}{
		"during a run":   {30 * time.Minute, 1},
		"during a sleep": {90 * time.Minute, 1},
		"the control, when all is over": {
			24 * time.Hour, 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := hosttest.NewFake(t)
				h.On("job").Do(hang)
				spec := oneJob()
				spec.Tries, spec.Timeout, spec.TrySleep = 3, time.Hour, time.Hour
				ctx, cancel := context.WithTimeoutCause(t.Context(), tc.after, errors.New("interrupt"))
				defer cancel()
				began := time.Now()
				_, err := converge.Engine{Host: h}.Converge(ctx, spec, guard.Facts{First: true})
				if err == nil || len(h.Log()) != tc.ran {
					t.Errorf("%d runs, error %v; want %d", len(h.Log()), err, tc.ran)
				}
				if failed, ok := errors.AsType[*converge.RunError](err); !ok || failed.Interrupted != (name == "during a sleep") {
					t.Errorf("%+v", failed)
				}
				if took, limit := time.Since(began), min(tc.after, 5*time.Hour); took != limit {
					t.Errorf("it took %s, want %s", took, limit)
				}
			})
		})
	}
}

func TestExitCodesAreJudgedByTheListsAlone(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		returns, unchanged []int
		code               int
		fails, same        bool
	}{
		"0 by default":               {returns: []int{0}},
		"1 by default":               {returns: []int{0}, code: 1, fails: true},
		"1 where it is accepted":     {returns: []int{0, 1}, code: 1},
		"0 where it is not":          {returns: []int{1}, fails: true},
		"one that means unchanged":   {returns: []int{0}, unchanged: []int{3}, code: 3, same: true},
		"one that is in both lists":  {returns: []int{0, 3}, unchanged: []int{3}, code: 3, same: true},
		"one that is in neither":     {returns: []int{0}, unchanged: []int{3}, code: 4, fails: true},
		"127, which is no exception": {returns: []int{127}, code: 127},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job").Exit(tc.code)
			spec := oneJob()
			spec.Returns, spec.UnchangedReturns = tc.returns, tc.unchanged
			outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
			if (err != nil) != tc.fails || outcome.Run.Unchanged != tc.same {
				t.Errorf("error %v, unchanged %v; want a failure: %v, unchanged %v", err, outcome.Run.Unchanged, tc.fails, tc.same)
			}
			last := converge.Last{Ran: true, ExitCode: &tc.code}
			if last.Failed(spec) != tc.fails {
				t.Errorf("remembered as failed: %v, want %v", last.Failed(spec), tc.fails)
			}
		})
	}
}

func TestLastRunFailed(t *testing.T) {
	t.Parallel()
	zero := 0
	for name, tc := range map[string]struct {
		last converge.Last
		want bool
	}{
		"nothing ever ran":           {converge.Last{}, false},
		"a run without an exit code": {converge.Last{Ran: true}, true},
		"a run that exited 0":        {converge.Last{Ran: true, ExitCode: &zero}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.last.Failed(oneJob()); got != tc.want {
				t.Errorf("Failed() = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRunKeepsOutput(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job").Stdout("0123456789").Stderr("err")
	spec := oneJob()
	spec.OutputLimit = 4
	spec.Stdin = "input"
	outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
	if err != nil {
		t.Fatal(err)
	}
	run := outcome.Run
	want := converge.Output{Text: "01\n[... 6 bytes omitted ...]\n89", Cut: true, Total: 10, Tail: "0123456789"}
	if diff := cmp.Diff(want, run.Stdout); diff != "" {
		t.Errorf("stdout (-want +got):\n%s", diff)
	}
	want = converge.Output{Text: "err", Total: 3, Tail: "err"}
	if diff := cmp.Diff(want, run.Stderr); diff != "" {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]converge.Notice{converge.OutputCut}, outcome.Notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if run.Program != "job" || run.Elapsed() != time.Second || !run.Started.Equal(hosttest.FakeStart) {
		t.Errorf("program %q, started %s, elapsed %s", run.Program, run.Started, run.Elapsed())
	}
	if got := h.Commands()[0].Stdin; got != "input" {
		t.Errorf("stdin is %q", got)
	}
}

// A variable holds no NUL byte and not any length, and is still text.
func TestUndoPassesOnAnyOutput(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("undo")
	spec := oneJob()
	spec.Destroy = &converge.Destroy{Command: argv("undo"), Returns: []int{0}}
	stdout := "head" + strings.Repeat("é", 1<<20) + "tail"
	if _, err := (converge.Engine{Host: h}).Undo(t.Context(), spec, converge.Last{Ran: true, Stdout: stdout}); err != nil {
		t.Fatal(err)
	}
	got := h.Commands()[0].Env["EXEC_STDOUT"]
	if len(got) > 128<<10 || len(got) < 64<<10 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid: %v", len(got), utf8.ValidString(got))
	}
	if !strings.HasPrefix(got, "head") || !strings.HasSuffix(got, "tail") {
		t.Errorf("head or tail is missing: %.10q … %.10q", got, got[len(got)-10:])
	}
}

// Nobody asks for the output of an action, so none of it is kept, and none is missed.
func TestOutputOfWhichNothingIsKept(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]struct {
		output  converge.Output
		notices []converge.Notice
	}{
		converge.KeepNothing: {output: converge.Output{Total: 5, Tail: "said\n"}},
		0: {
			output:  converge.Output{Text: "[... 5 bytes omitted ...]\n", Cut: true, Total: 5, Tail: "said\n"},
			notices: []converge.Notice{converge.OutputCut},
		},
	} {
		h := hosttest.NewFake(t)
		h.On("job").Stdout("said\n")
		spec := oneJob()
		spec.OutputLimit = limit
		outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.output, outcome.Run.Stdout); diff != "" {
			t.Errorf("limit %d: output (-want +got):\n%s", limit, diff)
		}
		if diff := cmp.Diff(want.notices, outcome.Notices); diff != "" {
			t.Errorf("limit %d: notices (-want +got):\n%s", limit, diff)
		}
	}
}
