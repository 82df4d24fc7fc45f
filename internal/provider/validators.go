package provider

import (
	"context"
	"path/filepath"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// absolutePath accepts directories for PATH: absolute, and without what would split one
// entry into two.
type absolutePath struct{}

func (absolutePath) Description(context.Context) string {
	return "must be an absolute path"
}

func (v absolutePath) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v absolutePath) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	switch {
	case req.ConfigValue.IsUnknown():
	case req.ConfigValue.IsNull():
		resp.Diagnostics.Append(nullElement(req.Path))
	case !filepath.IsAbs(req.ConfigValue.ValueString()):
		resp.Diagnostics.Append(notAbsolute(req.Path))
	case len(filepath.SplitList(req.ConfigValue.ValueString())) != 1:
		resp.Diagnostics.Append(severalPaths(req.Path))
	}
}

// notNegative accepts durations that are not negative. That it is a duration at all is
// the type's business.
type notNegative struct{}

func (notNegative) Description(context.Context) string { return "must not be negative" }

func (v notNegative) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notNegative) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err == nil && d < 0 {
		resp.Diagnostics.Append(negativeDuration(req.Path))
	}
}
