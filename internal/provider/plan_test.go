package provider

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// job is the command of these tests, unless a case says otherwise.
var job = []any{"job"}

// ranOnce is what a state holds beside the configuration after one successful run, when
// the last refresh found that nothing is needed.
func ranOnce() attrs {
	return attrs{
		"id": "id-1", "target": "local", "in_sync": true,
		"run_id": "run-1", "exit_code": 0, "stdout": "said\n", "stderr": "", "result": nil,
		"start_time": "2026-01-02T03:04:05Z", "end_time": "2026-01-02T03:04:06Z", "elapsed_time": 1,
	}
}

// neverRan is what a state holds of a resource that was created without a run.
func neverRan() attrs {
	a := ranOnce()
	for _, name := range outputAttributes {
		a[name] = nil
	}
	return a
}

// configured returns more with the command of these tests, unless more has its own.
func configured(more attrs) attrs { return attrs{"command": job}.with(more) }

// settingsOf returns settings whose only machine is h.
func settingsOf(h host.Host, guards string) *settings {
	return &settings{guards: guards, guardTimeout: time.Minute, local: h}
}

// planned calls ModifyPlan as the framework does: with the configuration, the state, and a
// proposed plan that takes computed attributes from the state, or leaves them unknown
// where anything changed. A nil state is that of a resource to be created.
func planned(t *testing.T, s *settings, state, config attrs) (attrs, diag.Diagnostics) {
	t.Helper()
	schema := execSchema()
	proposed := config.with(nil)
	changed := !config.value(t).Equal(state.without(computedAttributes...).value(t))
	for _, name := range computedAttributes {
		proposed[name] = state[name]
		if changed {
			proposed[name] = unknown
		}
	}
	r := &execResource{settings: s}
	req := resource.ModifyPlanRequest{
		Config: tfsdk.Config{Schema: schema, Raw: config.value(t)},
		Plan:   tfsdk.Plan{Schema: schema, Raw: proposed.value(t)},
		State:  tfsdk.State{Schema: schema, Raw: state.value(t)},
	}
	resp := resource.ModifyPlanResponse{Plan: req.Plan}
	r.ModifyPlan(t.Context(), req, &resp)
	return decode(t, resp.Plan.Raw), resp.Diagnostics
}

func (a attrs) without(names ...string) attrs {
	if a == nil {
		return nil
	}
	out := a.with(nil)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

// outcome is what a plan of a resource in state can say.
type outcome int

const (
	// keeps promises that nothing runs: every output is as it was.
	keeps outcome = iota
	// mayRun promises nothing: every output is unknown.
	mayRun
)

// of returns the computed attributes of a plan with this outcome, where sensitive_output
// is not set.
func (o outcome) of(state attrs) attrs {
	want := state.only(outputAttributes...)
	if o == mayRun {
		want = attrs{}
		for _, name := range outputAttributes {
			if !strings.HasPrefix(name, "sensitive_") {
				want[name] = unknown
			}
		}
	}
	want["id"] = state["id"]
	want["target"] = "local"
	want["in_sync"] = true
	return want
}

// planCase is a plan of a resource that is in state.
type planCase struct {
	// before and after are what is configured in state and configuration, beside the
	// command of these tests.
	before, after attrs
	// seen is what else the state holds, where that differs from ranOnce.
	seen attrs
	want outcome
}

func (c planCase) state() attrs { return ranOnce().with(configured(c.before)).with(c.seen) }

// someDefaults are settings that surround every command.
var someDefaults = converge.Defaults{Path: []string{"/d"}, Environment: map[string]string{"D": "1"}}

// runPlanCases plans each case with several settings of the provider, none of which a plan
// may depend on, beside a machine that fails the test when it is asked anything at all.
func runPlanCases(t *testing.T, cases map[string]planCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for setting, change := range map[string]func(*settings){
				"guards in plan":           func(*settings) {},
				"guards in apply":          func(s *settings) { s.guards = guardsInApply },
				"everything is configured": func(s *settings) { s.defaults, s.timeout, s.maxParallel = someDefaults, time.Hour, 1 },
				"nothing is known yet":     func(s *settings) { s.guards, s.defaultsUnknown = guardsInApply, true },
			} {
				s := settingsOf(hosttest.NewFake(t), guardsInPlan)
				change(s)
				got, diags := planned(t, s, tc.state(), configured(tc.after))
				if len(diags) > 0 {
					t.Fatalf("%s: unexpected diagnostics: %v", setting, diags)
				}
				if diff := cmp.Diff(tc.want.of(tc.state()), got.only(computedAttributes...)); diff != "" {
					t.Errorf("%s: planned values (-want +got):\n%s", setting, diff)
				}
			}
		})
	}
}

// told returns diagnostics in one line each: severity, summary, attribute.
func told(diags diag.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		at := ""
		var where diag.DiagnosticWithPath
		if with, ok := d.(diag.DiagnosticWithPath); ok {
			where = with
		}
		if where != nil && !where.Path().Equal(path.Empty()) {
			at = " (" + where.Path().String() + ")"
		}
		out = append(out, fmt.Sprintf("%s: %s%s", strings.ToLower(d.Severity().String()), d.Summary(), at))
	}
	slices.Sort(out)
	return out
}

var errDenied = errors.New("permission denied")
