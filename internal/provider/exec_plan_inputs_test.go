package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// What each attribute means for a plan, when it is edited or not yet known. A guard in
// these tests said skip, so that only its inputs can make a run possible.
//
//	process     part of the definition, and of what guard commands ask
//	place       part of the definition, and of what any guard asks
//	definition  part of the definition alone
//	guard       a guard
//	neutral     updates the state in place and runs nothing
type meaning int

const (
	process meaning = iota
	place
	definition
	guardInput
	neutral
)

var meanings = map[string]struct {
	means         meaning
	before, after any
}{
	"command":               {definition, []any{"job"}, []any{"other"}},
	"stdin":                 {definition, "a", "b"},
	"cwd":                   {place, "/a", "/b"},
	"shell":                 {process, false, true},
	"interpreter":           {process, []any{"sh", "-c"}, []any{"bash", "-c"}},
	"path":                  {process, []any{"/bin"}, []any{"/bin", "/usr/bin"}},
	"environment":           {process, map[string]any{"A": "1"}, map[string]any{"A": "2"}},
	"sensitive_environment": {process, map[string]any{"A": "1"}, map[string]any{"B": "1"}},
	"inherit_environment":   {process, true, false},
	"user":                  {process, "a", "b"},
	"group":                 {process, "a", "b"},
	"umask":                 {process, "022", "077"},

	"creates": {guardInput, "/a", "/b"},
	"removes": {guardInput, []any{"/a"}, []any{"/a", "/b"}},
	"unless":  {guardInput, "a", []any{"a", "b"}},
	"onlyif":  {guardInput, []any{[]any{"a", "-x"}}, []any{[]any{"a", "-y"}}},

	"name":              {neutral, "a label", "another"},
	"refresh":           {neutral, []any{"reload"}, []any{"restart"}},
	"timeout":           {neutral, "1m", "2m"},
	"tries":             {neutral, 1, 3},
	"try_sleep":         {neutral, "1s", "2s"},
	"returns":           {neutral, []any{0}, []any{0, 1}},
	"unchanged_returns": {neutral, []any{2}, []any{3}},
	"lock":              {neutral, "a", "b"},
	"logoutput":         {neutral, "true", "false"},
	"log_file":          {neutral, "/tmp/a", "/tmp/b"},
	"output_limit":      {neutral, 10, 20},
	"destroy":           {neutral, map[string]any{"command": "a"}, map[string]any{"command": "b"}},
}

func TestPlanKnowsWhatAnEditMeans(t *testing.T) {
	t.Parallel()
	// What the meanings come to without a guard, with a path to look at, and with a
	// guard command.
	expected := map[meaning]struct{ unguarded, creates, unless outcome }{
		process:    {unguarded: mayRun, creates: keeps, unless: mayRun},
		place:      {unguarded: mayRun, creates: mayRun, unless: mayRun},
		definition: {unguarded: mayRun, creates: keeps, unless: keeps},
		guardInput: {unguarded: mayRun, creates: mayRun, unless: mayRun},
		neutral:    {unguarded: keeps, creates: keeps, unless: keeps},
	}
	cases := map[string]planCase{}
	for name, a := range meanings {
		want := expected[a.means]
		before, edited, open := attrs{name: a.before}, attrs{name: a.after}, attrs{name: unknown}
		created, asked := attrs{"creates": "/c"}, attrs{"unless": "check"}
		for edit, after := range map[string]attrs{"edited": edited, "not yet known": open} {
			cases[name+" "+edit+" without another guard"] = planCase{before: before, after: after, want: want.unguarded}
			cases[name+" "+edit+" beside creates"] = planCase{
				before: created.with(before), after: created.with(after), want: want.creates,
			}
			cases[name+" "+edit+" beside unless"] = planCase{
				before: asked.with(before), after: asked.with(after), want: want.unless,
			}
		}
	}
	runPlanCases(t, cases)
}

