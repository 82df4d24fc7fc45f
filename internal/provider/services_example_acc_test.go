package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// TestAccServicesExample runs examples/services: one service of each kind, with the real
// tools.
func TestAccServicesExample(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	needs.Program(t, "python3")
	needs.Program(t, "ansible-playbook")
	root, err := enginetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(w.Dir, os.DirFS(filepath.Join(root, "examples", "services"))); err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	w.Setenv("TF_VAR_dir", made)
	w.Setenv("TF_VAR_tofu", nested())

	out := w.Apply()
	saw(t, out, `"10.0.1.0/24" = "10.0.1.0/24"`)
	sawNot(t, out, "never shown")
	saw(t, out, `"title" = "Backups"`)
	for name, want := range map[string]string{"my backup/policy": "keep 7\n", "app.conf": "port = 8080\n"} {
		content, err := os.ReadFile(filepath.Join(made, name))
		if err != nil || string(content) != want {
			t.Errorf("%s: %q, %v; want %q", name, content, err, want)
		}
	}
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)

	// Destroying the exec destroys what the nested configuration made.
	state := func() string {
		content, err := os.ReadFile(filepath.Join(made, "network.tfstate"))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	equal(t, "nested resources before", strings.Contains(state(), "terraform_data"), true)
	w.Must("destroy", "-auto-approve")
	equal(t, "nested resources after", strings.Contains(state(), "terraform_data"), false)
}

// nested returns the OpenTofu that nested configurations are applied with.
func nested() string {
	tofu := os.Getenv("EXEC_TEST_TOFU")
	if tofu == "" {
		tofu = os.Getenv("TF_ACC_TERRAFORM_PATH")
	}
	return tofu
}
