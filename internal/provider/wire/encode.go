package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// dynamicText is what stands before a text in an attribute that may hold any type.
var dynamicText = encoded(func(e *msgpack.Encoder) error {
	return errors.Join(e.EncodeArrayLen(2), e.EncodeBytes([]byte(`"string"`)))
})

// unknown is a value that is not known yet, on the wire.
var unknown = []byte{msgpcode.FixExt1, 0, 0}

// Encode returns m as engines want it; nil is a null object.
func (o *Object[M]) Encode(ctx context.Context, m *M) (*tfprotov6.DynamicValue, error) {
	if m == nil {
		return &tfprotov6.DynamicValue{MsgPack: []byte{msgpcode.Nil}}, nil
	}
	out := newOutput(o.length)
	defer out.close()
	model := reflect.ValueOf(m).Elem()
	for _, f := range o.fields {
		out.buf.Write(f.key)
		if err := f.encode(ctx, out, model.FieldByIndex(f.index)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return out.value(), nil
}

func (f field) encode(ctx context.Context, out *output, from reflect.Value) error {
	switch p := from.Addr().Interface().(type) {
	case *types.String:
		if out.missing(p) {
			return nil
		}
		return out.enc.EncodeString(p.ValueString())
	case *types.Bool:
		if out.missing(p) {
			return nil
		}
		return out.enc.EncodeBool(p.ValueBool())
	case *types.Int64:
		if out.missing(p) {
			return nil
		}
		return out.enc.EncodeInt(p.ValueInt64())
	case *types.Float64:
		// It may hold more than a float64 does, and whole numbers are sent in another form.
		if n := p.ValueFloat64(); hasFraction(n) && p.Equal(types.Float64Value(n)) {
			return out.enc.EncodeFloat64(n)
		}
		return f.encodeAny(ctx, out, p)
	case *types.Dynamic:
		if text, ok := p.UnderlyingValue().(types.String); ok && !text.IsNull() && !text.IsUnknown() {
			out.buf.Write(dynamicText)
			return out.enc.EncodeString(text.ValueString())
		}
		return f.encodeAny(ctx, out, p)
	case attr.Value:
		return f.encodeAny(ctx, out, p)
	}
	return fmt.Errorf("a %s is no value", from.Type())
}

// encodeAny has the code of the framework convert a value.
func (f field) encodeAny(ctx context.Context, out *output, v attr.Value) error {
	if out.missing(v) {
		return nil
	}
	if err := valid(ctx, f.name, v); err != nil {
		return err
	}
	value, err := v.ToTerraformValue(ctx)
	if err != nil {
		return err
	}
	raw, err := tfprotov6.NewDynamicValue(f.wire, value)
	out.buf.Write(raw.MsgPack)
	return err
}

// output is a message in the making.
type output struct {
	buf *bytes.Buffer
	enc *msgpack.Encoder
}

func newOutput(head []byte) *output {
	out := &output{buf: bytes.NewBuffer(make([]byte, 0, 1024)), enc: msgpack.GetEncoder()}
	out.enc.Reset(out.buf)
	out.buf.Write(head)
	return out
}

func (out *output) close() { msgpack.PutEncoder(out.enc) }

func (out *output) value() *tfprotov6.DynamicValue {
	return &tfprotov6.DynamicValue{MsgPack: out.buf.Bytes()}
}

// missing writes a value that there is nothing more to say of, and reports that it did.
func (out *output) missing(v attr.Value) bool {
	switch {
	case v.IsNull():
		out.buf.WriteByte(msgpcode.Nil)
	case v.IsUnknown():
		out.buf.Write(unknown)
	default:
		return false
	}
	return true
}

// encodedKey returns the name of an attribute as it is on the wire.
func encodedKey(name string) []byte {
	return encoded(func(e *msgpack.Encoder) error { return e.EncodeString(name) })
}

// encodedLength returns the head of an object with n attributes.
func encodedLength(n int) []byte {
	return encoded(func(e *msgpack.Encoder) error { return e.EncodeMapLen(n) })
}

func encoded(write func(*msgpack.Encoder) error) []byte {
	var buf bytes.Buffer
	_ = write(msgpack.NewEncoder(&buf)) // A buffer takes everything.
	return buf.Bytes()
}
