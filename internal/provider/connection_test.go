package provider

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// farFake is a machine far away with a script.
type farFake struct {
	*hosttest.Fake
	place remote.Place
	// answer is what comes of reaching it, and patience what each attempt was given.
	answer   error
	patience []time.Duration
	digest   string
}

func (f *farFake) Reach(_ context.Context, patience time.Duration) error {
	f.patience = append(f.patience, patience)
	return f.answer
}

func (f *farFake) Identify(context.Context, host.Command) (path, sha256 string, err error) {
	return "/bin/job", f.digest, nil
}

// withFar returns settings that lead to a machine far away, beside one here that fails the
// test when it is asked anything.
func withFar(t *testing.T) (*settings, *farFake) {
	t.Helper()
	far := &farFake{Fake: hosttest.NewFake(t)}
	s := settingsOf(hosttest.NewFake(t), guardsInPlan)
	s.connectTimeout = 7 * time.Minute
	s.far = func(p remote.Place) (farHost, error) {
		far.place = p
		return far, nil
	}
	return s, far
}

// newFarBoundary returns a provider whose answers come from a machine far away.
func newFarBoundary(t *testing.T) (*boundary, *farFake) {
	t.Helper()
	s, far := withFar(t)
	b := newBoundaryWithSettings(t, s.local, s)
	b.local = far.Fake
	return b, far
}

// connected is a connection to one machine, and farTarget its target.
var connected = attrs{"connection": map[string]any{"host": "far"}}

const farTarget = "ssh://root@far:22"

var errNoRoute = &host.UnreachableError{Target: farTarget, Reason: "no route to host"}

// ranFar is what a state holds after one successful run there.
func ranFar() attrs { return ranOnce().with(attrs{"target": farTarget}).with(connected) }

// The target is a function of the configuration, and not known before all that names it is.
func TestTargetIsPlanned(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ connection, want any }{
		"this machine":               {nil, "local"},
		"a host":                     {map[string]any{"host": "far"}, "ssh://root@far:22"},
		"all of it":                  {map[string]any{"host": "far", "port": 2222, "user": "me", "host_key": aHostKey, "bastion": map[string]any{"host": "b"}}, "ssh://me@far:2222"},
		"an IPv6 address":            {map[string]any{"host": "2001:db8::7"}, "ssh://root@[2001:db8::7]:22"},
		"nothing is known":           {unknown, unknown},
		"the host is not known":      {map[string]any{"host": unknown}, unknown},
		"the port is not known":      {map[string]any{"host": "far", "port": unknown}, unknown},
		"the user is not known":      {map[string]any{"host": "far", "user": unknown}, unknown},
		"its key is not known":       {map[string]any{"host": "far", "host_key": unknown}, farTarget},
		"the bastion is not known":   {map[string]any{"host": "far", "bastion": unknown}, farTarget},
		"part of that is not known":  {map[string]any{"host": "far", "bastion": map[string]any{"host": unknown}}, farTarget},
		"the user is the default's":  {map[string]any{"host": "far", "user": "root"}, farTarget},
		"the port is that as well":   {map[string]any{"host": "far", "port": 22}, farTarget},
		"a host in capitals is kept": {map[string]any{"host": "FAR"}, "ssh://root@FAR:22"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := withFar(t)
			for kind, state := range map[string]attrs{"a creation": nil, "an update": ranOnce().with(attrs{"command": job})} {
				got, diags := planned(t, s, state, attrs{"command": job, "connection": tc.connection})
				if len(diags) > 0 {
					t.Fatal(diags)
				}
				if diff := cmp.Diff(tc.want, got["target"]); diff != "" {
					t.Errorf("%s: the target (-want +got):\n%s", kind, diff)
				}
			}
		})
	}
}

