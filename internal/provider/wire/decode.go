package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

var (
	errNoMessage = errors.New("no value in the form of the plugin protocol")
	errOrder     = errors.New("attributes that are missing, unknown or not in order")
	errRest      = errors.New("more than one value")
)

// Decode returns the model of a value, nil for a null one. An error says that the framework
// must be asked.
func (o *Object[M]) Decode(ctx context.Context, v *tfprotov6.DynamicValue) (*M, error) {
	if v == nil || len(v.MsgPack) == 0 {
		return nil, errNoMessage
	}
	in := newInput(v.MsgPack)
	defer in.close()
	if in.skipNil() {
		return nil, in.end()
	}
	if !in.skipExactly(o.length) {
		return nil, errOrder
	}
	m := o.null
	model := reflect.ValueOf(&m).Elem()
	for _, f := range o.fields {
		if !in.skipExactly(f.key) {
			return nil, errOrder
		}
		if in.skipNil() {
			continue
		}
		if err := f.decode(ctx, in, model.FieldByIndex(f.index)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return &m, in.end()
}

// decode converts a value that is not null. What is not one of the plain kinds, or not in
// the plain form of its kind, is left to the code of the framework.
func (f field) decode(ctx context.Context, in *input, to reflect.Value) error {
	code, err := in.dec.PeekCode()
	if err != nil {
		return err
	}
	switch p := to.Addr().Interface().(type) {
	case *types.String:
		if msgpcode.IsString(code) {
			s, err := in.dec.DecodeString()
			*p = types.StringValue(s)
			return err
		}
	case *types.Bool:
		if code == msgpcode.True || code == msgpcode.False {
			b, err := in.dec.DecodeBool()
			*p = types.BoolValue(b)
			return err
		}
	case *types.Int64:
		if msgpcode.IsFixedNum(code) {
			n, err := in.dec.DecodeInt64()
			*p = types.Int64Value(n)
			return err
		}
	case *types.Dynamic:
		if in.skipDynamicText() {
			s, err := in.dec.DecodeString()
			*p = types.DynamicValue(types.StringValue(s))
			return err
		}
	}
	raw, err := in.next()
	if err != nil {
		return err
	}
	if p, ok := reflect.TypeAssert[*types.Float64](to.Addr()); ok {
		n, plain := 0.0, false
		switch {
		case code == msgpcode.Double:
			n, plain = double(raw[1:])
		case msgpcode.IsFixedString(code):
			n, plain = fraction(raw[1:])
		}
		if plain {
			*p = types.Float64Value(n)
			return nil
		}
	}
	value, err := unmarshal(raw, f.wire)
	if err != nil {
		return err
	}
	converted, err := f.typ.ValueFromTerraform(ctx, value)
	if err != nil {
		return err
	}
	if err := valid(ctx, f.name, converted); err != nil {
		return err
	}
	return put(to, converted)
}

// unmarshal is that of terraform-plugin-go, which panics for a number that is none.
func unmarshal(raw []byte, typ tftypes.Type) (v tftypes.Value, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%v", reason)
		}
	}()
	return tfprotov6.DynamicValue{MsgPack: raw}.Unmarshal(typ)
}

// fraction returns the number that a text writes in full, and reports whether it is no whole
// number and would be written by that very text again. Then the two are equal to every
// engine, which compares and stores numbers by such texts. Engines read a text with 512 bits,
// and to turn those back into a text takes them longer than all that is done here.
func fraction(text []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	return n, err == nil && hasFraction(n) && strconv.FormatFloat(n, 'f', -1, 64) == string(text)
}

// double returns the number that is sent as a float64, and reports whether it is no whole
// number, which is sent in another form.
func double(data []byte) (float64, bool) {
	n := math.Float64frombits(binary.BigEndian.Uint64(data))
	return n, hasFraction(n)
}

// hasFraction is false for what is no finite number, too.
func hasFraction(n float64) bool {
	_, part := math.Modf(n)
	return math.Abs(part) > 0
}

// valid applies the check that a type brings with it, as the framework does wherever it
// fills a model, to the value and to the attributes that it holds.
func valid(ctx context.Context, name string, v attr.Value) error {
	if object, ok := v.(interface{ Attributes() map[string]attr.Value }); ok {
		for inner, v := range object.Attributes() {
			if err := valid(ctx, inner, v); err != nil {
				return err
			}
		}
	}
	check, ok := v.(xattr.ValidateableAttribute)
	if !ok {
		return nil
	}
	var resp xattr.ValidateAttributeResponse
	check.ValidateAttribute(ctx, xattr.ValidateAttributeRequest{Path: path.Root(name)}, &resp)
	if len(resp.Diagnostics) > 0 {
		return fmt.Errorf("%s", resp.Diagnostics[0].Summary())
	}
	return nil
}

// input is what is left of a message.
type input struct {
	data []byte
	rest *bytes.Reader
	dec  *msgpack.Decoder
}

func newInput(data []byte) *input {
	in := &input{data: data, rest: bytes.NewReader(data), dec: msgpack.GetDecoder()}
	in.dec.Reset(in.rest)
	return in
}

func (in *input) close() { msgpack.PutDecoder(in.dec) }

// position is how many bytes were read. The decoder reads a [bytes.Reader] without
// buffering.
func (in *input) position() int { return len(in.data) - in.rest.Len() }

// skipExactly passes over prefix if that is what comes next.
func (in *input) skipExactly(prefix []byte) bool {
	if !bytes.HasPrefix(in.data[in.position():], prefix) {
		return false
	}
	_, err := in.rest.Seek(int64(len(prefix)), io.SeekCurrent)
	return err == nil
}

// skipDynamicText passes over the type of a dynamic value if that is a text which follows.
func (in *input) skipDynamicText() bool {
	text, ok := bytes.CutPrefix(in.data[in.position():], dynamicText)
	return ok && len(text) > 0 && msgpcode.IsString(text[0]) && in.skipExactly(dynamicText)
}

func (in *input) skipNil() bool { return in.skipExactly([]byte{msgpcode.Nil}) }

// next returns the next value as it is on the wire.
func (in *input) next() ([]byte, error) {
	from := in.position()
	if err := in.dec.Skip(); err != nil {
		return nil, err
	}
	return in.data[from:in.position()], nil
}

func (in *input) end() error {
	if in.rest.Len() > 0 {
		return errRest
	}
	return nil
}
