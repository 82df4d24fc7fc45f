package provider_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// What a default run takes on, so that it ends within a minute on two cores. The variables
// EXEC_TEST_SEED and EXEC_TEST_SEQUENCES overrule it.
const (
	randomSeed      = 1
	randomSequences = 10
	randomSteps     = 6
)

// TestAccExecRandom drives the engine through random edits, drift, failures and ways to
// apply, beside a model of the decision table: what the plan promised, what ran, and what
// the state says must be what the model says.
func TestAccExecRandom(t *testing.T) {
	t.Parallel()
	seed := randomSetting(t, "EXEC_TEST_SEED", randomSeed)
	for i := range randomSetting(t, "EXEC_TEST_SEQUENCES", randomSequences) {
		t.Run(fmt.Sprintf("seed %d sequence %d", seed, i), func(t *testing.T) {
			t.Parallel()
			s := newSequence(t, rand.New(rand.NewPCG(seed, i)))
			for range randomSteps {
				s.step()
			}
			s.apply(options{refresh: true, askInPlan: true, destroy: true})
		})
	}
}

func randomSetting(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// sequence is one walk: the engine's workspace, the model, and what was done so far.
type sequence struct {
	*model
	t     *testing.T
	rand  *rand.Rand
	w     *enginetest.Workspace
	trace []string
	// runIDs are the engine's ids by the model's.
	runIDs map[string]string
}

// script is what every command runs: it says that it ran, changes the machine, and ends as
// the machine wants it to.
const script = `
what=$1 name=$2
if [ "$what" = destroy ]; then
  echo "destroy $name $EXEC_EXIT_CODE $(printf %s "$EXEC_STDOUT")" >>log
  exit "$(cat "destroy-code.$name" || echo 0)"
fi
echo "$what $name $3 $4 $V" >>log
echo "$name $3 $4 $V"
[ ! -f "effects.$name" ] || . "./effects.$name"
code=$(cat "code.$name" || echo 0)
[ "$code" != -1 ] || kill -KILL $$
exit "$code"
`

func newSequence(t *testing.T, r *rand.Rand) *sequence {
	t.Helper()
	s := &sequence{model: newModel(), t: t, rand: r, w: enginetest.New(t), runIDs: map[string]string{}}
	s.w.Setenv("V", "")
	s.w.Write("do.sh", script)
	for answer, code := range map[string]int{saysYes: 0, saysNo: 1} {
		s.w.Write(answer, fmt.Sprintf("#!/bin/sh\nexit %d\n", code))
		if err := os.Chmod(s.w.Path(answer), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range randomExecs {
		for _, letter := range []string{"c", "r", "u", "o", "d"} {
			for _, variant := range []string{"", "2", "x", "y", "2x", "2y"} {
				s.setFile(name+"."+letter+variant, s.content(letter))
			}
		}
	}
	for _, name := range randomData {
		s.inputs[name] = s.input()
	}
	for _, name := range randomExecs {
		if s.chance(4, 5) {
			s.add(name)
		}
	}
	return s
}

func (s *sequence) logf(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

// fatalf fails with everything that is needed to see why, and to see it again.
func (s *sequence) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s\n\nEXEC_TEST_SEED and the number of the sequence are in this test's name. What was done:\n%s\n\nmain.tf:\n%s",
		fmt.Sprintf(format, args...), strings.Join(s.trace, "\n"), s.w.Read("main.tf"))
}

// setFile makes the file on the machine and in the model; empty content removes it.
func (s *sequence) setFile(name, content string) {
	s.machine.files[name] = content
	s.w.Remove(name)
	if content == "" {
		return
	}
	if err := os.Symlink(content, s.w.Path(name)); err != nil {
		s.t.Fatal(err)
	}
}

// step edits, lets the machine drift, and has the engine act.
func (s *sequence) step() {
	s.logf("- step")
	for range s.rand.IntN(5) {
		s.edit()
	}
	s.drift(3)
	o := options{refresh: s.chance(5, 6), askInPlan: s.chance(3, 4)}
	for _, name := range slices.Concat(randomData, randomExecs) {
		_, isData := s.data[name]
		_, isExec := s.state[name]
		_, configured := s.execs[name]
		if s.chance(1, 12) && (isData || isExec && configured) {
			o.replace = append(o.replace, name)
		}
	}
	switch s.rand.IntN(14) {
	case 0:
		s.refreshState(o)
	case 1:
		s.adopt()
	case 2:
		s.apply(options{refresh: o.refresh, askInPlan: o.askInPlan, destroy: true})
	default:
		s.apply(o)
	}
}

// arguments prepares the workspace and the command line for the options.
func (s *sequence) arguments(o options) []string {
	s.w.Config(s.hcl())
	s.w.Setenv("EXEC_GUARDS", map[bool]string{true: "plan", false: "apply"}[o.askInPlan])
	var args []string
	if !o.refresh {
		args = append(args, "-refresh=false")
	}
	if o.destroy {
		args = append(args, "-destroy")
	}
	for _, name := range o.replace {
		args = append(args, "-replace="+address(name))
	}
	return args
}

// apply plans and applies, in one go or with a saved plan between which and its apply the
// machine drifts on.
func (s *sequence) apply(o options) {
	s.t.Helper()
	args := s.arguments(o)
	stored := s.dependencies()
	if o.destroy && o.refresh {
		// Engines make an ordinary plan first, and forget what a resource used to depend
		// on if that plan changes nothing of it.
		for name, c := range s.plan(options{refresh: true, askInPlan: o.askInPlan}).changes {
			if c.action == actNothing {
				delete(stored, name)
			}
		}
	}
	p := s.plan(o)
	s.w.Remove("log")
	var ended enginetest.Result
	var unknown map[string]bool
	if s.chance(1, 2) {
		s.logf("apply %v, guards in plan: %v", args, o.askInPlan)
		ended = s.w.Run(append([]string{"apply", "-auto-approve"}, args...)...)
	} else {
		s.logf("plan %v, guards in plan: %v", args, o.askInPlan)
		unknown = s.checkPlan(p, args)
		s.drift(4)
		applied := options{askInPlan: s.chance(1, 2)}
		s.arguments(applied)
		s.logf("apply the plan, guards in plan: %v", applied.askInPlan)
		ended = s.w.Run("apply", "tfplan")
	}
	want := s.model.apply(p, stored)
	s.checkErrors(ended, want)
	s.checkLog(ended, want, unknown)
	s.checkState()
	if len(want.failed) > 0 {
		return
	}
	again := options{refresh: true, askInPlan: true, destroy: o.destroy}
	if next := s.plan(again); next.empty() && s.chance(2, 3) {
		s.logf("plan, which must be empty")
		if r := s.w.Run(append([]string{"plan", "-detailed-exitcode"}, s.arguments(again)...)...); r.ExitCode != 0 {
			s.fatalf("the plan after an apply exits %d, want 0:\n%s", r.ExitCode, r.Output())
		}
	}
}

// checkPlan plans, compares, and returns the addresses whose command may run.
func (s *sequence) checkPlan(p modelPlan, args []string) map[string]bool {
	s.t.Helper()
	r := s.w.Run(append([]string{"plan", "-out=tfplan", "-detailed-exitcode"}, args...)...)
	want := 2
	if p.empty() {
		want = 0
	}
	if r.ExitCode != want {
		s.fatalf("plan exits %d, want %d\n%s", r.ExitCode, want, r.Output())
	}
	var shown enginetest.Plan
	if err := json.Unmarshal([]byte(s.w.Must("show", "-json", "tfplan").Stdout), &shown); err != nil {
		s.t.Fatal(err)
	}
	got := map[string]planned{}
	unknown := map[string]bool{}
	for _, c := range shown.ResourceChanges {
		_, name, _ := strings.Cut(c.Address, ".")
		got[name] = planned{action: c.Action(), mayRun: c.MayRun()}
		unknown[name] = c.MayRun()
	}
	if diff := cmp.Diff(p.changes, got, cmp.AllowUnexported(planned{})); diff != "" {
		s.fatalf("the plan is not the model's (-want +got):\n%s\n%s", diff, r.Output())
	}
	if log := s.w.Read("log"); log != "" {
		s.fatalf("a plan ran commands:\n%s", log)
	}
	return unknown
}

// never are words with which engines report a provider that broke their rules.
var never = []string{
	"inconsistent", "nvalid plan", "unknown values", "nvalid result", "produced an", "bug in the provider", "panic", "crash",
	"Plugin did not respond", "Provider produced",
}

func (s *sequence) checkErrors(r enginetest.Result, want outcome) {
	s.t.Helper()
	for _, words := range never {
		if strings.Contains(r.Flat(), words) {
			s.fatalf("the engine says %q:\n%s", words, r.Output())
		}
	}
	code := min(len(want.failed), 1)
	if got := strings.Count(r.Output(), "Error: "); r.ExitCode != code || got != len(want.failed) {
		s.fatalf("the engine exits %d with %d errors, want %d with errors for %v:\n%s", r.ExitCode, got, code, want.failed, r.Output())
	}
	for _, name := range want.failed {
		// An engine that destroys does not always say what.
		if !slices.Contains(want.stay, name) && !strings.Contains(r.Flat(), "with "+address(name)+",") {
			s.fatalf("the engine reports no error for %s:\n%s", name, r.Output())
		}
	}
}

// checkLog compares what ran. Unknown is nil, or what a saved plan left open: whatever
// else it is, a command whose run_id was known may not have run.
func (s *sequence) checkLog(r enginetest.Result, want outcome, unknown map[string]bool) {
	s.t.Helper()
	got := map[string][]string{}
	position := map[string]int{}
	for i, line := range s.w.Lines("log") {
		words := strings.Fields(line)
		what, name := words[0], words[1]
		got[name] = append(got[name], strings.TrimRight(line, " "))
		if what == "destroy" {
			position["destroy "+name] = i
			continue
		}
		position[name] = i
		if unknown != nil && !unknown[name] {
			s.fatalf("run_id of %s was known in the plan, and its command ran", name)
		}
	}
	for _, lines := range want.log {
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
	}
	if diff := cmp.Diff(want.log, got); diff != "" {
		s.fatalf("what ran is not what the model says (-want +got):\n%s\n%s", diff, r.Output())
	}
	for name, earlier := range want.before {
		at, ran := position[name]
		for _, up := range earlier {
			if before, too := position[up]; ran && too && before > at {
				s.fatalf("%s ran before %s", name, up)
			}
		}
		if before, too := position["destroy "+name]; ran && too && before > at {
			s.fatalf("%s ran before its destroy command", name)
		}
	}
}

// storedResource is a resource in the engine's state file.
type storedResource struct {
	Type, Name string
	Instances  []struct {
		Status       string
		Dependencies []string
		Attributes   struct {
			InSync      *bool   `json:"in_sync"`
			RunID       *string `json:"run_id"`
			ExitCode    *int    `json:"exit_code"`
			Stdout      *string `json:"stdout"`
			Secret      *string `json:"sensitive_stdout"`
			NoopMessage *string `json:"noop_message"`
		}
	}
}

func (s *sequence) stored() []storedResource {
	s.t.Helper()
	var state struct{ Resources []storedResource }
	if text := s.w.Read("terraform.tfstate"); text != "" {
		if err := json.Unmarshal([]byte(text), &state); err != nil {
			s.t.Fatal(err)
		}
	}
	return state.Resources
}

// dependencies are the addresses by name that the engine remembers for each resource.
func (s *sequence) dependencies() map[string][]string {
	s.t.Helper()
	all := map[string][]string{}
	for _, r := range s.stored() {
		for _, i := range r.Instances {
			all[r.Name] = i.Dependencies
		}
	}
	return all
}

// summary is what is compared of a resource in the state.
type summary struct{ Status, InSync, ExitCode, Stdout, Secret string }

func (s *sequence) checkState() {
	s.t.Helper()
	want, got := map[string]summary{}, map[string]summary{}
	for name, e := range s.state {
		w := summary{InSync: e.inSync, ExitCode: "null", Stdout: e.stdout.plain, Secret: e.secret.plain}
		if e.tainted {
			w.Status = "tainted"
		}
		if e.ran && e.code != killed {
			w.ExitCode = strconv.Itoa(e.code)
		}
		want[name] = w
	}
	for name := range s.data {
		want[name] = summary{}
	}
	for _, r := range s.stored() {
		if len(r.Instances) == 0 {
			continue
		}
		i := r.Instances[0]
		if r.Type == "terraform_data" {
			got[r.Name] = summary{}
			continue
		}
		got[r.Name] = summary{
			Status: i.Status, InSync: printed(i.Attributes.InSync), ExitCode: printed(i.Attributes.ExitCode),
			Stdout: printed(i.Attributes.Stdout), Secret: printed(i.Attributes.Secret),
		}
		s.checkRunID(r.Name, i.Attributes.RunID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.fatalf("the state is not the model's (-want +got):\n%s", diff)
	}
}

// checkRunID checks that the engine's run_id changed exactly when the model's did.
func (s *sequence) checkRunID(name string, got *string) {
	s.t.Helper()
	want := s.state[name].runID
	switch {
	case want == "" && got == nil:
	case want == "" || got == nil:
		s.fatalf("run_id of %s is %s, want %q of the model", name, printed(got), want)
	case s.runIDs[want] == "":
		for other, id := range s.runIDs {
			if id == *got {
				s.fatalf("run_id of %s is still %s of the model, want a new one", name, other)
			}
		}
		s.runIDs[want] = *got
	case s.runIDs[want] != *got:
		s.fatalf("run_id of %s changed without a run that changed something", name)
	}
}

func printed[T any](v *T) string {
	if v == nil {
		return "null"
	}
	if text, ok := any(*v).(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(*v)
}

// refreshState takes over what is observed and runs nothing.
func (s *sequence) refreshState(o options) {
	s.t.Helper()
	o.refresh, o.replace = true, nil
	s.logf("apply -refresh-only, guards in plan: %v", o.askInPlan)
	s.arguments(o)
	s.w.Remove("log")
	r := s.w.Run("apply", "-refresh-only", "-auto-approve")
	s.state = s.refreshed(o)
	s.checkErrors(r, outcome{})
	s.checkLog(r, outcome{log: map[string][]string{}}, nil)
	s.checkState()
}

// adopt forgets a resource and imports it, so that its definition is unknown to the state.
func (s *sequence) adopt() {
	s.t.Helper()
	for _, name := range randomExecs {
		_, exists := s.state[name]
		if _, configured := s.execs[name]; !exists || !configured || s.chance(1, 2) {
			continue
		}
		s.logf("state rm and import of %s", name)
		s.arguments(options{askInPlan: true})
		s.w.Must("state", "rm", address(name))
		s.w.Must("import", address(name), "adopted")
		s.state[name] = execState{adopted: true, inSync: notKnown, stdout: nullValue, secret: nullValue}
		s.checkState()
		return
	}
}
