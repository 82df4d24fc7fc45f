package wire_test

import (
	"context"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/provider/wire"
)

// model has an attribute of every kind.
type model struct {
	Text     types.String         `tfsdk:"text"`
	Flag     types.Bool           `tfsdk:"flag"`
	Count    types.Int64          `tfsdk:"count"`
	Share    types.Float64        `tfsdk:"share"`
	Any      types.Dynamic        `tfsdk:"any"`
	List     types.List           `tfsdk:"list"`
	Map      types.Map            `tfsdk:"map"`
	Duration timetypes.GoDuration `tfsdk:"duration"`
	Nested   types.Object         `tfsdk:"nested"`
}

func modelSchema() schema.Schema {
	return schema.Schema{Version: 3, Attributes: map[string]schema.Attribute{
		"text":     schema.StringAttribute{Optional: true},
		"flag":     schema.BoolAttribute{Optional: true},
		"count":    schema.Int64Attribute{Optional: true},
		"share":    schema.Float64Attribute{Computed: true},
		"any":      schema.DynamicAttribute{Optional: true},
		"list":     schema.ListAttribute{Optional: true, ElementType: types.Int64Type},
		"map":      schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"duration": schema.StringAttribute{Optional: true, CustomType: timetypes.GoDurationType{}},
		"nested": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
			"any":    schema.DynamicAttribute{Required: true},
			"secret": schema.StringAttribute{Optional: true, WriteOnly: true},
		}},
	}}
}

func object(tb testing.TB) (*wire.Object[model], tftypes.Type) {
	tb.Helper()
	o, err := wire.NewObject[model](context.Background(), modelSchema())
	if err != nil {
		tb.Fatal(err)
	}
	return o, modelSchema().Type().TerraformType(context.Background())
}

// states are objects as engines store them. The first has everything.
var states = []string{
	`{"text":"a","flag":true,"count":7,"share":0.25,"any":{"value":["x",{"k":null}],"type":["tuple",["string",["object",{"k":"number"}]]]},"list":[1,null,300],"map":{"a":"b","c":null},"duration":"1h30m","nested":{"any":{"value":1.5,"type":"number"},"secret":null}}`,
	`{"text":null,"flag":null,"count":null,"share":null,"any":null,"list":null,"map":null,"duration":null,"nested":null}`,
	`{}`,
	`{"text":"\u00fc \ud800 \\ \"","count":-5,"share":1e3,"any":{"value":null,"type":"string"},"map":{}, "list":[]}`,
	`{"text":12,"flag":"true","count":"12","former":{"x":[]}}`,
	`{"count":123456789012345,"share":-0}`,
	`{"share":0.001}`,
	`{"share":-12345.678}`,
	`{"share":0.1234567890123456789}`,
	`{"share":1234567890123456789012345.5}`,
	`{"count":1234567890123456789}`,
	`{"text":"a","text":"b"}`,
	`{"nested":{"any":null,"former":1}}`,
	`{"any":{"value":"a text","type":"string"}}`,
	`{"any": { "type": "string", "value": "\u00fc \ud800 \\ \"" } }`,
	`{"any":{"value":"","type":"string"}}`,
	`{"any":{"value":true,"type":"string"}}`,
	`{"any":{"value":"12","type":"number"}}`,
	`{"any":{"value":"` + strings.Repeat("long", 100) + `","type":"string"}}`,
}

// What is read from a stored object and written back is what the framework makes of it.
func TestEveryKindKeepsItsValue(t *testing.T) {
	t.Parallel()
	o, typ := object(t)
	for _, state := range states {
		want := theirs(t, typ, []byte(state))
		sent, err := o.FromJSON(t.Context(), []byte(state))
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		sameValue(t, typ, want, sent)
		m, err := o.Decode(t.Context(), sent)
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		var get model
		if diags := (tfsdk.State{Schema: modelSchema(), Raw: want}).Get(t.Context(), &get); diags.HasError() {
			t.Fatal(diags)
		}
		if diff := cmp.Diff(get, *m, sameFloat); diff != "" {
			t.Errorf("%s: the framework's model (-) and ours (+):\n%s", state, diff)
		}
		back, err := o.Encode(t.Context(), m)
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		sameValue(t, typ, want, back)
	}
}

// sameFloat compares numbers as their type says that they are to be compared.
var sameFloat = cmp.Comparer(func(a, b types.Float64) bool {
	return a.IsNull() == b.IsNull() && a.IsUnknown() == b.IsUnknown() && a.ValueFloat64() == b.ValueFloat64()
})