func TestPlanTreatsATargetElsewhereAsAnotherPlace(t *testing.T) {
	t.Parallel()
	elsewhere := attrs{"target": "ssh://x@y:22"}
	runPlanCases(t, map[string]planCase{
		"without a guard": {seen: elsewhere, want: mayRun},
		"with a guard": {
			before: attrs{"creates": "/c"}, after: attrs{"creates": "/c"}, seen: elsewhere, want: mayRun,
		},
	})
}

func TestPlanOfTheSwitches(t *testing.T) {
	t.Parallel()
	guard := attrs{"creates": "/c"}
	runPlanCases(t, map[string]planCase{
		"refresh_only switched off beside a guard that said skip": {
			before: guard.with(attrs{"refresh_only": true, "recheck_on": "a"}),
			after:  guard.with(attrs{"recheck_on": "a"}), want: mayRun,
		},
		"refresh_only not yet known beside a guard": {
			before: guard.with(attrs{"recheck_on": "a"}),
			after:  guard.with(attrs{"refresh_only": unknown, "recheck_on": "a"}), want: mayRun,
		},
		"refresh_only not yet known without a guard": {
			before: attrs{"subscribe": "a"}, after: attrs{"subscribe": "a", "refresh_only": unknown}, want: keeps,
		},
		"refresh_only not yet known without a guard after a failed run": {
			before: attrs{"subscribe": "a"}, seen: attrs{"exit_code": 1, "in_sync": false},
			after: attrs{"subscribe": "a", "refresh_only": unknown}, want: mayRun,
		},
		"verify switched on": {
			before: guard, after: guard.with(attrs{"verify": true}), want: keeps,
		},
		"verify not yet known": {
			before: guard, after: guard.with(attrs{"verify": unknown}), want: keeps,
		},
		"always switched off": {
			before: attrs{"always": true}, seen: attrs{"in_sync": false, "noop_message": "Would have executed: always"},
			want: keeps,
		},
	})
}

// A value that was known in the first plan must come back equal in the plan that engines
// make during apply, when all values are known.
func TestPlanDuringApplyAgreesWithTheFirst(t *testing.T) {
	t.Parallel()
	surroundings := map[string]attrs{
		"without a guard":   {},
		"beside creates":    {"creates": "/c"},
		"beside unless":     {"unless": "check"},
		"beside a trigger":  {"subscribe": "a", "recheck_on": "b"},
		"with refresh_only": {"subscribe": "a", "refresh_only": true},
	}
	opened := map[string]struct{ before, after any }{
		"subscribe":        {"a", "b"},
		"recheck_on":       {"b", "c"},
		"always":           {false, true},
		"sensitive_output": {false, true},
	}
	for name, a := range meanings {
		opened[name] = struct{ before, after any }{a.before, a.after}
	}
	observed := map[string]attrs{
		"in sync": {}, "not in sync": {"in_sync": false}, "not asked": {"in_sync": nil}, "failed": {"exit_code": 1, "in_sync": false},
		"adopted": {"command": nil, "target": nil, "in_sync": nil},
	}
	for where, around := range surroundings {
		for name, values := range opened {
			t.Run(name+" "+where, func(t *testing.T) {
				t.Parallel()
				s := settingsOf(hosttest.NewFake(t), guardsInPlan)
				for what, seen := range observed {
					state := ranOnce().with(configured(around)).with(attrs{name: values.before}).with(seen)
					first, _ := planned(t, s, state, configured(around).with(attrs{name: unknown}))
					for _, final := range []any{values.before, values.after, nil} {
						second, diags := planned(t, s, state, configured(around).with(attrs{name: final}))
						if diags.HasError() {
							continue // Null for the command; engines refuse that before they plan.
						}
						agree(t, fmt.Sprintf("%s, %s becomes %v", what, name, final), first, second, name)
						if first["run_id"] != unknown && second["run_id"] == unknown {
							t.Errorf("%s, %s becomes %v: a promise not to run is broken", what, name, final)
						}
					}
				}
			})
		}
	}
}

