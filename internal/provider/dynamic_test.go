package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
)

// dynamicOf returns v as the framework decodes it.
func dynamicOf(t *testing.T, v any) types.Dynamic {
	t.Helper()
	value, err := types.DynamicType.ValueFromTerraform(t.Context(), encode(t, tftypes.DynamicPseudoType, v))
	if err != nil {
		t.Fatal(err)
	}
	out, ok := value.(types.Dynamic)
	if !ok {
		t.Fatalf("%T is no dynamic value", value)
	}
	return out
}

func newDecoder(t *testing.T) (decoder, *diag.Diagnostics) {
	t.Helper()
	diags := &diag.Diagnostics{}
	return decoder{ctx: t.Context(), diags: diags, unknown: unknowns{}}, diags
}

func TestDecodeCommand(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		in      any
		want    converge.Line
		unknown bool
	}{
		"a string":                 {"a b", converge.Line{Text: "a b"}, false},
		"a tuple":                  {[]any{"a", "b"}, converge.Line{Argv: []string{"a", "b"}}, false},
		"a list":                   {listOf("a", "b"), converge.Line{Argv: []string{"a", "b"}}, false},
		"numbers and bools in one": {[]any{"a", 1, 1.5, true, false}, converge.Line{Argv: []string{"a", "1", "1.5", "true", "false"}}, false},
		"a large number":           {[]any{"a", 1 << 60}, converge.Line{Argv: []string{"a", "1152921504606846976"}}, false},
		"empty words":              {[]any{"a", ""}, converge.Line{Argv: []string{"a", ""}}, false},
		"null":                     {nil, converge.Line{}, false},
		"a typed null":             {null(tftypes.List{ElementType: tftypes.String}), converge.Line{}, false},
		"not yet known":            {unknown, converge.Line{}, true},
		"a typed unknown":          {unknownOf(tftypes.String), converge.Line{}, true},
		"a word not yet known":     {[]any{"a", unknown}, converge.Line{}, true},
		"a number not yet known":   {[]any{"a", unknownOf(tftypes.Number)}, converge.Line{}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, diags := newDecoder(t)
			got := d.line("command", dynamicOf(t, tc.in))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
			if d.unknown["command"] != tc.unknown || diags.HasError() {
				t.Errorf("unknown: %v, want %v; %v", d.unknown["command"], tc.unknown, diags)
			}
		})
	}
}

func TestDecodeGuards(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		in      any
		want    []converge.Line
		unknown bool
	}{
		"one string":                    {"a b", []converge.Line{{Text: "a b"}}, false},
		"a string that starts with -":   {"-a", []converge.Line{{Text: "-a"}}, false},
		"a list of strings":             {listOf("a", "b"), []converge.Line{{Text: "a"}, {Text: "b"}}, false},
		"a tuple of both forms":         {[]any{[]any{"test", "-f", "/x"}, "b"}, []converge.Line{{Argv: []string{"test", "-f", "/x"}}, {Text: "b"}}, false},
		"a typed null":                  {null(tftypes.String), nil, false},
		"not yet known":                 {unknown, nil, true},
		"one of them not yet known":     {[]any{unknown, "b"}, []converge.Line{{Text: "b"}}, true},
		"a word of one not yet known":   {[]any{[]any{"a", unknown}, "b"}, []converge.Line{{Text: "b"}}, true},
		"an argv not yet known at all":  {[]any{unknownOf(tftypes.List{ElementType: tftypes.String})}, []converge.Line{}, true},
		"an argv that starts with a -x": {[]any{[]any{"-x"}}, []converge.Line{{Argv: []string{"-x"}}}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, diags := newDecoder(t)
			got := d.lines("unless", dynamicOf(t, tc.in))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("guards (-want +got):\n%s", diff)
			}
			if d.unknown["unless"] != tc.unknown || diags.HasError() {
				t.Errorf("unknown: %v, want %v; %v", d.unknown["unless"], tc.unknown, diags)
			}
		})
	}
}

func TestTriggered(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		now, before any
		want        guard.Change
	}{
		"neither is set":      {nil, nil, guard.Unchanged},
		"the same":            {"a", "a", guard.Unchanged},
		"another":             {"a", "b", guard.Changed},
		"set":                 {"a", nil, guard.Changed},
		"removed":             {nil, "a", guard.Unchanged},
		"removed with a type": {null(tftypes.String), "a", guard.Unchanged},
		"not yet known":       {unknown, "a", guard.NotYetKnown},
		"partly known and different where it is": {
			[]any{"b", unknown}, []any{"a", "x"}, guard.NotYetKnown,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := triggered(dynamicOf(t, tc.now), dynamicOf(t, tc.before)); got != tc.want {
				t.Errorf("triggered(%v, %v) = %v, want %v", tc.now, tc.before, got, tc.want)
			}
		})
	}
}
