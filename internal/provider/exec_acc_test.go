package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

func TestAccExecCreates(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made")
	config := fmt.Sprintf(`resource "exec" "a" {
  command = ["touch", %[1]q]
  creates = %[1]q
}`, made)
	runID := statecheck.CompareValue(differs{})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectUnknownValue("exec.a", tfjsonpath.New("run_id"))},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("exec.a", tfjsonpath.New("exit_code"), knownvalue.Int64Exact(0)),
				runID.AddStateValue("exec.a", tfjsonpath.New("run_id")),
			},
		}, {
			PreConfig: func() {
				if err := os.Remove(made); err != nil {
					t.Fatalf("the command did not run: %v", err)
				}
			},
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("exec.a", plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue("exec.a", tfjsonpath.New("run_id")),
				},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			ConfigStateChecks: []statecheck.StateCheck{runID.AddStateValue("exec.a", tfjsonpath.New("run_id"))},
		}},
	})
}

// differs is satisfied when every value differs from the one before it.
type differs struct{}

func (differs) CompareValues(values ...any) error {
	for i := 1; i < len(values); i++ {
		if values[i] == values[i-1] {
			return fmt.Errorf("value %d is the same as the one before: %v", i, values[i])
		}
	}
	return nil
}
