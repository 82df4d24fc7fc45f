package local_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

func TestAGigabyteCostsBoundedMemory(t *testing.T) {
	t.Parallel()
	var bytes, peak, milliseconds int
	if _, err := fmt.Sscan(runOf(t, "bulk"), &bytes, &peak, &milliseconds); err != nil {
		t.Fatal(err)
	}
	if bytes != 1<<30 {
		t.Errorf("%d bytes came through", bytes)
	}
	// The race detector alone takes most of it.
	if peak > 100<<10 {
		t.Errorf("it took %d KiB of memory", peak)
	}
	t.Logf("peak %d KiB, %d ms", peak, milliseconds)
}

func TestRunLeaksNothing(t *testing.T) {
	t.Parallel()
	runOf(t, "thrifty")
}

func TestAStopWithoutDescriptors(t *testing.T) {
	t.Parallel()
	runOf(t, "starved")
}

func TestAStartWithoutDescriptors(t *testing.T) {
	t.Parallel()
	runOf(t, "fed", t.TempDir())
}

func TestAProgramThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "program")
	text, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(program, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = local.New().Run(t.Context(), host.Command{Argv: []string{program}})
	if start, ok := errors.AsType[*host.StartError](err); !ok || start.Reason != host.StartOther || !errors.Is(err, syscall.ETXTBSY) {
		t.Errorf("control: error = %v", err)
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		_ = f.Close()
	}()
	if _, err := local.New().Run(t.Context(), host.Command{Argv: []string{program}}); err != nil {
		t.Errorf("a program that was written until a moment ago does not start: %v", err)
	}
}

// A flood that the command leaves behind must neither hold up Run nor fill the memory.
func TestAFloodInTheBackground(t *testing.T) {
	t.Parallel()
	var stdout strings.Builder
	begin := time.Now()
	r, err := local.New().Run(t.Context(), host.Command{
		Argv:   []string{"/bin/sh", "-c", "yes & echo $! >&2; sleep 0.05"},
		Stdout: io.Discard, Stderr: &stdout,
	})
	var pid int
	if _, scanErr := fmt.Sscan(stdout.String(), &pid); scanErr != nil {
		t.Fatal(scanErr)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if err != nil || !r.OutputHeld {
		t.Errorf("%+v, %v", r, err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if statOf(pid) == nil {
		t.Error("it was killed")
	}
}
