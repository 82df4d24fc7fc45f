package provider

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// configure returns what the provider makes of a configuration.
func configure(t *testing.T, config attrs) (*settings, []string) {
	t.Helper()
	resp := configureResponse(t, &execProvider{local: hosttest.NewFake(t)}, config)
	s, _ := resp.ResourceData.(*settings)
	return s, told(resp.Diagnostics)
}

func configureResponse(t *testing.T, p *execProvider, config attrs) provider.ConfigureResponse {
	t.Helper()
	var schema provider.SchemaResponse
	p.Schema(t.Context(), provider.SchemaRequest{}, &schema)
	if config == nil {
		config = attrs{} // A provider without any setting is no null to the engine.
	}
	req := provider.ConfigureRequest{Config: tfsdk.Config{
		Schema: schema.Schema, Raw: encode(t, schema.Schema.Type().TerraformType(t.Context()), map[string]any(config)),
	}}
	var resp provider.ConfigureResponse
	p.Configure(t.Context(), req, &resp)
	return resp
}

// The environment variable wins over the configuration, and a setting that is not known
// yet counts as the careful one. No t.Parallel here: the environment is one for all.
func TestGuardsSetting(t *testing.T) {
	cases := map[string]struct {
		variable string
		setting  any
		ask      bool
	}{
		"nothing is said":                   {"", nil, true},
		"plan":                              {"", "plan", true},
		"apply":                             {"", "apply", false},
		"not yet known":                     {"", unknown, false},
		"the variable alone":                {"apply", nil, false},
		"the variable wins over plan":       {"apply", "plan", false},
		"the variable wins over apply":      {"plan", "apply", true},
		"the variable wins over an unknown": {"plan", unknown, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv(guardsVariable, tc.variable)
			s, diags := configure(t, attrs{"guards": tc.setting})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if got := s.askInPlan(); got != tc.ask {
				t.Errorf("guards are asked in plans: %v, want %v", got, tc.ask)
			}
		})
	}
}

func TestGuardsVariableIsChecked(t *testing.T) {
	t.Setenv(guardsVariable, "never")
	s, diags := configure(t, attrs{"guards": "plan"})
	if diff := cmp.Diff([]string{"error: Unable to configure provider"}, diags); diff != "" || s != nil {
		t.Errorf("settings %v, diagnostics (-want +got):\n%s", s, diff)
	}
}

func TestGuardTimeoutSetting(t *testing.T) {
	for name, tc := range map[string]struct {
		setting any
		want    time.Duration
	}{
		"nothing is said": {nil, 30 * time.Second},
		"a duration":      {"1m30s", 90 * time.Second},
		"no limit":        {"0s", 0},
		"not yet known":   {unknown, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(guardsVariable, "")
			s, diags := configure(t, attrs{"guard_timeout": tc.setting})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if s.guardTimeout != tc.want {
				t.Errorf("guard timeout %s, want %s", s.guardTimeout, tc.want)
			}
			engine, err := s.engine(targetLocal, nil, oneAttempt)
			if err != nil || engine.GuardTimeout != tc.want || engine.Host != s.local {
				t.Errorf("the engine of this machine: %v, %v", engine, err)
			}
		})
	}
}

func TestProviderConfigurationIsValidated(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config attrs
		want   []string
	}{
		"nothing":                 {attrs{}, nil},
		"good values":             {attrs{"guards": "apply", "guard_timeout": "1s"}, nil},
		"values not yet known":    {attrs{"guards": unknown, "guard_timeout": unknown}, nil},
		"another word for guards": {attrs{"guards": "never"}, []string{"error: Invalid Attribute Value Match (guards)"}},
		"a negative timeout":      {attrs{"guard_timeout": "-1s"}, []string{"error: Unable to use value (guard_timeout)"}},
		"no duration":             {attrs{"guard_timeout": "soon"}, []string{"error: Unable to use value (guard_timeout)"}},
		"good values of the rest": {attrs{
			"path": []any{"/a"}, "environment": map[string]any{"A": "1", "B": nil}, "timeout": "0s", "max_parallel": 0,
		}, nil},
		"the rest not yet known": {attrs{
			"path": unknown, "environment": map[string]any{"PATH": unknown}, "timeout": unknown, "max_parallel": unknown,
		}, nil},
		"a relative path":        {attrs{"path": []any{"bin"}}, []string{"error: Unable to use value (path[0])"}},
		"an empty path":          {attrs{"path": []any{}}, []string{"error: Invalid Attribute Value (path)"}},
		"no variable":            {attrs{"environment": map[string]any{"A-B": "1"}}, []string{`error: Invalid Attribute Value Match (environment["A-B"])`}},
		"a NUL byte":             {attrs{"environment": map[string]any{"A": "\x00"}}, []string{`error: Unable to use value (environment["A"])`}},
		"path twice":             {attrs{"path": []any{"/a"}, "environment": map[string]any{"PATH": "/b"}}, []string{"error: Unable to combine attributes (path)"}},
		"a negative run timeout": {attrs{"timeout": "-1s"}, []string{"error: Unable to use value (timeout)"}},
		"a negative count":       {attrs{"max_parallel": -1}, []string{"error: Invalid Attribute Value (max_parallel)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var schema provider.SchemaResponse
			p := &execProvider{}
			p.Schema(t.Context(), provider.SchemaRequest{}, &schema)
			typ := schema.Schema.Type().TerraformType(t.Context())
			value, err := tfprotov6.NewDynamicValue(typ, encode(t, typ, map[string]any(tc.config)))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := providerserver.NewProtocol6(p)().ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &value})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, diagnostics(resp.Diagnostics).lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// What has no connection runs on this machine and on no other, whatever its target says.
func TestNoConnectionLeadsElsewhere(t *testing.T) {
	t.Parallel()
	s := settingsOf(hosttest.NewFake(t), guardsInPlan)
	for target, want := range map[string]bool{targetLocal: true, "": false, "Local": false, "ssh://x@y:22": false} {
		engine, err := s.engine(target, nil, oneAttempt)
		if (err == nil) != want || (engine.Host != nil) != want || err != nil && !errors.Is(err, errElsewhere) {
			t.Errorf("the engine of %q: %v, %v; want %v", target, engine, err, want)
		}
	}
}

func TestSchemaIsSound(t *testing.T) {
	t.Parallel()
	resp, err := NewServer("test").GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if diags := diagnostics(resp.Diagnostics); len(diags) > 0 {
		t.Fatal(diags.lines())
	}
	if !execType().Equal(resp.ResourceSchemas["exec"].ValueType()) {
		t.Error("the schema that is served is not the one that these tests use")
	}
	if got, ok := resp.Provider.ValueType().(tftypes.Object); !ok || got.AttributeTypes["guards"] == nil {
		t.Errorf("the provider's schema is %v", resp.Provider.ValueType())
	}
}
