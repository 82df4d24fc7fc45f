package provider

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// actionSchemas is what the engine that is asked for the schema when documentation is
// generated cannot tell: it has no actions.
const actionSchemas = "internal/tools/tfplugindocs/action_schemas.json"

// attribute is one as engines write it in a schema.
type attribute struct {
	Type            json.RawMessage `json:"type,omitempty"`
	NestedType      *nestedType     `json:"nested_type,omitempty"`
	Description     string          `json:"description"`
	DescriptionKind string          `json:"description_kind"`
	Required        bool            `json:"required,omitempty"`
	Optional        bool            `json:"optional,omitempty"`
}

// nestedType is an object whose attributes are described.
type nestedType struct {
	Attributes map[string]attribute `json:"attributes"`
	Nesting    string               `json:"nesting_mode"`
}

// documented returns attributes as engines write them.
func documented(t *testing.T, from []*tfprotov6.SchemaAttribute) map[string]attribute {
	t.Helper()
	out := map[string]attribute{}
	for _, a := range from {
		to := attribute{Description: a.Description, DescriptionKind: "markdown", Required: a.Required, Optional: a.Optional}
		if a.NestedType != nil {
			if a.NestedType.Nesting != tfprotov6.SchemaObjectNestingModeSingle {
				t.Fatalf("%s has a nesting that nothing writes yet", a.Name)
			}
			to.NestedType = &nestedType{documented(t, a.NestedType.Attributes), "single"}
		} else {
			typ, err := json.Marshal(a.Type)
			if err != nil {
				t.Fatal(err)
			}
			to.Type = typ
		}
		out[a.Name] = to
	}
	return out
}

// The documentation of the action is made of a file that says what the provider serves.
// Run with -update to write it, then make generate.
func TestActionSchemaIsDocumented(t *testing.T) {
	t.Parallel()
	i := newInvokable(t)
	resp, err := i.server.GetProviderSchema(i.ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	block := resp.ActionSchemas["exec"].Schema.Block
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"exec": map[string]any{"block": map[string]any{
		"attributes": documented(t, block.Attributes), "description": block.Description, "description_kind": "markdown",
	}}}); err != nil {
		t.Fatal(err)
	}
	root, err := enginetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join(root, actionSchemas)
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got); run with -update, then make generate:\n%s", actionSchemas, diff)
	}
}

// The example needs an engine that the tests do not have, so at least its syntax and its
// names are looked at.
func TestActionExampleNamesAttributes(t *testing.T) {
	t.Parallel()
	root, err := enginetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	file, diags := hclparse.NewParser().ParseHCLFile(filepath.Join(root, "examples/actions/exec/action.tf"))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("the file holds a %T", file.Body)
	}
	typ, named := newInvokable(t).typ, 0
	for _, block := range body.Blocks {
		if block.Type != "action" {
			continue
		}
		for _, config := range block.Body.Blocks {
			for name := range config.Body.Attributes {
				if typ.AttributeTypes[name] == nil {
					t.Errorf("the example sets %s, which the action does not have", name)
				}
				named++
			}
		}
	}
	if named == 0 {
		t.Error("the example has no action")
	}
}
