package provider_test

import (
	"os"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// What an engine is too old for, it refuses by name before anything runs; what it has, it
// accepts. The version matrix in the docs says no more than this.
func TestAccFeaturesByVersion(t *testing.T) {
	t.Parallel()
	const used = `
resource "exec" "a" {
  command = "touch ran"
}
`
	tests := map[string]struct {
		feature enginetest.Feature
		config  string
		refused string
	}{
		"functions": {
			enginetest.Functions,
			`output "o" { value = provider::exec::shell_quote(["a b"]) }`, "provider::exec::shell_quote",
		},
		"moves": {
			enginetest.Moves,
			"moved {\n  from = terraform_data.a\n  to = exec.a\n}", "terraform_data",
		},
		"ephemeral resources": {
			enginetest.Ephemeral,
			`ephemeral "exec" "e" { command = "true" }`, "ephemeral",
		},
		"write-only attributes": {
			enginetest.WriteOnly,
			`resource "exec" "w" {
  command    = "true"
  write_only = { stdin = "x" }
}`, "write_only",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Config("terraform {\n  required_providers {\n    exec = { source = \"terraform-provider-exec/exec\" }\n  }\n}\n" + used + test.config)
			if w.Has(test.feature) {
				w.Must("apply", "-auto-approve")
				if _, err := os.Stat(w.Path("ran")); err != nil {
					t.Errorf("nothing ran: %v", err)
				}
				return
			}
			w.MustFail([]string{"Error:", test.refused}, "apply", "-auto-approve")
			w.Config(used)
			w.Must("apply", "-auto-approve")
			if _, err := os.Stat(w.Path("ran")); err != nil {
				t.Errorf("what every engine has did not run: %v", err)
			}
		})
	}
}
