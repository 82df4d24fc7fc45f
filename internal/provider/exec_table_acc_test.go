package provider_test

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const (
	created = plancheck.ResourceActionCreate
	updated = plancheck.ResourceActionUpdate
	noop    = plancheck.ResourceActionNoop
)

// step is one apply of a row's proof. It also plans again afterwards, and that plan must be
// empty unless the step says otherwise.
type step struct {
	files []string // What happens to the machine first, see stage.
	with  string   // Attributes added to those of the case.

	action plancheck.ResourceActionType
	open   bool   // Whether the plan leaves run_id open. A create always does.
	why    string // The noop_message of the refreshed state, if any.

	ran   string // All that ever ran, in order.
	asked string // The guard that was asked last of those that tell, or "nothing" if none ever did; "" is not looked at.
	fails string // What the apply's error says.
	again bool   // Whether the next plan wants to run the command again.
}

// The table is that of package guard. Rows are proved in its order; each case has a step
// in which the command does not run and one, its control, in which it does.
func TestAccExecTable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body  string
		steps []step
	}{
		"row 1: a changed subscribe runs refresh, whatever the guards say": {
			body: `
				command = "echo command >> ran"
				refresh = "echo refresh >> ran"
				creates = "made"
				unless  = "echo unless >> asked"`,
			steps: []step{
				{files: []string{"+made"}, with: `subscribe = 1`, action: created, open: true, ran: "refresh"},
				{with: `subscribe = 1`, action: noop, ran: "refresh"},
				{with: `subscribe = ["x", { y = 2 }]`, action: updated, open: true, ran: "refresh refresh"},
				{action: updated, ran: "refresh refresh", asked: "nothing"}, // Removing it is no change.
				{files: []string{"-made"}, action: noop, ran: "refresh refresh", asked: "unless"},
			},
		},
		"row 1: without refresh a changed subscribe runs the command": {
			body: `command = "echo command >> ran"`,
			steps: []step{
				{action: created, open: true, ran: "command"},
				{with: `subscribe = ["a"]`, action: updated, open: true, ran: "command command"},
				{with: `subscribe = tolist(["a"])`, action: updated, ran: "command command"},
			},
		},
		"row 2: with refresh_only and no trigger nothing runs": {
			body: `
				command      = "echo command >> ran"
				onlyif       = "echo onlyif >> asked"
				refresh_only = true`,
			steps: []step{
				{with: `recheck_on = 1`, action: created, open: true, ran: "command", asked: "onlyif"},
				{with: "recheck_on = 1\nstdin = \"other\"", action: updated, ran: "command"},
				{with: "recheck_on = 2\nstdin = \"other\"", action: updated, open: true, ran: "command command"},
			},
		},
		"row 3: one creates that exists is enough, and no guard command is run": {
			body: `
				command = "echo command >> ran; touch made"
				creates = ["absent", "made"]
				unless  = "echo unless >> asked; false"`,
			steps: []step{
				{files: []string{"+made"}, action: created, open: true, asked: "nothing"},
				{action: noop, asked: "nothing"},
				{
					files: []string{"-made"}, action: updated, open: true, ran: "command", asked: "unless",
					why: `Would have executed: creates "absent" does not exist, creates "made" does not exist, unless[0] exited 1`,
				},
			},
		},
		"row 3: one removes that does not exist is enough, and no guard command is run": {
			body: `
				command = "echo command >> ran; rm this"
				removes = ["this", "that"]
				unless  = "echo unless >> asked; false"`,
			steps: []step{
				{files: []string{"+this"}, action: created, open: true, asked: "nothing"},
				{
					files: []string{"+that"}, action: updated, open: true, ran: "command", asked: "unless",
					why: `Would have executed: removes "this" exists, removes "that" exists, unless[0] exited 1`,
				},
			},
		},
		"row 4: one unless that exits 0 is enough, and no onlyif is run": {
			body: `
				command = "echo command >> ran; touch made"
				unless  = ["exit 3", ["test", "-e", "made"]]
				onlyif  = "echo onlyif >> asked"`,
			steps: []step{
				{files: []string{"+made"}, action: created, open: true, asked: "nothing"},
				{
					files: []string{"-made"}, action: updated, open: true, ran: "command", asked: "onlyif",
					why: `Would have executed: unless[0] exited 3, unless[1] exited 1, onlyif[0] exited 0`,
				},
			},
		},
		"row 5: one onlyif that does not exit 0 is enough": {
			body: `
				command = "echo command >> ran; rm wanted"
				onlyif  = ["true", ["test", "-e", "wanted"]]`,
			steps: []step{
				{action: created, open: true},
				{action: noop},
				{
					files: []string{"+wanted"}, action: updated, open: true, ran: "command",
					why: `Would have executed: onlyif[0] exited 0, onlyif[1] exited 0`,
				},
			},
		},
		"row 6: a first apply runs the command if no guard says skip": {
			body: `
				command = "echo command >> ran; touch made"
				creates = "made"`,
			steps: []step{
				{action: created, open: true, ran: "command"},
				{with: `stdin = "other"`, action: updated, ran: "command"}, // The guard decides, not the definition.
				{with: `stdin = "other"`, files: []string{"-made"}, action: updated, open: true, ran: "command command", why: `Would have executed: creates "made" does not exist`},
			},
		},
		"row 6: onlyif alone lets the command run on every apply": {
			body: `
				command = "echo command >> ran"
				onlyif  = "test -e wanted"`,
			steps: []step{
				{files: []string{"+wanted"}, action: created, open: true, ran: "command", again: true},
				{action: updated, open: true, ran: "command command", again: true, why: "Would have executed: onlyif[0] exited 0"},
				{files: []string{"-wanted"}, action: noop, ran: "command command"},
			},
		},
		"row 6: a changed recheck_on asks the guards again, and they may veto": {
			body: `
				command = "echo command >> ran; touch made"
				creates = "made"`,
			steps: []step{
				{with: `recheck_on = 1`, action: created, open: true, ran: "command"},
				{with: `recheck_on = 2`, action: updated, open: true, ran: "command"},
				{with: `recheck_on = 3`, files: []string{"-made"}, action: updated, open: true, ran: "command command", why: `Would have executed: creates "made" does not exist`},
			},
		},
		"row 7: without a guard a changed definition runs the command": {
			body: ``,
			steps: []step{
				{with: `command = "echo one >> ran"`, action: created, open: true, ran: "one"},
				{with: `command = "echo two >> ran"`, action: updated, open: true, ran: "one two"},
				{with: "command = \"echo two >> ran\"\ntimeout = \"9s\"\nname = \"label\"", action: updated, ran: "one two"},
				{with: "command = \"echo two >> ran\"\nenvironment = { A = 1 }", action: updated, open: true, ran: "one two two"},
			},
		},
		"row 7: without a guard a changed recheck_on runs the command": {
			body: `command = "echo command >> ran"`,
			steps: []step{
				{with: `recheck_on = 1`, action: created, open: true, ran: "command"},
				{with: `recheck_on = 1`, action: noop, ran: "command"},
				{with: `recheck_on = 2`, action: updated, open: true, ran: "command command"},
			},
		},
		"row 7: without a guard a failed run is repeated until it succeeds": {
			body: `command = "echo command >> ran; test ! -e broken"`,
			steps: []step{
				{with: `recheck_on = 1`, action: created, open: true, ran: "command"},
				{with: `recheck_on = 2`, files: []string{"+broken"}, fails: "exited with code 1"},
				// Definition and trigger are those of the last success again.
				{
					with: `recheck_on = 1`, files: []string{"-broken"}, action: updated, open: true, ran: "command command command",
					why: "Would have executed: the last run failed",
				},
				{with: `recheck_on = 1`, action: noop, ran: "command command command"},
			},
		},
		"row 7: always runs the command on every apply": {
			body: `command = "echo command >> ran"`,
			steps: []step{
				{with: `always = true`, action: created, open: true, ran: "command", again: true},
				{with: `always = true`, action: updated, open: true, ran: "command command", again: true, why: "Would have executed: always"},
				{with: `always = false`, action: updated, ran: "command command", why: "Would have executed: always"},
			},
		},
		"row 8: without a guard the state is the guard": {
			body: `command = "echo command >> ran"`,
			steps: []step{
				{action: created, open: true, ran: "command"},
				{action: noop, ran: "command"},
				{with: `stdin = "other"`, action: updated, open: true, ran: "command command"},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var steps []resource.TestStep
			for _, s := range test.steps {
				steps = append(steps, s.in(t, dir, test.body))
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: steps})
		})
	}
}

