// Command idle is the provider with the work left out: it has the schema, and returns what
// it is sent. What a plan costs with it is the engine's own cost of such resources, below
// which no provider gets.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/provider"
)

func main() {
	provider.TuneRuntime()
	provider.ExitWithParent()
	err := tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return idle{provider.NewServer("idle")} })
	if err != nil {
		log.Fatal(err)
	}
}

// idle answers the calls of a plan that finds nothing to do. Of those about exec it leaves to
// the provider what decodes a state and sends it back in the form that engines handle
// cheapest; without a guard there is nothing else to read.
type idle struct{ tfprotov6.ProviderServer }

func (idle) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// plain are resources without nested attributes and without rules, of which the first
// attributes are sensitive: what a resource costs an engine by its size alone.
var plain = map[string]struct{ attributes, sensitive int }{
	"exec_plain_12": {12, 0}, "exec_plain_24": {24, 0}, "exec_plain_54": {54, 0}, "exec_plain_54_3": {54, 3},
}

func (i idle) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := i.ProviderServer.GetProviderSchema(ctx, req)
	if err != nil {
		return nil, err
	}
	for name, size := range plain {
		block := &tfprotov6.SchemaBlock{}
		for n := range size.attributes {
			block.Attributes = append(block.Attributes, &tfprotov6.SchemaAttribute{
				Name: fmt.Sprintf("attribute_%02d", n+1), Type: tftypes.String, Optional: true, Sensitive: n < size.sensitive,
			})
		}
		resp.ResourceSchemas[name] = &tfprotov6.Schema{Block: block}
	}
	return resp, nil
}

func (i idle) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if _, ok := plain[req.TypeName]; !ok {
		return i.ProviderServer.UpgradeResourceState(ctx, req)
	}
	var stored map[string]*string
	if err := json.Unmarshal(req.RawState.JSON, &stored); err != nil {
		return nil, err
	}
	packed, err := pack(stored)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{MsgPack: packed}}, err
}

// pack writes an object of texts as the protocol has it.
func pack(object map[string]*string) ([]byte, error) {
	var out bytes.Buffer
	enc := msgpack.NewEncoder(&out)
	errs := []error{enc.EncodeMapLen(len(object))}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		errs = append(errs, enc.EncodeString(name))
		if value := object[name]; value != nil {
			errs = append(errs, enc.EncodeString(*value))
		} else {
			errs = append(errs, enc.EncodeNil())
		}
	}
	return out.Bytes(), errors.Join(errs...)
}

func (i idle) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if _, ok := plain[req.TypeName]; !ok {
		return i.ProviderServer.ReadResource(ctx, req)
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
}

func (idle) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate}, nil
}

// ApplyResourceChange is for the plain resources, so that there is a state to plan from.
func (idle) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, nil
}
