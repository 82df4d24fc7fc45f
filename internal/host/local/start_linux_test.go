package local_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

func init() { helpers["blocked"] = blocked }

// The helper is a process of its own: it counts what is left of the command.
func TestAStartThatBlocks(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"at the program":               "program",
		"at its interpreter":           "wrapper",
		"at what only the kernel sees": "shell",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runOf(t, "blocked", t.TempDir(), file)
		})
	}
}

// blocked runs the script "program", whose interpreter is the script "wrapper", whose
// interpreter is "shell", in the directory args[0], where it cannot start before the file
// args[1] is let go.
func blocked(args []string) int {
	dir, held := args[0], args[1]
	inFork := held == "shell"
	if inFork {
		// See launch.reach: now a garbage collection would wait, too.
		debug.SetGCPercent(-1)
		runtime.GOMAXPROCS(4)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		return fail(err)
	}
	for name, text := range map[string]string{
		"program": "#!" + at("wrapper") + "\n",
		"wrapper": "#!" + at("shell") + "\n: >" + at("made") + "\nexec sleep 600\n",
		"shell":   string(shell),
	} {
		if err := os.WriteFile(at(name), []byte(text), 0o755); err != nil {
			return fail(err)
		}
	}
	h := local.New()
	// What is there once, from the first command on, is no leak.
	if _, err := h.Run(context.Background(), host.Command{Argv: []string{"/bin/true"}, Stdout: io.Discard}); err != nil {
		return fail(err)
	}
	fds, goroutines := descriptors(), runtime.NumGoroutine()

	f, err := os.Open(at(held))
	if err != nil {
		return fail(err)
	}
	if err := lease(f, unix.F_WRLCK); err != nil {
		return fail(err)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var r host.Result
	stopped := make(chan error, 1)
	go func() {
		var err error
		r, err = h.Run(ctx, host.Command{
			Argv: []string{at("program")}, Stdout: io.Discard, Stderr: &strings.Builder{}, Stdin: strings.Repeat("x", 1<<18),
		})
		stopped <- err
	}()
	if err := await("an attempt to open the file", func() bool { return leaseOf(f) == unix.F_RDLCK }); err != nil {
		return fail(err)
	}
	if err := another(h, inFork); err != nil {
		return fail(err)
	}
	cancel(reason)
	select {
	case err := <-stopped:
		if stop, ok := errors.AsType[*host.StopError](err); !ok || !errors.Is(stop.Cause, reason) || r != (host.Result{}) {
			return fail(fmt.Errorf("the blocked command: %+v, %w", r, err))
		}
	case <-time.After(soon):
		return fail(errors.New("Run does not return"))
	}

	if err := errors.Join(lease(f, unix.F_UNLCK), f.Close()); err != nil {
		return fail(err)
	}
	if err := settle(fds, goroutines); err != nil {
		return fail(err)
	}
	_, err = os.Stat(at("made"))
	if !inFork && err == nil {
		return fail(errors.New("it ran"))
	}
	return fail(control(h, at("program"), at("made")))
}

// another runs a command while the start of the first one blocks. Starts are made one by
// one, so it gets its turn unless the other one is in the middle of it.
func another(h *local.Host, inFork bool) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !inFork {
		runtime.GC()
	} else {
		time.AfterFunc(50*time.Millisecond, cancel)
	}
	_, err := h.Run(ctx, host.Command{Argv: []string{"/bin/true"}})
	if _, stopped := errors.AsType[*host.StopError](err); stopped != inFork || !stopped && err != nil {
		return fmt.Errorf("another command: %w", err)
	}
	return nil
}

// control shows that the program can be run, and that one would notice.
func control(h *local.Host, program, made string) error {
	if err := os.RemoveAll(made); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, host.Command{Argv: []string{program}})
		ended <- err
	}()
	err := await("the program", func() bool {
		_, err := os.Stat(made)
		return err == nil
	})
	cancel()
	if _, stopped := errors.AsType[*host.StopError](<-ended); err != nil || !stopped {
		return fmt.Errorf("control: stopped %v, %w", stopped, err)
	}
	return nil
}

// lease takes a lease on a file, or gives it back. While somebody has one for writing,
// whoever else opens the file, to read it or to execute it, waits as for a filesystem that
// does not answer.
func lease(f *os.File, kind int) error {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, kind)
	return os.NewSyscallError("lease", err)
}

// leaseOf returns what the lease has to become, which is less than it is once somebody
// waits for that.
func leaseOf(f *os.File) int {
	kind, err := unix.FcntlInt(f.Fd(), unix.F_GETLEASE, 0)
	if err != nil {
		return -1
	}
	return kind
}

// await waits until something is so.
func await(what string, is func() bool) error {
	for end := time.Now().Add(soon); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("there is no sign of %s", what)
		}
	}
	return nil
}
