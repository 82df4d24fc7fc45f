package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// wording says in words of its own what the framework and its validators find wrong with a
// configuration, where they would mislead.
type wording struct{ framework }

func (w wording) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := w.framework.ValidateProviderConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = reworded(resp.Diagnostics)
	}
	return resp, err
}

func (w wording) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := w.framework.ValidateResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = reworded(resp.Diagnostics)
	}
	return resp, err
}

func (w wording) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := w.framework.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = reworded(resp.Diagnostics)
	}
	return resp, err
}

func (w wording) ValidateEphemeralResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	resp, err := w.framework.ValidateEphemeralResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = reworded(resp.Diagnostics)
	}
	return resp, err
}

func (w wording) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := w.framework.ValidateActionConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = reworded(resp.Diagnostics)
	}
	return resp, err
}

func reworded(diags []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	return visibly(ofWholeNumbers(diags))
}

// ofWholeNumbers rewords what the framework (basetypes.Int64Type) says of a number that is
// none that a whole one can be, once for each attribute: the framework asks for a report of a
// bug then, twice, before any validator has a say.
func ofWholeNumbers(diags []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	var out []*tfprotov6.Diagnostic
	said := map[string]bool{}
	for _, d := range diags {
		if !strings.Contains(d.Detail, "is not an integer") && !strings.Contains(d.Detail, "cannot be represented as a 64-bit integer") {
			out = append(out, d)
			continue
		}
		if at := d.Attribute.String(); !said[at] {
			said[at] = true
			plain := notWhole(path.Empty())
			out = append(out, &tfprotov6.Diagnostic{Severity: d.Severity, Summary: plain.Summary(), Detail: plain.Detail(), Attribute: d.Attribute})
		}
	}
	return out
}

// secretive are the attributes in which secrets may be written beside what is wrong.
var secretive = []tftypes.AttributePathStep{
	tftypes.AttributeName("write_only"), tftypes.AttributeName("sensitive_environment"), tftypes.AttributeName("git_credentials"),
}

// visibly names in the message what lies too deep in an attribute for engines to find it in a
// configuration, as [visible] has it: they would show the first line of the resource. That is
// what they should do where secrets stand, for they print all lines of an attribute.
func visibly(diags []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	for _, d := range diags {
		steps := d.Attribute.Steps()
		if len(steps) < 2 || slices.Contains(secretive, steps[0]) {
			continue
		}
		at := path.Empty()
		for _, step := range steps {
			switch s := step.(type) {
			case tftypes.AttributeName:
				at = at.AtName(string(s))
			case tftypes.ElementKeyInt:
				at = at.AtListIndex(int(s))
			case tftypes.ElementKeyString:
				at = at.AtMapKey(string(s))
			}
		}
		shown, within := visible(at)
		if within == "" {
			continue
		}
		d.Attribute = tftypes.NewAttributePathWithSteps(steps[:len(shown.Steps())])
		d.Detail = fmt.Sprintf("In %s: %s", within, d.Detail)
	}
	return diags
}
