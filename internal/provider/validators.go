package provider

import (
	"context"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	tfpath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
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

// checkedString accepts every string in which its check finds no fault. What is null or not
// known yet is not checked.
type checkedString struct {
	description string
	// check returns nil for a good value.
	check func(at tfpath.Path, value string) diag.Diagnostic
}

func (v checkedString) Description(context.Context) string { return v.description }

func (v checkedString) MarkdownDescription(context.Context) string { return v.description }

func (v checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if fault := v.check(req.Path, req.ConfigValue.ValueString()); fault != nil {
		resp.Diagnostics.Append(fault)
	}
}

// programName accepts what names a program whatever the working directory is: an absolute
// path, or a bare name.
func programName() validator.String {
	return checkedString{"must be an absolute path or a bare name", func(at tfpath.Path, name string) diag.Diagnostic {
		if name == "" || !filepath.IsAbs(name) && strings.ContainsAny(name, `/\`) {
			return notProgramName(at)
		}
		return nil
	}}
}

// inputSchema accepts JSON Schemas.
func inputSchema() validator.String {
	return checkedString{"must be a JSON Schema", func(at tfpath.Path, text string) diag.Diagnostic {
		if _, err := service.ParseSchema(text); err != nil {
			return notSchema(at, err)
		}
		return nil
	}}
}

// repositoryURL accepts what may be a repository, and no credentials in it.
func repositoryURL() validator.String {
	return checkedString{"must be the URL or the path of a git repository", func(at tfpath.Path, url string) diag.Diagnostic {
		if err := source.CheckAddress(url); err != nil {
			return notRepository(at, err)
		}
		return nil
	}}
}

// argFormat accepts templates for arguments.
func argFormat() validator.String {
	return checkedString{"must be a template for arguments", func(at tfpath.Path, template string) diag.Diagnostic {
		if _, err := service.ParseArgFormat(template); err != nil {
			return notArgFormat(at, err)
		}
		return nil
	}}
}
