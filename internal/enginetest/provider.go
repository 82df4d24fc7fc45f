package enginetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// override has the engine start the provider from where it was built, and other providers
// from the directories of others.
func (w *Workspace) override(others map[string]string) {
	w.t.Helper()
	var b strings.Builder
	b.WriteString("provider_installation {\n  dev_overrides {\n")
	for _, source := range []string{"terraform-provider-exec/exec", "hashicorp/exec"} {
		fmt.Fprintf(&b, "    %q = %q\n", source, filepath.Dir(w.provider))
	}
	for source, dir := range others {
		fmt.Fprintf(&b, "    %q = %q\n", source, dir)
	}
	b.WriteString("  }\n  direct {}\n}\n")
	rc := filepath.Join(w.t.TempDir(), "cli.tfrc")
	if err := os.WriteFile(rc, []byte(b.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.Setenv("TF_CLI_CONFIG_FILE", rc)
}

// StandIn has the provider under test serve for another one of the name too. Engines want
// the schema of every provider that a state names, and ask nothing else of one whose
// resources are moved away.
func (w *Workspace) StandIn(name string) {
	w.t.Helper()
	dir := w.t.TempDir()
	if err := os.Symlink(w.provider, filepath.Join(dir, "terraform-provider-"+name)); err != nil {
		w.t.Fatal(err)
	}
	w.override(map[string]string{"hashicorp/" + name: dir})
}

// provider builds the provider once per test process and returns the binary's path.
var provider = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache", "acceptance")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Built under a name of its own and renamed: another test process may be starting
	// the same file at this moment.
	built := filepath.Join(dir, fmt.Sprintf("build-%d", os.Getpid()))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", built, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	binary := filepath.Join(dir, "terraform-provider-exec")
	return binary, os.Rename(built, binary)
})
