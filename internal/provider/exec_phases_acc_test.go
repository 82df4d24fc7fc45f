package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// Which phases ask guards, told by guards that write down that they were asked.
const phasesConfig = `
	provider "exec" { SETTING }
	resource "exec" "guarded" {
		shell   = true
		command = "echo guarded >> ran; touch made"
		unless  = "echo asked >> asked; test -e made"
	}
	resource "exec" "unguarded" {
		shell   = true
		command = "echo unguarded >> ran"
	}
	resource "exec" "dependent" {
		shell        = true
		command      = "echo dependent >> ran"
		refresh_only = true
		subscribe    = exec.guarded.run_id
	}
`

func phasesWith(setting string) string {
	return strings.Replace(phasesConfig, "SETTING", setting, 1)
}

// asked returns how often the guard was asked, and forgets it.
func asked(t *testing.T, w *enginetest.Workspace) int {
	t.Helper()
	n := len(w.Lines("asked"))
	w.Remove("asked")
	return n
}

func TestAccExecRefreshFlags(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(phasesWith(""))
	w.Apply()
	equal(t, "what the first apply ran", sortedWords(runs(t, w)), "dependent guarded unguarded")
	asked(t, w)

	plan := w.Plan()
	equal(t, "-detailed-exitcode in sync", plan.ExitCode, 0)
	if asked(t, w) == 0 {
		t.Error("a plan asks no guard")
	}
	plan = w.Plan("-refresh-only")
	// Not its exit code: Terraform stores the paths of sensitive attributes in any order and
	// takes another order for a change, though it prints none.
	saw(t, plan.Result, "No changes.")
	equal(t, "-refresh-only in sync", len(plan.ResourceDrift), 0)

	w.Remove("made")
	equal(t, "-detailed-exitcode out of sync", w.Plan().ExitCode, 2)
	asked(t, w)

	plan = w.Plan("-refresh=false")
	equal(t, "guards asked with -refresh=false", asked(t, w), 0)
	equal(t, "-refresh=false sees the stored state", plan.ExitCode, 0)
	equal(t, "-refresh=false leaves run_id open", plan.Change(t, "exec.guarded").MayRun(), false)

	plan = w.Plan("-refresh-only")
	equal(t, "-refresh-only out of sync", plan.ExitCode, 2)
	saw(t, plan.Result, `noop_message = "Would have executed: unless[0] exited 1"`)
	equal(t, "drifted resources", len(plan.ResourceDrift), 1)
	equal(t, "the one that drifted", plan.ResourceDrift[0].Address, "exec.guarded")
	equal[any](t, "its in_sync", plan.ResourceDrift[0].Change.After["in_sync"], false)
	if asked(t, w) == 0 {
		t.Error("-refresh-only asks no guard")
	}
	equal(t, "what plans ran", runs(t, w), "")

	// Accepting what the refresh saw runs nothing; what it saw is enough for the next
	// plan, which asks nobody.
	w.Must("apply", "tfplan")
	equal(t, "what a refresh-only apply ran", runs(t, w), "")
	asked(t, w)
	plan = w.Plan("-refresh=false")
	equal(t, "the observation was stored", plan.Change(t, "exec.guarded").MayRun(), true)
	equal(t, "guards asked by a plan from the stored state", asked(t, w), 0)
	w.Must("apply", "tfplan")
	if asked(t, w) == 0 {
		t.Error("the apply asks no guard")
	}
	equal(t, "what the apply ran", runs(t, w), "guarded dependent")
	settled(t, w)
	asked(t, w)

	// Both phases at once without a refresh: the guards are still asked before a run.
	w.Config(strings.Replace(phasesWith(""), "asked >> asked;", "asked >> asked; true;", 1))
	w.Apply("-refresh=false")
	equal(t, "what an apply of a changed guard ran", runs(t, w), "")
	equal(t, "how often it was asked", asked(t, w), 1)
}

// guards = "apply" keeps plans from running anything. Only Read may look at it, so that
// any mix of the two phases agrees.
func TestAccExecGuardsOnlyInApply(t *testing.T) {
	t.Parallel()
	type phase struct{ setting, variable string }
	var (
		inPlan   = phase{}
		byHCL    = phase{setting: `guards = "apply"`}
		byEnv    = phase{variable: "apply"}
		overrule = phase{setting: `guards = "apply"`, variable: "plan"}
	)
	tests := map[string]struct {
		plan, apply phase
		quiet       bool // Whether the plan asks nothing.
	}{
		"both phases ask, the control":        {plan: inPlan, apply: inPlan},
		"set in HCL":                          {plan: byHCL, apply: byHCL, quiet: true},
		"set by the variable in both phases":  {plan: byEnv, apply: byEnv, quiet: true},
		"set by the variable in plan only":    {plan: byEnv, apply: inPlan, quiet: true},
		"set by the variable in apply only":   {plan: inPlan, apply: byEnv},
		"the variable overrules HCL":          {plan: overrule, apply: byHCL},
		"the variable overrules HCL in apply": {plan: byHCL, apply: overrule, quiet: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			plan := func() enginetest.Plan {
				t.Helper()
				asked(t, w)
				w.Setenv("EXEC_GUARDS", test.plan.variable)
				w.Config(phasesWith(test.plan.setting))
				p := w.Plan()
				equal(t, "the plan asks nothing", asked(t, w) == 0, test.quiet)
				return p
			}
			apply := func() string {
				t.Helper()
				w.Setenv("EXEC_GUARDS", test.apply.variable)
				w.Must("apply", "tfplan")
				return runs(t, w)
			}

			// A create that its guard finds unneeded.
			stage(t, w.Dir, "+made")
			p := plan()
			equal(t, "the create warns", strings.Contains(p.Flat(), "Command is not needed at present"), !test.quiet)
			equal(t, "what the create ran", apply(), "unguarded") // A run_id that is null is no trigger.

			// In sync: without asking nobody knows, so the plan says "may run".
			p = plan()
			equal(t, "guarded is left open in sync", p.Change(t, "exec.guarded").MayRun(), test.quiet)
			equal(t, "dependent is left open in sync", p.Change(t, "exec.dependent").MayRun(), test.quiet)
			equal(t, "unguarded is left open in sync", p.Change(t, "exec.unguarded").MayRun(), false)
			if test.quiet {
				equal[any](t, "in_sync of a guard that was not asked", p.Change(t, "exec.guarded").Change.Before["in_sync"], nil)
			}
			equal(t, "what an apply in sync ran", apply(), "")

			// Out of sync.
			w.Remove("made")
			p = plan()
			equal(t, "guarded is left open out of sync", p.Change(t, "exec.guarded").MayRun(), true)
			equal(t, "what an apply out of sync ran", apply(), "guarded dependent")
		})
	}
}

