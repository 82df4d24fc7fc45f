package local_test

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

// The price of Run is the ratio of these two; both capture the output.
func BenchmarkRun(b *testing.B) {
	h := local.New()
	var stdout, stderr bytes.Buffer
	for b.Loop() {
		r, err := h.Run(b.Context(), host.Command{Argv: []string{"/bin/true"}, Stdout: &stdout, Stderr: &stderr})
		if err != nil || r.ExitCode != 0 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}

func BenchmarkBareExec(b *testing.B) {
	var stdout, stderr bytes.Buffer
	for b.Loop() {
		c := exec.CommandContext(b.Context(), "/bin/true")
		c.Stdout, c.Stderr = &stdout, &stderr
		if err := c.Run(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRunDiscard(b *testing.B) {
	h := local.New()
	for b.Loop() {
		if _, err := h.Run(b.Context(), host.Command{Argv: []string{"/bin/true"}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareExecDiscard(b *testing.B) {
	for b.Loop() {
		if err := exec.CommandContext(b.Context(), "/bin/true").Run(); err != nil {
			b.Fatal(err)
		}
	}
}
