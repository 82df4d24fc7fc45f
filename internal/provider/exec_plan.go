package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
)

// modifyPlan promises what it can: a known run_id is no run, an unknown one may be one.
//
// Engines plan again during apply, with the same state and more values known, and refuse
// an answer that contradicts the first. So nothing here may depend on anything but
// configuration and state: not on the machine, and not on the provider's settings. What
// was observed on the machine comes through the state, where Read put it.
func (r *execResource) modifyPlan(ctx context.Context, req execRequest, resp *execResponse) {
	plan, ok := read[execModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	plan.Target = plan.target(ctx, &resp.Diagnostics)
	plan.settle()
	if req.State == nil {
		plan.ID = types.StringUnknown()
		plan.forget()
		resp.Diagnostics.Append(r.foresee(ctx, plan)...)
	} else {
		prior, ok := read[execModel](ctx, req.State, &resp.Diagnostics)
		if !ok {
			return
		}
		plan.ID = prior.ID
		if outlook(ctx, plan, prior, &resp.Diagnostics).MayRun() {
			plan.forget()
		} else {
			plan.keepOutputs(prior)
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// outlook compares the plan with the state. Whatever is not known yet may differ.
func outlook(ctx context.Context, plan, prior execModel, diags *diag.Diagnostics) guard.Outlook {
	now, unknown := plan.spec(ctx, diags)
	before, _ := prior.spec(ctx, diags)
	processMatters := len(now.Guards.Unless)+len(now.Guards.OnlyIf) > 0
	// A service gives its guards a directory, which is not known before the service is.
	dirUnknown := unknown.any("service") && now.Process.Dir == "" && now.Guards.NeedDir()
	return guard.Outlook{
		Facts:   facts(plan, prior, now, before, unknown),
		Guarded: plan.guarded(),
		GuardsChanged: unknown.any(guardAttributes...) || dirUnknown || !now.SameGuards(before) ||
			processMatters && unknown.any(append([]string{"executable", "service"}, processAttributes...)...),
		InSync:  prior.InSync.ValueBool(),
		Adopted: prior.adopted(),
	}
}

// facts returns what the decision table looks at for a resource that is in the state.
func facts(plan, prior execModel, now, before converge.Spec, unknown unknowns) guard.Facts {
	return guard.Facts{
		Subscribe:         triggered(plan.Subscribe, prior.Subscribe),
		Recheck:           triggered(plan.RecheckOn, prior.RecheckOn),
		RefreshOnly:       now.RefreshOnly,
		DefinitionChanged: unknown.any(definitionAttributes...) || !now.SameDefinition(before),
		LastRunFailed:     prior.failed(before),
		Always:            now.Always || unknown.any("always"),
	}
}

// firstFacts returns what the decision table looks at on the first apply, when a trigger
// that is set counts as changed.
func firstFacts(plan execModel, now converge.Spec) guard.Facts {
	return guard.Facts{
		Subscribe:   triggered(plan.Subscribe, types.DynamicNull()),
		Recheck:     triggered(plan.RecheckOn, types.DynamicNull()),
		RefreshOnly: now.RefreshOnly,
		First:       true,
		Always:      now.Always,
	}
}

// foresee warns where the guards of a resource to be created say that nothing will run, or
// do not answer. A create stays a create and the guards may flip, so this is no part of
// the plan.
func (r *execResource) foresee(ctx context.Context, plan execModel) (diags diag.Diagnostics) {
	if !plan.guarded() || !r.settings.askInPlan() {
		return nil
	}
	spec, unknown := plan.spec(ctx, &diags)
	place, wayUnknown := plan.place(ctx, &diags)
	first := firstFacts(plan, spec)
	if r.settings.notAsked(spec.Guards, place) != "" || len(wayUnknown) > 0 {
		return diags
	}
	if diags.HasError() || first.Subscribe != guard.Unchanged || unknown.any(guardAttributes...) ||
		unknown.any(processAttributes...) || unknown.any("executable", "service") {
		return diags
	}
	r.settings.equip(spec)
	engine, err := r.settings.engine(spec.Target, place, oneAttempt)
	if err != nil {
		diags.Append(r.messages(plan, spec, path.Root("command")).noEngine(err, diag.SeverityWarning))
		return diags
	}
	decision, err := engine.Observe(ctx, spec, first)
	if err != nil {
		diags.Append(r.messages(plan, spec, path.Root("command")).failure(err))
		return diags
	}
	switch decision.Verdict {
	case guard.Skip:
		diags.Append(r.messages(plan, spec, path.Root("command")).willNotRun(decision))
	case guard.Unsure:
		diags.Append(r.messages(plan, spec, path.Root("command")).mayRun(decision.Reasons[0]))
	case guard.Run:
	}
	return diags
}
