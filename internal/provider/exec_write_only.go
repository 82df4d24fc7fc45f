package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// writeOnlyModel is the write_only attribute.
type writeOnlyModel struct {
	Environment types.Map    `tfsdk:"environment"`
	Stdin       types.String `tfsdk:"stdin"`
}

// writeOnlyAttribute is an object that is stored, of attributes that are not: engines print
// a write-only attribute of the resource itself in every plan, also when it is not set.
func writeOnlyAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Secrets that reach the run and are stored nowhere: not in the plan, not in the state. Ephemeral values are accepted. Guards " +
			"and the `destroy` command do not get them, for they also run when nobody has them. Values of 4 bytes or more are masked in " +
			"messages, in the provider's log, and in all output that is stored. Needs OpenTofu 1.11 or Terraform 1.11.",
		Attributes: map[string]schema.Attribute{
			"environment": schema.MapAttribute{
				Optional:            true,
				WriteOnly:           true,
				ElementType:         types.StringType,
				Validators:          []validator.Map{mapvalidator.KeysAre(variableNames)},
				MarkdownDescription: "Variables added to the environment of the run. A null value adds none.",
			},
			"stdin": schema.StringAttribute{
				Optional:            true,
				WriteOnly:           true,
				MarkdownDescription: "What the command can read from its standard input. Excludes `stdin` of the resource.",
			},
		},
	}
}

// writeOnly reads from a configuration what no plan and no state holds.
func writeOnly(ctx context.Context, config reader, diags *diag.Diagnostics) converge.WriteOnly {
	c, ok := read[execModel](ctx, config, diags)
	if !ok {
		return converge.WriteOnly{}
	}
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	m := d.writeOnly(c.WriteOnly)
	return converge.WriteOnly{Environment: d.environment("write_only", m.Environment), Stdin: d.textAs("write_only", m.Stdin)}
}

// writeOnly decodes the attribute; without one the model is null.
func (d decoder) writeOnly(v types.Object) writeOnlyModel {
	var m writeOnlyModel
	if d.set("write_only", v) {
		d.diags.Append(v.As(d.ctx, &m, basetypes.ObjectAsOptions{})...)
	}
	return m
}

// findsSecret reports that what is stored of a run holds a value that is sensitive.
func (m messages) findsSecret(run converge.Run) bool {
	if m.mask.Finds(run.Stdout.Text) || m.mask.Finds(run.Stderr.Text) {
		return true
	}
	text, err := json.Marshal(run.Result)
	return err == nil && run.HasResult && m.mask.Finds(string(text))
}

// validateWriteOnly refuses what is said here and elsewhere too.
func (m execModel) validateWriteOnly(ctx context.Context, diags *diag.Diagnostics) {
	hidden := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}.writeOnly(m.WriteOnly)
	if given(m.Stdin) && given(hidden.Stdin) {
		diags.Append(excludes(path.Root("write_only").AtName("stdin"), "stdin", "a command reads one input."))
	}
	environment := path.Root("write_only").AtName("environment")
	hiddenEnv := givenNames(hidden.Environment)
	if hiddenEnv["PATH"] && given(m.Path) {
		diags.Append(excludes(path.Root("path"), "write_only.environment.PATH", bothSayPath))
	}
	plainEnv, secretEnv := givenNames(m.Environment), givenNames(m.SensitiveEnvironment)
	for name := range hiddenEnv {
		switch {
		case secretEnv[name]:
			diags.Append(variableTwice(environment.AtMapKey(name), "sensitive_environment", "write_only"))
		case plainEnv[name]:
			diags.Append(variableTwice(environment.AtMapKey(name), "environment", "write_only"))
		}
	}
	diags.Append(nulBytes(environment, hidden.Environment)...)
}
