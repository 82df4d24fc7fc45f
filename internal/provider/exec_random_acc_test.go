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
	randomSequences = 20
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
		s.drift(6)
		applied := options{askInPlan: s.chance(1, 2)}
		s.arguments(applied)
		s.logf("apply the plan, guards in plan: %v", applied.askInPlan)
		ended = s.w.Run("apply", "tfplan")
	}
	want := s.model.apply(p, stored)
	s.checkErrors(ended, want)
	s.checkLog(ended, want, unknown)
	for _, name := range want.stay {
		s.forgive(name)
	}
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
