package provider

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// sides are the provider twice, each with a machine of its own that gives the same answers:
// as it is served, and as the framework alone would serve it.
type sides struct {
	served, alone tfprotov6.ProviderServer
	// handedOver counts the calls that the served one left to the framework.
	handedOver *handedOver
	// asked are what the machines were asked.
	asked, askedAlone *oracle
}

func newSides(t *testing.T, guards string) sides {
	t.Helper()
	s := sides{handedOver: &handedOver{}}
	served, asked := presetWith(guards)
	s.asked = asked
	direct, ok := serverOf(served, served.execProvider).(*server)
	if !ok {
		t.Fatal("exec is served by the framework alone")
	}
	s.handedOver.framework = direct.framework
	direct.framework = s.handedOver
	s.served = direct
	alone, askedAlone := presetWith(guards)
	s.alone, s.askedAlone = providerserver.NewProtocol6(alone)(), askedAlone
	for _, side := range []tfprotov6.ProviderServer{s.served, s.alone} {
		if _, err := side.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: emptyConfig()}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// handedOver counts the calls about resources that reach the framework.
type handedOver struct {
	framework
	calls []string
}

func (h *handedOver) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	h.calls = append(h.calls, "validate")
	return h.framework.ValidateResourceConfig(ctx, req)
}

func (h *handedOver) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	h.calls = append(h.calls, "upgrade")
	return h.framework.UpgradeResourceState(ctx, req)
}

func (h *handedOver) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	h.calls = append(h.calls, "read")
	return h.framework.ReadResource(ctx, req)
}

func (h *handedOver) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	h.calls = append(h.calls, "plan")
	return h.framework.PlanResourceChange(ctx, req)
}

func (h *handedOver) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	h.calls = append(h.calls, "apply")
	return h.framework.ApplyResourceChange(ctx, req)
}

// reply is everything that an engine hears in return for a call.
type reply struct {
	State, Private  string
	Diagnostics     []string
	RequiresReplace []string
	Else            string
	Asked           []string
}

// same makes one call to both sides and reports where the answers differ. An answer that
// the framework gave is no news, and of several errors it reports any one.
func same[Req, Resp any](t *testing.T, s sides, rpc string, call func(tfprotov6.ProviderServer, context.Context, *Req) (*Resp, error), req func() *Req, heard func(*Resp) reply) {
	t.Helper()
	s.asked.log, s.askedAlone.log = nil, nil
	before := len(s.handedOver.calls)
	got := hear(t, s.served, call, req(), heard)
	if len(s.handedOver.calls) > before {
		return
	}
	want := hear(t, s.alone, call, req(), heard)
	got.Asked, want.Asked = s.asked.log, s.askedAlone.log
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the framework's answer (-) and ours (+):\n%s", rpc, diff)
	}
}

func hear[Req, Resp any](t *testing.T, s tfprotov6.ProviderServer, call func(tfprotov6.ProviderServer, context.Context, *Req) (*Resp, error), req *Req, heard func(*Resp) reply) reply {
	t.Helper()
	resp, err := call(s, t.Context(), req)
	if err != nil {
		return reply{Else: "error: " + err.Error()}
	}
	return heard(resp)
}

// The calls, each with what an engine hears of the answer.

func sameValidation(t *testing.T, s sides, config *tfprotov6.DynamicValue) {
	t.Helper()
	same(t, s, "validate", tfprotov6.ProviderServer.ValidateResourceConfig, func() *tfprotov6.ValidateResourceConfigRequest {
		return &tfprotov6.ValidateResourceConfigRequest{TypeName: "exec", Config: config, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}}
	}, func(r *tfprotov6.ValidateResourceConfigResponse) reply {
		return reply{Diagnostics: wholly(r.Diagnostics)}
	})
}

func sameUpgrade(t *testing.T, s sides, version int64, state []byte) {
	t.Helper()
	same(t, s, "upgrade", tfprotov6.ProviderServer.UpgradeResourceState, func() *tfprotov6.UpgradeResourceStateRequest {
		return &tfprotov6.UpgradeResourceStateRequest{TypeName: "exec", Version: version, RawState: &tfprotov6.RawState{JSON: state}}
	}, func(r *tfprotov6.UpgradeResourceStateResponse) reply {
		return reply{State: everything(t, r.UpgradedState), Diagnostics: wholly(r.Diagnostics)}
	})
}

