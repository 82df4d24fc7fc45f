package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// wholeNumbers says in words of its own that a number is none that a whole one can be: the
// framework asks for a report of a bug then, twice, before any validator has a say.
type wholeNumbers struct{ framework }

func (w wholeNumbers) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := w.framework.ValidateProviderConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = ofWholeNumbers(resp.Diagnostics)
	}
	return resp, err
}

func (w wholeNumbers) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := w.framework.ValidateResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = ofWholeNumbers(resp.Diagnostics)
	}
	return resp, err
}

func (w wholeNumbers) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := w.framework.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = ofWholeNumbers(resp.Diagnostics)
	}
	return resp, err
}

func (w wholeNumbers) ValidateEphemeralResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	resp, err := w.framework.ValidateEphemeralResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = ofWholeNumbers(resp.Diagnostics)
	}
	return resp, err
}

func (w wholeNumbers) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := w.framework.ValidateActionConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = ofWholeNumbers(resp.Diagnostics)
	}
	return resp, err
}

// ofWholeNumbers rewords what the framework (basetypes.Int64Type) says of such numbers, once
// for each attribute.
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
