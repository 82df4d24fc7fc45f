package provider

import (
	"context"
	"maps"
	"math/big"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// attrs is a configuration, plan or state of an exec resource as a test writes it: plain
// Go values by attribute. What is not named is null.
//
// Under a dynamic attribute a slice is a tuple, a map an object and an int or float64 a
// number; a [tftypes.Value] stands for itself where a test wants another type.
type attrs map[string]any

// mark is a value that is none.
type mark string

// unknown is a value that is not known yet.
const unknown mark = "(known after apply)"

// with returns a copy of a in which the attributes of more are set.
func (a attrs) with(more attrs) attrs {
	out := attrs{}
	maps.Copy(out, a)
	maps.Copy(out, more)
	return out
}

// only returns the attributes that names lists and that are not null.
func (a attrs) only(names ...string) attrs {
	out := attrs{}
	for _, name := range names {
		if v := a[name]; v != nil {
			out[name] = v
		}
	}
	return out
}

// outputAttributes are what a run decides, computedAttributes all that a plan decides.
var (
	outputAttributes = []string{
		"run_id", "exit_code", "stdout", "stderr", "sensitive_stdout", "sensitive_stderr",
		"start_time", "end_time", "elapsed_time", "result",
	}
	computedAttributes = append([]string{"id", "target", "in_sync", "noop_message"}, outputAttributes...)
)

// execSchema and execType describe the resource, to the framework and on the wire.
var (
	execSchema = sync.OnceValue(func() schema.Schema {
		var resp resource.SchemaResponse
		newExecResource().Schema(context.Background(), resource.SchemaRequest{}, &resp)
		return resp.Schema
	})
	execType = sync.OnceValue(func() tftypes.Object {
		typ, _ := execSchema().Type().TerraformType(context.Background()).(tftypes.Object)
		return typ
	})
)

// value returns a as the schema types it; nil is a null object, which means no resource.
func (a attrs) value(tb testing.TB) tftypes.Value {
	tb.Helper()
	return a.as(tb, execType())
}

// as returns a as another schema types it.
func (a attrs) as(tb testing.TB, typ tftypes.Object) tftypes.Value {
	tb.Helper()
	if a == nil {
		return tftypes.NewValue(typ, nil)
	}
	for name := range a {
		if _, ok := typ.AttributeTypes[name]; !ok {
			tb.Fatalf("the test sets %q, which is no attribute", name)
		}
	}
	return encode(tb, typ, map[string]any(a))
}

func encode(tb testing.TB, typ tftypes.Type, v any) tftypes.Value {
	tb.Helper()
	switch v := v.(type) {
	case tftypes.Value:
		return v
	case mark:
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	case nil:
		return tftypes.NewValue(typ, nil)
	}
	if typ.Is(tftypes.DynamicPseudoType) {
		return infer(tb, v)
	}
	switch v := v.(type) {
	case []any:
		list, ok := typ.(tftypes.List)
		if !ok {
			tb.Fatalf("a list for %s", typ)
		}
		values := make([]tftypes.Value, len(v))
		for i, e := range v {
			values[i] = encode(tb, list.ElementType, e)
		}
		return tftypes.NewValue(typ, values)
	case map[string]any:
		values := make(map[string]tftypes.Value, len(v))
		switch typ := typ.(type) {
		case tftypes.Map:
			for key, e := range v {
				values[key] = encode(tb, typ.ElementType, e)
			}
		case tftypes.Object:
			for key, kind := range typ.AttributeTypes {
				values[key] = encode(tb, kind, v[key])
			}
		default:
			tb.Fatalf("a map for %s", typ)
		}
		return tftypes.NewValue(typ, values)
	}
	return tftypes.NewValue(typ, v)
}

// infer returns the value that an engine would pass for a dynamic attribute.
func infer(tb testing.TB, v any) tftypes.Value {
	tb.Helper()
	switch v := v.(type) {
	case string:
		return tftypes.NewValue(tftypes.String, v)
	case bool:
		return tftypes.NewValue(tftypes.Bool, v)
	case int, float64:
		return tftypes.NewValue(tftypes.Number, v)
	case []any:
		kinds, values := make([]tftypes.Type, len(v)), make([]tftypes.Value, len(v))
		for i, e := range v {
			values[i] = encode(tb, tftypes.DynamicPseudoType, e)
			kinds[i] = values[i].Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: kinds}, values)
	case map[string]any:
		kinds, values := make(map[string]tftypes.Type, len(v)), make(map[string]tftypes.Value, len(v))
		for key, e := range v {
			values[key] = encode(tb, tftypes.DynamicPseudoType, e)
			kinds[key] = values[key].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, values)
	}
	tb.Fatalf("the test holds a %T, which is no value", v)
	return tftypes.Value{}
}

// listOf, setOf and mapOf make values of the types that HCL makes with tolist, toset and
// tomap; null and unknownOf those that a typed variable without a value has.
func listOf(values ...string) tftypes.Value {
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, texts(values))
}

func setOf(values ...string) tftypes.Value {
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, texts(values))
}

func mapOf(values map[string]string) tftypes.Value {
	out := make(map[string]tftypes.Value, len(values))
	for key, s := range values {
		out[key] = tftypes.NewValue(tftypes.String, s)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, out)
}

func null(typ tftypes.Type) tftypes.Value { return tftypes.NewValue(typ, nil) }

func unknownOf(typ tftypes.Type) tftypes.Value { return tftypes.NewValue(typ, tftypes.UnknownValue) }

func texts(values []string) []tftypes.Value {
	out := make([]tftypes.Value, len(values))
	for i, s := range values {
		out[i] = tftypes.NewValue(tftypes.String, s)
	}
	return out
}

// decode is the way back: attributes that are null are left out.
func decode(t *testing.T, v tftypes.Value) attrs {
	t.Helper()
	object, ok := plainValue(t, v).(map[string]any)
	if !ok {
		return nil
	}
	out := attrs{}
	for name, e := range object {
		if e != nil {
			out[name] = e
		}
	}
	return out
}

func plainValue(t *testing.T, v tftypes.Value) any {
	t.Helper()
	if !v.IsKnown() {
		return unknown
	}
	if v.IsNull() {
		return nil
	}
	var err error
	var out any
	switch typ := v.Type(); {
	case typ.Is(tftypes.String):
		var s string
		err = v.As(&s)
		out = s
	case typ.Is(tftypes.Bool):
		var b bool
		err = v.As(&b)
		out = b
	case typ.Is(tftypes.Number):
		var f big.Float
		err = v.As(&f)
		if n, exact := f.Int64(); exact == big.Exact {
			out = int(n)
		} else {
			out, _ = f.Float64()
		}
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var m map[string]tftypes.Value
		err = v.As(&m)
		object := make(map[string]any, len(m))
		for key, e := range m {
			object[key] = plainValue(t, e)
		}
		out = object
	default:
		var l []tftypes.Value
		err = v.As(&l)
		list := make([]any, len(l))
		for i, e := range l {
			list[i] = plainValue(t, e)
		}
		out = list
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
