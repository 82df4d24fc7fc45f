package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// withFunctions declares the provider, without which a configuration has no functions.
const withFunctions = `
terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}
`

func TestAccShellFunctions(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Functions)
	w.Config(withFunctions + `
locals {
  words = ["tar", "", " a\tb ", "two\nlines", "it's", "\"x\"", "back\\slash", "$HOME", "*", "A=b", "if", "2", "日本", "a\r\nb"]
}
resource "terraform_data" "later" { input = "not known in the plan" }
resource "exec" "shell" {
  shell   = true
  command = "printf '[%s]' ${provider::exec::shell_quote(concat(local.words, [terraform_data.later.output]))}"
}
resource "exec" "words" {
  command = concat(["printf", "[%s]"], provider::exec::shell_split("a 'b c' ${terraform_data.later.output}"))
}
output "inverse" { value = provider::exec::shell_split(provider::exec::shell_quote(local.words)) == tolist(local.words) }
output "nothing" { value = provider::exec::shell_split(provider::exec::shell_quote([])) }
`)
	plan := w.Plan()
	for address, attribute := range map[string]string{"exec.shell": "command", "exec.words": "command"} {
		if plan.Change(t, address).Change.AfterUnknown[attribute] == nil {
			t.Errorf("%s of %s is known before its parts are", attribute, address)
		}
	}
	out := w.Must("apply", "tfplan")
	saw(t, out, "inverse = true")
	saw(t, out, "nothing = tolist([])")
	want := "[tar][][ a\tb ][two\nlines][it's][\"x\"][back\\slash][$HOME][*][A=b][if][2][日本][a\r\nb][not known in the plan]"
	if diff := cmp.Diff(any(want), w.Value("exec.shell", "stdout")); diff != "" {
		t.Errorf("what the shell made of the quoted words (-want +got):\n%s", diff)
	}
	equal(t, "the words", w.Value("exec.words", "stdout"), any("[a][b c][not][known][in][the][plan]"))
	settled(t, w)
}

// What a function refuses is laid at its argument, and nothing of the argument is shown.
func TestAccShellFunctionsRefuseBadInput(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call string
		want string
	}{
		"a pipe":                {`provider::exec::shell_split("a | b")`, `Invalid value for "string" parameter: the string needs a shell: it has a pipe (|),`},
		"a variable":            {`provider::exec::shell_split("a $${x}")`, "it has a variable ($),"},
		"a line break":          {`provider::exec::shell_split("a\nb")`, "it has several commands (; or a new line),"},
		"an unterminated quote": {`provider::exec::shell_split("it's")`, "cannot be split into words: an unterminated quote; correct the quoting."},
		"a null string":         {`provider::exec::shell_split(null)`, "argument must not be null"},
		"a null list":           {`provider::exec::shell_quote(null)`, "argument must not be null"},
		"a null word":           {`provider::exec::shell_quote(["a", null])`, `Invalid value for "words" parameter: element 1 is null; leave it out,`},
		"a NUL character":       {`provider::exec::shell_quote(["a\u0000"])`, "a word contains a NUL character"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Needs(enginetest.Functions)
			w.Config(withFunctions + "output \"x\" {\n  value = " + test.call + "\n}\n")
			r := w.MustFail([]string{test.want}, "plan")
			if strings.Contains(r.Flat(), ". .") || strings.Contains(r.Flat(), "..") {
				t.Errorf("a sentence ends twice:\n%s", r.Output())
			}
		})
	}
}
