package provider

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// boundary is the provider as an engine talks to it, with a scripted machine behind it. It
// does what an engine does around the calls, and fails the test where an engine would say
// that the provider is at fault.
type boundary struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	local  *hosttest.Fake
	logs   *bytes.Buffer
	ctx    context.Context
}

// preset is the provider with settings that no environment variable overrules.
type preset struct {
	*execProvider
	settings *settings
}

func (p preset) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ActionData = p.settings, p.settings, p.settings, p.settings
	p.configured.Store(p.settings)
}

// newBoundary returns a provider whose plans ask no guard unless a test says otherwise.
func newBoundary(t *testing.T) *boundary {
	t.Helper()
	return newBoundaryWith(t, guardsInApply)
}

func newBoundaryWith(t *testing.T, guards string) *boundary {
	t.Helper()
	local := hosttest.NewFake(t)
	b := newBoundaryOn(t, local, guards)
	b.local = local
	return b
}

// newBoundaryOn returns a provider with another machine behind it.
func newBoundaryOn(t *testing.T, h host.Host, guards string) *boundary {
	t.Helper()
	return newBoundaryWithSettings(t, h, settingsOf(h, guards))
}

func newBoundaryWithSettings(t *testing.T, h host.Host, s *settings) *boundary {
	t.Helper()
	logs := &bytes.Buffer{}
	p := preset{&execProvider{version: "test", local: h}, s}
	server := serverOf(p, p.execProvider)
	none := tftypes.NewValue(tftypes.Object{}, nil)
	config, err := tfprotov6.NewDynamicValue(none.Type(), none)
	if err != nil {
		t.Fatal(err)
	}
	ctx := tflogtest.RootLogger(t.Context(), logs)
	if _, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: &config}); err != nil {
		t.Fatal(err)
	}
	return &boundary{t: t, server: server, logs: logs, ctx: ctx}
}

// applied is what an apply came to.
type applied struct {
	state   attrs
	private []byte
	// asked is what the machine was asked during the apply proper.
	asked []string
	diags diagnostics
	plan  attrs
}

// apply plans and applies config for a resource with this state, as an engine does. A nil
// state is a resource to be created.
func (b *boundary) apply(state attrs, private []byte, config attrs) applied {
	b.t.Helper()
	plan, _ := b.plan(state, private, config)
	b.local.Forget()
	out := b.sendPlanned(state, plan, config)
	for name, v := range out.state {
		if v == unknown {
			b.t.Errorf("%s is unknown after the apply", name)
		}
	}
	if !out.diags.failed() {
		for name, v := range plan.values {
			if v != unknown && !cmp.Equal(v, out.state[name]) {
				b.t.Errorf("%s was planned as %v and is %v", name, v, out.state[name])
			}
		}
	}
	return out
}

// send applies a plan that the test wrote.
func (b *boundary) send(state, plan, config attrs) applied {
	b.t.Helper()
	return b.sendPlanned(state, planResult{values: plan}, config)
}

