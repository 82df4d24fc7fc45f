package provider

import (
	"bytes"
	"context"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/provider/wire"
)

// execServer answers calls about exec resources with the methods of exec, as the framework
// would and at a fraction of its cost. A nil answer means that the framework must be asked,
// and that nothing has happened yet: for values that package wire refuses, and for what has
// rules that only the framework knows.
type execServer struct {
	object   *wire.Object[execModel]
	provider *execProvider
}

// execObject converts the values of exec, once the schema has been looked at.
var execObject = sync.OnceValues(func() (*wire.Object[execModel], error) {
	ctx := context.Background()
	var resp resource.SchemaResponse
	newExecResource().Schema(ctx, resource.SchemaRequest{}, &resp)
	return wire.NewObject[execModel](ctx, resp.Schema)
})

// resource returns the resource as the framework configures it for a call.
func (s execServer) resource() *execResource {
	return &execResource{settings: s.provider.configured.Load()}
}

// stored decodes a plan or a state, nil for a null one.
func (s execServer) stored(ctx context.Context, v *tfprotov6.DynamicValue) (*execModel, bool) {
	m, err := s.object.Decode(ctx, v)
	if err != nil || m != nil && s.object.WriteOnly(m) {
		return nil, false
	}
	return m, true
}

// validate answers where nothing is set that the framework alone can judge.
func (s execServer) validate(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) *tfprotov6.ValidateResourceConfigResponse {
	config, err := s.object.Decode(ctx, req.Config)
	if err != nil || config == nil {
		return nil
	}
	ofSchema, ok := s.object.Validate(ctx, config)
	if !ok {
		return nil
	}
	var answer execResponse
	s.resource().validateConfig(ctx, execRequest{Config: held{config}}, &answer)
	answer.Diagnostics.Append(ofSchema...)
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: wire.Diagnostics(ctx, answer.Diagnostics)}
}

// upgrade answers for states of the present version.
func (s execServer) upgrade(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) *tfprotov6.UpgradeResourceStateResponse {
	if req.Version != s.object.Version() || req.RawState == nil {
		return nil
	}
	state, err := s.object.FromJSON(ctx, req.RawState.JSON)
	if err != nil {
		return nil
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: state}
}

// read asks the guards, and leaves alone what they do not speak of.
func (s execServer) read(ctx context.Context, req *tfprotov6.ReadResourceRequest) *tfprotov6.ReadResourceResponse {
	state, ok := s.stored(ctx, req.CurrentState)
	private, err := wire.DecodePrivate(req.Private)
	if !ok || state == nil || err != nil || req.CurrentIdentity != nil {
		return nil
	}
	seen := slot{state}
	answer := execResponse{State: &seen}
	s.resource().read(ctx, execRequest{State: held{state}}, &answer)
	resp := &tfprotov6.ReadResourceResponse{Private: private.Encode(), Diagnostics: wire.Diagnostics(ctx, answer.Diagnostics)}
	if resp.NewState, err = s.object.Encode(ctx, seen.model); err != nil {
		return nil // Asking the guards once more does no harm.
	}
	return resp
}

// plan returns the very plan that it got where it is for a removal.
func (s execServer) plan(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	call, ok := s.change(ctx, req.Config, req.ProposedNewState, req.PriorState, req.PriorPrivate)
	if !ok || req.PriorIdentity != nil {
		return nil
	}
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: call.private.Encode()}
	if call.plan == nil {
		return resp
	}
	var planned slot
	answer := execResponse{Plan: &planned}
	s.resource().modifyPlan(ctx, call.request(), &answer)
	if planned.model == nil {
		return nil
	}
	resp.Diagnostics = wire.Diagnostics(ctx, answer.Diagnostics)
	var err error
	if resp.PlannedState, err = s.object.Encode(ctx, planned.model); err != nil {
		return nil
	}
	return resp
}

// apply reports whether it has answered. An error is for what was done and cannot be told.
func (s execServer) apply(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, bool, error) {
	call, ok := s.change(ctx, req.Config, req.PlannedState, req.PriorState, req.PlannedPrivate)
	if !ok || req.PlannedIdentity != nil || call.state == nil && call.plan == nil {
		return nil, false, nil
	}
	if call.state == nil {
		call.private = wire.Private{}
	}
	// What a method does not set stays as it was, or nothing for what is to be created.
	state := slot{call.state}
	answer := execResponse{State: &state, Private: call.private}
	switch r := s.resource(); {
	case call.state == nil:
		r.create(ctx, call.request(), &answer)
	case call.plan == nil:
		r.delete(ctx, call.request(), &answer)
		if !answer.Diagnostics.HasError() {
			state, call.private = slot{}, nil
		}
	default:
		r.update(ctx, call.request(), &answer)
	}
	resp := &tfprotov6.ApplyResourceChangeResponse{Private: call.private.Encode(), Diagnostics: wire.Diagnostics(ctx, answer.Diagnostics)}
	var err error
	resp.NewState, err = s.object.Encode(ctx, state.model)
	return resp, true, err
}

// change is what a call about a change speaks of; what is null is nil.
type change struct {
	config, plan, state *execModel
	private             wire.Private
}

// change reports false where the framework must be asked. Where nothing is to change, plan
// and state are the same bytes, and are decoded once.
func (s execServer) change(ctx context.Context, config, plan, state *tfprotov6.DynamicValue, private []byte) (c change, ok bool) {
	var err error
	if c.config, err = s.object.Decode(ctx, config); err != nil {
		return c, false
	}
	if c.private, err = wire.DecodePrivate(private); err != nil {
		return c, false
	}
	if c.state, ok = s.stored(ctx, state); !ok {
		return c, false
	}
	if plan != nil && bytes.Equal(plan.MsgPack, state.MsgPack) {
		c.plan = c.state
	} else if c.plan, ok = s.stored(ctx, plan); !ok {
		return c, false
	}
	// Only what is removed has no configuration.
	return c, c.config != nil || c.plan == nil
}

func (c change) request() execRequest {
	req := execRequest{Private: c.private}
	if c.config != nil {
		req.Config = held{c.config}
	}
	if c.plan != nil {
		req.Plan = held{c.plan}
	}
	if c.state != nil {
		req.State = held{c.state}
	}
	return req
}

// held is a model as a [reader], slot one as a [writer]. Another type than theirs is a
// mistake in this package, and panics.
type (
	held struct{ model *execModel }
	slot struct{ model *execModel }
)

func (h held) Get(_ context.Context, target any) diag.Diagnostics {
	reflect.ValueOf(target).Elem().Set(reflect.ValueOf(h.model).Elem())
	return nil
}

func (s *slot) Set(_ context.Context, value any) diag.Diagnostics {
	reflect.ValueOf(&s.model).Elem().Set(reflect.ValueOf(value))
	return nil
}
