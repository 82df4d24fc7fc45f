package service

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// onThisMachine returns a runner of the definition on this machine, with a cache of its own.
func onThisMachine(t *testing.T, d Definition) *Runner {
	t.Helper()
	return sharingCache(d, t.TempDir())
}

func sharingCache(d Definition, cache string) *Runner {
	return &Runner{
		Definition: d,
		Machine: func() (Machine, error) {
			return Machine{Host: local.New(), Cache: source.NewCache(cache)}, nil
		},
	}
}

// specOf returns a resource that runs the service and nothing else.
func specOf(r *Runner) converge.Spec {
	return converge.Spec{Service: r, Tries: 1, Returns: []int{0}, OutputLimit: 1 << 16}
}

// run applies a resource that needs to run.
func run(t *testing.T, s converge.Spec) (converge.Outcome, error) {
	t.Helper()
	return converge.Engine{Host: local.New()}.Converge(t.Context(), s, guard.Facts{First: true})
}

// mustRun fails the test unless the run succeeds, and returns it.
func mustRun(t *testing.T, s converge.Spec) converge.Run {
	t.Helper()
	outcome, err := run(t, s)
	if err != nil {
		if outcome.Run != nil {
			t.Logf("stdout:\n%s\nstderr:\n%s", outcome.Run.Stdout.Text, outcome.Run.Stderr.Text)
		}
		if step, ok := errors.AsType[*StepError](err); ok {
			t.Logf("stdout:\n%s\nstderr:\n%s", step.Stdout, step.Stderr)
		}
		t.Fatalf("Converge() = %v", err)
	}
	if outcome.Run.ResultError != nil {
		t.Fatalf("no result: %v", outcome.Run.ResultError)
	}
	return *outcome.Run
}

// wantSame fails the test if got differs from want.
func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// digestOf returns what stands for all that is in a directory.
func digestOf(t *testing.T, dir string) string {
	t.Helper()
	sum, err := new(source.Digester).Tree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// reachable returns a directory in which every user may write.
func reachable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for path, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
