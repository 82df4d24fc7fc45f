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

// placed is a service of which only the place matters here.
type placed struct {
	converge.Service
	dir string
	err error
}

func (p placed) Environment() map[string]string { return nil }
func (p placed) Release()                       {}

func (p placed) Dir(context.Context, host.Command) (string, error) { return p.dir, p.err }

// The destroy command of a service lives in the same place as its guards.
func TestUndoRunsWhereTheServiceIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		service placed
		cwd     string
		want    string
		err     string
	}{
		"in the directory of the service":               {service: placed{dir: "/srv/jobs"}, want: "/srv/jobs"},
		"a cwd is preferred, and nothing is made ready": {service: placed{err: errors.New("gone")}, cwd: "/opt", want: "/opt"},
		"nothing runs elsewhere if it cannot be had":    {service: placed{err: errors.New("gone")}, err: "gone"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			if tc.err == "" {
				h.On("undo")
			}
			spec := converge.Spec{
				Service: tc.service, Process: converge.Process{Dir: tc.cwd},
				Destroy: &converge.Destroy{Command: argv("undo"), Returns: []int{0}},
			}
			_, err := converge.Engine{Host: h}.Undo(t.Context(), spec, converge.Last{})
			if said := message(err); said != tc.err {
				t.Errorf("error %q, want %q", said, tc.err)
			}
			var want []string
			if tc.want != "" {
				want = []string{tc.want}
			}
			if diff := cmp.Diff(want, dirs(h)); diff != "" {
				t.Errorf("where it ran (-want +got):\n%s", diff)
			}
		})
	}
}

// dirs are where commands ran, in their order.
func dirs(h *hosttest.Fake) []string {
	var dirs []string
	for _, c := range h.Commands() {
		dirs = append(dirs, c.Dir)
	}
	return dirs
}

// What a subscription leads to, and what is asked after a run, happens where the service is
// as well; nothing is fetched for what does not depend on that.
func TestConvergeWhereTheServiceIs(t *testing.T) {
	t.Parallel()
	here := serving{dir: "/srv", prepare: func(host.Command) *converge.Prepared {
		return &converge.Prepared{Argv: []string{"serve"}, Dir: "/srv"}
	}}
	gone := here
	gone.err = errors.New("gone")
	asks, subscribed := guard.Facts{First: true}, guard.Facts{First: true, Subscribe: guard.Changed}
	cases := map[string]struct {
		service serving
		spec    func(s *converge.Spec)
		facts   guard.Facts
		local   func(h *hosttest.Fake)
		asked   []string
		where   []string
		notices []converge.Notice
		err     string
	}{
		"a subscribed run is verified there": {
			service: here, facts: subscribed,
			spec: func(s *converge.Spec) {
				s.Verify, s.Guards.Creates, s.Guards.OnlyIf = true, []string{"out"}, []converge.Line{argv("check")}
			},
			local: func(h *hosttest.Fake) { h.File("/srv/out", false); h.On("serve"); h.On("check").Exit(1) },
			asked: []string{"run serve", "exists /srv/out", "run check"}, where: []string{"/srv", "/srv"},
		},
		"what a subscribed run created is looked for there": {
			service: here, facts: subscribed,
			spec:  func(s *converge.Spec) { s.Guards.Creates = []string{"out"} },
			local: func(h *hosttest.Fake) { h.File("/srv/out", false); h.On("serve") },
			asked: []string{"run serve", "exists /srv/out"}, where: []string{"/srv"}, notices: []converge.Notice{converge.StillNeeded},
		},
		"a refresh command runs there": {
			service: here, facts: subscribed,
			spec:  func(s *converge.Spec) { s.Refresh = argv("reload") },
			local: func(h *hosttest.Fake) { h.On("reload") },
			asked: []string{"run reload"}, where: []string{"/srv"},
		},
		"a cwd is preferred": {
			service: gone, facts: subscribed,
			spec: func(s *converge.Spec) {
				s.Process.Dir, s.Refresh, s.Guards.Creates = "/opt", argv("reload"), []string{"out"}
			},
			local: func(h *hosttest.Fake) { h.File("/opt/out", true); h.On("reload") },
			asked: []string{"run reload", "exists /opt/out"}, where: []string{"/opt"},
		},
		"no refresh command runs elsewhere": {
			service: gone, facts: subscribed, spec: func(s *converge.Spec) { s.Refresh = argv("reload") }, asked: []string{}, err: "gone",
		},
		"guards that are asked are asked there": {
			service: here, facts: asks,
			spec:  func(s *converge.Spec) { s.Guards.Creates = []string{"out"} },
			local: func(h *hosttest.Fake) { h.File("/srv/out", true) },
			asked: []string{"exists /srv/out"},
		},
		"and nowhere else": {
			service: gone, facts: asks, spec: func(s *converge.Spec) { s.Guards.Creates = []string{"out"} }, asked: []string{},
			err: "a guard gave no answer",
		},
		"nothing is fetched to look at an absolute path": {
			service: gone, facts: asks,
			spec:  func(s *converge.Spec) { s.Guards.Creates, s.Guards.Removes = []string{"/out"}, []string{"/in"} },
			local: func(h *hosttest.Fake) { h.File("/out", true) },
			asked: []string{"exists /out"},
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
			spec.Command, spec.Service = converge.Line{}, tc.service
			tc.spec(&spec)
			outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, tc.facts)
			cameTo(t, h, outcome, err, tc.asked, tc.notices, tc.err)
			if diff := cmp.Diff(tc.where, dirs(h)); diff != "" {
				t.Errorf("where it ran (-want +got):\n%s", diff)
			}
		})
	}
}

// No state keeps what a destroy command prints, so none of it is missing there.
func TestUndoCutsNoOutput(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job").Stdout("much to say")
	h.On("undo").Stdout("much to say")
	spec := oneJob()
	spec.OutputLimit, spec.Destroy = 4, &converge.Destroy{Command: argv("undo"), Returns: []int{0}}
	e := converge.Engine{Host: h}
	run, err := e.Converge(t.Context(), spec, guard.Facts{First: true})
	if err != nil || len(run.Notices) != 1 || run.Notices[0] != converge.OutputCut {
		t.Errorf("control: the run has notices %v, error %v", run.Notices, err)
	}
	undone, err := e.Undo(t.Context(), spec, converge.Last{})
	if err != nil || len(undone.Notices) != 0 {
		t.Errorf("notices %v, error %v", undone.Notices, err)
	}
}

// A service may have time to finish what it has begun; what else runs for it has none.
func TestServiceIsInterrupted(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("check").Exit(1)
	h.On("serve")
	spec := oneJob()
	spec.Command, spec.Guards.Unless = converge.Line{}, []converge.Line{argv("check")}
	spec.Service = serving{prepare: func(host.Command) *converge.Prepared {
		return &converge.Prepared{Argv: []string{"serve"}, Interrupt: time.Minute}
	}}
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	got := map[string]time.Duration{}
	for _, c := range h.Commands() {
		got[c.Argv[0]] = c.Interrupt
	}
	if diff := cmp.Diff(map[string]time.Duration{"check": 0, "serve": time.Minute}, got); diff != "" {
		t.Errorf("time to finish (-want +got):\n%s", diff)
	}
}
