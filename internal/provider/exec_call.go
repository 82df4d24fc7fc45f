package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// execRequest is what a method of exec is called with, whether the framework serves the
// call or the provider itself. What a kind of call does not have is nil.
type execRequest struct {
	Config, Plan reader
	// State is nil also where the resource is not in the state.
	State   reader
	Private privateReader
}

// execResponse is where a method of exec puts what came of it.
type execResponse struct {
	Plan, State writer
	Private     privateWriter
	Diagnostics diag.Diagnostics
}

// writer is what a response holds: a plan or a state.
type writer interface {
	Set(ctx context.Context, value any) diag.Diagnostics
}

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// The methods below are those that the framework calls.

func (r *execResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var answer execResponse
	r.validateConfig(ctx, execRequest{Config: req.Config}, &answer)
	resp.Diagnostics.Append(answer.Diagnostics...)
}

func (r *execResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	call := execRequest{Config: req.Config, Plan: req.Plan}
	if !req.State.Raw.IsNull() {
		call.State = req.State
	}
	answer := execResponse{Plan: &resp.Plan}
	r.modifyPlan(ctx, call, &answer)
	resp.Diagnostics.Append(answer.Diagnostics...)
}

func (r *execResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	answer := execResponse{State: &resp.State}
	r.read(ctx, execRequest{State: req.State}, &answer)
	resp.Diagnostics.Append(answer.Diagnostics...)
}

func (r *execResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	answer := execResponse{State: &resp.State, Private: resp.Private}
	r.create(ctx, execRequest{Config: req.Config, Plan: req.Plan}, &answer)
	resp.Diagnostics.Append(answer.Diagnostics...)
}

func (r *execResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	answer := execResponse{State: &resp.State, Private: resp.Private}
	r.update(ctx, execRequest{Config: req.Config, Plan: req.Plan, State: req.State, Private: req.Private}, &answer)
	resp.Diagnostics.Append(answer.Diagnostics...)
}

func (r *execResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var answer execResponse
	r.delete(ctx, execRequest{State: req.State, Private: req.Private}, &answer)
	resp.Diagnostics.Append(answer.Diagnostics...)
}
