package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// The plan of a resource that is in state, from configuration and state alone. The number
// that a case's name begins with is the row of the decision table that it belongs to.
//
//	#  condition, first match wins                            planned run_id
//	0  the state holds no definition (adopted)                known
//	1  subscribe changed to a value, or not yet known         unknown
//	2  refresh_only, and recheck_on the same                  known
//	3-6 guards, in_sync, none of their inputs changed         known
//	3-6 guards, not in_sync, an input or recheck_on changed   unknown
//	7  no guard: definition or recheck_on changed, last run
//	   failed, always                                         unknown
//	8  no guard, none of these                                known
func TestPlanFollowsTheTable(t *testing.T) {
	t.Parallel()
	guarded := attrs{"creates": "/c"}
	runPlanCases(t, map[string]planCase{
		"0 an adopted resource only gets its definition": {
			before: attrs{"command": nil}, seen: attrs{"in_sync": nil, "target": nil},
			want: keeps,
		},
		"0 an adopted resource runs nothing whatever triggers and guards say": {
			before: attrs{"command": nil}, seen: attrs{"in_sync": nil, "target": nil},
			after: attrs{"subscribe": "x", "recheck_on": unknown, "creates": "/c", "verify": true},
			want:  keeps,
		},
		"0 an adopted resource runs nothing for always": {
			before: attrs{"command": nil}, seen: attrs{"in_sync": nil, "target": nil},
			after: attrs{"always": true}, want: keeps,
		},
		"0 an adopted resource runs nothing for an unknown command": {
			before: attrs{"command": nil}, seen: attrs{"in_sync": nil, "target": nil},
			after: attrs{"command": unknown}, want: keeps,
		},
		"0 a resource defined by its name alone is not adopted": {
			before: attrs{"command": nil, "name": "job"}, after: attrs{"command": nil, "name": "job", "subscribe": "x"},
			want: mayRun,
		},

		"1 a changed subscription": {
			before: attrs{"subscribe": "a"}, after: attrs{"subscribe": "b"}, want: mayRun,
		},
		"1 a changed subscription although the guards said skip": {
			before: attrs{"subscribe": "a"}.with(guarded), after: attrs{"subscribe": "b"}.with(guarded), want: mayRun,
		},
		"1 a subscription that is new": {
			after: attrs{"subscribe": "a"}, want: mayRun,
		},
		"1 a subscription that is not yet known": {
			before: attrs{"subscribe": "a"}.with(guarded), after: attrs{"subscribe": unknown}.with(guarded), want: mayRun,
		},
		"1 a changed subscription under refresh_only": {
			before: attrs{"subscribe": "a", "refresh_only": true}, after: attrs{"subscribe": "b", "refresh_only": true},
			want: mayRun,
		},
		"1 the same subscription": {
			before: attrs{"subscribe": "a"}, after: attrs{"subscribe": "a"}, want: keeps,
		},
		"1 a removed subscription": {
			before: attrs{"subscribe": "a"}, want: keeps,
		},

		"2 refresh_only without a change": {
			before: attrs{"subscribe": "a", "refresh_only": true}, after: attrs{"subscribe": "a", "refresh_only": true},
			want: keeps,
		},
		"2 refresh_only with another definition": {
			before: attrs{"subscribe": "a", "refresh_only": true},
			after:  attrs{"subscribe": "a", "refresh_only": true, "command": []any{"other"}}, want: keeps,
		},
		"2 refresh_only after a failed run": {
			before: attrs{"subscribe": "a", "refresh_only": true}, seen: attrs{"exit_code": 1, "in_sync": false},
			after: attrs{"subscribe": "a", "refresh_only": true}, want: keeps,
		},
		"2 refresh_only whose guards would say run": {
			before: attrs{"recheck_on": "a", "refresh_only": true}.with(guarded), seen: attrs{"in_sync": false},
			after: attrs{"recheck_on": "a", "refresh_only": true}.with(guarded), want: keeps,
		},
		"2 refresh_only with a changed recheck_on lets the guards decide": {
			before: attrs{"recheck_on": "a", "refresh_only": true}.with(guarded),
			after:  attrs{"recheck_on": "b", "refresh_only": true}.with(guarded), want: mayRun,
		},
		"2 refresh_only with a recheck_on that is not yet known": {
			before: attrs{"recheck_on": "a", "refresh_only": true}.with(guarded),
			after:  attrs{"recheck_on": unknown, "refresh_only": true}.with(guarded), want: mayRun,
		},
		"2 refresh_only and no guard with a changed recheck_on": {
			before: attrs{"recheck_on": "a", "refresh_only": true},
			after:  attrs{"recheck_on": "b", "refresh_only": true}, want: mayRun,
		},
		"2 refresh_only switched on": {
			before: attrs{"subscribe": "a"}, seen: attrs{"in_sync": false, "exit_code": 1},
			after: attrs{"subscribe": "a", "refresh_only": true}, want: keeps,
		},

		"3-5 the guards said skip": {
			before: guarded, after: guarded, want: keeps,
		},
		"3-5 the guards said skip, and the definition changed": {
			before: guarded, after: attrs{"command": []any{"other"}}.with(guarded), want: keeps,
		},
		"3-5 the guards said skip after a failed run": {
			before: guarded, after: guarded, seen: attrs{"exit_code": 1}, want: keeps,
		},
		"3-5 the guards said skip for a resource that never ran": {
			before: guarded, after: guarded, seen: neverRan(), want: keeps,
		},
		"3-5 a changed recheck_on has the guards asked again": {
			before: attrs{"recheck_on": "a"}.with(guarded), after: attrs{"recheck_on": "b"}.with(guarded), want: mayRun,
		},
		"3-5 a recheck_on that is not yet known": {
			before: attrs{"recheck_on": "a"}.with(guarded), after: attrs{"recheck_on": unknown}.with(guarded), want: mayRun,
		},
		"3-5 a removed recheck_on": {
			before: attrs{"recheck_on": "a"}.with(guarded), after: guarded, want: keeps,
		},
		"6 the guards said run": {
			before: guarded, after: guarded, want: mayRun,
			seen: attrs{"in_sync": false, "noop_message": `Would have executed: creates "/c" does not exist`},
		},
		"6 the guards were not asked, or gave no answer": {
			before: guarded, after: guarded, want: mayRun,
			seen: attrs{"in_sync": nil, "noop_message": "May execute: creates \"/c\" gave no answer"},
		},
		"6 a new guard has not been asked yet": {
			after: guarded, want: mayRun,
		},
		"6 a removed guard leaves the state as the only one": {
			before: guarded, want: keeps,
		},

		"7 a changed definition": {
			after: attrs{"command": []any{"other"}}, want: mayRun,
		},
		"7 a changed recheck_on": {
			before: attrs{"recheck_on": "a"}, after: attrs{"recheck_on": "b"}, want: mayRun,
		},
		"7 a recheck_on that is not yet known": {
			before: attrs{"recheck_on": "a"}, after: attrs{"recheck_on": unknown}, want: mayRun,
		},
		"7 the last run failed": {
			seen: attrs{"exit_code": 1, "in_sync": false, "noop_message": "Would have executed: the last run failed"},
			want: mayRun,
		},
		"7 the last apply failed, although the state accepts its code": {
			seen: attrs{"in_sync": false}, want: mayRun,
		},
		"7 the last run succeeded under other rules than those of now": {
			before: attrs{"returns": []any{0, 1}}, seen: attrs{"exit_code": 1}, want: keeps,
		},
		"7 the last run failed under other rules than those of now": {
			seen: attrs{"exit_code": 1, "in_sync": false}, after: attrs{"returns": []any{0, 1}}, want: mayRun,
		},
		"7 the last run was killed": {
			seen: attrs{"exit_code": nil, "in_sync": false}, want: mayRun,
		},
		"7 the last run exited with a code that is accepted": {
			before: attrs{"returns": []any{0, 3}}, seen: attrs{"exit_code": 3}, after: attrs{"returns": []any{0, 3}},
			want: keeps,
		},
		"7 the last run exited with a code that means unchanged": {
			before: attrs{"unchanged_returns": []any{3}}, seen: attrs{"exit_code": 3}, after: attrs{"unchanged_returns": []any{3}},
			want: keeps,
		},
		"7 always": {
			before: attrs{"always": true}, after: attrs{"always": true}, want: mayRun,
		},
		"7 always that is not yet known": {
			after: attrs{"always": unknown}, want: mayRun,
		},

		"8 nothing changed": {want: keeps},
		"8 nothing changed since an import was applied": {
			seen: neverRan(), want: keeps,
		},
	})
}

