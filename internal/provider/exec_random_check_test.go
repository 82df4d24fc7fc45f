package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// This file compares what the engine did in the randomised test with what the model says.

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

// forgive takes in_sync of a resource that is no longer configured, and that could not be
// destroyed, from the engine: Terraform destroys it as it was before it was refreshed, and
// OpenTofu as it is after that.
func (s *sequence) forgive(name string) {
	if _, configured := s.execs[name]; configured {
		return
	}
	for _, r := range s.stored() {
		if r.Name == name && len(r.Instances) > 0 {
			e := s.state[name]
			e.inSync = printed(r.Instances[0].Attributes.InSync)
			s.state[name] = e
		}
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
