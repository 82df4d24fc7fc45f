package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// construct is what of the provider a test speaks to beside its resources.
type construct struct {
	*boundary
	typ tftypes.Object
}

// newConstruct returns the construct whose schema pick finds, with a scripted machine
// behind it.
func newConstruct(t *testing.T, pick func(*tfprotov6.GetProviderSchemaResponse) *tfprotov6.Schema) construct {
	t.Helper()
	b := newBoundary(t)
	resp, err := b.server.GetProviderSchema(b.ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	typ, ok := pick(resp).ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the provider does not serve it")
	}
	return construct{b, typ}
}

func (c construct) pack(a attrs) *tfprotov6.DynamicValue {
	c.t.Helper()
	value, err := tfprotov6.NewDynamicValue(c.typ, a.as(c.t, c.typ))
	if err != nil {
		c.t.Fatal(err)
	}
	return &value
}

func (c construct) unpack(v *tfprotov6.DynamicValue) attrs {
	c.t.Helper()
	if v == nil {
		return nil
	}
	value, err := v.Unmarshal(c.typ)
	if err != nil {
		c.t.Fatal(err)
	}
	return decode(c.t, value)
}

// answer is what a call came to.
type answer struct {
	values attrs
	diags  diagnostics
}