func TestPlanOfADestructionIsLeftAlone(t *testing.T) {
	t.Parallel()
	schema := execSchema()
	r := &execResource{settings: settingsOf(hosttest.NewFake(t), guardsInPlan)}
	req := resource.ModifyPlanRequest{
		Config: tfsdk.Config{Schema: schema, Raw: attrs(nil).value(t)},
		Plan:   tfsdk.Plan{Schema: schema, Raw: attrs(nil).value(t)},
		State:  tfsdk.State{Schema: schema, Raw: ranOnce().with(configured(attrs{"creates": "/c"})).value(t)},
	}
	resp := resource.ModifyPlanResponse{Plan: req.Plan}
	r.ModifyPlan(t.Context(), req, &resp)
	if len(resp.Diagnostics) > 0 || !resp.Plan.Raw.IsNull() {
		t.Errorf("the plan is %v, with %v; want null and no diagnostics", resp.Plan.Raw, resp.Diagnostics)
	}
}

// sensitive_output decides which attributes hold the output, so toggling it moves what is
// known, and never makes a run of it.
func TestPlanMovesOutputWithSensitiveOutput(t *testing.T) {
	t.Parallel()
	open := attrs{"stdout": "[1]", "stderr": "e", "result": []any{1}}
	hidden := attrs{"stdout": nil, "stderr": nil, "result": nil, "sensitive_stdout": "[1]", "sensitive_stderr": "e"}
	on, off := attrs{"sensitive_output": true}, attrs{"sensitive_output": false}
	runs := attrs{"always": true}
	names := []string{"run_id", "stdout", "stderr", "sensitive_stdout", "sensitive_stderr", "result"}
	cases := map[string]struct {
		before, seen, after attrs
		want                attrs
	}{
		"off and staying off, written or not": {
			seen: open, after: off,
			want: attrs{"run_id": "run-1", "stdout": "[1]", "stderr": "e", "result": []any{1}},
		},
		"switched on without a run, the output moves": {
			seen: open, after: on,
			want: attrs{"run_id": "run-1", "sensitive_stdout": "[1]", "sensitive_stderr": "e"},
		},
		"on and staying on": {
			before: on, seen: hidden, after: on,
			want: attrs{"run_id": "run-1", "sensitive_stdout": "[1]", "sensitive_stderr": "e"},
		},
		"switched off without a run, nothing comes out of hiding": {
			before: on, seen: hidden,
			want: attrs{"run_id": "run-1"},
		},
		"not yet known without a run, only the output is unknown": {
			seen: open, after: attrs{"sensitive_output": unknown},
			want: attrs{
				"run_id": "run-1", "stdout": unknown, "stderr": unknown, "result": unknown,
				"sensitive_stdout": unknown, "sensitive_stderr": unknown,
			},
		},
		"on with a run, only the sensitive attributes are unknown": {
			before: on.with(runs), seen: hidden, after: on.with(runs),
			want: attrs{"run_id": unknown, "sensitive_stdout": unknown, "sensitive_stderr": unknown},
		},
		"off with a run, the sensitive attributes are null": {
			before: runs, seen: open, after: runs,
			want: attrs{"run_id": unknown, "stdout": unknown, "stderr": unknown, "result": unknown},
		},
		"not yet known with a run, all of them are unknown": {
			before: runs, seen: open, after: runs.with(attrs{"sensitive_output": unknown}),
			want: attrs{
				"run_id": unknown, "stdout": unknown, "stderr": unknown, "result": unknown,
				"sensitive_stdout": unknown, "sensitive_stderr": unknown,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := ranOnce().with(configured(tc.before)).with(tc.seen)
			got, diags := planned(t, settingsOf(hosttest.NewFake(t), guardsInPlan), state, configured(tc.after))
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tc.want, got.only(names...)); diff != "" {
				t.Errorf("planned values (-want +got):\n%s", diff)
			}
		})
	}
}
