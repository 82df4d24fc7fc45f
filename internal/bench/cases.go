package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// source is the address under which the configurations ask for the provider.
const source = "terraform-provider-exec/exec"

// The cases. The first is what the others are put in relation to.
const (
	localExec = "`terraform_data` with `local-exec`"
	unguarded = "`exec`, no guard"
	creates   = "`exec` with `creates`"
	unless    = "`exec` with `unless`"
	bareLoop  = "a loop over `os/exec`"
	plain12   = "12 plain attributes"
	plain24   = "24 plain attributes"
	plain54   = "54 plain attributes"
	plain54s3 = "54 plain attributes, 3 of them sensitive"
)

// The steps, in the order in which a configuration lives through them.
const (
	apply   = "apply"
	plan    = "plan, nothing to do"
	drifted = "plan, a tenth drifted"
	// idled is what a no-op plan costs the engine alone: the provider returns what it gets.
	idled   = "plan, an idle provider"
	destroy = "destroy"
	// made is how there came to be what an idle provider plans.
	made = "made by an idle provider"
)

// testCase is one way to have commands run, as a configuration of any number of resources.
type testCase struct {
	name string
	// hcl is the configuration; nil means that no engine takes part.
	hcl   func(resources int) string
	steps []step
	// only is the number of resources for which it says something; 0 means any.
	only int
}

// step is one run of a program in the life of a configuration.
type step struct {
	name string
	// args are those of the engine, or of this program where there is none.
	args func(resources int) []string
	// before changes the machine before the run; nil means nothing.
	before func(dir string, resources int) error
	// exit is the exit code that shows that the step did what it is meant to do.
	exit int
	// idle has the engine use a provider that does nothing.
	idle bool
}

// cases are what is compared. Those with a guard run a command that satisfies it, as a real
// one does, and their files are where the engine runs, which is another directory each time.
var cases = []testCase{
	{name: localExec, hcl: blocks("terraform_data", `  provisioner "local-exec" {
    command = "true"
  }`), steps: []step{applies, finds(plan, 0, nil), destroys}},
	{name: unguarded, hcl: blocks("exec", `  command = "true"`), steps: []step{applies, finds(plan, 0, nil), idles, destroys}},
	{name: creates, hcl: blocks("exec", `  command = "touch made-{}"
  creates = "made-{}"`), steps: guarded},
	{name: unless, hcl: blocks("exec", `  command = "touch made-{}"
  unless  = "test -e made-{}"`), steps: guarded},
	ofSize(plain12, "exec_plain_12"),
	ofSize(plain24, "exec_plain_24"),
	ofSize(plain54, "exec_plain_54"),
	ofSize(plain54s3, "exec_plain_54_3"),
	{name: bareLoop, steps: []step{loops(apply, "true"), loops(plan, "test", "-e", ".")}},
}

var (
	applies = step{name: apply, args: words("apply", "-auto-approve", "-input=false", "-no-color")}
	// destroys runs no command in any case, since none has one for it.
	destroys = step{name: destroy, args: words("destroy", "-auto-approve", "-input=false", "-no-color")}
	idles    = step{name: idled, args: finds(idled, 0, nil).args, idle: true}
	guarded  = []step{applies, finds(plan, 0, nil), finds(drifted, 2, drift), destroys}
)

// ofSize is a case of the idle provider: its plan alone is of interest, and of as many
// resources as the targets speak of.
func ofSize(name, kind string) testCase {
	steps := []step{{name: made, args: applies.args, idle: true}, idles}
	return testCase{name: name, hcl: blocks(kind, `  attribute_12 = "true"`), steps: steps, only: reference}
}

// finds is a plan that ends with an exit code: 0 if it finds nothing to do, 2 if something.
func finds(name string, exit int, before func(string, int) error) step {
	return step{name: name, args: words("plan", "-detailed-exitcode", "-input=false", "-no-color"), before: before, exit: exit}
}

// drift removes what every tenth command made.
func drift(dir string, resources int) error {
	for i := 0; i < resources; i += 10 {
		if err := os.Remove(filepath.Join(dir, "made-"+strconv.Itoa(i))); err != nil {
			return err
		}
	}
	return nil
}

// loops starts one process per resource and nothing else: what a step cannot do without.
func loops(name string, argv ...string) step {
	return step{name: name, args: func(n int) []string { return append([]string{loopRole, strconv.Itoa(n)}, argv...) }}
}

func words(w ...string) func(int) []string { return func(int) []string { return w } }

// blocks returns configurations with a block for each resource, in which {} is its number.
//
// Not one block with count or for_each: OpenTofu looks at every instance of a resource for
// each instance of it, and from a thousand on that is what one would measure.
func blocks(kind, body string) func(int) string {
	return func(n int) string {
		var b strings.Builder
		if strings.HasPrefix(kind, "exec") {
			fmt.Fprintf(&b, "terraform {\n  required_providers {\n    exec = { source = %q }\n  }\n}\n", source)
		}
		for i := range n {
			number := strconv.Itoa(i)
			fmt.Fprintf(&b, "\nresource %q \"r%s\" {\n%s\n}\n", kind, number, strings.ReplaceAll(body, "{}", number))
		}
		return b.String()
	}
}

// lives returns a job for each case: one configuration from nothing through all its steps,
// in a directory of its own below scratch. Each way to run commands meets the same numbers.
func lives(e engine, self, scratch string, resources int) []job {
	jobs := make([]job, 0, len(cases))
	for _, c := range cases {
		if c.only != 0 && c.only != resources {
			continue
		}
		j := job{name: fmt.Sprintf("%s, %s, %d resources", e.name, c.name, resources)}
		for _, s := range c.steps {
			j.keys = append(j.keys, key{Engine: e.name, Case: c.name, Step: s.name, Size: resources})
		}
		j.measure = func(ctx context.Context) ([]cost, error) {
			dir, err := os.MkdirTemp(scratch, "life-")
			if err != nil {
				return nil, err
			}
			defer func() { _ = os.RemoveAll(dir) }()
			program := e
			if c.hcl == nil {
				program = engine{path: self}
			} else if err := e.open(ctx, dir); err != nil {
				return nil, err
			} else if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(c.hcl(resources)), 0o600); err != nil {
				return nil, err
			}
			costs := make([]cost, 0, len(c.steps))
			for _, s := range c.steps {
				if s.before != nil {
					if err := s.before(dir, resources); err != nil {
						return nil, err
					}
				}
				with := program
				if s.idle {
					with = program.idle()
				}
				took, err := with.run(ctx, dir, s.exit, s.args(resources)...)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", s.name, err)
				}
				costs = append(costs, took)
			}
			return costs, nil
		}
		jobs = append(jobs, j)
	}
	return jobs
}
