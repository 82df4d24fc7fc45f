package provider

import (
	"context"
	"fmt"

	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema describes the ephemeral resource: what the data source takes, and what closes it.
// It has no sensitive twins of its outputs, for engines treat all of them as secrets.
func (e *execEphemeral) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	attributes := ephemeralAttributes(programAttributes())
	delete(attributes, "sensitive_stdout")
	delete(attributes, "sensitive_stderr")
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs a command whose output is needed for as long as a plan or an apply takes, and stored nowhere. " +
			"Needs OpenTofu 1.11 or Terraform 1.10.",
		Attributes: named(ctx, with(attributes, map[string]schema.Attribute{
			"sensitive_environment": schema.MapAttribute{
				Optional:            true,
				Sensitive:           true,
				ElementType:         types.StringType,
				Validators:          []validator.Map{variablesAreNamed},
				MarkdownDescription: maskedEnvironment,
			},
			"sensitive_output": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Show no standard error in the message of a failed run either; standard output is never shown. " +
					"Default `false`.",
			},
			"close": schema.SingleNestedAttribute{
				Optional: true,
				MarkdownDescription: "What to run when the output is no longer needed, in the same place and environment. It can read `EXEC_EXIT_CODE` and " +
					"`EXEC_STDOUT` of the run from its environment.",
				Attributes: map[string]schema.Attribute{
					"command": schema.DynamicAttribute{
						Required:            true,
						MarkdownDescription: "What to run; a string or an argv.",
					},
					"timeout": schema.StringAttribute{
						Optional:   true,
						CustomType: durationType{},
						MarkdownDescription: "How long it may take. Default `\"8s\"`, because OpenTofu waits ten seconds and no longer; " +
							"Terraform waits. `\"0s\"` is no limit.",
					},
					"returns": schema.ListAttribute{
						Optional:            true,
						ElementType:         types.Int64Type,
						Validators:          exitCodes,
						MarkdownDescription: "Exit codes that are a success. Default `[0]`.",
					},
				},
			},
		})),
	}
}

// ephemeralAttributes returns attributes of a data source for an ephemeral resource.
func ephemeralAttributes(from map[string]data.Attribute) map[string]schema.Attribute {
	out := make(map[string]schema.Attribute, len(from))
	for name, a := range from {
		switch a := a.(type) {
		case data.StringAttribute:
			out[name] = schema.StringAttribute(a)
		case data.BoolAttribute:
			out[name] = schema.BoolAttribute(a)
		case data.Int64Attribute:
			out[name] = schema.Int64Attribute(a)
		case data.ListAttribute:
			out[name] = schema.ListAttribute(a)
		case data.MapAttribute:
			out[name] = schema.MapAttribute(a)
		case data.DynamicAttribute:
			out[name] = schema.DynamicAttribute(a)
		case data.SingleNestedAttribute:
			out[name] = schema.SingleNestedAttribute{
				Attributes: ephemeralAttributes(a.Attributes), Required: a.Required, Optional: a.Optional,
				MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		default:
			panic(fmt.Sprintf("an ephemeral resource cannot take a %T yet", a))
		}
	}
	return out
}
