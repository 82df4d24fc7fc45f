package provider

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
)

// execResource runs commands when they are needed.
type execResource struct{ settings *settings }

var (
	_ resource.ResourceWithConfigure      = (*execResource)(nil)
	_ resource.ResourceWithImportState    = (*execResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*execResource)(nil)
	_ resource.ResourceWithValidateConfig = (*execResource)(nil)
)

func newExecResource() resource.Resource { return &execResource{} }

func (r *execResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (r *execResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		r.settings = configured
	}
}

// ImportState takes any non-empty text for the id. Nothing runs: what the state does not
// define is filled in by the next apply.
func (r *execResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importID(ctx, req, resp)
}

// read asks the guards of the stored definition, on the stored target, and records what
// they say. It is the only way by which an observation reaches a plan.
func (r *execResource) read(ctx context.Context, req execRequest, resp *execResponse) {
	state, ok := read[execModel](ctx, req.State, &resp.Diagnostics)
	if !ok || state.adopted() {
		return
	}
	before := state
	resp.Diagnostics.Append(r.observe(ctx, &state)...)
	if resp.Diagnostics.HasError() || state.sameObservation(before) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// create runs the command if it is needed. If a run fails, its result is saved, so that
// nothing is lost; if nothing was started, there is nothing to save.
func (r *execResource) create(ctx context.Context, req execRequest, resp *execResponse) {
	plan, ok := read[execModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	plan.ID = types.StringValue(newID())
	plan.clearOutputs()
	spec, _ := plan.spec(ctx, &resp.Diagnostics)
	spec.WriteOnly = writeOnly(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	outcome, ok := r.converge(ctx, plan, spec, firstFacts(plan, spec), &resp.Diagnostics)
	if !ok && outcome.Run == nil {
		return
	}
	if outcome.Run != nil {
		plan.record(outcome.Run, execModel{}, newID())
		plan.recordOutput(ctx, outcome.Run, plan.SensitiveOutput.ValueBool())
	}
	if ok {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, succeededKey, []byte("true"))...)
	} else {
		plan.InSync = types.BoolValue(false)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// update runs the command if the plan left that open and it is needed. After a failure the
// state keeps the prior definition, so that the next plan shows the same change again.
func (r *execResource) update(ctx context.Context, req execRequest, resp *execResponse) {
	plan, ok := read[execModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	prior, ok := read[execModel](ctx, req.State, &resp.Diagnostics)
	if !ok {
		return
	}
	if plan.RunID.IsUnknown() {
		now, unknown := plan.spec(ctx, &resp.Diagnostics)
		now.WriteOnly = writeOnly(ctx, req.Config, &resp.Diagnostics)
		before, _ := prior.spec(ctx, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		outcome, ok := r.converge(ctx, plan, now, facts(plan, prior, now, before, unknown), &resp.Diagnostics)
		if !ok {
			prior.fail(ctx, r.messages(plan, now, path.Root("command")), outcome, plan.SensitiveOutput.ValueBool())
			resp.Diagnostics.Append(resp.State.Set(ctx, &prior)...)
			return
		}
		plan.keepOutputs(prior)
		if outcome.Run != nil {
			plan.record(outcome.Run, prior, newID())
			plan.recordOutput(ctx, outcome.Run, plan.SensitiveOutput.ValueBool())
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, succeededKey, []byte("true"))...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// delete runs the destroy command of the stored definition on the stored target, or what
// undoes its service where there is no such command.
func (r *execResource) delete(ctx context.Context, req execRequest, resp *execResponse) {
	state, ok := read[execModel](ctx, req.State, &resp.Diagnostics)
	if !ok || state.Destroy.IsNull() && state.Service.IsNull() {
		return
	}
	spec, _ := state.spec(ctx, &resp.Diagnostics)
	place, _ := state.place(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	m := r.messages(state, spec, attributePath("destroy.command"))
	m.id = state.ID.ValueString()
	r.settings.equip(spec)
	engine, err := r.settings.engine(spec.Target, place, r.settings.connectTimeout)
	if err != nil {
		resp.Diagnostics.Append(m.noEngine(err, diag.SeverityError))
		return
	}
	flag, diags := req.Private.GetKey(ctx, succeededKey)
	resp.Diagnostics.Append(diags...)
	last := state.last()
	outcome, err := engine.Undo(ctx, spec, last)
	m.report(ctx, spec, outcome, state.LogOutput.ValueString(), &resp.Diagnostics)
	if err != nil {
		// An exit code that is accepted is no success yet where the guards have to confirm it.
		confirmed := !spec.Verify || state.InSync.ValueBool()
		halfMade := last.Ran && (last.Failed(spec) || !confirmed) && len(flag) == 0
		resp.Diagnostics.Append(m.undoFailed(err, halfMade && spec.Destroy != nil))
	}
}

// succeededKey notes in private state that the resource was once as it should be, by a run
// that succeeded or without one. Private state is lost when a resource is tainted; then the
// last run alone tells, and a destroy command that fails is taken for one with nothing to
// undo.
const succeededKey = "succeeded"

// observe walks the decision table with what the state holds and records the verdict.
func (r *execResource) observe(ctx context.Context, state *execModel) (diags diag.Diagnostics) {
	spec, _ := state.spec(ctx, &diags)
	place, _ := state.place(ctx, &diags)
	if diags.HasError() {
		return diags
	}
	m := r.messages(*state, spec, path.Root("command"))
	r.settings.equip(spec)
	engine, err := r.settings.engine(spec.Target, place, oneAttempt)
	if err != nil {
		state.InSync, state.NoopMessage = types.BoolNull(), types.StringNull()
		diags.Append(m.noEngine(err, diag.SeverityWarning))
		return diags
	}
	facts := spec.Remembered(state.last())
	facts.LastRunFailed = state.failed(spec)
	if why := r.settings.notAsked(spec.Guards, place); !spec.Guards.Empty() && !spec.RefreshOnly && why != "" {
		state.InSync, state.NoopMessage = types.BoolNull(), types.StringValue(why)
		return diags
	}
	decision, err := engine.Observe(ctx, spec, facts)
	if err != nil {
		diags.Append(m.failure(err))
		return diags
	}
	state.settle()
	switch decision.Verdict {
	case guard.Skip:
	case guard.Run:
		state.InSync, state.NoopMessage = types.BoolValue(false), types.StringValue(m.noopMessage(decision))
	case guard.Unsure:
		state.InSync, state.NoopMessage = types.BoolNull(), types.StringValue(m.noopMessage(decision))
		diags.Append(m.mayRun(decision.Reasons[0]))
	}
	return diags
}

// converge runs the command if it is needed and reports what came of it. It is false if
// that failed.
func (r *execResource) converge(
	ctx context.Context, plan execModel, spec converge.Spec, f guard.Facts, diags *diag.Diagnostics,
) (converge.Outcome, bool) {
	within := plan.commandPath()
	if f.Subscribe != guard.Unchanged && !spec.Refresh.IsZero() {
		within = path.Root("refresh")
	}
	m := r.messages(plan, spec, within)
	place, _ := plan.place(ctx, diags)
	t := task{spec: spec, facts: f, logoutput: plan.LogOutput.ValueString(), place: place, patience: r.settings.connectTimeout}
	outcome, ok := r.settings.converge(ctx, m, t, diags)
	if outcome.Run != nil && !plan.SensitiveOutput.ValueBool() && m.findsSecret(*outcome.Run) {
		diags.Append(m.secretStored())
	}
	return outcome, ok
}

// fail records in the state that was what came of an apply that failed. Where nothing ran,
// the state is as true as it was: what asked for the run differs from it as before.
func (m *execModel) fail(ctx context.Context, say messages, outcome converge.Outcome, sensitive bool) {
	unsure := outcome.Decision.Verdict == guard.Unsure
	if outcome.Run == nil && !unsure {
		return
	}
	m.InSync, m.NoopMessage = types.BoolValue(false), types.StringNull()
	if unsure {
		m.InSync, m.NoopMessage = types.BoolNull(), types.StringValue(say.noopMessage(outcome.Decision))
	}
	if outcome.Run != nil {
		m.record(outcome.Run, *m, newID())
		m.recordOutput(ctx, outcome.Run, sensitive)
	}
}

func (m execModel) sameObservation(o execModel) bool {
	return m.InSync.Equal(o.InSync) && m.NoopMessage.Equal(o.NoopMessage)
}

// messages returns what words the messages about a resource.
func (r *execResource) messages(m execModel, spec converge.Spec, within path.Path) messages {
	out := messages{
		mask: r.settings.masker(spec), label: m.label(), target: spec.Target, within: within,
		silent: m.SensitiveOutput.ValueBool() || m.LogOutput.ValueString() == logNever,
	}
	if spec.Executable != nil {
		out.executable = spec.Executable.Name
	}
	if runner, ok := spec.Service.(*service.Runner); ok {
		out.service = runner.Name
	}
	return out
}

// newID returns a text that no other call returns.
func newID() string { return strings.ToLower(rand.Text()) }

// reader is what a request holds: a configuration, a plan or a state.
type reader interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// read decodes a request's value; false means that diags says why not.
func read[T any](ctx context.Context, from reader, diags *diag.Diagnostics) (T, bool) {
	var value T
	d := from.Get(ctx, &value)
	diags.Append(d...)
	return value, !d.HasError()
}