func TestUnknownAndNull(t *testing.T) {
	t.Parallel()
	o, typ := object(t)
	attributes := map[string]tftypes.Value{}
	if of, ok := typ.(tftypes.Object); ok {
		for name, kind := range of.AttributeTypes {
			attributes[name] = tftypes.NewValue(kind, tftypes.UnknownValue)
		}
	}
	for name, want := range map[string]tftypes.Value{
		"all unknown": tftypes.NewValue(typ, attributes),
		"null":        tftypes.NewValue(typ, nil),
	} {
		sent, err := tfprotov6.NewDynamicValue(typ, want)
		if err != nil {
			t.Fatal(err)
		}
		m, err := o.Decode(t.Context(), &sent)
		if err != nil || (m == nil) != want.IsNull() {
			t.Fatalf("%s: %v, %v", name, m, err)
		}
		back, err := o.Encode(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		sameValue(t, typ, want, back)
	}
}

// What is not exactly an object of the schema is refused.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	o, _ := object(t)
	good, err := o.FromJSON(t.Context(), []byte(states[0]))
	if err != nil {
		t.Fatal(err)
	}
	data := string(good.MsgPack)
	for name, v := range map[string]*tfprotov6.DynamicValue{
		"nothing":                    nil,
		"no bytes":                   {},
		"JSON":                       {JSON: []byte(states[0])},
		"half of it":                 {MsgPack: []byte(data[:len(data)/2])},
		"something after it":         {MsgPack: []byte(data + "\x00")},
		"something after null":       {MsgPack: []byte("\xc0\xc0")},
		"another name":               {MsgPack: []byte(strings.Replace(data, "text", "next", 1))},
		"an unknown object":          {MsgPack: []byte("\xd4\x00\x00")},
		"a text for a bool":          {MsgPack: []byte(strings.Replace(data, "flag\xc3", "flag\xa1x", 1))},
		"a fraction for a number":    {MsgPack: []byte(strings.Replace(data, "count\x07", "count\xa30.5", 1))},
		"a number that is none":      {MsgPack: []byte(strings.Replace(data, "share\xcb\x3f\xd0\x00\x00\x00\x00\x00\x00", "share\xa3NaN", 1))},
		"a text that is no duration": {MsgPack: []byte(strings.Replace(data, "1h30m", "1x30m", 1))},
	} {
		if v != nil && string(v.MsgPack) == data {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if m, err := o.Decode(t.Context(), v); err == nil {
			t.Errorf("%s was taken for %v", name, m)
		}
	}
}

// A schema that asks of the framework what is not done here cannot be converted.
func TestNewObjectRefuses(t *testing.T) {
	t.Parallel()
	type one struct {
		Text types.String `tfsdk:"text"`
	}
	for name, tc := range map[string]struct {
		attributes map[string]schema.Attribute
		blocks     map[string]schema.Block
		fits       bool
	}{
		"the control":     {attributes: map[string]schema.Attribute{"text": schema.StringAttribute{Optional: true}}, fits: true},
		"a default":       {attributes: map[string]schema.Attribute{"text": schema.StringAttribute{Computed: true, Default: stringdefault.StaticString("x")}}},
		"a plan modifier": {attributes: map[string]schema.Attribute{"text": schema.StringAttribute{Optional: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}}},
		"another type":    {attributes: map[string]schema.Attribute{"text": schema.BoolAttribute{Optional: true}}},
		"another name":    {attributes: map[string]schema.Attribute{"next": schema.StringAttribute{Optional: true}}},
		"one more":        {attributes: map[string]schema.Attribute{"text": schema.StringAttribute{Optional: true}, "more": schema.BoolAttribute{Optional: true}}},
		"a block":         {attributes: map[string]schema.Attribute{"text": schema.StringAttribute{Optional: true}}, blocks: map[string]schema.Block{"b": schema.SingleNestedBlock{}}},
		"a custom text":   {attributes: map[string]schema.Attribute{"text": schema.StringAttribute{Optional: true, CustomType: timetypes.GoDurationType{}}}},
	} {
		if _, err := wire.NewObject[one](t.Context(), schema.Schema{Attributes: tc.attributes, Blocks: tc.blocks}); (err == nil) != tc.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRulesAreKnown(t *testing.T) {
	t.Parallel()
	type rules struct {
		Plain      types.String `tfsdk:"plain"`
		Validated  types.String `tfsdk:"validated"`
		Deprecated types.String `tfsdk:"deprecated"`
		Required   types.String `tfsdk:"required"`
		Computed   types.String `tfsdk:"computed"`
		Secret     types.String `tfsdk:"secret"`
		Nested     types.Object `tfsdk:"nested"`
	}
	text := schema.StringAttribute{Optional: true}
	nested := map[string]schema.Attribute{"secret": schema.StringAttribute{Optional: true, WriteOnly: true}}
	o, err := wire.NewObject[rules](t.Context(), schema.Schema{Attributes: map[string]schema.Attribute{
		"plain":      text,
		"validated":  schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(2)}},
		"deprecated": schema.StringAttribute{Optional: true, DeprecationMessage: "x"},
		"required":   schema.StringAttribute{Required: true},
		"computed":   schema.StringAttribute{Computed: true},
		"secret":     schema.StringAttribute{Optional: true, WriteOnly: true},
		"nested":     schema.SingleNestedAttribute{Optional: true, Attributes: nested},
	}})
	if err != nil {
		t.Fatal(err)
	}
	set := types.StringValue("x")
	for name, tc := range map[string]struct {
		model rules
		// validated says that the framework is not needed for it, told is what is wrong.
		validated, writeOnly bool
		told                 []string
	}{
		"nothing":          {model: rules{}, validated: true},
		"no rule":          {model: rules{Plain: set}, validated: true},
		"a good value":     {model: rules{Validated: types.StringValue("xyz")}, validated: true},
		"a bad value":      {model: rules{Validated: set}, validated: true, told: []string{"Invalid Attribute Value Length"}},
		"deprecated":       {model: rules{Deprecated: set}},
		"required":         {model: rules{Required: set}},
		"computed":         {model: rules{Computed: set}},
		"write-only":       {model: rules{Secret: set}, writeOnly: true},
		"nested attribute": {model: rules{Nested: types.ObjectUnknown(nil)}, writeOnly: true},
	} {
		diags, ok := o.Validate(t.Context(), &tc.model)
		if ok != tc.validated || o.WriteOnly(&tc.model) != tc.writeOnly {
			t.Errorf("%s: validated %v, write-only %v", name, ok, o.WriteOnly(&tc.model))
		}
		var told []string
		for _, d := range diags {
			told = append(told, d.Summary())
		}
		if diff := cmp.Diff(tc.told, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// exponent is a number whose digits alone could fill the memory: terraform-plugin-go takes
// minutes for it, whoever calls it. No engine writes one.
var exponent = regexp.MustCompile(`(?i)[0-9.][ep][+-]?[0-9]{4}`)

// Whatever a message holds, it is refused or read as the framework reads it.
func FuzzDecode(f *testing.F) {
	o, typ := object(f)
	for _, state := range states {
		v, err := o.FromJSON(f.Context(), []byte(state))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(v.MsgPack)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if exponent.Match(data) {
			return
		}
		m, err := o.Decode(t.Context(), &tfprotov6.DynamicValue{MsgPack: data})
		if err != nil {
			return
		}
		read, err := tfprotov6.DynamicValue{MsgPack: data}.Unmarshal(typ)
		if err != nil {
			t.Fatalf("the framework refuses it: %v", err)
		}
		// Some numbers change on their way, also when the framework sends them.
		sent, err := tfprotov6.NewDynamicValue(typ, read)
		if err != nil {
			t.Fatalf("the framework cannot send it back: %v", err)
		}
		want, err := sent.Unmarshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		back, err := o.Encode(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		sameValue(t, typ, want, back)
	})
}

// Whatever a stored object holds, it is refused or read as the framework reads it. Of an
// attribute that is there twice, the framework refuses what it does not keep; no engine
// writes that.
func FuzzFromJSON(f *testing.F) {
	for _, state := range states {
		f.Add([]byte(state))
	}
	o, typ := object(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if exponent.Match(data) {
			return
		}
		sent, err := o.FromJSON(t.Context(), data)
		if err != nil || twice(data) {
			return
		}
		sameValue(t, typ, theirs(t, typ, data), sent)
	})
}

// twice reports that an object has two attributes of one name.
func twice(data []byte) bool {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := decoder.Token(); err != nil {
		return false
	}
	seen := map[json.Token]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return false
		}
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// theirs is what the framework reads a stored object as.
func theirs(tb testing.TB, typ tftypes.Type, data []byte) tftypes.Value {
	tb.Helper()
	opts := tfprotov6.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}}
	v, err := tfprotov6.RawState{JSON: data}.UnmarshalWithOpts(typ, opts)
	if err != nil {
		tb.Fatalf("the framework refuses %s: %v", data, err)
	}
	return v
}

func sameValue(tb testing.TB, typ tftypes.Type, want tftypes.Value, got *tfprotov6.DynamicValue) {
	tb.Helper()
	v, err := got.Unmarshal(typ)
	if err != nil {
		tb.Fatal(err)
	}
	if !asEngines(tb, want).Equal(asEngines(tb, v)) {
		tb.Errorf("the framework's value:\n%s\nours:\n%s", want, v)
	}
}

// asEngines returns v with its numbers as engines compare and store them, which is by the
// shortest text that tells them apart from others of their precision.
func asEngines(tb testing.TB, v tftypes.Value) tftypes.Value {
	tb.Helper()
	out, err := tftypes.Transform(v, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.Type().Is(tftypes.Number) || !v.IsKnown() || v.IsNull() {
			return v, nil
		}
		var n big.Float
		if err := v.As(&n); err != nil {
			return v, err
		}
		same, _, err := big.ParseFloat(n.Text('f', -1), 10, 512, big.ToNearestEven)
		return tftypes.NewValue(tftypes.Number, same), err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}