func (b *boundary) sendPlanned(state attrs, plan planResult, config attrs) applied {
	b.t.Helper()
	resp, err := b.server.ApplyResourceChange(b.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "exec", PriorState: b.pack(state), PlannedState: b.pack(plan.values), Config: b.pack(config),
		PlannedPrivate: plan.private,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return applied{
		state: b.unpack(resp.NewState), private: resp.Private, asked: b.local.Log(),
		diags: diagnostics(resp.Diagnostics), plan: plan.values,
	}
}

type planResult struct {
	values  attrs
	private []byte
}

// plan plans config, with the proposal that an engine makes: what is configured beside
// what is written only, and computed values as they were.
func (b *boundary) plan(state attrs, private []byte, config attrs) (planResult, diagnostics) {
	b.t.Helper()
	proposed := config.with(state.only(computedAttributes...))
	if config["write_only"] != nil {
		proposed["write_only"] = map[string]any{}
	}
	resp, err := b.server.PlanResourceChange(b.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: "exec", PriorState: b.pack(state), ProposedNewState: b.pack(proposed), Config: b.pack(config),
		PriorPrivate: private,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	diags := diagnostics(resp.Diagnostics)
	if diags.failed() {
		b.t.Fatalf("the plan failed: %v", diags.lines())
	}
	if len(resp.RequiresReplace) > 0 {
		b.t.Errorf("the plan replaces the resource for %v", resp.RequiresReplace)
	}
	return planResult{values: b.unpack(resp.PlannedState), private: resp.PlannedPrivate}, diags
}

// destroy deletes the resource.
func (b *boundary) destroy(state attrs, private []byte) applied {
	b.t.Helper()
	resp, err := b.server.ApplyResourceChange(b.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "exec", PriorState: b.pack(state), PlannedState: b.pack(nil), Config: b.pack(nil), PlannedPrivate: private,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return applied{
		state: b.unpack(resp.NewState), private: resp.Private, asked: b.local.Log(), diags: diagnostics(resp.Diagnostics),
	}
}

// read refreshes the resource.
func (b *boundary) read(state attrs) applied {
	b.t.Helper()
	resp, err := b.server.ReadResource(b.ctx, &tfprotov6.ReadResourceRequest{TypeName: "exec", CurrentState: b.pack(state)})
	if err != nil {
		b.t.Fatal(err)
	}
	return applied{state: b.unpack(resp.NewState), asked: b.local.Log(), diags: diagnostics(resp.Diagnostics)}
}

// importState imports the resource by id.
func (b *boundary) importState(id string) applied {
	b.t.Helper()
	resp, err := b.server.ImportResourceState(b.ctx, &tfprotov6.ImportResourceStateRequest{TypeName: "exec", ID: id})
	if err != nil {
		b.t.Fatal(err)
	}
	out := applied{asked: b.local.Log(), diags: diagnostics(resp.Diagnostics)}
	if len(resp.ImportedResources) == 1 {
		out.state = b.unpack(resp.ImportedResources[0].State)
	}
	return out
}

func (b *boundary) pack(a attrs) *tfprotov6.DynamicValue {
	b.t.Helper()
	value, err := tfprotov6.NewDynamicValue(execType(), a.value(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	return &value
}

// unpack replaces what is random with what kind of thing it is.
func (b *boundary) unpack(v *tfprotov6.DynamicValue) attrs {
	b.t.Helper()
	if v == nil {
		return nil
	}
	value, err := v.Unmarshal(execType())
	if err != nil {
		b.t.Fatal(err)
	}
	out := decode(b.t, value)
	for _, name := range []string{"id", "run_id"} {
		if s, ok := out[name].(string); ok && len(s) == len(newID()) && strings.ToLower(s) == s {
			out[name] = isNew
		}
	}
	return out
}

// isNew stands for an id that was made just now. Those that tests write are shorter.
const isNew = "(new)"

// diagnostics are those of one call.
type diagnostics []*tfprotov6.Diagnostic

func (d diagnostics) failed() bool {
	return slices.ContainsFunc(d, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityError
	})
}

// lines returns one line for each: severity, summary, attribute.
func (d diagnostics) lines() []string {
	var out []string
	for _, e := range d {
		at := where(e.Attribute)
		// What engines do not find by its path, the detail names.
		if rest, ok := strings.CutPrefix(e.Detail, "In "); ok {
			if within, _, ok := strings.Cut(rest, ": "); ok {
				at = " (" + within + ")"
			}
		}
		out = append(out, fmt.Sprintf("%s: %s%s", strings.ToLower(e.Severity.String()), e.Summary, at))
	}
	slices.Sort(out)
	return out
}

// text returns everything that a user could read of them.
func (d diagnostics) text() string {
	var b strings.Builder
	for _, e := range d {
		fmt.Fprintf(&b, "%s\n%s\n", e.Summary, e.Detail)
	}
	return b.String()
}

// where writes an attribute as a reader of the configuration would: (unless[0]).
func where(p *tftypes.AttributePath) string {
	if p == nil || len(p.Steps()) == 0 {
		return ""
	}
	var b strings.Builder
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&b, "[%q]", string(step))
		}
	}
	return " (" + b.String() + ")"
}

// creates returns what a command does that makes a path exist.
func creates(h *hosttest.Fake, path string) func(context.Context, host.Command) error {
	return func(context.Context, host.Command) error {
		h.File(path, true)
		return nil
	}
}