// Another machine is another place for commands and guards alike. How to get to it is no
// part of that.
func TestPlanKnowsWhatAnEditedConnectionMeans(t *testing.T) {
	t.Parallel()
	to := func(more attrs) map[string]any { return attrs{"host": "far"}.with(more) }
	for name, tc := range map[string]struct {
		after any
		want  outcome
	}{
		"nothing is edited":          {to(nil), keeps},
		"another host":               {to(attrs{"host": "other"}), mayRun},
		"another port":               {to(attrs{"port": 23}), mayRun},
		"another user":               {to(attrs{"user": "me"}), mayRun},
		"this machine":               {nil, mayRun},
		"nothing is known":           {unknown, mayRun},
		"a host not yet known":       {to(attrs{"host": unknown}), mayRun},
		"the defaults written down":  {to(attrs{"user": "root", "port": 22}), keeps},
		"a host key":                 {to(attrs{"host_key": aHostKey}), keeps},
		"a host key not yet known":   {to(attrs{"host_key": unknown}), keeps},
		"a bastion":                  {to(attrs{"bastion": map[string]any{"host": "b"}}), keeps},
		"a bastion not yet known":    {to(attrs{"bastion": unknown}), keeps},
		"part of one, not yet known": {to(attrs{"bastion": map[string]any{"host": "b", "user": unknown}}), keeps},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, far := withFar(t)
			for guard, guards := range map[string]attrs{
				"without a guard": nil, "beside creates": {"creates": "/c"}, "beside unless": {"unless": "check"},
			} {
				state := ranFar().with(configured(guards))
				got, diags := planned(t, s, state, configured(guards).with(attrs{"connection": tc.after}))
				if len(diags) > 0 || len(far.patience) > 0 {
					t.Fatalf("%s: diagnostics %v, reached %d times", guard, diags, len(far.patience))
				}
				want := tc.want.of(state)
				if diff := cmp.Diff(want.without("target"), got.only(computedAttributes...).without("target")); diff != "" {
					t.Errorf("%s: planned values (-want +got):\n%s", guard, diff)
				}
			}
		})
	}
}

// A run far away, from its creation to its end.
func TestConnectionLeadsThere(t *testing.T) {
	t.Parallel()
	b, far := newFarBoundary(t)
	config := configured(attrs{
		"unless": "check", "destroy": map[string]any{"command": "undo"},
		"connection": map[string]any{"host": "far", "port": 2222, "user": "me", "host_key": aHostKey, "bastion": map[string]any{"host": "b"}},
	})
	far.On("check").Exit(1)
	far.On("job")
	far.On("undo")
	created := b.apply(nil, nil, config)
	if len(created.diags) > 0 {
		t.Fatal(created.diags.text())
	}
	if diff := cmp.Diff([]string{"run check", "run job"}, created.asked); diff != "" {
		t.Errorf("what ran there (-want +got):\n%s", diff)
	}
	want := remote.Place{Host: "far", Port: 2222, User: "me", HostKey: aHostKey, Bastion: &remote.Place{Host: "b", Port: 22, User: "root"}}
	if diff := cmp.Diff(want, far.place); diff != "" {
		t.Errorf("where (-want +got):\n%s", diff)
	}
	if got := created.state["target"]; got != "ssh://me@far:2222" {
		t.Errorf("the target is %v", got)
	}
	far.Forget()
	seen := b.read(created.state)
	if diff := cmp.Diff([]string{"run check"}, seen.asked); diff != "" || seen.state["in_sync"] != false {
		t.Errorf("in_sync %v; what was asked (-want +got):\n%s", seen.state["in_sync"], diff)
	}
	far.Forget()
	if gone := b.destroy(seen.state, created.private); len(gone.diags) > 0 || gone.state != nil {
		t.Errorf("%v is left: %v", gone.state, gone.diags.lines())
	}
	if diff := cmp.Diff([]string{"run undo"}, far.Log()); diff != "" {
		t.Errorf("what ran in the end (-want +got):\n%s", diff)
	}
	// Plan and refresh make one attempt, creation and destruction wait.
	if diff := cmp.Diff([]time.Duration{0, 7 * time.Minute, 0, 7 * time.Minute}, far.patience); diff != "" {
		t.Errorf("how long it was waited (-want +got):\n%s", diff)
	}
}

