package provider

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

var _ resource.ResourceWithMoveState = (*execResource)(nil)

// movable are the resources that people run commands from today: type, and the provider's
// address or, where a mirror or another registry may serve it, the end of that.
var movable = map[string]string{
	"null_resource":  "/hashicorp/null",
	"terraform_data": "terraform.io/builtin/terraform",
}

// ourselves is the end of this provider's address. Terraform (1.11.4) gives it as that of
// the source where the instances of one resource are moved one by one, from the second
// on. This provider has none of the movable types, so nothing else can be meant.
const ourselves = "/exec"

// MoveState adopts what a moved block leads here, as an import does: it keeps the id, and
// the next apply fills in the definition and runs nothing. Neither the triggers of the
// one nor the input and output of the other say what was run, so they are dropped.
func (r *execResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveState}}
}

func moveState(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	provider, known := movable[req.SourceTypeName]
	if !known || !strings.HasSuffix(req.SourceProviderAddress, provider) && !strings.HasSuffix(req.SourceProviderAddress, ourselves) {
		resp.Diagnostics.Append(notMovable(req.SourceTypeName, req.SourceProviderAddress))
		return
	}
	// The source's schema belongs to another provider, which may add to it at any time.
	var source struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil || source.ID == "" {
		resp.Diagnostics.Append(notMoved(req.SourceTypeName, err))
		return
	}
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), source.ID)...)
}
