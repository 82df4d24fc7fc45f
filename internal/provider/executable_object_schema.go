package provider

import (
	"context"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var sha256Hex = stringvalidator.RegexMatches(regexp.MustCompile(`^[0-9a-f]{64}$`), "must be 64 hexadecimal digits in lower case")

// What the resource and the data source say of the same thing.
const (
	aboutExecCommand  = "The executable: an absolute path, or a bare name that is looked up on `PATH`."
	aboutVersionArgs  = "Arguments with which it prints its version, like `[\"--version\"]`."
	aboutResolvedPath = "Where it was found, as an absolute path; links are not resolved. Null if it does not exist."
	aboutSHA256       = "SHA-256 of its content, in hexadecimal. Null if it does not exist. To run something when it changes, subscribe to it: "
	aboutVersion      = "First line that it printed when asked with `version_args`. Null without them."
)

// Schema describes the resource in the order identity, what to run, results.
func (r *executableObjectResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A named executable on the machine: where it is, with which content, of which version. It is looked at in " +
			"every refresh, so that a changed one is visible in a plan, and never run by itself.",
		Attributes: withIdentity("the executable", map[string]schema.Attribute{
			"exec_command": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{programName()},
				MarkdownDescription: aboutExecCommand + " It need not exist yet; a run under it fails then.",
			},
			"args": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{listvalidator.NoNullValues()},
				MarkdownDescription: "Arguments of every run under it, before those of the user.",
			},
			"environment": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.Map{mapvalidator.KeysAre(variableNames)},
				MarkdownDescription: "Variables of every run under it. Those of the user win. A null value sets none.",
			},
			"version_args": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.NoNullValues()},
				MarkdownDescription: aboutVersionArgs + " It is run with them in every refresh to fill `version`, unless the provider " +
					"has `guards = \"apply\"`.",
			},
			"expected_sha256": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{sha256Hex},
				MarkdownDescription: "SHA-256 that the file must have when something runs under it, as 64 hexadecimal digits. With another " +
					"one nothing runs.",
			},
			"exists": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the last refresh found it; null if that could not be told.",
			},
			"resolved_path": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: aboutResolvedPath,
			},
			"sha256": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: aboutSHA256 + "`subscribe = [exec_executable_object.python.sha256]`.",
			},
			"version": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: aboutVersion,
			},
		}),
	}
}

// withIdentity adds the attributes by which people tell resources of a kind apart.
func withIdentity(what string, attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "Identifies the resource; made at creation and never changed.",
		},
		"name": schema.StringAttribute{
			Required:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "What messages call " + what + ".",
		},
		"description": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "What it is for.",
		},
		"tags": schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			Validators:          []validator.Set{setvalidator.NoNullValues()},
			MarkdownDescription: "Labels for readers.",
		},
	})
	return attributes
}

// executableAttribute is how an executable object is referred to: what is needed of one to
// run something under it.
func executableAttribute(description string) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What messages call it.",
			},
			"exec_command": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{programName()},
				MarkdownDescription: "An absolute path, or a bare name that is looked up on the `PATH` of what runs.",
			},
			"args": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{listvalidator.NoNullValues()},
				MarkdownDescription: "Its arguments, before those of the user.",
			},
			"environment": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.Map{mapvalidator.KeysAre(variableNames)},
				MarkdownDescription: "Its variables; those of the user win.",
			},
			"expected_sha256": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{sha256Hex},
				MarkdownDescription: "SHA-256 that its file must have for anything to run.",
			},
			"sha256": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "SHA-256 that its file was seen to have. No part of the definition.",
			},
		},
	}
}
