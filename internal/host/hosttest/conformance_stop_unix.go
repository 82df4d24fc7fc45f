//go:build unix

package hosttest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// spin keeps a shell busy for longer than any test, and not for ever, in steps that it may
// notice a signal between.
const spin = `i=0; while [ $i -lt 2000 ]; do i=$((i+1)); sleep 0.05; done`

func stop(t *testing.T, h host.Host) {
	t.Helper()
	tests := map[string]struct {
		// script gets the witness's pipe as "$1", and writes "ready" to it.
		script string
		// killed is whether asking is not enough.
		killed bool
		// linux is set for what other systems do not promise.
		linux bool
	}{
		"a command":                         {script: `exec 9>"$1"; echo ready >&9; exec sleep 600`},
		"a command and its child":           {script: `exec 9>"$1"; sleep 600 & echo ready >&9; wait`},
		"a command that traps and succeeds": {script: `trap 'exit 0' TERM; exec 9>"$1"; echo ready >&9; ` + spin},
		"a command that ignores":            {script: `trap '' TERM; exec 9>"$1"; echo ready >&9; ` + spin, killed: true},
		"a grandchild that ignores": {
			script: `sh -c 'sh -c '\''trap "" TERM; exec 9>"$1"; echo ready >&9; ` + spin + `'\'' sh "$1" & wait' sh "$1" & wait`,
			killed: true,
		},
		"a grandchild that closed everything": {
			script: `sh -c 'trap "" TERM; exec 9>"$1" </dev/null >/dev/null 2>&1; echo ready >&9; ` + spin + `' sh "$1" & wait`,
			killed: true,
		},
		"a stopped process":            {script: `trap 'exit 0' TERM; exec 9>"$1"; echo ready >&9; kill -STOP $$; ` + spin},
		"the group that timeout makes": {script: `exec 9>"$1"; timeout 600 sh -c 'echo ready >&9; sleep 600'`, linux: true},
		"the group that timeout makes, ignoring": {
			script: `exec 9>"$1"; timeout 600 sh -c 'trap "" TERM; echo ready >&9; ` + spin + `' & wait`,
			killed: true, linux: true,
		},
		"a job of a shell with job control": {
			script: `set -m; sh -c 'exec 9>"$1"; echo ready >&9; exec sleep 600' sh "$1" & wait`,
			linux:  true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.linux && runtime.GOOS != "linux" {
				t.Skip("the members of a session can be listed on Linux alone; elsewhere the process group is all that a stop reaches")
			}
			w := NewWitness(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			reason := errors.New("enough")
			var r host.Result
			err := during(t, w, func() error {
				var err error
				r, err = h.Run(ctx, host.Command{Argv: sh(tt.script, w.Path), Stdout: &bytes.Buffer{}})
				return err
			}, func() { cancel(reason) })
			if w.Alive() {
				t.Error("something of it is alive")
			}
			e, ok := errors.AsType[*host.StopError](err)
			if !ok || !errors.Is(err, reason) {
				t.Fatalf("error = %v", err)
			}
			if e.Killed != tt.killed {
				t.Errorf("killed = %v after %v", e.Killed, r.Ended.Sub(r.Started)-e.After)
			}
			if r.Started.IsZero() || e.After < 0 || r.Ended.Before(r.Started.Add(e.After)) {
				t.Errorf("after %v, started %v, ended %v", e.After, r.Started, r.Ended)
			}
			if r.OutputHeld {
				t.Error("nobody holds the output")
			}
		})
	}
	interruptible := map[string]struct {
		script string
		grace  time.Duration
		said   string
	}{
		"a command that finishes what it began": {
			script: `trap 'sleep 0.2; echo finished; exit 0' INT; trap 'echo stopped; exit 1' TERM`, grace: time.Minute, said: "finished\n",
		},
		"a command that does not": {
			script: `trap '' INT; trap 'echo stopped; exit 1' TERM`, grace: 200 * time.Millisecond, said: "stopped\n",
		},
		"a command that is not to be interrupted": {
			script: `trap 'echo finished; exit 0' INT; trap 'echo stopped; exit 1' TERM`, said: "stopped\n",
		},
		"a command that leaves something behind": {
			script: `sleep 600 & trap 'echo finished; exit 0' INT; trap 'echo stopped; exit 1' TERM`, grace: time.Minute, said: "finished\n",
		},
	}
	for name, tt := range interruptible {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := NewWitness(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stdout bytes.Buffer
			begin := time.Now()
			err := during(t, w, func() error {
				_, err := h.Run(ctx, host.Command{
					Argv: sh(`exec 9>"$1"; `+tt.script+`; echo ready >&9; `+spin, w.Path), Stdout: &stdout, Interrupt: tt.grace,
				})
				return err
			}, cancel)
			if !stopped(err) || stdout.String() != tt.said {
				t.Errorf("error = %v, it said %q, want %q", err, stdout.String(), tt.said)
			}
			if w.Alive() {
				t.Error("something of it is alive")
			}
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	t.Run("a timeout", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := h.Run(ctx, host.Command{Argv: sh(`trap 'exit 0' TERM; ` + spin)})
		if !stopped(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v", err)
		}
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("it took %v, although all went away when asked", took)
		}
	})
	t.Run("what it said before and after it was told", func(t *testing.T) {
		t.Parallel()
		w := NewWitness(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var stdout bytes.Buffer
		err := during(t, w, func() error {
			_, err := h.Run(ctx, host.Command{
				Argv:   sh(`trap 'echo after; exit 0' TERM; exec 9>"$1"; echo before; echo ready >&9; `+spin, w.Path),
				Stdout: &stdout,
			})
			return err
		}, cancel)
		if !stopped(err) || stdout.String() != "before\nafter\n" {
			t.Errorf("error %v, stdout %q", err, stdout.String())
		}
	})
	t.Run("who has left the session is spared", func(t *testing.T) {
		t.Parallel()
		needs.Program(t, "setsid")
		w, daemon := NewWitness(t), NewWitness(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := during(t, w, func() error {
			_, err := h.Run(ctx, host.Command{Argv: sh(
				`setsid sh -c 'exec 8>"$1" </dev/null >/dev/null 2>&1; echo $$ >&8; echo ready >&8; exec sleep 600' sh "$2" & exec 9>"$1"; echo ready >&9; wait; `+spin,
				w.Path, daemon.Path,
			)})
			return err
		}, func() {
			endLater(t, daemon.AwaitNumber())
			cancel()
		})
		if !stopped(err) || w.Alive() {
			t.Errorf("error %v, alive %v", err, w.Alive())
		}
		if !daemon.Alive() {
			t.Error("the daemon was killed, too")
		}
	})
}

// during calls run, waits until the witness's process is ready, makes sure that it lives,
// and calls then. It returns what run returned.
func during(t *testing.T, w *Witness, run func() error, then func()) error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- run() }()
	w.Await("ready")
	if !w.Alive() {
		t.Error("control: it was not alive before")
	}
	then()
	select {
	case err := <-ended:
		return err
	case <-time.After(Patience):
		t.Fatal("Run does not return")
		return nil
	}
}

