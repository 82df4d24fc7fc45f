package provider

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// aboutMoves is every message about moved resources.
func aboutMoves() []message {
	return []message{
		{"a moved block that leads from another type", notMovable("random_id", "registry.opentofu.org/hashicorp/random")},
		{"a moved block from a state without an id", notMoved("null_resource", nil)},
		{"a moved block from a state that cannot be read", notMoved("null_resource", errors.New("unexpected end of JSON input"))},
	}
}

// What is moved here keeps its id, and nothing else of what it was.
func TestMoveState(t *testing.T) {
	t.Parallel()
	const builtin = "terraform.io/builtin/terraform"
	refused := []string{"error: Unable to move resource"}
	cases := map[string]struct {
		typ, provider, state string
		want                 attrs
		told                 []string
	}{
		"a null_resource":                     {"null_resource", "registry.terraform.io/hashicorp/null", `{"id":"557700","triggers":{"a":"1"}}`, attrs{"id": "557700"}, nil},
		"a null_resource of OpenTofu":         {"null_resource", "registry.opentofu.org/hashicorp/null", `{"id":"557700","triggers":null}`, attrs{"id": "557700"}, nil},
		"a null_resource of a mirror":         {"null_resource", "tf.example.com/hashicorp/null", `{"id":"557700"}`, attrs{"id": "557700"}, nil},
		"a terraform_data":                    {"terraform_data", builtin, `{"id":"b5","input":{"type":"string","value":"x"},"output":{"type":"string","value":"x"},"triggers_replace":null}`, attrs{"id": "b5"}, nil},
		"a terraform_data with what is new":   {"terraform_data", builtin, `{"id":"b5","some_day":[1]}`, attrs{"id": "b5"}, nil},
		"one that Terraform takes for ours":   {"terraform_data", "registry.terraform.io/terraform-provider-exec/exec", `{"id":"b5"}`, attrs{"id": "b5"}, nil},
		"a type that is not ours":             {"random_id", "registry.terraform.io/terraform-provider-exec/exec", `{"id":"b5"}`, nil, refused},
		"another type":                        {"random_id", "registry.terraform.io/hashicorp/random", `{"id":"x"}`, nil, refused},
		"a null_resource of somebody else":    {"null_resource", "registry.terraform.io/me/null", `{"id":"x"}`, nil, refused},
		"a terraform_data of somebody else":   {"terraform_data", "registry.terraform.io/me/terraform", `{"id":"x"}`, nil, refused},
		"a type of the provider of the other": {"terraform_data", "registry.terraform.io/hashicorp/null", `{"id":"x"}`, nil, refused},
		"a state without an id":               {"null_resource", "registry.terraform.io/hashicorp/null", `{"id":null}`, nil, refused},
		"a state that is none":                {"null_resource", "registry.terraform.io/hashicorp/null", `[]`, nil, refused},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundaryWith(t, guardsInPlan)
			resp, err := b.server.MoveResourceState(b.ctx, &tfprotov6.MoveResourceStateRequest{
				SourceTypeName: tc.typ, SourceProviderAddress: tc.provider, TargetTypeName: "exec",
				SourceState: &tfprotov6.RawState{JSON: []byte(tc.state)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.told, diagnostics(resp.Diagnostics).lines()); diff != "" {
				t.Fatalf("diagnostics (-want +got):\n%s", diff)
			}
			if tc.told != nil {
				return
			}
			if diff := cmp.Diff(tc.want, b.unpack(resp.TargetState)); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if len(resp.TargetPrivate) > 0 {
				t.Errorf("private state %q", resp.TargetPrivate)
			}
		})
	}
}

// The first apply of what was moved runs nothing and asks nothing, whatever triggers and
// guards say: the machine of this test fails it when it is asked. The control is the same
// configuration without a state, which runs.
func TestMovedRunsNothing(t *testing.T) {
	t.Parallel()
	configs := map[string]attrs{
		"no guard":           {"command": job},
		"always":             {"command": job, "always": true},
		"subscribe":          {"command": job, "subscribe": "x", "refresh_only": true},
		"recheck_on, guards": {"command": job, "recheck_on": "x", "unless": "question"},
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundaryWith(t, guardsInPlan)
			moved := attrs{"id": "557700"}
			read := b.read(moved)
			if diff := cmp.Diff(moved, read.state); diff != "" || len(read.diags) > 0 {
				t.Errorf("refresh (-want +got):\n%s%v", diff, read.diags.lines())
			}
			got := b.apply(read.state, nil, config)
			want := attrs{"id": "557700", "target": "local", "in_sync": true}
			if diff := cmp.Diff(want, got.state.only(computedAttributes...)); diff != "" || len(got.diags) > 0 {
				t.Errorf("state after the apply (-want +got):\n%s%v", diff, got.diags.lines())
			}

			control := newBoundaryWith(t, guardsInApply)
			control.local.On("question").Exit(1)
			control.local.On("job")
			if first := control.apply(nil, nil, config); first.state["run_id"] != isNew {
				t.Errorf("the control did not run: %v", first.diags.lines())
			}
		})
	}
}

// What was moved and never applied has nothing to undo.
func TestMovedThenDestroyed(t *testing.T) {
	t.Parallel()
	b := newBoundary(t)
	if got := b.destroy(attrs{"id": "557700"}, nil); len(got.diags) > 0 || got.state != nil {
		t.Errorf("state %v, diagnostics %v", got.state, got.diags.lines())
	}
}
