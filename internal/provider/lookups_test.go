package provider

import (
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// aboutLookUps is every message of a data source that looks something up.
func aboutLookUps() []message {
	pattern := path.Root("excludes").AtListIndex(1)
	tree := func(e source.PathError) error { return &e }
	return []message{
		{"a pattern with an open bracket", notPattern(pattern, source.CheckExclude("["))},
		{"a pattern from the current directory", notPattern(pattern, source.CheckExclude("./build"))},
		{"a tree that does not exist", treeUnread(tree(source.PathError{Reason: source.PathMissing, Path: "/srv/site"}))},
		{"a tree that is a file", treeUnread(tree(source.PathError{Reason: source.PathNotDirectory, Path: "/srv/site"}))},
		{"a tree with a file that may not be read", treeUnread(tree(source.PathError{Reason: source.PathDenied, Path: "/srv/site/key"}))},
		{"a tree with a socket", treeUnread(tree(source.PathError{Reason: source.PathIrregular, Path: "/srv/site/sock"}))},
		{"a tree with a link that leads out", treeUnread(tree(source.PathError{
			Reason: source.PathLeaves, Path: "/srv/site/up", Link: "/srv/site/up", Target: "../..",
		}))},
		{"a tree on a failing disk", treeUnread(tree(source.PathError{Reason: source.PathOther, Path: "/srv/site/x", Err: errors.New("input/output error")}))},
		{"an executable of a data source that cannot be looked at", unseen{
			"Unable to look at executable", path.Root("exec_command"), "/opt/x", errors.New("permission denied"),
		}.refused()},
		{"an executable of a data source that does not tell its version", unseen{
			"Unable to ask executable for its version", path.Root("version_args"), "/opt/x", errors.New("it exited with code 2"),
		}.refused()},
		{"a tree whose reading is interrupted", treeUnread(errors.New("interrupt"))},
	}
}

// lookUp validates and reads a data source as an engine does.
func lookUp(t *testing.T, s *settings, name string, config attrs) (attrs, diagnostics) {
	t.Helper()
	p := preset{&execProvider{version: "test", local: s.local}, s}
	server := serverOf(p, p.execProvider)
	none := tftypes.NewValue(tftypes.Object{}, nil)
	empty, err := tfprotov6.NewDynamicValue(none.Type(), none)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &empty}); err != nil {
		t.Fatal(err)
	}
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	typ := schema.DataSourceSchemas[name].ValueType()
	value, err := tfprotov6.NewDynamicValue(typ, encode(t, typ, map[string]any(config)))
	if err != nil {
		t.Fatal(err)
	}
	checked, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: &value})
	if err != nil {
		t.Fatal(err)
	}
	if len(checked.Diagnostics) > 0 {
		return nil, checked.Diagnostics
	}
	for _, v := range config {
		if v == unknown {
			return nil, nil // An engine would wait for the apply.
		}
	}
	resp, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: &value})
	if err != nil {
		t.Fatal(err)
	}
	if diagnostics(resp.Diagnostics).failed() {
		return nil, resp.Diagnostics
	}
	got, err := resp.State.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, got), resp.Diagnostics
}
