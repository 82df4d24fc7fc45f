package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// checkedActions validates actions with the values that are planned and invoked. Engines
// have them validated only while no variable is known, and the framework asks neither the
// validators of a schema nor the action again.
type checkedActions struct{ framework }

func (c checkedActions) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	if refusal, err := c.refusal(ctx, req.ActionType, req.Config); err != nil || refusal != nil {
		return &tfprotov6.PlanActionResponse{Diagnostics: refusal}, err
	}
	return c.framework.PlanAction(ctx, req)
}

func (c checkedActions) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	refusal, err := c.refusal(ctx, req.ActionType, req.Config)
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
			push(tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: refusal}})
		}}, nil
	}
	return c.framework.InvokeAction(ctx, req)
}

// refusal returns what is said of a configuration that is not valid, and nil for one that
// is: what there is to say of that one was said when it was validated.
func (c checkedActions) refusal(ctx context.Context, actionType string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
	ctx, end := leased(ctx)
	defer end()
	resp, err := c.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: config})
	if err != nil {
		return nil, err
	}
	isError := func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }
	if !slices.ContainsFunc(resp.Diagnostics, isError) {
		return nil, nil
	}
	return resp.Diagnostics, nil
}