// agree reports where a second plan contradicts what was known in the first, but for what
// was opened there.
func agree(t *testing.T, when string, first, second attrs, opened string) {
	t.Helper()
	for attribute, v := range first {
		if v != unknown && attribute != opened && !cmp.Equal(v, second[attribute]) {
			t.Errorf("%s: %s was planned as %v and is now %v", when, attribute, v, second[attribute])
		}
	}
}

// serviceAt is what an exec takes from a service whose files are in a directory.
func serviceAt(dir string) map[string]any {
	return map[string]any{
		"name": "s", "source": map[string]any{"path": dir}, "revision": "r", "executable": map[string]any{"filename": "run.sh"},
		"executable_object": map[string]any{"name": "sh", "exec_command": "/bin/sh"},
	}
}

// The same where what runs becomes something else, and what that is shows during apply.
func TestPlanDuringApplyAgreesOnWhatRuns(t *testing.T) {
	t.Parallel()
	what := map[string]attrs{
		"a command":             {"command": job},
		"a service":             {"service": serviceAt("/a")},
		"a service elsewhere":   {"service": serviceAt("/b")},
		"a service with inputs": {"service": serviceAt("/a"), "inputs": map[string]any{"x": "1"}},
		"other inputs":          {"service": serviceAt("/a"), "inputs": map[string]any{"x": "2"}},
		"an executable":         {"executable": map[string]any{"name": "x", "exec_command": "/bin/sh"}},
		"an executable and arguments": {
			"executable": map[string]any{"name": "x", "exec_command": "/bin/sh", "args": []any{"-e"}}, "args": []any{"a"},
		},
	}
	around := map[string]attrs{
		"without a guard":          {},
		"beside a path":            {"creates": "/c"},
		"beside a relative path":   {"creates": "c"},
		"beside one, with a cwd":   {"creates": "c", "cwd": "/w"},
		"beside a guard command":   {"unless": "check"},
		"beside one with a cwd":    {"unless": "check", "cwd": "/w"},
		"with refresh_only":        {"subscribe": "a", "refresh_only": true},
		"beside a path to be gone": {"removes": []any{"/c", "d"}},
	}
	for before, prior := range what {
		for after, final := range what {
			t.Run(before+" becomes "+after, func(t *testing.T) {
				t.Parallel()
				s := settingsOf(hosttest.NewFake(t), guardsInPlan)
				for where, guards := range around {
					state, config := ranOnce().with(prior).with(guards), final.with(guards)
					second, diags := planned(t, s, state, config)
					if diags.HasError() {
						t.Fatal(diags)
					}
					for name := range final {
						first, diags := planned(t, s, state, config.with(attrs{name: unknown}))
						if diags.HasError() {
							t.Fatal(diags)
						}
						agree(t, where+", "+name+" not yet known", first, second, name)
					}
				}
			})
		}
	}
}

// An input that is not known yet is none of a guard's business.
func TestPlanTreatsInputsAsNoBusinessOfGuards(t *testing.T) {
	t.Parallel()
	s := settingsOf(hosttest.NewFake(t), guardsInPlan)
	before := attrs{"service": serviceAt("/a"), "inputs": map[string]any{"x": "1", "y": "2"}}
	after := before.with(attrs{"inputs": map[string]any{"x": unknown, "y": "2"}})
	for name, tc := range map[string]struct {
		guards attrs
		want   outcome
	}{
		"a path":          {attrs{"creates": "/c"}, keeps},
		"a relative path": {attrs{"creates": "c"}, keeps},
		"a command":       {attrs{"unless": "check"}, keeps},
		"no guard":        {attrs{}, mayRun},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := ranOnce().with(before).with(tc.guards)
			got, diags := planned(t, s, state, after.with(tc.guards))
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tc.want.of(state), got.only(computedAttributes...)); diff != "" {
				t.Errorf("planned values (-want +got):\n%s", diff)
			}
		})
	}
}
