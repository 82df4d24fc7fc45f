package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// durationType is that of lengths of time, like "90s". It says in our words what is none.
type durationType struct{ timetypes.GoDurationType }

// duration is a length of time, and never a negative one.
type duration struct{ timetypes.GoDuration }

func (durationType) ValueType(context.Context) attr.Value { return duration{} }

func (t durationType) Equal(o attr.Type) bool {
	other, ok := o.(durationType)
	return ok && t.GoDurationType.Equal(other.GoDurationType)
}

func (durationType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return duration{timetypes.GoDuration{StringValue: in}}, nil
}

func (t durationType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.GoDurationType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	plain, ok := value.(timetypes.GoDuration)
	if !ok {
		return nil, fmt.Errorf("a duration came as a %T", value)
	}
	return duration{plain}, nil
}

func (duration) Type(context.Context) attr.Type { return durationType{} }

func (d duration) Equal(o attr.Value) bool {
	other, ok := o.(duration)
	return ok && d.GoDuration.Equal(other.GoDuration)
}

// StringSemanticEquals reports that both mean the same length, like "60s" and "1m".
func (d duration) StringSemanticEquals(ctx context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	if other, ok := o.(duration); ok {
		o = other.GoDuration
	}
	return d.GoDuration.StringSemanticEquals(ctx, o)
}

// ValidateAttribute refuses what is no length of time.
func (d duration) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if d.IsNull() || d.IsUnknown() {
		return
	}
	length, err := time.ParseDuration(d.ValueString())
	switch {
	case err != nil:
		resp.Diagnostics.Append(notDuration(req.Path, d.ValueString()))
	case length < 0:
		resp.Diagnostics.Append(negativeDuration(req.Path))
	}
}
