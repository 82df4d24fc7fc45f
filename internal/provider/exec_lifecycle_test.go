package provider

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// fakeRun is what a state holds of a run on the fake machine that exited 0 in silence.
func fakeRun() attrs {
	return attrs{
		"run_id": isNew, "exit_code": 0, "stdout": "", "stderr": "",
		"start_time": "2026-01-02T03:04:05Z", "end_time": "2026-01-02T03:04:06Z", "elapsed_time": 1,
	}
}

var notFound = &host.StartError{Reason: host.ProgramNotFound, Subject: "job"}

// The state after a creation: everything, or nothing at all.
func TestCreate(t *testing.T) {
	t.Parallel()
	created := attrs{"id": isNew, "target": "local", "in_sync": true}
	failed := attrs{"id": isNew, "target": "local", "in_sync": false}
	cases := map[string]struct {
		config attrs
		local  func(*hosttest.Fake)
		asked  []string
		// saved is what the state holds beside the configuration; nil is no state.
		saved   attrs
		told    []string
		private string
	}{
		"a run that succeeds": {
			local: func(h *hosttest.Fake) { h.On("job").Stdout("hello\n").Stderr("note\n") },
			asked: []string{"run job"}, private: "true",
			saved: created.with(fakeRun()).with(attrs{"stdout": "hello\n", "stderr": "note\n"}),
		},
		"a run that prints JSON": {
			local: func(h *hosttest.Fake) { h.On("job").Stdout("{\"a\": [1, null]}\n") },
			asked: []string{"run job"}, private: "true",
			saved: created.with(fakeRun()).with(attrs{
				"stdout": "{\"a\": [1, null]}\n", "result": map[string]any{"a": []any{1, nil}},
			}),
		},
		"output that has to stay hidden": {
			config: attrs{"sensitive_output": true},
			local:  func(h *hosttest.Fake) { h.On("job").Stdout("[1]").Stderr("e") },
			asked:  []string{"run job"}, private: "true",
			saved: created.with(fakeRun()).with(attrs{
				"stdout": nil, "stderr": nil, "sensitive_stdout": "[1]", "sensitive_stderr": "e",
			}),
		},
		"output beyond the limit": {
			config: attrs{"output_limit": 4},
			local:  func(h *hosttest.Fake) { h.On("job").Stdout("[1234567]") },
			asked:  []string{"run job"}, private: "true",
			saved: created.with(fakeRun()).with(attrs{"stdout": "[1\n[... 5 bytes omitted ...]\n7]"}),
			told:  []string{"warning: Output was cut (output_limit)"},
		},
		"a guard that says skip": {
			config: attrs{"creates": "/c"},
			local:  func(h *hosttest.Fake) { h.File("/c", true) },
			asked:  []string{"exists /c"}, saved: created, private: "true",
		},
		"a guard that says run, and the run makes it so": {
			config: attrs{"creates": "/c"},
			local: func(h *hosttest.Fake) {
				h.File("/c", false)
				h.On("job").Do(creates(h, "/c"))
			},
			asked: []string{"exists /c", "run job", "exists /c"}, private: "true",
			saved: created.with(fakeRun()),
		},
		"a run that does not make its guard say skip": {
			config: attrs{"creates": "/c"},
			local:  func(h *hosttest.Fake) { h.File("/c", false); h.On("job") },
			asked:  []string{"exists /c", "run job", "exists /c"}, private: "true",
			saved: created.with(fakeRun()),
			told:  []string{"warning: Command did not create what it should (creates)"},
		},
		"a trigger that is set, whatever the guards say, runs the refresh command": {
			config: attrs{"creates": "/c", "subscribe": "x", "refresh": []any{"reload"}},
			local:  func(h *hosttest.Fake) { h.On("reload"); h.File("/c", true) },
			asked:  []string{"run reload", "exists /c"}, private: "true",
			saved: created.with(fakeRun()),
		},
		"a run that fails": {
			local: func(h *hosttest.Fake) { h.On("job").Exit(3).Stderr("broken\n") },
			asked: []string{"run job"},
			saved: failed.with(fakeRun()).with(attrs{"exit_code": 3, "stderr": "broken\n"}),
			told:  []string{"error: Unable to run command (command)"},
		},
		"a failing run whose command is the name": {
			config: attrs{"command": nil, "name": "job"},
			local:  func(h *hosttest.Fake) { h.On("job").Exit(3) },
			asked:  []string{"run job"},
			saved:  failed.with(fakeRun()).with(attrs{"exit_code": 3}),
			told:   []string{"error: Unable to run command (name)"},
		},
		"a failing refresh": {
			config: attrs{"subscribe": "x", "refresh": []any{"reload"}},
			local:  func(h *hosttest.Fake) { h.On("reload").Exit(3) },
			asked:  []string{"run reload"},
			saved:  failed.with(fakeRun()).with(attrs{"exit_code": 3}),
			told:   []string{"error: Unable to run command (refresh)"},
		},
		"a run that a signal ends": {
			local: func(h *hosttest.Fake) {
				h.On("job").Stdout("so far").Fail(&host.SignalError{Name: "SIGSEGV", Number: 11})
			},
			asked: []string{"run job"},
			saved: failed.with(fakeRun()).with(attrs{"exit_code": nil, "stdout": "so far"}),
			told:  []string{"error: Unable to finish command (command)"},
		},
		"a run that never starts leaves nothing": {
			local: func(h *hosttest.Fake) { h.On("job").Fail(notFound).Result(host.Result{}) },
			asked: []string{"run job"},
			told:  []string{"error: Unable to start command (command)"},
		},
		"a guard without an answer leaves nothing and runs nothing": {
			config: attrs{"unless": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Fail(notFound).Result(host.Result{}) },
			asked:  []string{"run check"},
			told:   []string{"error: Unable to ask guard (unless)"},
		},
		"a shell that cannot run a guard is no answer": {
			config: attrs{"onlyif": "check", "shell": true},
			local:  func(h *hosttest.Fake) { h.On("/bin/sh", "-c", "check").Exit(127).Stderr("sh: check: not found\n") },
			asked:  []string{"run /bin/sh -c check"},
			told:   []string{"error: Unable to ask guard (onlyif)"},
		},
		"a verified run": {
			config: attrs{"unless": "check", "verify": true},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1); h.On("check"); h.On("job") },
			asked:  []string{"run check", "run job", "run check"}, private: "true",
			saved: created.with(fakeRun()),
		},
		"a run that is not verified is saved as failed": {
			config: attrs{"unless": "check", "verify": true},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1); h.On("job") },
			asked:  []string{"run check", "run job", "run check"},
			saved:  failed.with(fakeRun()),
			told:   []string{"error: Unable to verify run (verify)"},
		},
		"a run that succeeds at the third try": {
			config: attrs{"tries": 3},
			local:  func(h *hosttest.Fake) { h.On("job").Exit(1); h.On("job").Exit(2); h.On("job").Stdout("ok") },
			asked:  []string{"run job", "run job", "run job"}, private: "true",
			saved: created.with(fakeRun()).with(attrs{"stdout": "ok"}),
		},
		"a first run that changed nothing gets a run_id all the same": {
			config: attrs{"unchanged_returns": []any{3}},
			local:  func(h *hosttest.Fake) { h.On("job").Exit(3) },
			asked:  []string{"run job"}, private: "true",
			saved: created.with(fakeRun()).with(attrs{"exit_code": 3}),
		},
		"a daemon that holds the output is told of": {
			local: func(h *hosttest.Fake) {
				h.On("job").Result(host.Result{Started: hosttest.FakeStart, Ended: hosttest.FakeStart.Add(hosttest.FakeElapsed), OutputHeld: true})
			},
			asked: []string{"run job"}, private: "true",
			saved: created.with(fakeRun()),
			told:  []string{"warning: Background process holds the output (command)"},
		},
		"a log file that cannot be opened": {
			config: attrs{"log_file": "/nonexistent/log"},
			told:   []string{"error: Unable to open log file (log_file)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundary(t)
			if tc.local != nil {
				tc.local(b.local)
			}
			config := configured(tc.config)
			got := b.apply(nil, nil, config)
			var want attrs
			if tc.saved != nil {
				want = config.with(tc.saved).nonNull()
			}
			if diff := cmp.Diff(want, got.state); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.told, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.asked...), got.asked); diff != "" {
				t.Errorf("what was asked and run (-want +got):\n%s", diff)
			}
			if succeeded := cmp.Equal(got.private, succeededFlag); succeeded != (tc.private != "") {
				t.Errorf("private state is %q", got.private)
			}
		})
	}
}

