package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// A refresh walks the decision table as if nothing had triggered. It writes what it finds
// into in_sync and noop_message and leaves everything else alone, and never fails.
func TestRead(t *testing.T) {
	t.Parallel()
	const notAsked = `May execute: guards are asked during apply (guards = "apply")`
	elsewhere := attrs{"target": "ssh://x@y:22"}
	cases := map[string]struct {
		before, seen attrs
		guards       string
		local        func(*hosttest.Fake)
		asked        []string
		inSync       any
		noop         any
		told         []string
	}{
		"without a guard the state is the guard": {inSync: true},
		"without a guard, after a failed run": {
			seen: attrs{"exit_code": 1, "in_sync": false}, inSync: false, noop: "Would have executed: the last run failed",
		},
		"without a guard, after a run that was killed": {
			seen: attrs{"exit_code": nil, "in_sync": false}, inSync: false, noop: "Would have executed: the last run failed",
		},
		"without a guard, a run whose code is accepted": {
			before: attrs{"returns": []any{0, 1}}, seen: attrs{"exit_code": 1}, inSync: true,
		},
		"without a guard, a run whose code is not accepted any more": {
			seen: attrs{"exit_code": 1}, inSync: true,
		},
		"without a guard, an apply that failed under other rules": {
			before: attrs{"returns": []any{0, 1}}, seen: attrs{"exit_code": 1, "in_sync": false},
			inSync: false, noop: "Would have executed: the last run failed",
		},
		"always": {
			before: attrs{"always": true}, inSync: false, noop: "Would have executed: always",
		},
		"a creates that exists": {
			before: attrs{"creates": "/c", "unless": "check"},
			local:  func(h *hosttest.Fake) { h.File("/c", true) },
			asked:  []string{"exists /c"}, inSync: true,
		},
		"a creates that is gone": {
			before: attrs{"creates": []any{"/c", "d"}, "cwd": "/w"},
			local:  func(h *hosttest.Fake) { h.File("/c", false); h.File("/w/d", false) },
			asked:  []string{"exists /c", "exists /w/d"},
			inSync: false, noop: `Would have executed: creates "/c" does not exist, creates "d" does not exist`,
		},
		"a creates that is back": {
			before: attrs{"creates": "/c"}, seen: attrs{"in_sync": false, "noop_message": "Would have executed: x"},
			local: func(h *hosttest.Fake) { h.File("/c", true) },
			asked: []string{"exists /c"}, inSync: true,
		},
		"a removes that exists": {
			before: attrs{"removes": "/r"},
			local:  func(h *hosttest.Fake) { h.File("/r", true) },
			asked:  []string{"exists /r"}, inSync: false, noop: `Would have executed: removes "/r" exists`,
		},
		"a removes that does not": {
			before: attrs{"removes": "/r", "onlyif": "check"},
			local:  func(h *hosttest.Fake) { h.File("/r", false) },
			asked:  []string{"exists /r"}, inSync: true,
		},
		"an unless that exits 0": {
			before: attrs{"unless": "check", "onlyif": "more"},
			local:  func(h *hosttest.Fake) { h.On("check") },
			asked:  []string{"run check"}, inSync: true,
		},
		"an unless that exits 1 and an onlyif that exits 0": {
			before: attrs{"unless": "check", "onlyif": "more"},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1); h.On("more") },
			asked:  []string{"run check", "run more"},
			inSync: false, noop: "Would have executed: unless[0] exited 1, onlyif[0] exited 0",
		},
		"an onlyif that exits 2": {
			before: attrs{"onlyif": "more"},
			local:  func(h *hosttest.Fake) { h.On("more").Exit(2) },
			asked:  []string{"run more"}, inSync: true,
		},
		"more reasons than anybody reads": {
			before: attrs{"unless": []any{"a", "b", "c", "d", "e", "f", "g"}},
			local: func(h *hosttest.Fake) {
				for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
					h.On(name).Exit(1)
				}
			},
			asked:  []string{"run a", "run b", "run c", "run d", "run e", "run f", "run g"},
			inSync: false,
			noop:   "Would have executed: unless[0] exited 1, unless[1] exited 1, unless[2] exited 1, unless[3] exited 1, unless[4] exited 1, and 2 more",
		},
		"a guard without an answer is a warning": {
			before: attrs{"unless": []any{"check", "more"}},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1); h.On("more").Fail(notFound) },
			asked:  []string{"run check", "run more"},
			inSync: nil, noop: "May execute: unless[1] gave no answer (program not found)",
			told: []string{"warning: Unable to ask guard during plan (unless)"},
		},
		"a guard that a signal ends": {
			before: attrs{"onlyif": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Fail(&host.SignalError{Name: "SIGKILL", Number: 9}) },
			asked:  []string{"run check"},
			inSync: nil, noop: "May execute: onlyif[0] gave no answer (it was killed by SIGKILL)",
			told: []string{"warning: Unable to ask guard during plan (onlyif)"},
		},
		"a guard that its shell cannot run": {
			before: attrs{"onlyif": "check", "shell": true},
			local:  func(h *hosttest.Fake) { h.On("/bin/sh", "-c", "check").Exit(126).Stderr("sh: check: denied") },
			asked:  []string{"run /bin/sh -c check"},
			inSync: nil, noop: "May execute: onlyif[0] gave no answer (the shell could not run it, exit code 126)",
			told: []string{"warning: Unable to ask guard during plan (onlyif)"},
		},
		"a guard that exits 127 in silence has answered": {
			before: attrs{"onlyif": "command -v x", "shell": true},
			local:  func(h *hosttest.Fake) { h.On("/bin/sh", "-c", "command -v x").Exit(127) },
			asked:  []string{`run /bin/sh -c "command -v x"`}, inSync: true,
		},
		"a path that may not be looked at": {
			before: attrs{"removes": "/r"},
			local:  func(h *hosttest.Fake) { h.FileError("/r", errDenied) },
			asked:  []string{"exists /r"},
			inSync: nil, noop: `May execute: removes "/r" gave no answer (the path may not be looked at)`,
			told: []string{"warning: Unable to ask guard during plan (removes)"},
		},
		"refresh_only asks nothing": {
			before: attrs{"refresh_only": true, "recheck_on": "a", "unless": "check"}, seen: attrs{"in_sync": nil, "exit_code": 1},
			inSync: true,
		},
		"guards = apply asks nothing": {
			before: attrs{"creates": "/c"}, guards: guardsInApply, inSync: nil, noop: notAsked,
		},
		"guards = apply and no guard": {guards: guardsInApply, inSync: true},
		"guards = apply and refresh_only": {
			before: attrs{"refresh_only": true, "recheck_on": "a", "unless": "check"}, guards: guardsInApply, inSync: true,
		},
		"a target elsewhere is a warning, and is asked nothing": {
			before: attrs{"creates": "/c", "unless": "check"}, seen: elsewhere,
			inSync: nil, told: []string{"warning: Unable to reach target (target)"},
		},
		"a target elsewhere without a guard": {
			seen: elsewhere, inSync: nil, told: []string{"warning: Unable to reach target (target)"},
		},
		"an adopted resource is left alone": {
			before: attrs{"command": nil}, seen: neverRan().with(attrs{"target": nil, "in_sync": nil}), inSync: nil,
		},
		"a resource that never ran, without a guard": {seen: neverRan(), inSync: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guards := tc.guards
			if guards == "" {
				guards = guardsInPlan
			}
			b := newBoundaryWith(t, guards)
			if tc.local != nil {
				tc.local(b.local)
			}
			state := ranOnce().with(configured(tc.before)).with(tc.seen)
			got := b.read(state.nonNull())
			want := state.with(attrs{"in_sync": tc.inSync, "noop_message": tc.noop}).nonNull()
			if diff := cmp.Diff(want, got.state); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.told, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.asked...), got.asked); diff != "" {
				t.Errorf("what was asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestImportAdoptsAndAsksNothing(t *testing.T) {
	t.Parallel()
	b := newBoundaryWith(t, guardsInPlan)
	got := b.importState("any text")
	if diff := cmp.Diff(attrs{"id": "any text"}, got.state); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if len(got.diags) > 0 || len(got.asked) > 0 {
		t.Errorf("diagnostics %v, asked %v; want none", got.diags.lines(), got.asked)
	}
	refreshed := b.read(got.state)
	if diff := cmp.Diff(attrs{"id": "any text"}, refreshed.state); diff != "" {
		t.Errorf("state after a refresh (-want +got):\n%s", diff)
	}
	filled := b.apply(refreshed.state, nil, configured(attrs{"creates": "/c", "subscribe": "x"}))
	want := configured(attrs{"creates": "/c", "subscribe": "x", "id": "any text", "target": "local", "in_sync": true})
	if diff := cmp.Diff(want, filled.state); diff != "" {
		t.Errorf("state after the first apply (-want +got):\n%s", diff)
	}
	if len(filled.asked) > 0 {
		t.Errorf("the first apply asked %v", filled.asked)
	}
	// From now on it is a resource like any other.
	b.local.On("job")
	b.local.File("/c", true)
	again := b.apply(filled.state, nil, configured(attrs{"creates": "/c", "subscribe": "y"}))
	if diff := cmp.Diff([]string{"run job", "exists /c"}, again.asked); diff != "" {
		t.Errorf("a changed trigger after that (-want +got):\n%s", diff)
	}
}
