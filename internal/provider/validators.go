package provider

import (
	"context"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
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
	case !filepath.IsAbs(req.ConfigValue.ValueString()) && !path.IsAbs(req.ConfigValue.ValueString()):
		// The second is for Windows, from where a connection may lead to another system.
		resp.Diagnostics.Append(notAbsolute(req.Path))
	case len(filepath.SplitList(req.ConfigValue.ValueString())) != 1:
		resp.Diagnostics.Append(severalPaths(req.Path))
	}
}

// programName accepts what names a program whatever the working directory is: an absolute
// path, or a bare name.
type programName struct{}

func (programName) Description(context.Context) string {
	return "must be an absolute path or a bare name"
}

func (v programName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v programName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	name := req.ConfigValue.ValueString()
	if name == "" || !filepath.IsAbs(name) && strings.ContainsAny(name, `/\`) {
		resp.Diagnostics.Append(notProgramName(req.Path))
	}
}

// inputSchema accepts JSON Schemas.
type inputSchema struct{}

func (inputSchema) Description(context.Context) string { return "must be a JSON Schema" }

func (v inputSchema) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v inputSchema) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := service.ParseSchema(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(notSchema(req.Path, err))
	}
}

// argFormat accepts templates for arguments.
type argFormat struct{}

func (argFormat) Description(context.Context) string { return "must be a template for arguments" }

func (v argFormat) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v argFormat) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := service.ParseArgFormat(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(notArgFormat(req.Path, err))
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
