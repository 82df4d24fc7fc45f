package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema describes the action: what the resource takes of a command, without anything that
// is about a state.
func (a *execAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := actionAttributes(dataAttributes(append([]string{"lock", "log_file"}, commandAttributes...)...))
	if command, ok := attributes["command"].(schema.DynamicAttribute); ok {
		command.Required, command.Optional = true, false
		attributes["command"] = command
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs a command each time it is invoked, and shows its output while it runs. Needs Terraform 1.14; OpenTofu has no actions.",
		Attributes: named(ctx, with(attributes, map[string]schema.Attribute{
			"sensitive_environment": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.Map{variablesAreNamed},
				MarkdownDescription: maskedEnvironment,
			},
			"sensitive_output": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Show no output: neither while the command runs nor in a message. Default `false`.",
			},
		})),
	}
}

// actionAttributes returns attributes of a data source for an action, which stores nothing
// and therefore knows no sensitive ones.
func actionAttributes(from map[string]data.Attribute) map[string]schema.Attribute {
	out := make(map[string]schema.Attribute, len(from))
	for name, a := range from {
		switch a := a.(type) {
		case data.StringAttribute:
			out[name] = schema.StringAttribute{
				CustomType: a.CustomType, Required: a.Required, Optional: a.Optional,
				MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case data.BoolAttribute:
			out[name] = schema.BoolAttribute{
				Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case data.Int64Attribute:
			out[name] = schema.Int64Attribute{
				Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case data.ListAttribute:
			out[name] = schema.ListAttribute{
				ElementType: a.ElementType, Required: a.Required, Optional: a.Optional,
				MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case data.MapAttribute:
			out[name] = schema.MapAttribute{
				ElementType: a.ElementType, Required: a.Required, Optional: a.Optional,
				MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case data.DynamicAttribute:
			out[name] = schema.DynamicAttribute{
				Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case data.SingleNestedAttribute:
			out[name] = schema.SingleNestedAttribute{
				Attributes: actionAttributes(a.Attributes), Required: a.Required, Optional: a.Optional,
				MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		default:
			panic(fmt.Sprintf("an action cannot take a %T yet", a))
		}
	}
	return out
}