func sameRead(t *testing.T, s sides, state *tfprotov6.DynamicValue, private []byte) {
	t.Helper()
	same(t, s, "read", tfprotov6.ProviderServer.ReadResource, func() *tfprotov6.ReadResourceRequest {
		return &tfprotov6.ReadResourceRequest{TypeName: "exec", CurrentState: state, Private: slices.Clone(private)}
	}, func(r *tfprotov6.ReadResourceResponse) reply {
		return reply{
			State: everything(t, r.NewState), Private: string(r.Private), Diagnostics: wholly(r.Diagnostics),
			Else: fmt.Sprint(r.Deferred, r.NewIdentity),
		}
	})
}

func samePlan(t *testing.T, s sides, prior, proposed, config *tfprotov6.DynamicValue, private []byte) {
	t.Helper()
	same(t, s, "plan", tfprotov6.ProviderServer.PlanResourceChange, func() *tfprotov6.PlanResourceChangeRequest {
		return &tfprotov6.PlanResourceChangeRequest{TypeName: "exec", PriorState: prior, ProposedNewState: proposed, Config: config, PriorPrivate: slices.Clone(private)}
	}, func(r *tfprotov6.PlanResourceChangeResponse) reply {
		a := reply{
			State: everything(t, r.PlannedState), Private: string(r.PlannedPrivate), Diagnostics: wholly(r.Diagnostics),
			Else: fmt.Sprint(r.Deferred, r.PlannedIdentity),
		}
		for _, p := range r.RequiresReplace {
			a.RequiresReplace = append(a.RequiresReplace, p.String())
		}
		return a
	})
}

func sameApply(t *testing.T, s sides, prior, planned, config *tfprotov6.DynamicValue, private []byte) {
	t.Helper()
	same(t, s, "apply", tfprotov6.ProviderServer.ApplyResourceChange, func() *tfprotov6.ApplyResourceChangeRequest {
		return &tfprotov6.ApplyResourceChangeRequest{TypeName: "exec", PriorState: prior, PlannedState: planned, Config: config, PlannedPrivate: slices.Clone(private)}
	}, func(r *tfprotov6.ApplyResourceChangeResponse) reply {
		return reply{
			State: everything(t, r.NewState), Private: string(r.Private), Diagnostics: wholly(r.Diagnostics),
			Else: fmt.Sprint(r.NewIdentity),
		}
	})
}

// wholly returns all that diagnostics say. The framework validates attributes in no order.
func wholly(diags []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%s|%s|%s|%s", d.Severity, d.Summary, d.Detail, d.Attribute))
	}
	slices.Sort(out)
	return out
}

// everything returns an object as an engine reads it: every attribute with its type and value.
// Only what is random by nature is replaced.
func everything(t *testing.T, v *tfprotov6.DynamicValue) string {
	t.Helper()
	if v == nil {
		return "none"
	}
	value, err := v.Unmarshal(execType())
	if err != nil {
		t.Fatal(err)
	}
	if value.IsNull() {
		return "null"
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "run_id"} {
		var s string
		if e := attributes[name]; e.IsKnown() && !e.IsNull() && e.As(&s) == nil && len(s) == len(newID()) {
			attributes[name] = tftypes.NewValue(tftypes.String, isNew)
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(mapKeys(attributes)) {
		fmt.Fprintf(&b, "%s = %s\n", name, attributes[name])
	}
	return b.String()
}

// Whatever a configuration, state or plan holds, the answer is the framework's. With -fuzz
// it tries as many as there is time for.
func FuzzServedAsTheFrameworkWould(f *testing.F) {
	const rounds = 120
	for seed := range uint64(rounds) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 0))}
		g.round(t, newSides(t, pick(g, guardsInPlan, guardsInApply)))
	})
}