// endLater ends a process that was meant to survive, once the test is over.
func endLater(t *testing.T, pid int) {
	t.Helper()
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
}

func survivors(t *testing.T, h host.Host) {
	t.Helper()
	// background leaves a process behind that says who it is, and then prints all the
	// time to whatever it inherited.
	background := `sh -c 'exec 9>"$1"; echo $$ >&9; echo ready >&9; i=0; while [ $i -lt 10000 ]; do i=$((i+1)); sleep 0.01; echo more; done' sh "$1"`
	tests := map[string]struct {
		script string
		held   bool
	}{
		"one that holds the output":     {script: background + ` & read -r go < "$2"; echo end`, held: true},
		"one that holds stderr alone":   {script: background + ` >&2 & read -r go < "$2"; echo end`, held: true},
		"one that redirects its output": {script: background + ` >/dev/null 2>&1 & read -r go < "$2"; echo end`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := NewWitness(t)
			gate := filepath.Join(t.TempDir(), "gate")
			if err := unix.Mkfifo(gate, 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			var r host.Result
			var opened time.Time
			err := during(t, w, func() error {
				var err error
				r, err = h.Run(t.Context(), host.Command{Argv: sh(tt.script, w.Path, gate), Stdout: &stdout, Stderr: &stderr, Stdin: "in"})
				return err
			}, func() {
				opened = time.Now()
				if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
					t.Error(err)
				}
			})
			took := time.Since(opened)
			endLater(t, w.Number())
			if err != nil || r.ExitCode != 0 {
				t.Fatalf("exit code %d, %v", r.ExitCode, err)
			}
			if took > 3*time.Second {
				t.Errorf("it delayed the end by %v", took)
			}
			if r.OutputHeld != tt.held {
				t.Errorf("OutputHeld = %v", r.OutputHeld)
			}
			if !strings.Contains(stdout.String(), "end\n") {
				t.Errorf("stdout = %q", stdout.String())
			}
			// It goes on printing, is not killed for that, and nobody hears it.
			length := stdout.Len() + stderr.Len()
			for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				if !w.Alive() {
					t.Fatal("it did not survive")
				}
			}
			if stdout.Len()+stderr.Len() != length {
				t.Error("something was written after Run had returned")
			}
		})
	}
	t.Run("last words of one that is about to end", func(t *testing.T) {
		t.Parallel()
		// They are waited for, but not for long: a busy machine may be too slow for it.
		for range 50 {
			r := must(t, h, host.Command{Argv: sh(`{ sleep 0.01; echo late; } & echo early`)})
			switch {
			case r.stdout == "early\nlate\n" && !r.OutputHeld:
				return
			case r.stdout != "early\n" || !r.OutputHeld:
				t.Fatalf("stdout %q, held %v", r.stdout, r.OutputHeld)
			}
		}
		t.Error("they were never heard")
	})
	t.Run("one that holds stdin", func(t *testing.T) {
		t.Parallel()
		w := NewWitness(t)
		begin := time.Now()
		r, err := h.Run(t.Context(), host.Command{
			Argv:  sh(`sh -c 'exec 9>"$1"; echo $$ >&9; echo ready >&9; exec sleep 600' sh "$1" <&0 >/dev/null 2>&1 & :`, w.Path),
			Stdin: strings.Repeat("x", 1<<20),
		})
		if err != nil || r.ExitCode != 0 || time.Since(begin) > 4*time.Second {
			t.Errorf("exit code %d, %v, after %v", r.ExitCode, err, time.Since(begin))
		}
		w.Await("ready")
		endLater(t, w.Number())
		if !w.Alive() {
			t.Error("it did not survive")
		}
	})
}