// in returns the step for a resource with the attributes of body whose place is dir.
func (s step) in(t *testing.T, dir, body string) resource.TestStep {
	t.Helper()
	full := resource.TestStep{
		PreConfig:          func() { stage(t, dir, s.files...) },
		Config:             fmt.Sprintf("resource \"exec\" \"a\" {\n  shell = true\n  cwd = %q\n%s\n%s\n}\n", dir, body, s.with),
		ExpectNonEmptyPlan: s.again,
	}
	if s.fails != "" {
		full.ExpectError = regexp.MustCompile(s.fails)
		return full
	}
	full.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{
		plancheck.ExpectResourceAction("exec.a", s.action),
		planSays{open: s.open, why: s.why},
	}
	full.ConfigStateChecks = []statecheck.StateCheck{
		statecheck.ExpectKnownValue("exec.a", tfjsonpath.New("in_sync"), knownvalue.Bool(true)),
		statecheck.ExpectKnownValue("exec.a", tfjsonpath.New("noop_message"), knownvalue.Null()),
		happened{dir: dir, ran: s.ran, asked: s.asked},
	}
	return full
}

// planSays looks at what a plan promises of exec.a.
type planSays struct {
	open bool
	why  string
}

func (p planSays) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, c := range req.Plan.ResourceChanges {
		unknown, _ := c.Change.AfterUnknown.(map[string]any)
		if open := unknown["run_id"] == true; open != p.open {
			resp.Error = fmt.Errorf("%s: run_id left open: %v, want %v", c.Address, open, p.open)
			return
		}
		before, _ := c.Change.Before.(map[string]any)
		if why, _ := before["noop_message"].(string); why != p.why {
			resp.Error = fmt.Errorf("%s: noop_message is %q, want %q", c.Address, why, p.why)
			return
		}
	}
}

// happened looks at what commands and guards left behind in a directory.
type happened struct{ dir, ran, asked string }

func (h happened) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	ran, err := words(filepath.Join(h.dir, "ran"))
	if err != nil {
		resp.Error = err
		return
	}
	if got := strings.Join(ran, " "); got != h.ran {
		resp.Error = fmt.Errorf("what ran is %q, want %q", got, h.ran)
		return
	}
	asked, err := words(filepath.Join(h.dir, "asked"))
	if err != nil {
		resp.Error = err
		return
	}
	last := "nothing"
	if len(asked) > 0 {
		last = asked[len(asked)-1]
	}
	if h.asked != "" && last != h.asked {
		resp.Error = fmt.Errorf("the guard asked last is %q, want %q", last, h.asked)
	}
}