// A machine that is not there makes no refresh and no plan fail, and no command run.
func TestUnreachableInPlan(t *testing.T) {
	t.Parallel()
	const warning = "warning: Unable to reach machine during plan (connection)"
	config := configured(attrs{"creates": "/c"}).with(connected)
	t.Run("a refresh", func(t *testing.T) {
		t.Parallel()
		b, far := newFarBoundary(t)
		far.answer = errNoRoute
		got := b.read(ranFar().with(config))
		want := ranFar().with(config).with(attrs{
			"in_sync": nil, "noop_message": `May execute: creates "/c" gave no answer (the machine cannot be reached)`,
		}).nonNull()
		if diff := cmp.Diff(decode(t, want.value(t)), got.state); diff != "" {
			t.Errorf("the state (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{warning}, got.diags.lines()); diff != "" {
			t.Errorf("diagnostics (-want +got):\n%s", diff)
		}
	})
	t.Run("a refresh of what has no guards", func(t *testing.T) {
		t.Parallel()
		b, far := newFarBoundary(t)
		far.answer = errNoRoute
		state := ranFar().with(configured(connected))
		if got := b.read(state); len(got.diags) > 0 || len(far.patience) > 0 {
			t.Errorf("diagnostics %v, reached %d times", got.diags.lines(), len(far.patience))
		}
	})
	t.Run("the plan of a creation", func(t *testing.T) {
		t.Parallel()
		b, far := newFarBoundary(t)
		far.answer = errNoRoute
		_, diags := b.plan(nil, nil, config)
		if diff := cmp.Diff([]string{warning}, diags.lines()); diff != "" {
			t.Errorf("diagnostics (-want +got):\n%s", diff)
		}
	})
}

// In an apply it is an error: nothing ran, and the state is as it was.
func TestUnreachableInApply(t *testing.T) {
	t.Parallel()
	refused := []string{"error: Unable to reach machine (connection)"}
	for name, more := range map[string]attrs{"without a guard": nil, "with one": {"creates": "/c"}, "with a trigger": {"creates": "/c", "subscribe": "x"}} {
		t.Run("a creation "+name, func(t *testing.T) {
			t.Parallel()
			b, far := newFarBoundary(t)
			far.answer = errNoRoute
			got := b.apply(nil, nil, configured(more).with(connected))
			if diff := cmp.Diff(refused, got.diags.lines()); diff != "" || got.state != nil {
				t.Errorf("state %v, diagnostics (-want +got):\n%s", got.state, diff)
			}
		})
		t.Run("an update "+name, func(t *testing.T) {
			t.Parallel()
			b, far := newFarBoundary(t)
			far.answer = errNoRoute
			state := ranFar().with(attrs{"command": "before"}).with(attrs{"creates": more["creates"]}).nonNull()
			if name == "with one" {
				state["in_sync"] = false
			}
			got := b.apply(state, nil, configured(more).with(connected))
			if diff := cmp.Diff(refused, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			kept := []string{"command", "run_id", "exit_code", "target", "subscribe"}
			if name != "with one" {
				kept = append(kept, "in_sync")
			} else if got.state["in_sync"] == true {
				t.Error("a guard that gave no answer is said to have given one")
			}
			if diff := cmp.Diff(state.only(kept...), got.state.only(kept...)); diff != "" {
				t.Errorf("the state (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a destruction", func(t *testing.T) {
		t.Parallel()
		b, far := newFarBoundary(t)
		far.answer = errNoRoute
		undone := configured(attrs{"destroy": map[string]any{"command": "undo"}})
		for name, seen := range map[string]attrs{"after a success": nil, "of what is half made": {"exit_code": 1, "in_sync": false}} {
			got := b.destroy(ranFar().with(undone).with(seen), nil)
			if diff := cmp.Diff(refused, got.diags.lines()); diff != "" || got.state == nil {
				t.Errorf("%s: state %v, diagnostics (-want +got):\n%s", name, got.state, diff)
			}
		}
	})
}

// Of a command whose connection broke nobody knows how it ended, so it has failed.
func TestLostRun(t *testing.T) {
	t.Parallel()
	b, far := newFarBoundary(t)
	far.On("job").Stdout("so far").Fail(&host.LostError{Target: farTarget, After: 3 * time.Second})
	got := b.apply(nil, nil, configured(connected))
	if diff := cmp.Diff([]string{"error: Unable to follow command (connection)"}, got.diags.lines()); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	want := attrs{"in_sync": false, "stdout": "so far", "run_id": isNew, "target": farTarget}
	if diff := cmp.Diff(want, got.state.only("in_sync", "stdout", "run_id", "target", "exit_code")); diff != "" {
		t.Errorf("the state (-want +got):\n%s", diff)
	}
}

// A state whose connection does not lead to its target is none to act on.
func TestConnectionThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]attrs{
		"a target without its connection": ranOnce().with(attrs{"target": farTarget}),
		"a connection to another machine": ranFar().with(attrs{"target": "ssh://root@other:22"}),
		"a connection of what is local":   ranFar().with(attrs{"target": "local"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, far := newFarBoundary(t)
			state = state.with(configured(attrs{"creates": "/c", "destroy": map[string]any{"command": "undo"}}))
			seen := b.read(state)
			if diff := cmp.Diff([]string{"warning: Unable to reach target (target)"}, seen.diags.lines()); diff != "" || seen.state["in_sync"] != nil {
				t.Errorf("in_sync %v, diagnostics (-want +got):\n%s", seen.state["in_sync"], diff)
			}
			gone := b.destroy(state, nil)
			if diff := cmp.Diff([]string{"error: Unable to reach target (target)"}, gone.diags.lines()); diff != "" || gone.state == nil {
				t.Errorf("state %v, diagnostics (-want +got):\n%s", gone.state, diff)
			}
			if len(far.patience) > 0 {
				t.Error("it was reached")
			}
		})
	}
}

// While the way in is not known, no machine is asked; this one is none of them.
func TestPlanWithoutTheWayIn(t *testing.T) {
	t.Parallel()
	s, far := withFar(t)
	s.accessUnknown = true
	here := hosttest.NewFake(t)
	here.File("/c", true)
	s.local = here
	b := newBoundaryWithSettings(t, here, s)
	b.local = here
	guarded := configured(attrs{"creates": "/c"})
	seen := b.read(ranFar().with(guarded))
	want := attrs{"noop_message": wayUnknownMessage}
	if diff := cmp.Diff(want, seen.state.only("in_sync", "noop_message")); diff != "" || len(seen.diags) > 0 {
		t.Errorf("diagnostics %v, the state (-want +got):\n%s", seen.diags.lines(), diff)
	}
	if _, diags := b.plan(nil, nil, guarded.with(connected)); len(diags) > 0 {
		t.Errorf("diagnostics of a creation there: %v", diags.lines())
	}
	if len(here.Log()) > 0 || len(far.patience) > 0 {
		t.Errorf("asked %v, reached %d times", here.Log(), len(far.patience))
	}
	if seen := b.read(ranOnce().with(guarded)); seen.state["in_sync"] != true {
		t.Errorf("the control, here: in_sync is %v", seen.state["in_sync"])
	}
}

// What is not known of the way to a machine keeps a plan from asking it.
func TestPlanOfACreationWithoutTheWay(t *testing.T) {
	t.Parallel()
	for name, connection := range map[string]any{
		"nothing is known":       unknown,
		"the host is not known":  map[string]any{"host": unknown},
		"its key is not known":   map[string]any{"host": "far", "host_key": unknown},
		"a bastion is not known": map[string]any{"host": "far", "bastion": map[string]any{"host": unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, far := newFarBoundary(t)
			if _, diags := b.plan(nil, nil, configured(attrs{"creates": "/c", "connection": connection})); len(diags) > 0 || len(far.patience) > 0 {
				t.Errorf("diagnostics %v, reached %d times", diags.lines(), len(far.patience))
			}
		})
	}
}

// A pinned executable is looked for where it runs.
func TestPinIsCheckedThere(t *testing.T) {
	t.Parallel()
	const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	config := attrs{"executable": map[string]any{"name": "job", "exec_command": "job", "expected_sha256": digest}}.with(connected)
	b, far := newFarBoundary(t)
	far.On("job")
	got := b.apply(nil, nil, config)
	if diff := cmp.Diff([]string{"error: Unable to accept executable (executable.expected_sha256)"}, got.diags.lines()); diff != "" || len(got.asked) > 0 {
		t.Errorf("asked %v, diagnostics (-want +got):\n%s", got.asked, diff)
	}
	far.digest = digest
	if got := b.apply(nil, nil, config); got.diags.failed() || len(got.asked) != 1 {
		t.Errorf("the control, with that digest: asked %v, diagnostics %v", got.asked, got.diags.lines())
	}
}

// What remembers nothing runs there just as well: a data source and an ephemeral resource
// with one attempt, an action with patience.
func TestConnectionOfWhatRemembersNothing(t *testing.T) {
	t.Parallel()
	config := attrs{"command": job}.with(connected)
	unreached := []string{"error: Unable to reach machine (connection)"}
	for name, tc := range map[string]struct {
		of       func(*testing.T) construct
		call     func(construct) diagnostics
		patience time.Duration
	}{
		"a data source": {
			func(t *testing.T) construct { t.Helper(); return newDataSource(t).construct },
			func(c construct) diagnostics { return dataSource{c}.read(config).diags }, 0,
		},
		"an ephemeral resource": {
			func(t *testing.T) construct { t.Helper(); return newEphemeralResource(t).construct },
			func(c construct) diagnostics { return ephemeralResource{c}.open(c.ctx, config).diags }, 0,
		},
		"an action": {
			func(t *testing.T) construct { t.Helper(); return newInvokable(t).construct },
			func(c construct) diagnostics {
				actions, _ := c.server.(tfprotov6.ActionServer)
				_, diags := invokable{c, actions}.invoke(c.ctx, config, nil)
				return diags
			}, 7 * time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := tc.of(t)
			b, far := newFarBoundary(t)
			c.boundary = b
			far.On("job")
			if diags := tc.call(c); len(diags) > 0 {
				t.Errorf("diagnostics %v", diags.lines())
			}
			if diff := cmp.Diff([]string{"run job"}, far.Log()); diff != "" {
				t.Errorf("what ran there (-want +got):\n%s", diff)
			}
			far.answer = errNoRoute
			if diff := cmp.Diff(unreached, tc.call(c).lines()); diff != "" {
				t.Errorf("diagnostics without the machine (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]time.Duration{tc.patience, tc.patience}, far.patience); diff != "" {
				t.Errorf("how long it was waited (-want +got):\n%s", diff)
			}
		})
	}
}

// What was opened on a machine is closed there.
func TestEphemeralIsClosedThere(t *testing.T) {
	t.Parallel()
	e := newEphemeralResource(t)
	b, far := newFarBoundary(t)
	e.boundary = b
	far.On("job")
	far.On("undo", "it")
	got := e.open(e.ctx, closable(connected))
	if diags := append(got.diags, e.close(e.ctx, got.private)...); len(diags) > 0 {
		t.Errorf("diagnostics %v", diags.lines())
	}
	if diff := cmp.Diff([]string{"run job", "run undo it"}, far.Log()); diff != "" {
		t.Errorf("what ran there (-want +got):\n%s", diff)
	}
}

// Without the way in there is nothing to read and nothing to open, but for this machine.
func TestNothingIsReadWithoutTheWayIn(t *testing.T) {
	t.Parallel()
	s, far := withFar(t)
	s.accessUnknown = true
	here := hosttest.NewFake(t)
	here.On("job")
	s.local = here
	d, e := newDataSource(t), newEphemeralResource(t)
	d.boundary = newBoundaryWithSettings(t, here, s)
	e.boundary = d.boundary
	config := attrs{"command": job}.with(connected)
	if diff := cmp.Diff([]string{"error: Unable to read during plan (connection)"}, d.read(config).diags.lines()); diff != "" {
		t.Errorf("diagnostics of the data source (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"error: Unable to open during plan (connection)"}, e.open(e.ctx, config).diags.lines()); diff != "" {
		t.Errorf("diagnostics of the ephemeral resource (-want +got):\n%s", diff)
	}
	if len(far.patience) > 0 || len(here.Log()) > 0 {
		t.Errorf("reached %d times, asked %v", len(far.patience), here.Log())
	}
	if diags := d.read(attrs{"command": job}).diags; len(diags) > 0 {
		t.Errorf("the control, here: %v", diags.lines())
	}
}
