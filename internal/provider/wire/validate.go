package wire

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// validators are those of one attribute. They are told the value and where it is, and
// nothing of the rest of the configuration.
type validators func(ctx context.Context, at path.Path, v attr.Value) diag.Diagnostics

// Validate asks the validators of the schema about the attributes of a configuration that
// are set: those that are not are nothing that ours would speak of. It reports false where
// the framework must be asked.
func (o *Object[M]) Validate(ctx context.Context, m *M) (diags diag.Diagnostics, ok bool) {
	model := reflect.ValueOf(m).Elem()
	for _, f := range o.fields {
		if f.validators == nil && !f.judged {
			continue
		}
		v := f.value(model)
		switch {
		case v.IsNull():
		case f.judged:
			return nil, false
		default:
			diags.Append(f.validators(ctx, path.Root(f.name), v)...)
		}
	}
	return diags, true
}

// validatorsOf returns nil for a kind of attribute that is not known here.
func validatorsOf(a schema.Attribute) validators {
	switch a := a.(type) {
	case schema.StringAttribute:
		return func(ctx context.Context, at path.Path, v attr.Value) (diags diag.Diagnostics) {
			value, ok := v.(basetypes.StringValuable)
			if !ok {
				return nil
			}
			text, diags := value.ToStringValue(ctx)
			for _, check := range a.Validators {
				var resp validator.StringResponse
				check.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), ConfigValue: text}, &resp)
				diags.Append(resp.Diagnostics...)
			}
			return diags
		}
	case schema.Int64Attribute:
		return func(ctx context.Context, at path.Path, v attr.Value) (diags diag.Diagnostics) {
			number, _ := v.(basetypes.Int64Value)
			for _, check := range a.Validators {
				var resp validator.Int64Response
				check.ValidateInt64(ctx, validator.Int64Request{Path: at, PathExpression: at.Expression(), ConfigValue: number}, &resp)
				diags.Append(resp.Diagnostics...)
			}
			return diags
		}
	case schema.ListAttribute:
		return func(ctx context.Context, at path.Path, v attr.Value) (diags diag.Diagnostics) {
			list, _ := v.(basetypes.ListValue)
			for _, check := range a.Validators {
				var resp validator.ListResponse
				check.ValidateList(ctx, validator.ListRequest{Path: at, PathExpression: at.Expression(), ConfigValue: list}, &resp)
				diags.Append(resp.Diagnostics...)
			}
			return diags
		}
	case schema.MapAttribute:
		return func(ctx context.Context, at path.Path, v attr.Value) (diags diag.Diagnostics) {
			fields, _ := v.(basetypes.MapValue)
			for _, check := range a.Validators {
				var resp validator.MapResponse
				check.ValidateMap(ctx, validator.MapRequest{Path: at, PathExpression: at.Expression(), ConfigValue: fields}, &resp)
				diags.Append(resp.Diagnostics...)
			}
			return diags
		}
	}
	return nil
}