// succeededFlag is what private state holds once some run succeeded, as the framework
// writes it: keys of the provider with their values in base64.
var succeededFlag = []byte(`{"succeeded":"dHJ1ZQ=="}`)

func (a attrs) nonNull() attrs {
	out := attrs{}
	for name, v := range a {
		if v != nil {
			out[name] = v
		}
	}
	return out
}

// The state after an update: what was planned, or after a failure all that was, with the
// outputs of what ran.
func TestUpdate(t *testing.T) {
	t.Parallel()
	other := attrs{"command": []any{"other"}}
	drifted := attrs{"in_sync": false, "noop_message": `Would have executed: creates "/c" does not exist`}
	cases := map[string]struct {
		before, seen, after attrs
		local               func(*hosttest.Fake)
		asked               []string
		// saved is what the state holds beside what is configured; kept says that what is
		// configured in it is what was before.
		saved attrs
		kept  bool
		told  []string
	}{
		"nothing to do runs nothing, and takes over what is edited": {
			before: attrs{"tries": 1}, after: attrs{"tries": 2, "name": "label"},
			saved: ranOnce(),
		},
		"another definition": {
			after: other,
			local: func(h *hosttest.Fake) { h.On("other").Stdout("new") },
			asked: []string{"run other"},
			saved: ranOnce().with(fakeRun()).with(attrs{"stdout": "new"}),
		},
		"a guard that still says run": {
			before: attrs{"creates": "/c"}, seen: drifted, after: attrs{"creates": "/c"},
			local: func(h *hosttest.Fake) { h.File("/c", false); h.On("job").Do(creates(h, "/c")) },
			asked: []string{"exists /c", "run job", "exists /c"},
			saved: ranOnce().with(fakeRun()),
		},
		"a guard that says skip by now": {
			before: attrs{"creates": "/c"}, seen: drifted, after: attrs{"creates": "/c"},
			local: func(h *hosttest.Fake) { h.File("/c", true) },
			asked: []string{"exists /c"},
			saved: ranOnce(),
		},
		"a guard that is new and says skip": {
			after: attrs{"unless": "check"},
			local: func(h *hosttest.Fake) { h.On("check") },
			asked: []string{"run check"},
			saved: ranOnce(),
		},
		"a guard without an answer": {
			before: attrs{"unless": "check"}, seen: attrs{"in_sync": nil}, after: attrs{"unless": "check", "name": "label"},
			local: func(h *hosttest.Fake) { h.On("check").Fail(notFound) },
			asked: []string{"run check"},
			saved: ranOnce().with(attrs{
				"in_sync": nil, "noop_message": "May execute: unless[0] gave no answer (program not found)",
			}), kept: true,
			told: []string{"error: Unable to ask guard (unless)"},
		},
		"a later run that fails": {
			before: attrs{"stdin": "old"}, after: other.with(attrs{"stdin": "new"}),
			local: func(h *hosttest.Fake) { h.On("other").Exit(9).Stdout("{}").Stderr("broken") },
			asked: []string{"run other"},
			saved: ranOnce().with(fakeRun()).with(attrs{
				"in_sync": false, "exit_code": 9, "stdout": "{}", "stderr": "broken", "result": map[string]any{},
			}), kept: true,
			told: []string{"error: Unable to run command (command)"},
		},
		"a later run that fails while the state said that it was needed": {
			before: attrs{"creates": "/c"}, seen: drifted, after: attrs{"creates": "/c"},
			local: func(h *hosttest.Fake) { h.File("/c", false); h.On("job").Exit(1) },
			asked: []string{"exists /c", "run job"},
			saved: ranOnce().with(fakeRun()).with(attrs{"in_sync": false, "exit_code": 1}), kept: true,
			told: []string{"error: Unable to run command (command)"},
		},
		"a later run that never starts": {
			after: other,
			local: func(h *hosttest.Fake) { h.On("other").Fail(notFound).Result(host.Result{}) },
			asked: []string{"run other"},
			saved: ranOnce(), kept: true,
			told: []string{"error: Unable to start command (command)"},
		},
		"a later run that is interrupted": {
			after: other,
			local: func(h *hosttest.Fake) { h.On("other").Fail(&host.StopError{Cause: errors.New("interrupt")}) },
			asked: []string{"run other"},
			saved: ranOnce().with(fakeRun()).with(attrs{"in_sync": false, "exit_code": nil}), kept: true,
			told: []string{"error: Unable to finish command (command)"},
		},
		"a failing run with its output to be hidden": {
			seen:  attrs{"stdout": "old", "result": "old"},
			after: other.with(attrs{"sensitive_output": true}),
			local: func(h *hosttest.Fake) { h.On("other").Exit(9).Stdout("secret").Stderr("secret") },
			asked: []string{"run other"},
			saved: ranOnce().with(fakeRun()).with(attrs{
				"in_sync": false, "exit_code": 9, "stdout": nil, "stderr": nil, "sensitive_stdout": "secret", "sensitive_stderr": "secret",
			}), kept: true,
			told: []string{"error: Unable to run command (command)"},
		},
		"the next try after a failure succeeds": {
			seen:  attrs{"in_sync": false, "exit_code": 9, "noop_message": "Would have executed: the last run failed"},
			local: func(h *hosttest.Fake) { h.On("job") },
			asked: []string{"run job"},
			saved: ranOnce().with(fakeRun()),
		},
		"a subscription runs the refresh command and asks nothing first": {
			before: attrs{"creates": "/c", "subscribe": "a", "refresh": []any{"reload"}},
			after:  attrs{"creates": "/c", "subscribe": "b", "refresh": []any{"reload"}},
			local:  func(h *hosttest.Fake) { h.On("reload"); h.File("/c", true) },
			asked:  []string{"run reload", "exists /c"},
			saved:  ranOnce().with(fakeRun()),
		},
		"a changed recheck_on that the guards veto": {
			before: attrs{"onlyif": "check", "refresh_only": true, "recheck_on": "a"},
			after:  attrs{"onlyif": "check", "refresh_only": true, "recheck_on": "b"},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1) },
			asked:  []string{"run check"},
			saved:  ranOnce(),
		},
		"a changed recheck_on that the guards allow": {
			before: attrs{"onlyif": "check", "refresh_only": true, "recheck_on": "a"},
			after:  attrs{"onlyif": "check", "refresh_only": true, "recheck_on": "b"},
			local:  func(h *hosttest.Fake) { h.On("check"); h.On("job") },
			asked:  []string{"run check", "run job"},
			saved:  ranOnce().with(fakeRun()),
		},
		"a failed trigger fires again, for the old one is kept": {
			before: attrs{"subscribe": "a"}, after: attrs{"subscribe": "b"},
			local: func(h *hosttest.Fake) { h.On("job").Exit(1) },
			asked: []string{"run job"},
			saved: ranOnce().with(fakeRun()).with(attrs{"in_sync": false, "exit_code": 1}), kept: true,
			told: []string{"error: Unable to run command (command)"},
		},
		"a run that changed nothing keeps the run_id and nothing else": {
			before: attrs{"always": true, "unchanged_returns": []any{3}}, after: attrs{"always": true, "unchanged_returns": []any{3}},
			local: func(h *hosttest.Fake) { h.On("job").Exit(3).Stdout("same") },
			asked: []string{"run job"},
			saved: ranOnce().with(fakeRun()).with(attrs{"run_id": "run-1", "exit_code": 3, "stdout": "same"}),
		},
		"a later run that is not verified": {
			before: attrs{"unless": "check"}, after: attrs{"unless": "check", "verify": true}, seen: attrs{"in_sync": false},
			local: func(h *hosttest.Fake) { h.On("check").Exit(1); h.On("job") },
			asked: []string{"run check", "run job", "run check"},
			saved: ranOnce().with(fakeRun()).with(attrs{"in_sync": false}), kept: true,
			told: []string{"error: Unable to verify run (verify)"},
		},
		"an adopted resource gets its definition and runs nothing": {
			before: attrs{"command": nil}, seen: neverRan().with(attrs{"target": nil, "in_sync": nil}),
			after: attrs{"creates": "/c", "subscribe": "x"},
			saved: neverRan(),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundary(t)
			if tc.local != nil {
				tc.local(b.local)
			}
			before, after := configured(tc.before), configured(tc.after)
			got := b.apply(before.with(ranOnce()).with(tc.seen).nonNull(), nil, after)
			holds := after
			if tc.kept {
				holds = before
			}
			if diff := cmp.Diff(holds.with(tc.saved).nonNull(), got.state); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.told, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.asked...), got.asked); diff != "" {
				t.Errorf("what was asked and run (-want +got):\n%s", diff)
			}
			if promised := got.plan["run_id"] != unknown; promised && len(got.asked) > 0 {
				t.Errorf("the plan promised that nothing runs, and %v did", got.asked)
			}
		})
	}
}
