package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Engines hear of an attribute called connection wherever there is one, and of its stand-in
// nowhere.
func TestReservedNameIsServed(t *testing.T) {
	t.Parallel()
	resp, err := NewServer("test").GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, diagnostics(resp.Diagnostics).lines())
	}
	for kind, schema := range map[string]*tfprotov6.Schema{
		"resource": resp.ResourceSchemas["exec"], "data source": resp.DataSourceSchemas["exec"],
		"ephemeral resource": resp.EphemeralResourceSchemas["exec"], "action": resp.ActionSchemas["exec"].Schema,
	} {
		has := func(name string) bool {
			return slices.ContainsFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name })
		}
		if !has(reservedName) || has(standIn) {
			t.Errorf("the %s has %s: %v, and %s: %v", kind, reservedName, has(reservedName), standIn, has(standIn))
		}
	}
}

// As soon as the framework describes the attribute by itself, nothing has to stand in for it.
func TestTheFrameworkRefusesTheReservedName(t *testing.T) {
	t.Parallel()
	resp, err := providerserver.NewProtocol6(New("test")())().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || !diagnostics(resp.Diagnostics).failed() {
		t.Errorf("the framework serves it: %v", err)
	}
}
