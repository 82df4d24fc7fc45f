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

var errRefused = &host.UnreachableError{Target: "ssh://root@far:22", Reason: "connection refused"}

// farAway is an engine on a machine that has to be reached, and a count of how often it was.
func farAway(t *testing.T, answer error) (engine converge.Engine, far *hosttest.Fake, reached *int) {
	t.Helper()
	far, reached = hosttest.NewFake(t), new(int)
	engine = converge.Engine{Host: far, GuardTimeout: time.Minute, Reach: func(context.Context) error {
		if *reached++; len(far.Log()) > 0 {
			t.Errorf("reached only after %v", far.Log())
		}
		return answer
	}}
	engine.Identify = func(context.Context, host.Command) (path, sha256 string, err error) {
		if *reached == 0 {
			t.Error("a program was looked for on a machine that was not reached")
		}
		return "", "", nil
	}
	return engine, far, reached
}

func guarded(s *converge.Spec) { s.Guards.Creates = []string{"/c"} }

// A machine is reached once, before it is asked or told anything, and not for nothing.
func TestConvergeReachesTheMachineOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spec  func(*converge.Spec)
		facts guard.Facts
		want  int
		asked []string
	}{
		"a run":                     {facts: guard.Facts{First: true}, want: 1, asked: []string{"run job"}},
		"guards and a run":          {spec: guarded, want: 1, asked: []string{"exists /c", "run job", "exists /c"}},
		"a refresh":                 {spec: guarded, facts: guard.Facts{Subscribe: guard.Changed}, want: 1, asked: []string{"run job", "exists /c"}},
		"nothing to do":             {asked: []string{}},
		"nothing that triggers":     {spec: guarded, facts: guard.Facts{RefreshOnly: true}, asked: []string{}},
		"a pinned executable":       {spec: pinned, facts: guard.Facts{First: true}, want: 1, asked: []string{"run job"}},
		"a run that is tried twice": {spec: func(s *converge.Spec) { s.Tries, s.Returns = 2, []int{1} }, facts: guard.Facts{First: true}, want: 1, asked: []string{"run job", "run job"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, far, reached := farAway(t, nil)
			far.File("/c", false)
			far.On("job")
			s := oneJob()
			if tc.spec != nil {
				tc.spec(&s)
			}
			_, err := engine.Converge(t.Context(), s, tc.facts)
			if failed := (*converge.RunError)(nil); err != nil && !errors.As(err, &failed) {
				t.Fatal(err)
			}
			if *reached != tc.want {
				t.Errorf("reached %d times, want %d", *reached, tc.want)
			}
			if diff := cmp.Diff(tc.asked, far.Log()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func pinned(s *converge.Spec) {
	s.Command = converge.Line{}
	s.Executable = &converge.Executable{Name: "job", Command: "job", SHA256: "00"}
}

// Where the machine is not reached, nothing is asked and nothing runs, whatever was to
// come first.
func TestConvergeWithoutTheMachine(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spec    func(*converge.Spec)
		facts   guard.Facts
		verdict guard.Verdict
	}{
		"guards are to be asked": {spec: guarded, verdict: guard.Unsure},
		"a command is to run":    {facts: guard.Facts{First: true}, verdict: guard.Run},
		"a trigger fired":        {spec: guarded, facts: guard.Facts{Subscribe: guard.Changed}, verdict: guard.Run},
		"a program is pinned":    {spec: pinned, facts: guard.Facts{First: true}, verdict: guard.Run},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, far, reached := farAway(t, errRefused)
			s := oneJob()
			if tc.spec != nil {
				tc.spec(&s)
			}
			outcome, err := engine.Converge(t.Context(), s, tc.facts)
			var unreached *converge.ReachError
			if !errors.As(err, &unreached) || !errors.Is(err, errRefused) {
				t.Errorf("the error is %v", err)
			}
			if outcome.Decision.Verdict != tc.verdict || outcome.Run != nil {
				t.Errorf("%s, and the run %v", outcome.Decision.Verdict, outcome.Run)
			}
			if *reached != 1 || len(far.Log()) > 0 {
				t.Errorf("reached %d times, asked %v", *reached, far.Log())
			}
		})
	}
}

// An observation never fails for a machine that is not there: its first guard gave no answer.
func TestObserveWithoutTheMachine(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		guards converge.Guards
		want   guard.Reason
	}{
		"a path":            {converge.Guards{Creates: []string{"/c", "/d"}, Unless: []converge.Line{argv("u")}}, guard.Reason{Kind: guard.Creates, Path: "/c"}},
		"a path to go":      {converge.Guards{Removes: []string{"/r"}, OnlyIf: []converge.Line{argv("o")}}, guard.Reason{Kind: guard.Removes, Path: "/r"}},
		"a command":         {converge.Guards{Unless: []converge.Line{argv("u")}, OnlyIf: []converge.Line{argv("o")}}, guard.Reason{Kind: guard.Unless}},
		"the other command": {converge.Guards{OnlyIf: []converge.Line{argv("o")}}, guard.Reason{Kind: guard.OnlyIf}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, _, reached := farAway(t, errRefused)
			s := oneJob()
			s.Guards = tc.guards
			decision, err := engine.Observe(t.Context(), s, guard.Facts{})
			if err != nil || decision.Verdict != guard.Unsure || *reached != 1 {
				t.Fatalf("%v, %v, reached %d times", decision.Verdict, err, *reached)
			}
			got := decision.Reasons[0]
			if !errors.Is(got.Err, errRefused) {
				t.Errorf("the reason's error is %v", got.Err)
			}
			got.Err = nil
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the reason (-want +got):\n%s", diff)
			}
		})
	}
}

