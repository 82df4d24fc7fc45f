package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// plainDigits is how many digits a whole number may have to be converted here: fewer than
// would exceed an int64.
const plainDigits = 15

// FromJSON returns an object as engines want it from one as they store it. What the schema
// does not have is left out, what the object does not have is null, as the framework does.
// An error says that the framework must be asked.
func (o *Object[M]) FromJSON(_ context.Context, data []byte) (*tfprotov6.DynamicValue, error) {
	var stored map[string]json.RawMessage
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, err
	}
	if stored == nil {
		return nil, errNoMessage
	}
	out := newOutput(o.length)
	defer out.close()
	for _, f := range o.fields {
		out.buf.Write(f.key)
		if err := f.transcode(out, stored[f.name]); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return out.value(), nil
}

// transcode converts one attribute; nothing at all is null.
func (f field) transcode(out *output, raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		out.buf.WriteByte(msgpcode.Nil)
		return nil
	}
	switch {
	case f.wire.Is(tftypes.String) && raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		return out.enc.EncodeString(s)
	case f.wire.Is(tftypes.Bool) && (raw[0] == 't' || raw[0] == 'f'):
		return out.enc.EncodeBool(raw[0] == 't')
	case f.wire.Is(tftypes.Number) && len(raw) <= plainDigits && digits(raw):
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return err
		}
		return out.enc.EncodeInt(n)
	case f.wire.Is(tftypes.Number):
		if n, same := fraction(raw); same {
			return out.enc.EncodeFloat64(n)
		}
	case f.wire.Is(tftypes.DynamicPseudoType):
		if text, same := storedText(raw); same {
			out.buf.Write(dynamicText)
			return out.enc.EncodeString(text)
		}
	}
	value, err := tfprotov6.RawState{JSON: raw}.UnmarshalWithOpts(f.wire, ignoreUndefined)
	if err != nil {
		return err
	}
	converted, err := tfprotov6.NewDynamicValue(f.wire, value)
	out.buf.Write(converted.MsgPack)
	return err
}

// storedText returns the text that a dynamic attribute is stored with, if it is one.
func storedText(raw json.RawMessage) (text string, ok bool) {
	var stored map[string]json.RawMessage
	if json.Unmarshal(raw, &stored) != nil || len(stored) != 2 || string(stored["type"]) != `"string"` {
		return "", false
	}
	if value := stored["value"]; len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return "", false
	}
	return text, true
}

// ignoreUndefined is how the framework reads states.
var ignoreUndefined = tfprotov6.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
