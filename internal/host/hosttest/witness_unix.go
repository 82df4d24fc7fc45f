//go:build unix

package hosttest

import (
	"bytes"
	"errors"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Patience is how long a test waits for what must come. It is only ever used up by a
// test that fails.
const Patience = time.Minute

// Witness tells whether processes live, by a named pipe that they hold open for writing:
// the kernel closes it for them, however they end, and a process number cannot be mistaken
// for another's. A shell takes it with `exec 9>"$pipe"; echo ready >&9`, and what the
// shell starts then holds it, too.
type Witness struct {
	// Path is the named pipe.
	Path string

	tb      testing.TB
	read    int
	begun   bool
	pending []byte
	// passed is the last line before the one that was awaited.
	passed string
}

// NewWitness makes the named pipe.
func NewWitness(tb testing.TB) *Witness {
	tb.Helper()
	w := &Witness{tb: tb, Path: filepath.Join(tb.TempDir(), "witness")}
	if err := unix.Mkfifo(w.Path, 0o666); err != nil {
		tb.Fatal(err)
	}
	var err error
	if w.read, err = syscall.Open(w.Path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = syscall.Close(w.read) })
	return w
}

// Await waits for a line that a process writes to the pipe.
//
// The test never opens that end itself: each child that it starts would hold it, too, for
// the moment between fork and exec.
func (w *Witness) Await(line string) {
	w.tb.Helper()
	deadline := time.Now().Add(Patience)
	for {
		if before, after, ok := bytes.Cut(w.pending, []byte("\n")); ok {
			w.pending = after
			if string(before) == line {
				w.begun = true
				return
			}
			w.passed = string(before)
			continue
		}
		if time.Now().After(deadline) {
			w.tb.Fatalf("no process wrote %q", line)
		}
		// An end of file is no news before the first process has opened the pipe.
		w.look()
		time.Sleep(time.Millisecond)
	}
}

// Alive reports whether a process holds the pipe now.
func (w *Witness) Alive() bool {
	w.tb.Helper()
	if !w.begun {
		w.tb.Fatal("nobody was awaited yet, so nobody can be missed")
	}
	return w.look()
}

// AwaitGone waits until no process holds the pipe, and reports whether that came true.
func (w *Witness) AwaitGone(limit time.Duration) bool {
	w.tb.Helper()
	for deadline := time.Now().Add(limit); w.Alive(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// AwaitNumber waits for "ready" and returns Number.
func (w *Witness) AwaitNumber() int {
	w.tb.Helper()
	w.Await("ready")
	return w.Number()
}

// Number is the last number that was a line before the one awaited: by convention the
// process number of who wrote it.
func (w *Witness) Number() int {
	w.tb.Helper()
	n, err := strconv.Atoi(w.passed)
	if err != nil {
		w.tb.Fatalf("no process told its number: %v", err)
	}
	return n
}

func (w *Witness) look() bool {
	w.tb.Helper()
	buf := make([]byte, 4096)
	for {
		n, err := syscall.Read(w.read, buf)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil:
			w.tb.Fatal(err)
		case n == 0:
			return false
		default:
			w.pending = append(w.pending, buf[:n]...)
		}
	}
}
