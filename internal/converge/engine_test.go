package converge_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

func argv(words ...string) converge.Line { return converge.Line{Argv: words} }

// oneJob is a spec with the defaults that the boundary fills in.
func oneJob() converge.Spec {
	return converge.Spec{
		Target: "local", Command: argv("job"), Timeout: time.Minute, Tries: 1, Returns: []int{0}, OutputLimit: 4096,
	}
}

// What is asked and run, in which order, and what comes of it.
func TestConverge(t *testing.T) {
	t.Parallel()
	notFound := &host.StartError{Reason: host.ProgramNotFound, Subject: "check"}
	first := guard.Facts{First: true}
	cases := map[string]struct {
		spec    func(*converge.Spec)
		facts   guard.Facts
		local   func(*hosttest.Fake)
		asked   []string
		verdict guard.Verdict
		notices []converge.Notice
		err     string
	}{
		"the first apply": {
			facts: first, local: func(h *hosttest.Fake) { h.On("job") },
			asked: []string{"run job"}, verdict: guard.Run,
		},
		"nothing to do": {
			asked: []string{}, verdict: guard.Skip,
		},
		"a subscription runs the refresh command and asks nothing": {
			spec: func(s *converge.Spec) {
				s.Refresh = argv("reload")
				s.Guards.Unless = []converge.Line{argv("check")}
			},
			facts: guard.Facts{Subscribe: guard.Changed},
			local: func(h *hosttest.Fake) { h.On("reload") },
			asked: []string{"run reload"}, verdict: guard.Run,
		},
		"a subscription without a refresh command runs the command": {
			facts: guard.Facts{Subscribe: guard.Changed},
			local: func(h *hosttest.Fake) { h.On("job") },
			asked: []string{"run job"}, verdict: guard.Run,
		},
		"any other reason runs the command": {
			spec:  func(s *converge.Spec) { s.Refresh = argv("reload") },
			facts: guard.Facts{Recheck: guard.Changed},
			local: func(h *hosttest.Fake) { h.On("job") },
			asked: []string{"run job"}, verdict: guard.Run,
		},
		"a guard says skip": {
			spec:  func(s *converge.Spec) { s.Guards.OnlyIf = []converge.Line{argv("check")} },
			facts: first, local: func(h *hosttest.Fake) { h.On("check").Exit(1) },
			asked: []string{"run check"}, verdict: guard.Skip,
		},
		"a guard gives no answer": {
			spec:  func(s *converge.Spec) { s.Guards.OnlyIf = []converge.Line{argv("check")} },
			facts: first, local: func(h *hosttest.Fake) { h.On("check").Fail(notFound) },
			asked: []string{"run check"}, verdict: guard.Unsure, err: "a guard gave no answer",
		},
		"a shell reads strings": {
			spec: func(s *converge.Spec) {
				s.Process.Shell, s.Command = true, converge.Line{Text: "a | b"}
				s.Guards.Unless = []converge.Line{{Text: "c $d"}, argv("e", "$f")}
			},
			facts: first,
			local: func(h *hosttest.Fake) {
				h.On("/bin/sh", "-c", "c $d").Exit(1)
				h.On("e", "$f").Exit(1)
				h.On("/bin/sh", "-c", "a | b")
			},
			asked: []string{`run /bin/sh -c "c $d"`, "run e $f", `run /bin/sh -c "a | b"`}, verdict: guard.Run,
		},
		"an interpreter reads strings": {
			spec: func(s *converge.Spec) {
				s.Process.Interpreter, s.Command = []string{"bash", "-euc"}, converge.Line{Text: "a | b"}
			},
			facts: first, local: func(h *hosttest.Fake) { h.On("bash", "-euc", "a | b") },
			asked: []string{`run bash -euc "a | b"`}, verdict: guard.Run,
		},
		"nothing reads strings": {
			spec:  func(s *converge.Spec) { s.Command = converge.Line{Text: "job 'a b' c"} },
			facts: first, local: func(h *hosttest.Fake) { h.On("job", "a b", "c") },
			asked: []string{`run job "a b" c`}, verdict: guard.Run,
		},
		"a string that needs a shell runs nothing": {
			spec:  func(s *converge.Spec) { s.Command = converge.Line{Text: "a | b"} },
			facts: first, asked: []string{}, verdict: guard.Run, err: "needs a shell: a pipe (|)",
		},
		"verified": {
			spec: func(s *converge.Spec) {
				s.Verify, s.Guards = true, converge.Guards{Creates: []string{"/c"}, Unless: []converge.Line{argv("check")}}
			},
			facts: first,
			local: func(h *hosttest.Fake) { h.File("/c", false); h.On("check").Exit(1); h.On("check"); h.On("job") },
			asked: []string{"exists /c", "run check", "run job", "exists /c", "run check"}, verdict: guard.Run,
		},
		"not verified": {
			spec: func(s *converge.Spec) {
				s.Verify, s.Guards = true, converge.Guards{OnlyIf: []converge.Line{argv("check")}}
			},
			facts: first,
			local: func(h *hosttest.Fake) { h.On("check"); h.On("job") },
			asked: []string{"run check", "run job", "run check"}, verdict: guard.Run, err: "the guards do not say skip after the run",
		},
		"not verified, for there is no answer": {
			spec: func(s *converge.Spec) {
				s.Verify, s.Guards = true, converge.Guards{OnlyIf: []converge.Line{argv("check")}}
			},
			facts: first,
			local: func(h *hosttest.Fake) { h.On("check"); h.On("check").Fail(notFound); h.On("job") },
			asked: []string{"run check", "run job", "run check"}, verdict: guard.Run, err: "the guards do not say skip after the run",
		},
		"a failed run is not verified": {
			spec: func(s *converge.Spec) {
				s.Verify, s.Guards = true, converge.Guards{OnlyIf: []converge.Line{argv("check")}}
			},
			facts: first,
			local: func(h *hosttest.Fake) { h.On("check"); h.On("job").Exit(1) },
			asked: []string{"run check", "run job"}, verdict: guard.Run, err: "exit code 1",
		},
		"still needed, for no creates exists": {
			spec:  func(s *converge.Spec) { s.Guards.Creates = []string{"/c", "/d"} },
			facts: first,
			local: func(h *hosttest.Fake) { h.File("/c", false); h.File("/d", false); h.On("job") },
			asked: []string{"exists /c", "exists /d", "run job", "exists /c", "exists /d"}, verdict: guard.Run,
			notices: []converge.Notice{converge.StillNeeded},
		},
		"one creates of two is enough": {
			spec:  func(s *converge.Spec) { s.Guards.Creates = []string{"c", "d"}; s.Process.Dir = "/w" },
			facts: first,
			local: func(h *hosttest.Fake) {
				h.File("/w/c", false)
				h.File("/w/d", false)
				h.On("job").Do(func(context.Context, host.Command) error { h.File("/w/d", true); return nil })
			},
			asked: []string{"exists /w/c", "exists /w/d", "run job", "exists /w/c", "exists /w/d"}, verdict: guard.Run,
		},
		"a creates that may not be looked at afterwards": {
			spec:  func(s *converge.Spec) { s.Guards.Creates = []string{"/c"} },
			facts: first,
			local: func(h *hosttest.Fake) {
				h.File("/c", false)
				h.On("job").Do(func(context.Context, host.Command) error { h.FileError("/c", errors.New("denied")); return nil })
			},
			asked: []string{"exists /c", "run job", "exists /c"}, verdict: guard.Run,
		},
		"other guards are not asked again without verify": {
			spec:  func(s *converge.Spec) { s.Guards.OnlyIf = []converge.Line{argv("check")} },
			facts: first,
			local: func(h *hosttest.Fake) { h.On("check"); h.On("job") },
			asked: []string{"run check", "run job"}, verdict: guard.Run,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			if tc.local != nil {
				tc.local(h)
			}
			spec := oneJob()
			if tc.spec != nil {
				tc.spec(&spec)
			}
			outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, tc.facts)
			cameTo(t, h, outcome, err, tc.asked, tc.notices, tc.err)
			if outcome.Decision.Verdict != tc.verdict {
				t.Errorf("verdict %v, want %v", outcome.Decision.Verdict, tc.verdict)
			}
		})
	}
}

