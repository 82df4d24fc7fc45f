package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// importID takes any text for the id, but not an empty one, of which the framework would
// make a state that is none.
func importID(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID == "" {
		resp.Diagnostics.Append(emptyID(path.Root("id")))
		return
	}
	resource.ImportStatePassthroughID(ctx, path.Root("id"), req, resp)
}
