package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
)

// listingAge is how old a repository's answer may be within one process: services that
// share a repository ask it once.
const listingAge = time.Minute

// serviceResource resolves where the files of a service stand. It changes nothing.
type serviceResource struct{ settings *settings }

var (
	_ resource.ResourceWithConfigure      = (*serviceResource)(nil)
	_ resource.ResourceWithImportState    = (*serviceResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*serviceResource)(nil)
	_ resource.ResourceWithValidateConfig = (*serviceResource)(nil)
)

func newServiceResource() resource.Resource { return &serviceResource{} }

func (r *serviceResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_service"
}

func (r *serviceResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		r.settings = configured
	}
}

// ImportState takes any non-empty text for the id; the next apply fills in the rest.
func (r *serviceResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importID(ctx, req, resp)
}

func (r *serviceResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config, ok := read[serviceModel](ctx, req.Config, &resp.Diagnostics)
	if ok {
		config.validate(ctx, path.Empty(), &resp.Diagnostics)
	}
}

// ModifyPlan keeps the revision, so that an edited label is no change to whoever runs this
// service.
func (r *serviceResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	plan, ok := read[serviceModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	if req.State.Raw.IsNull() {
		plan.ID, plan.Revision = types.StringUnknown(), types.StringUnknown()
	} else {
		prior, ok := read[serviceModel](ctx, req.State, &resp.Diagnostics)
		if !ok {
			return
		}
		plan.ID = prior.ID
		plan.keep(prior)
		// If it turns out to be what it was, its files may still be others: only what is made
		// anew is asked again for its revision then.
		if unknownBeyond(plan.Source, "") {
			resp.RequiresReplace.Append(path.Root("source"))
		}
	}
	if plan.Revision.IsUnknown() {
		resp.Diagnostics.Append(r.foresee(ctx, plan)...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// foresee tells in the plan what is known to fail in the apply: a repository that answers
// and does not have what is asked. What may still appear by then is a warning.
func (r *serviceResource) foresee(ctx context.Context, plan serviceModel) (diags diag.Diagnostics) {
	d := decoder{ctx: ctx, diags: &diags, unknown: unknowns{}}
	src := d.source(plan.Source, types.StringNull())
	if diags.HasError() || d.unknown.any("service") || !r.settings.askInPlan() {
		return diags
	}
	_, err := r.settings.revision(ctx, src, listingAge)
	switch {
	case errors.Is(err, errCredentialsUnknown):
	case err != nil:
		diags.Append(sourceUnresolved(err, mayAppear(err)))
	case src.Path != "":
		kind, dir := d.kind(plan.serviceDefinitionModel), d.textAs("service", plan.WorkingDir)
		if kind == nil || d.unknown.any("service") {
			return diags
		}
		if err := service.FindPaths(src.Path, dir, kind); err != nil {
			diags.Append(pathUnseen(plan.pathOf(path.Empty(), err), err))
		}
	}
	return diags
}

func (r *serviceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, ok := read[serviceModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	plan.ID = types.StringValue(newID())
	if r.resolve(ctx, &plan, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

// Read resolves the revision. A source that cannot be reached keeps the last one: it must
// not block a plan or a destroy.
func (r *serviceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, ok := read[serviceModel](ctx, req.State, &resp.Diagnostics)
	if !ok || state.Source.IsNull() {
		return
	}
	d := decoder{ctx: ctx, diags: &resp.Diagnostics, unknown: unknowns{}}
	revision, err := r.settings.revision(ctx, d.source(state.Source, types.StringNull()), listingAge)
	switch {
	case errors.Is(err, errCredentialsUnknown):
		return
	case err != nil:
		resp.Diagnostics.Append(sourceUnseen(err))
		return
	}
	state.Revision = types.StringValue(revision)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (r *serviceResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, ok := read[serviceModel](ctx, req.Plan, &resp.Diagnostics)
	if !ok {
		return
	}
	if plan.Revision.IsUnknown() && !r.resolve(ctx, &plan, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Delete forgets the service. Its files stay where they are.
func (r *serviceResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// resolve fills in the revision; false means that diags says why not.
func (r *serviceResource) resolve(ctx context.Context, m *serviceModel, diags *diag.Diagnostics) bool {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	// An earlier step of this apply may have pushed a moment ago.
	revision, err := r.settings.revision(ctx, d.source(m.Source, types.StringNull()), 0)
	if err != nil {
		diags.Append(sourceUnresolved(err, false))
		return false
	}
	m.Revision = types.StringValue(revision)
	return true
}