// cameTo reports where what was asked and run, and what was told of it, is not as wanted.
func cameTo(t *testing.T, h *hosttest.Fake, outcome converge.Outcome, err error, asked []string, notices []converge.Notice, told string) {
	t.Helper()
	if diff := cmp.Diff(asked, h.Log()); diff != "" {
		t.Errorf("what was asked and run (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(notices, outcome.Notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if said := message(err); said != told {
		t.Errorf("error %q, want %q", said, told)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestObserveNeverRunsTheCommand(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("check").Exit(1)
	spec := oneJob()
	spec.Guards.Unless = []converge.Line{argv("check")}
	decision, err := converge.Engine{Host: h}.Observe(t.Context(), spec, guard.Facts{First: true})
	if err != nil || decision.Verdict != guard.Run {
		t.Errorf("%v, %v; want the verdict run", decision, err)
	}
	if diff := cmp.Diff([]string{"run check"}, h.Log()); diff != "" {
		t.Errorf("what was asked (-want +got):\n%s", diff)
	}
	// The control: with the same verdict Converge does.
	h.On("job")
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"run check", "run check", "run job"}, h.Log()); diff != "" {
		t.Errorf("what was asked and run (-want +got):\n%s", diff)
	}
}

func TestGuardsHaveTheirOwnTimeLimit(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("check").Do(func(ctx context.Context, _ host.Command) error {
		<-ctx.Done()
		return &host.StopError{Cause: context.Cause(ctx)}
	})
	spec := oneJob()
	spec.Guards.Unless = []converge.Line{argv("check")}
	_, err := converge.Engine{Host: h, GuardTimeout: time.Millisecond}.Converge(t.Context(), spec, guard.Facts{})
	var unanswered *converge.GuardError
	if !errors.As(err, &unanswered) || !guard.TimedOut(err) {
		t.Errorf("the error is %v, want a guard that timed out", err)
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	seven := 7
	last := converge.Last{Ran: true, ExitCode: &seven, Stdout: "a\x00b", RunID: "run-1"}
	cases := map[string]struct {
		destroy *converge.Destroy
		local   func(*hosttest.Fake)
		asked   []string
		err     string
	}{
		"nothing to undo with": {asked: []string{}},
		"a destroy command": {
			destroy: &converge.Destroy{Command: argv("undo"), Returns: []int{0}},
			local:   func(h *hosttest.Fake) { h.On("undo") }, asked: []string{"run undo"},
		},
		"its unless says skip": {
			destroy: &converge.Destroy{Command: argv("undo"), Unless: []converge.Line{argv("gone")}, OnlyIf: []converge.Line{argv("there")}},
			local:   func(h *hosttest.Fake) { h.On("gone") }, asked: []string{"run gone"},
		},
		"its onlyif says run": {
			destroy: &converge.Destroy{Command: argv("undo"), OnlyIf: []converge.Line{argv("there")}, Returns: []int{0}},
			local:   func(h *hosttest.Fake) { h.On("there"); h.On("undo") }, asked: []string{"run there", "run undo"},
		},
		"its guard gives no answer": {
			destroy: &converge.Destroy{Command: argv("undo"), OnlyIf: []converge.Line{argv("there")}},
			local:   func(h *hosttest.Fake) { h.On("there").Fail(errors.New("lost")) }, asked: []string{"run there"},
			err: "a guard gave no answer",
		},
		"its exit code is not accepted": {
			destroy: &converge.Destroy{Command: argv("undo"), Returns: []int{1}},
			local:   func(h *hosttest.Fake) { h.On("undo") }, asked: []string{"run undo"}, err: "exit code 0",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			if tc.local != nil {
				tc.local(h)
			}
			spec := oneJob()
			spec.Tries, spec.Stdin = 3, "not for destroy"
			spec.Guards.Creates = []string{"/c"}
			spec.Process.Environment = map[string]string{"A": "1"}
			spec.Destroy = tc.destroy
			_, err := converge.Engine{Host: h}.Undo(t.Context(), spec, last)
			if said := message(err); said != tc.err {
				t.Errorf("error %q, want %q", said, tc.err)
			}
			if diff := cmp.Diff(tc.asked, h.Log()); diff != "" {
				t.Errorf("what was asked and run (-want +got):\n%s", diff)
			}
			env := map[string]string{"A": "1", "EXEC_EXIT_CODE": "7", "EXEC_STDOUT": "ab", "EXEC_RUN_ID": "run-1"}
			for _, c := range h.Commands() {
				if diff := cmp.Diff(env, c.Env); diff != "" || c.Stdin != "" {
					t.Errorf("%v: stdin %q, environment (-want +got):\n%s", c.Argv, c.Stdin, diff)
				}
			}
			if diff := cmp.Diff(map[string]string{"A": "1"}, spec.Process.Environment); diff != "" {
				t.Errorf("the spec was changed (-want +got):\n%s", diff)
			}
		})
	}
}
