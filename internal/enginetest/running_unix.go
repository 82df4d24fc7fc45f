//go:build unix

package enginetest

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Running is an engine's command that was started. It has a process group of its own, as
// at a terminal, which holds the engine and its providers.
type Running struct {
	t              testing.TB
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	done           chan struct{}
	err            error
}

// Start starts the engine and does not wait for it. It is killed when the test ends.
func (w *Workspace) Start(args ...string) *Running {
	w.t.Helper()
	r := &Running{t: w.t, cmd: w.Command(args...), done: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.WaitDelay = 10 * time.Second
	if err := r.cmd.Start(); err != nil {
		w.t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	go func() {
		defer close(r.done)
		r.err = r.cmd.Wait()
	}()
	w.t.Cleanup(func() {
		select {
		case <-r.done:
		default:
			_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
			<-r.done
		}
	})
	return r
}

// PID is the engine's process.
func (r *Running) PID() int { return r.cmd.Process.Pid }

// Interrupt does what Ctrl-C at a terminal does: the engine and its providers get SIGINT.
func (r *Running) Interrupt() {
	r.t.Helper()
	if err := syscall.Kill(-r.PID(), syscall.SIGINT); err != nil {
		r.t.Fatalf("interrupting the engine: %v", err)
	}
}

// Kill kills the engine alone, without a chance to tell its providers.
func (r *Running) Kill() {
	r.t.Helper()
	if err := r.cmd.Process.Kill(); err != nil {
		r.t.Fatalf("killing the engine: %v", err)
	}
}

// Ended reports that the engine has ended.
func (r *Running) Ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Wait waits for the end. It fails the test if the engine takes longer than limit. The
// exit code of an engine that a signal ended is -1.
func (r *Running) Wait(limit time.Duration) Result {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(limit):
		r.t.Fatalf("the engine still runs after %s", limit)
	}
	var exit *exec.ExitError
	if r.err != nil && !errors.As(r.err, &exit) && !errors.Is(r.err, exec.ErrWaitDelay) {
		r.t.Fatalf("waiting for the engine: %v", r.err)
	}
	return Result{ExitCode: r.cmd.ProcessState.ExitCode(), Stdout: r.stdout.String(), Stderr: r.stderr.String()}
}
