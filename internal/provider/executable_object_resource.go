package provider

import (
	"context"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// executableObjectResource looks at an executable. It changes nothing on the machine.
type executableObjectResource struct{ settings *settings }

var (
	_ resource.ResourceWithConfigure   = (*executableObjectResource)(nil)
	_ resource.ResourceWithImportState = (*executableObjectResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*executableObjectResource)(nil)
)

func newExecutableObjectResource() resource.Resource { return &executableObjectResource{} }

func (r *executableObjectResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_executable_object"
}

func (r *executableObjectResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		r.settings = configured
	}
}

// ImportState takes any non-empty text for the id; the next apply fills in the rest.
func (r *executableObjectResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importID(ctx, req, resp)
}

// ModifyPlan keeps what was observed, so that an edited label is no change to whoever
// refers to this object.
func (r *executableObjectResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	plan, ok := read[executableObjectModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	if req.State.Raw.IsNull() {
		plan.ID = types.StringUnknown()
		plan.forget()
	} else {
		prior, ok := read[executableObjectModel](ctx, req.State, &resp.Diagnostics)
		if !ok {
			return
		}
		plan.ID = prior.ID
		plan.keep(prior)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func (r *executableObjectResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, ok := read[executableObjectModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	plan.ID = types.StringValue(newID())
	resp.Diagnostics.Append(r.settings.observeExecutable(ctx, &plan, true)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Read observes the executable. An imported one has nothing to look at yet, and where a
// name is looked up that is not known yet, what was seen last is kept.
func (r *executableObjectResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, ok := read[executableObjectModel](ctx, req.State, &resp.Diagnostics)
	if !ok || state.ExecCommand.IsNull() || r.settings.defaultsUnknown && !filepath.IsAbs(state.ExecCommand.ValueString()) {
		return
	}
	resp.Diagnostics.Append(r.settings.observeExecutable(ctx, &state, r.settings.askInPlan() && !r.settings.defaultsUnknown)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// Update observes what the plan left open; what it promised must come back as promised.
func (r *executableObjectResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, ok := read[executableObjectModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	if plan.Exists.IsUnknown() {
		resp.Diagnostics.Append(r.settings.observeExecutable(ctx, &plan, true)...)
	} else if plan.Version.IsUnknown() {
		promised := plan
		resp.Diagnostics.Append(r.settings.observeExecutable(ctx, &plan, true)...)
		promised.Version = plan.Version
		plan = promised
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Delete forgets the object. The executable stays where it is.
func (r *executableObjectResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
