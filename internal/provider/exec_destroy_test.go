package provider

import (
	"errors"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// A destruction runs the destroy command of the state, and nothing of a configuration.
func TestDelete(t *testing.T) {
	t.Parallel()
	destroy := func(more map[string]any) attrs {
		d := map[string]any{"command": []any{"undo"}}
		maps.Copy(d, more)
		return attrs{"destroy": d}
	}
	never := neverRan()
	halfMade := attrs{"exit_code": 1, "in_sync": false}
	elsewhere := attrs{"target": "ssh://x@y:22"}
	fails := func(h *hosttest.Fake) { h.On("undo").Exit(1) }
	const refused, forgiven = "error: Unable to run command (destroy.command)", "warning: Unable to undo what never succeeded (destroy)"
	cases := map[string]struct {
		before, seen attrs
		private      []byte
		local        func(*hosttest.Fake)
		asked        []string
		stays        bool
		told         []string
	}{
		"without a destroy block nothing runs, whatever the guards are": {
			before: attrs{"creates": "/c", "unless": "check"},
		},
		"with one it runs, and asks no guard of the command": {
			before: destroy(nil).with(attrs{"creates": "/c", "unless": "check"}),
			local:  func(h *hosttest.Fake) { h.On("undo") },
			asked:  []string{"run undo"},
		},
		"its unless says skip": {
			before: destroy(map[string]any{"unless": "gone", "onlyif": "there"}),
			local:  func(h *hosttest.Fake) { h.On("gone") },
			asked:  []string{"run gone"},
		},
		"its onlyif says skip": {
			before: destroy(map[string]any{"unless": "gone", "onlyif": "there"}),
			local:  func(h *hosttest.Fake) { h.On("gone").Exit(1); h.On("there").Exit(1) },
			asked:  []string{"run gone", "run there"},
		},
		"its guards say run": {
			before: destroy(map[string]any{"unless": "gone", "onlyif": "there"}),
			local:  func(h *hosttest.Fake) { h.On("gone").Exit(1); h.On("there"); h.On("undo") },
			asked:  []string{"run gone", "run there", "run undo"},
		},
		"its guard gives no answer": {
			before: destroy(map[string]any{"unless": "gone"}),
			local:  func(h *hosttest.Fake) { h.On("gone").Fail(notFound) },
			asked:  []string{"run gone"}, stays: true,
			told: []string{"error: Unable to ask guard (destroy.unless)"},
		},
		"its own returns count": {
			before: destroy(map[string]any{"returns": []any{4}}),
			local:  func(h *hosttest.Fake) { h.On("undo").Exit(4) },
			asked:  []string{"run undo"},
		},
		"those of the command do not": {
			before: destroy(nil).with(attrs{"returns": []any{0, 4}}),
			local:  func(h *hosttest.Fake) { h.On("undo").Exit(4) },
			asked:  []string{"run undo"}, stays: true, told: []string{refused},
		},
		"neither do its tries": {
			before: destroy(nil).with(attrs{"tries": 3}), local: fails,
			asked: []string{"run undo"}, stays: true, told: []string{refused},
		},
		"a failure after the last run succeeded": {
			before: destroy(nil), local: fails, asked: []string{"run undo"}, stays: true, told: []string{refused},
		},
		"a failure after only the last run failed": {
			before: destroy(nil), seen: attrs{"exit_code": 1, "in_sync": false}, private: succeededFlag, local: fails,
			asked: []string{"run undo"}, stays: true, told: []string{refused},
		},
		"a failure where no run ever succeeded": {
			before: destroy(nil), seen: halfMade, local: fails,
			asked: []string{"run undo"}, told: []string{forgiven},
		},
		"a failure where every run was killed": {
			before: destroy(nil), seen: attrs{"exit_code": nil, "in_sync": false}, local: fails,
			asked: []string{"run undo"}, told: []string{forgiven},
		},
		"a failure of one that was never needed, so what it stands for is there": {
			before: destroy(nil), seen: never, local: fails,
			asked: []string{"run undo"}, stays: true, told: []string{refused},
		},
		"a destroy command that cannot start where no run ever succeeded": {
			before: destroy(nil), seen: halfMade,
			local: func(h *hosttest.Fake) { h.On("undo").Fail(notFound).Result(host.Result{}) },
			asked: []string{"run undo"}, told: []string{forgiven},
		},
		"one that is killed where no run ever succeeded": {
			before: destroy(nil), seen: halfMade,
			local: func(h *hosttest.Fake) { h.On("undo").Fail(&host.SignalError{Name: "SIGKILL", Number: 9}) },
			asked: []string{"run undo"}, told: []string{forgiven},
		},
		"an interrupt where no run ever succeeded": {
			before: destroy(nil), seen: halfMade,
			local: func(h *hosttest.Fake) { h.On("undo").Fail(&host.StopError{Cause: errors.New("interrupt")}) },
			asked: []string{"run undo"}, stays: true, told: []string{"error: Unable to finish command (destroy.command)"},
		},
		"a system that is short of processes where no run ever succeeded": {
			before: destroy(nil), seen: halfMade,
			local: func(h *hosttest.Fake) {
				h.On("undo").Fail(&host.StartError{Reason: host.Exhausted}).Result(host.Result{})
			},
			asked: []string{"run undo"}, stays: true, told: []string{"error: Unable to start command (destroy.command)"},
		},
		"a guard without an answer where no run ever succeeded": {
			before: destroy(map[string]any{"unless": "gone"}), seen: halfMade,
			local: func(h *hosttest.Fake) { h.On("gone").Fail(notFound).Result(host.Result{}) },
			asked: []string{"run gone"}, stays: true, told: []string{"error: Unable to ask guard (destroy.unless)"},
		},
		"a target elsewhere": {
			before: destroy(nil), seen: elsewhere, stays: true, told: []string{"error: Unable to reach target (target)"},
		},
		"a target elsewhere where nothing ever ran": {
			before: destroy(nil), seen: never.with(elsewhere), stays: true, told: []string{"error: Unable to reach target (target)"},
		},
		"guards = apply makes no difference": {
			before: destroy(map[string]any{"unless": "gone"}),
			local:  func(h *hosttest.Fake) { h.On("gone") },
			asked:  []string{"run gone"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundary(t)
			if tc.local != nil {
				tc.local(b.local)
			}
			state := ranOnce().with(configured(tc.before)).with(tc.seen).nonNull()
			got := b.destroy(state, tc.private)
			if stays := got.state != nil; stays != tc.stays {
				t.Errorf("the resource is in state afterwards: %v, want %v", stays, tc.stays)
			}
			if tc.stays {
				if diff := cmp.Diff(state, got.state.nonNull(), ignoreEmptyDestroy); diff != "" {
					t.Errorf("state (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(tc.told, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.asked...), got.asked); diff != "" {
				t.Errorf("what was asked and run (-want +got):\n%s", diff)
			}
		})
	}
}

// ignoreEmptyDestroy compares what is set in a destroy block.
var ignoreEmptyDestroy = cmp.Transformer("set", func(m map[string]any) map[string]any {
	return attrs(m).nonNull()
})

// The destroy command runs where the command did, and knows how that ended.
func TestDeleteTellsTheDestroyCommandOfTheLastRun(t *testing.T) {
	t.Parallel()
	surroundings := attrs{
		"shell": true, "stdin": "not for destroy", "cwd": "/w", "environment": map[string]any{"A": "1", "EXEC_RUN_ID": "forged"},
		"sensitive_environment": map[string]any{"S": "secret"}, "user": "nobody",
		"destroy": map[string]any{"command": "undo", "onlyif": "there"},
	}
	cases := map[string]struct {
		seen attrs
		want map[string]string
	}{
		"after a run": {
			seen: attrs{"exit_code": 3, "stdout": "out\n"},
			want: map[string]string{"EXEC_EXIT_CODE": "3", "EXEC_STDOUT": "out\n", "EXEC_RUN_ID": "run-1"},
		},
		"after a run whose output is hidden": {
			seen: attrs{"stdout": nil, "sensitive_stdout": "hidden"},
			want: map[string]string{"EXEC_EXIT_CODE": "0", "EXEC_STDOUT": "hidden", "EXEC_RUN_ID": "run-1"},
		},
		"after a run that was killed": {
			seen: attrs{"exit_code": nil},
			want: map[string]string{"EXEC_EXIT_CODE": "", "EXEC_STDOUT": "said\n", "EXEC_RUN_ID": "run-1"},
		},
		"when nothing ever ran": {
			seen: neverRan(),
			want: map[string]string{"EXEC_EXIT_CODE": "", "EXEC_STDOUT": "", "EXEC_RUN_ID": ""},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundary(t)
			b.local.On("/bin/sh", "-c", "there")
			b.local.On("/bin/sh", "-c", "undo")
			got := b.destroy(ranOnce().with(configured(surroundings)).with(tc.seen).nonNull(), nil)
			if len(got.diags) > 0 {
				t.Fatal(got.diags.lines())
			}
			env := map[string]string{"A": "1", "S": "secret"}
			maps.Copy(env, tc.want)
			there := host.Command{Argv: []string{"/bin/sh", "-c", "there"}, Dir: "/w", User: "nobody", Env: env}
			undo := there
			undo.Argv = []string{"/bin/sh", "-c", "undo"}
			if diff := cmp.Diff([]host.Command{there, undo}, b.local.Commands()); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever it is asked for, nothing runs on another machine than the one it is meant for.
// The same requests for this machine do run.
func TestNothingRunsElsewhere(t *testing.T) {
	t.Parallel()
	config := configured(attrs{"creates": "/c", "destroy": map[string]any{"command": "undo"}})
	for target, elsewhere := range map[string]bool{"local": false, "ssh://x@y:22": true} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			script := func(b *boundary) {
				b.local.File("/c", false)
				b.local.On("job")
				b.local.On("undo")
			}
			state := ranOnce().with(config).with(attrs{"target": target}).nonNull()
			planned := state.with(attrs{"run_id": unknown})
			calls := map[string]struct {
				call func(*boundary) applied
				// asked is what is asked of this machine when it is the target.
				asked []string
			}{
				"read":   {func(b *boundary) applied { return b.read(state) }, []string{"exists /c"}},
				"update": {func(b *boundary) applied { return b.send(state, planned, config) }, []string{"exists /c", "run job", "exists /c"}},
				"create": {func(b *boundary) applied { return b.send(nil, planned, config) }, []string{"exists /c", "run job", "exists /c"}},
				"delete": {func(b *boundary) applied { return b.destroy(state, nil) }, []string{"run undo"}},
			}
			for name, tc := range calls {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					b := newBoundaryWith(t, guardsInPlan)
					script(b)
					got := tc.call(b)
					if !elsewhere {
						if diff := cmp.Diff(tc.asked, got.asked); diff != "" {
							t.Errorf("the control, on this machine (-want +got):\n%s", diff)
						}
						return
					}
					if len(got.asked) > 0 {
						t.Errorf("%v was asked here, of a resource that lives elsewhere", got.asked)
					}
					want := []string{"error: Unable to reach target (target)"}
					if name == "read" {
						want = []string{"warning: Unable to reach target (target)"}
					}
					if diff := cmp.Diff(want, got.diags.lines()); diff != "" {
						t.Errorf("diagnostics (-want +got):\n%s", diff)
					}
				})
			}
		})
	}
}