// What people write is answered without the framework, or this would all be for nothing.
func TestServedWithoutTheFramework(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config attrs
		// left are the calls that the framework still gets.
		left []string
	}{
		"a string":          {config: attrs{"command": "job"}},
		"an argv":           {config: attrs{"command": []any{"job", "x"}}},
		"creates":           {config: configured(attrs{"creates": "/c"})},
		"guard commands":    {config: configured(attrs{"unless": []any{[]any{"check"}}, "onlyif": "more"})},
		"triggers":          {config: configured(attrs{"subscribe": []any{"a", map[string]any{"b": 1}}, "recheck_on": listOf("x")})},
		"a name":            {config: attrs{"name": "job"}},
		"always, with lock": {config: configured(attrs{"always": true, "shell": true})},
		"a destroy command": {config: configured(attrs{"destroy": map[string]any{"command": "undo", "timeout": "1s"}}), left: []string{"validate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSides(t, guardsInPlan)
			prior, private := ranOnce().with(tc.config), []byte(privates[1])
			stored, configured := packed(t, prior.value(t)), packed(t, tc.config.value(t))
			sameValidation(t, s, configured)
			sameUpgrade(t, s, 0, asJSON(t, prior.value(t)))
			sameRead(t, s, stored, private)
			samePlan(t, s, stored, stored, configured, private)
			samePlan(t, s, packed(t, attrs(nil).value(t)), packed(t, tc.config.value(t)), configured, nil)
			planned := tc.config.with(attrs{"id": unknown, "target": targetLocal, "in_sync": true})
			for _, name := range outputAttributes {
				planned[name] = unknown
			}
			sameApply(t, s, packed(t, attrs(nil).value(t)), packed(t, planned.value(t)), configured, nil)
			sameApply(t, s, stored, packed(t, planned.with(attrs{"id": "id-1"}).value(t)), configured, private)
			sameApply(t, s, stored, packed(t, attrs(nil).value(t)), packed(t, attrs(nil).value(t)), private)
			if diff := cmp.Diff(tc.left, s.handedOver.calls); diff != "" {
				t.Errorf("what the framework was left with (-want +got):\n%s", diff)
			}
		})
	}
}

// Only what is removed has no configuration. Anything else without one is an error, and the
// framework's to tell.
func TestServedOnlyWithAConfiguration(t *testing.T) {
	t.Parallel()
	s := newSides(t, guardsInPlan)
	none, prior := packed(t, attrs(nil).value(t)), packed(t, ranOnce().with(attrs{"command": "job"}).value(t))
	samePlan(t, s, prior, prior, none, nil)
	samePlan(t, s, none, packed(t, attrs{"command": "job"}.value(t)), none, nil)
	sameApply(t, s, none, packed(t, attrs{"command": "job", "run_id": unknown}.value(t)), none, nil)
	sameApply(t, s, prior, packed(t, ranOnce().with(attrs{"command": "job", "run_id": unknown}).value(t)), none, nil)
	if diff := cmp.Diff([]string{"plan", "plan", "apply", "apply"}, s.handedOver.calls); diff != "" {
		t.Errorf("what the framework was left with (-want +got):\n%s", diff)
	}
	if len(s.asked.log) > 0 {
		t.Errorf("%q ran", s.asked.log)
	}
}

// Every attribute is either converted here in every call, or listed.
func TestEveryAttributeIsServed(t *testing.T) {
	t.Parallel()
	// What holds attributes of its own, and what no configuration can set.
	validatedByTheFramework := append([]string{"connection", "destroy", "executable", "service", "write_only"}, computedAttributes...)
	slices.Sort(validatedByTheFramework)
	var validated []string
	for _, name := range slices.Sorted(mapKeys(execType().AttributeTypes)) {
		s := newSides(t, guardsInApply)
		g := generator{rand.New(rand.NewPCG(1, 1))}
		state := ranOnce().with(attrs{"command": "job"})
		if state[name] == nil {
			state[name] = g.someValue(t, name)
		}
		if name == "write_only" {
			state[name] = map[string]any{} // No state holds more of it.
		}
		stored := packed(t, state.value(t))
		sameRead(t, s, stored, nil)
		sameUpgrade(t, s, 0, asJSON(t, state.value(t)))
		samePlan(t, s, stored, stored, packed(t, state.without(computedAttributes...).value(t)), nil)
		if len(s.handedOver.calls) > 0 {
			t.Errorf("with %s, the framework is left with %v", name, s.handedOver.calls)
		}
		sameValidation(t, s, packed(t, attrs{"command": "job"}.with(attrs{name: state[name]}).value(t)))
		if len(s.handedOver.calls) > 0 {
			validated = append(validated, name)
		}
	}
	if diff := cmp.Diff(validatedByTheFramework, validated); diff != "" {
		t.Errorf("attributes whose values the framework validates (-want +got):\n%s", diff)
	}
}
