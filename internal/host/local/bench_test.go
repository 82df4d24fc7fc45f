package local_test

import (
	"bytes"
	"io"
	"os/exec"
	"sync"
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

// Many commands start together when an engine works on many resources, and starts are
// made one by one.
func BenchmarkRunAtOnce(b *testing.B) {
	h := local.New()
	for b.Loop() {
		atOnce(func() error {
			_, err := h.Run(b.Context(), host.Command{Argv: []string{"sleep", "0.001"}, Stdout: io.Discard})
			return err
		}, b.Error)
	}
}

func BenchmarkBareExecAtOnce(b *testing.B) {
	for b.Loop() {
		atOnce(func() error {
			c := exec.CommandContext(b.Context(), "sleep", "0.001")
			c.Stdout = struct{ io.Writer }{io.Discard} // A pipe, as Run has one.
			return c.Run()
		}, b.Error)
	}
}

// atOnce calls run a hundred times at once.
func atOnce(run func() error, report func(...any)) {
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := run(); err != nil {
				report(err)
			}
		})
	}
	all.Wait()
}
