package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// hidden is a configuration of which a part is written only.
func hidden() attrs {
	return configured(attrs{"write_only": map[string]any{
		"environment": map[string]any{"SECRET": secret, "UNSET": nil}, "stdin": "stdin " + secret,
	}})
}

// What is written only reaches the command of a creation and of an update, and comes back
// in neither a plan nor a state.
func TestWriteOnlyIsNotStored(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]attrs{
		"created": nil,
		"updated": ranOnce().with(configured(attrs{"write_only_version": "0"})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundary(t)
			b.local.On("job").Stdout("said " + secret).Stderr(said)
			got := b.apply(state, nil, hidden().with(attrs{"write_only_version": "1"}))
			if got.diags.failed() {
				t.Fatal(got.diags.lines())
			}
			c := b.local.Commands()[0]
			if diff := cmp.Diff([]any{map[string]string{"SECRET": secret}, "stdin " + secret}, []any{c.Env, c.Stdin}); diff != "" {
				t.Errorf("what the command gets (-want +got):\n%s", diff)
			}
			for what, values := range map[string]attrs{"plan": got.plan, "state": got.state} {
				if diff := cmp.Diff(map[string]any{"environment": nil, "stdin": nil}, values["write_only"]); diff != "" {
					t.Errorf("write_only of the %s (-want +got):\n%s", what, diff)
				}
			}
			stdout, _ := got.state["stdout"].(string)
			stderr, _ := got.state["stderr"].(string)
			shows(t, "the state", stdout+stderr)
			shows(t, "the provider's log", b.logs.String())
			if !strings.HasPrefix(stdout, "said ") || !strings.Contains(stderr, plainly) {
				t.Errorf("the control: the state holds %q and %q", stdout, stderr)
			}
		})
	}
}

// Who can compare nothing but the version runs for nothing else.
func TestWriteOnlyVersionIsTheDefinition(t *testing.T) {
	t.Parallel()
	before := configured(attrs{"write_only_version": "1"})
	runPlanCases(t, map[string]planCase{
		"the same version":       {before: before, after: before, want: keeps},
		"another version":        {before: before, after: attrs{"write_only_version": "2"}, want: mayRun},
		"a version at last":      {after: before, want: mayRun},
		"no version any more":    {before: before, want: mayRun},
		"a version of the apply": {before: before, after: attrs{"write_only_version": unknown}, want: mayRun},
	})
}

// An engine that does not know write-only attributes would store them, so it is refused.
func TestWriteOnlyNeedsAnEngineThatKnowsIt(t *testing.T) {
	t.Parallel()
	validate := func(config attrs, known bool) []string {
		t.Helper()
		b := newBoundary(t)
		resp, err := b.server.ValidateResourceConfig(b.ctx, &tfprotov6.ValidateResourceConfigRequest{
			TypeName: "exec", Config: b.pack(config),
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: known},
		})
		if err != nil {
			t.Fatal(err)
		}
		return diagnostics(resp.Diagnostics).lines()
	}
	const refusal = "error: WriteOnly Attribute Not Allowed"
	if got := validate(hidden(), false); len(got) == 0 || !strings.HasPrefix(got[0], refusal) {
		t.Errorf("an engine that does not know it: %v", got)
	}
	if got := validate(hidden(), true); len(got) > 0 {
		t.Errorf("an engine that knows it: %v", got)
	}
	if got := validate(configured(nil), false); len(got) > 0 {
		t.Errorf("an engine that does not know it, where it is not used: %v", got)
	}
}

// A sensitive value in output that is stored is told of, unless it is stored where it
// belongs.
func TestStoredSecretsAreToldOf(t *testing.T) {
	t.Parallel()
	const warning = "warning: Output holds a sensitive value (sensitive_output)"
	inEnvironment := attrs{"sensitive_environment": map[string]any{"S": secret}}
	for name, tc := range map[string]struct {
		config attrs
		output string
		warns  bool
	}{
		"in output":                    {inEnvironment, said, true},
		"in base64":                    {inEnvironment, strings.SplitN(said, "\n", 5)[4], true},
		"not in output":                {inEnvironment, plainly, false},
		"too short":                    {attrs{"sensitive_environment": map[string]any{"S": "bes"}}, plainly, false},
		"in sensitive output":          {inEnvironment.with(attrs{"sensitive_output": true}), said, false},
		"nothing sensitive":            {attrs{}, said, false},
		"masked, for it is write-only": {hidden(), said, false},
	} {
		for _, exit := range []int{0, 1} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newBoundary(t)
				b.local.On("job").Exit(exit).Stderr(tc.output)
				state := ranOnce().with(configured(nil)).with(attrs{"in_sync": false})
				got := b.apply(state, nil, configured(tc.config).with(attrs{"timeout": "1h"}))
				warned := false
				for _, line := range got.diags.lines() {
					warned = warned || line == warning
				}
				if warned != tc.warns {
					t.Errorf("exit code %d: %v", exit, got.diags.lines())
				}
			})
		}
	}
}
