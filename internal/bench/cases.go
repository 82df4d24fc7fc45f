package main

import "fmt"

// source is the address under which the configurations ask for the provider.
const source = "terraform-provider-exec/exec"

// testCase is one way to have commands run, as a configuration of any number of resources.
type testCase struct {
	name string
	hcl  func(resources int) string
}

// cases are what is compared. The first is what the others are put in relation to.
//
// Those with a guard run a command that satisfies it, as a real one does, and their files
// are where the engine runs, which is another directory each time.
var cases = []testCase{
	{"`terraform_data` with `local-exec`", func(n int) string {
		return fmt.Sprintf(`resource "terraform_data" "a" {
  count = %d
  provisioner "local-exec" {
    command = "true"
  }
}
`, n)
	}},
	{"`exec`, no guard", execCase(`command = "true"`)},
	{"`exec` with `creates`", execCase(`command = ["touch", "made-${count.index}"]
  creates = "made-${count.index}"`)},
	{"`exec` with `unless`", execCase(`command = ["touch", "made-${count.index}"]
  unless  = [["test", "-e", "made-${count.index}"]]`)},
}

func execCase(attributes string) func(int) string {
	return func(n int) string {
		return fmt.Sprintf(`terraform {
  required_providers {
    exec = { source = %q }
  }
}

resource "exec" "a" {
  count = %d

  %s
}
`, source, n, attributes)
	}
}

// step is one run of the engine in the life of a configuration.
type step struct {
	name string
	args []string
}

// steps are measured in this order. -detailed-exitcode makes it an error if the plan
// finds anything to do.
var steps = []step{
	{"apply", []string{"apply", "-auto-approve", "-input=false", "-no-color"}},
	{"plan, nothing to do", []string{"plan", "-detailed-exitcode", "-input=false", "-no-color"}},
	{"destroy", []string{"destroy", "-auto-approve", "-input=false", "-no-color"}},
}