// What nobody has to ask the machine is decided without it.
func TestObserveLeavesTheMachineAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec  func(*converge.Spec)
		facts guard.Facts
		want  guard.Verdict
	}{
		"no guard":           {want: guard.Skip},
		"no guard, always":   {facts: guard.Facts{Always: true}, want: guard.Run},
		"only by a trigger":  {spec: guarded, facts: guard.Facts{RefreshOnly: true}, want: guard.Skip},
		"a trigger has come": {spec: guarded, facts: guard.Facts{Subscribe: guard.Changed}, want: guard.Run},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, _, reached := farAway(t, errRefused)
			s := oneJob()
			if tc.spec != nil {
				tc.spec(&s)
			}
			decision, err := engine.Observe(t.Context(), s, tc.facts)
			if err != nil || decision.Verdict != tc.want || *reached != 0 {
				t.Errorf("%v, %v, reached %d times", decision.Verdict, err, *reached)
			}
		})
	}
}

func TestUndoReachesTheMachineOnce(t *testing.T) {
	t.Parallel()
	undo := func(guards ...converge.Line) *converge.Destroy {
		return &converge.Destroy{Command: argv("undo"), Unless: guards, Returns: []int{0}}
	}
	for name, tc := range map[string]struct {
		destroy *converge.Destroy
		answer  error
		want    int
		asked   []string
	}{
		"a command":                     {destroy: undo(), want: 1, asked: []string{"run undo"}},
		"a guard and a command":         {destroy: undo(argv("gone")), want: 1, asked: []string{"run gone", "run undo"}},
		"nothing to undo":               {asked: []string{}},
		"a command without the machine": {destroy: undo(), answer: errRefused, want: 1, asked: []string{}},
		"a guard without the machine":   {destroy: undo(argv("gone")), answer: errRefused, want: 1, asked: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, far, reached := farAway(t, tc.answer)
			far.On("gone").Exit(1)
			far.On("undo")
			s := oneJob()
			s.Destroy = tc.destroy
			_, err := engine.Undo(t.Context(), s, converge.Last{})
			if unreached := (*converge.ReachError)(nil); errors.As(err, &unreached) != (tc.answer != nil) {
				t.Errorf("the error is %v", err)
			}
			if *reached != tc.want {
				t.Errorf("reached %d times, want %d", *reached, tc.want)
			}
			if diff := cmp.Diff(tc.asked, far.Log()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// The way to the machine takes as long as it takes: no limit of a guard or a try counts it.
func TestReachingIsOutsideOfEveryLimit(t *testing.T) {
	t.Parallel()
	far := hosttest.NewFake(t)
	far.File("/c", false)
	far.On("job")
	limited := false
	engine := converge.Engine{Host: far, GuardTimeout: time.Minute, Reach: func(ctx context.Context) error {
		_, limited = ctx.Deadline()
		return nil
	}}
	s := oneJob()
	guarded(&s)
	if _, err := engine.Converge(t.Context(), s, guard.Facts{First: true}); err != nil || limited {
		t.Errorf("%v, with a deadline: %v", err, limited)
	}
}

// A command whose connection broke may still run, and a second one beside it may do harm. One
// that never left is tried again.
func TestWhatIsLostIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err   error
		asked []string
	}{
		"lost":          {&host.LostError{Target: "ssh://root@far:22", After: time.Second}, []string{"run job"}},
		"never reached": {errRefused, []string{"run job", "run job"}},
		"the control":   {errors.New("anything else"), []string{"run job", "run job"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, far, _ := farAway(t, nil)
			far.On("job").Fail(tc.err)
			s := oneJob()
			s.Tries = 2
			_, err := engine.Converge(t.Context(), s, guard.Facts{First: true})
			if !errors.Is(err, tc.err) {
				t.Errorf("the error is %v", err)
			}
			if diff := cmp.Diff(tc.asked, far.Log()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// Who waits for a machine holds up nobody who shares its lock, or its place among the runs.
func TestWaitingForAMachineHoldsNoLock(t *testing.T) {
	t.Parallel()
	asked, up := make(chan bool), make(chan error)
	far, here := hosttest.NewFake(t), hosttest.NewFake(t)
	far.On("job")
	here.On("job")
	for name, undo := range map[string]bool{"a run": false, "a destroy": true} {
		for how, answer := range map[string]error{"a machine that comes up": nil, "one that does not": errRefused} {
			spec := oneJob()
			spec.Lock = lockName(t) + name + how
			spec.Destroy = &converge.Destroy{Command: argv("job"), Returns: []int{0}}
			waiting := make(chan error, 1)
			go func() {
				engine := converge.Engine{Host: far, Reach: func(context.Context) error {
					asked <- true
					return <-up
				}}
				var err error
				if undo {
					_, err = engine.Undo(t.Context(), spec, converge.Last{})
				} else {
					_, err = engine.Converge(t.Context(), spec, guard.Facts{First: true})
				}
				waiting <- err
			}()
			<-asked
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if _, err := (converge.Engine{Host: here}).Converge(ctx, spec, guard.Facts{First: true}); err != nil {
				t.Errorf("%s on %s: who shares its lock: %v", name, how, err)
			}
			cancel()
			up <- answer
			if err := <-waiting; !errors.Is(err, answer) {
				t.Errorf("%s on %s: error = %v", name, how, err)
			}
		}
	}
	if n := len(far.Log()); n != 2 {
		t.Errorf("%d of them ran, want those whose machine came up", n)
	}
}