// During apply a guard without an answer is an error that names it, never a skip and never
// a run: for a create, and for an update that the plan already warned of.
func TestAccExecGuardWithoutAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		guard  string
		reason string
	}{
		"program that does not exist":         {`unless = [["./absent"]]`, "unless[0] gave no answer (program not found)"},
		"program that is not executable":      {`onlyif = ["true", ["./file"]]`, "onlyif[1] gave no answer (program is not executable)"},
		"shell that cannot find it":           {`unless = "absent-command"`, "unless[0] gave no answer (the shell could not run it, exit code 127)"},
		"shell that may not execute it":       {`unless = "./file"`, "unless[0] gave no answer (the shell could not run it, exit code 126)"},
		"killed by a signal":                  {`onlyif = "kill -SEGV $$"`, "onlyif[0] gave no answer (it was killed by SIGSEGV)"},
		"longer than guard_timeout":           {`unless = "exec sleep 60"`, "unless[0] gave no answer (it timed out)"},
		"creates that may not be looked at":   {`creates = "` + strings.Repeat("x", 300) + `"`, `gave no answer (the path may not be looked at)`},
		"removes that may not be looked at":   {`removes = "` + strings.Repeat("x", 300) + `"`, `gave no answer (the path may not be looked at)`},
		"unless after one that gave its word": {`unless = ["false", "absent-command"]`, "unless[1] gave no answer"},
	}
	w := enginetest.New(t)
	write := func(guard func(string) string) {
		var hcl strings.Builder
		hcl.WriteString("provider \"exec\" { guard_timeout = \"1500ms\" }\n")
		for name, test := range tests {
			hcl.WriteString("resource \"exec\" \"" + slug(name) + "\" {\n shell = true\n command = \"echo " + slug(name) + " >> ran\"\n" + guard(test.guard) + "\n}\n")
		}
		// A silent 127 is how `command -v` says no in some shells, and an answer.
		hcl.WriteString("resource \"exec\" \"control\" {\n shell = true\n command = \"echo control >> ran\"\n unless = \"exit 127\"\n}\n")
		w.Config(hcl.String())
	}
	stage(t, w.Dir, "+file")
	check := func(t *testing.T, phase, severity string, r enginetest.Result) {
		t.Helper()
		for name, test := range tests {
			d, ok := r.Diagnostic("exec."+slug(name), severity)
			if !ok {
				t.Errorf("%s, %s: no %s", phase, name, severity)
				continue
			}
			attribute, _, _ := strings.Cut(test.guard, " ")
			equal(t, phase+", "+name+", attribute", d.Attribute(), attribute)
			if !strings.Contains(d.Detail, test.reason) {
				t.Errorf("%s, %s: %q is not in\n%s", phase, name, test.reason, d.Detail)
			}
		}
	}

	write(func(guard string) string { return guard })
	check(t, "plan of a create", "warning", w.Must("plan", "-json"))
	r := w.Run("apply", "-auto-approve", "-json")
	equal(t, "exit code of an apply", r.ExitCode, 1)
	check(t, "create", "error", r)
	equal(t, "what the create ran", runs(t, w), "control")
	equal(t, "resources that exist", len(w.State()), 1)

	// Now for updates: the resources come to be by a guard that says skip.
	write(func(string) string { return `unless = "true"` })
	w.Apply()
	write(func(guard string) string { return guard })
	runs(t, w)
	before := w.State()
	r = w.Run("apply", "-auto-approve", "-json")
	equal(t, "exit code of an apply", r.ExitCode, 1)
	check(t, "update", "error", r)
	equal(t, "what the update ran", runs(t, w), "control")
	for address, after := range w.State() {
		if address != "exec.control" {
			equal[any](t, address+" in_sync", after.Values["in_sync"], nil)
			equal(t, address+" keeps its guard", after.Values["unless"], before[address].Values["unless"])
			equal[any](t, address+" run_id", after.Values["run_id"], nil)
		}
	}

	// Once the broken guards are in the state, plans warn.
	write(func(guard string) string { return guard + "\n subscribe = 1" })
	w.Apply()
	runs(t, w)
	check(t, "plan of an update", "warning", w.Must("plan", "-json"))
	equal(t, "what the plan ran", runs(t, w), "")

	// Destroying asks none of them.
	w.Must("plan", "-destroy")
	w.Must("destroy", "-auto-approve")
	equal(t, "resources left", len(w.State()), 0)
}
