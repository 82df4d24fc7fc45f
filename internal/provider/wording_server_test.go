package provider

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A number with a fraction is the writer's mistake and no bug of the provider.
func TestNumbersThatAreNotWhole(t *testing.T) {
	t.Parallel()
	huge := tftypes.NewValue(tftypes.Number, new(big.Float).SetMantExp(big.NewFloat(1), 70))
	refused := func(at string) []string { return []string{"error: Unable to use value (" + at + ")"} }
	server, ok := NewServer("test").(framework)
	if !ok {
		t.Fatal("the server hides parts of the framework")
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	pack := func(schema *tfprotov6.Schema, config attrs) *tfprotov6.DynamicValue {
		typ := schema.ValueType()
		value, err := tfprotov6.NewDynamicValue(typ, encode(t, typ, map[string]any(config)))
		if err != nil {
			t.Fatal(err)
		}
		return &value
	}
	resource := func(config attrs) (diagnostics, error) {
		resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: "exec", Config: pack(schemas.ResourceSchemas["exec"], config)})
		return resp.Diagnostics, err
	}
	cases := map[string]struct {
		validate func(config attrs) (diagnostics, error)
		config   attrs
		want     []string
	}{
		"of a resource":             {resource, configured(attrs{"tries": 1.5}), refused("tries")},
		"in a list of a resource":   {resource, configured(attrs{"returns": []any{0, 0.5}}), refused("returns")},
		"several of a resource":     {resource, configured(attrs{"tries": 1.5, "output_limit": huge}), append(refused("output_limit"), refused("tries")...)},
		"a whole one of a resource": {resource, configured(attrs{"tries": 2, "returns": []any{0, 3}}), nil},
		"beside another mistake":    {resource, configured(attrs{"tries": 0}), []string{"error: Invalid Attribute Value (tries)"}},
		"of the provider": {func(config attrs) (diagnostics, error) {
			resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: pack(schemas.Provider, config)})
			return resp.Diagnostics, err
		}, attrs{"max_parallel": 1.5}, refused("max_parallel")},
		"of a data source": {func(config attrs) (diagnostics, error) {
			resp, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "exec", Config: pack(schemas.DataSourceSchemas["exec"], config)})
			return resp.Diagnostics, err
		}, attrs{"command": job, "output_limit": huge}, refused("output_limit")},
		"of an ephemeral resource": {func(config attrs) (diagnostics, error) {
			resp, err := server.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{
				TypeName: "exec", Config: pack(schemas.EphemeralResourceSchemas["exec"], config),
			})
			return resp.Diagnostics, err
		}, attrs{"command": job, "returns": []any{0.5}}, refused("returns")},
		"of an action": {func(config attrs) (diagnostics, error) {
			resp, err := server.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: "exec", Config: pack(schemas.ActionSchemas["exec"].Schema, config)})
			return resp.Diagnostics, err
		}, attrs{"command": job, "tries": 1.5}, refused("tries")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags, err := tc.validate(tc.config)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s\n%s", diff, diags.text())
			}
		})
	}
}

// Engines show the first line of the resource for what they do not find.
func TestFaultsInsideOfAttributesAreShownThere(t *testing.T) {
	t.Parallel()
	server := NewServer("test")
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	typ := schemas.ResourceSchemas["exec"].ValueType()
	for name, c := range map[string]struct {
		config attrs
		at     *tftypes.AttributePath
		inside string
	}{
		"a port":          {config: attrs{"connection": map[string]any{"host": "h", "port": 0}}, at: tftypes.NewAttributePath().WithAttributeName("connection"), inside: "connection.port"},
		"a code":          {config: attrs{"destroy": map[string]any{"command": "c", "returns": []any{-1}}}, at: tftypes.NewAttributePath().WithAttributeName("destroy"), inside: "destroy.returns[0]"},
		"an element":      {config: attrs{"returns": []any{-1}}, at: tftypes.NewAttributePath().WithAttributeName("returns").WithElementKeyInt(0)},
		"an attribute":    {config: attrs{"tries": 0}, at: tftypes.NewAttributePath().WithAttributeName("tries")},
		"what we say":     {config: attrs{"connection": map[string]any{"host": "a b"}}, at: tftypes.NewAttributePath().WithAttributeName("connection"), inside: "connection.host"},
		"a duration":      {config: attrs{"destroy": map[string]any{"command": "c", "timeout": "90"}}, at: tftypes.NewAttributePath().WithAttributeName("destroy"), inside: "destroy.timeout"},
		"beside a secret": {config: attrs{"sensitive_environment": map[string]any{"a b": "s3cr3t"}}, at: tftypes.NewAttributePath().WithAttributeName("sensitive_environment").WithElementKeyString("a b")},
		"a whole block":   {config: attrs{"connection": map[string]any{"port": 22}}, at: tftypes.NewAttributePath().WithAttributeName("connection"), inside: "connection.host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := tfprotov6.NewDynamicValue(typ, encode(t, typ, map[string]any(configured(c.config))))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: "exec", Config: &config})
			if err != nil || len(resp.Diagnostics) != 1 {
				t.Fatalf("%v\n%s", err, diagnostics(resp.Diagnostics).text())
			}
			d := resp.Diagnostics[0]
			if !d.Attribute.Equal(c.at) {
				t.Errorf("it is shown at %s, want %s", d.Attribute, c.at)
			}
			if got, _, _ := strings.Cut(d.Detail, ": "); (got == "In "+c.inside) != (c.inside != "") {
				t.Errorf("it says %q", d.Detail)
			}
		})
	}
}
