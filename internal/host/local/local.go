// Package local runs commands on this machine.
//
// It promises that a command runs as it was described or not at all; that everything it
// wrote before it ended is delivered, in bounded memory; that a command which is stopped
// leaves nothing of itself behind; and that the same holds when this process dies. What
// belongs to a command is its session: a process that opened a session of its own, as a
// daemon does, has left on purpose and is spared. It refuses to know what a command is for.
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"syscall"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// How long things may take once a command has ended or has to end.
const (
	// startGrace is how long a start that has begun is waited for once the context is done.
	startGrace = time.Second
	// termGrace is the time between asking with SIGTERM and insisting with SIGKILL.
	termGrace = 5 * time.Second
	// killGrace bounds the wait after SIGKILL: a process that hangs in the kernel does
	// not die, and must not hang the run as well.
	killGrace = 2 * time.Second
	// outputGrace is how long the output of a command that has ended is waited for when
	// some other process still holds it: one that is about to end prints its last words, and
	// a daemon that was only just started is, until it redirects them, a copy of its parent.
	outputGrace = 250 * time.Millisecond
)

// Host is this machine. It is safe for concurrent use.
type Host struct{ private []string }

// New returns this machine. Private names variables of this process that commands do not
// inherit: what it was told by whoever started it is not meant for them.
func New(private ...string) *Host { return &Host{private: private} }

var _ host.Host = (*Host)(nil)

// Run implements [host.Host]. With a ctx that is already done it starts nothing.
//
// A start can block for ever: the working directory or the program is on a dead network
// filesystem, or the user in a directory service that does not answer. Once ctx is done
// such a start is not waited for. If it succeeds after all, what it started is killed.
//
// A command ends when its own process does. What it started and left in the background
// lives on; while it holds the command's output that is read and dropped, so that it
// neither blocks nor dies of SIGPIPE as long as this process lives. Input that the command
// has not read by then is dropped as well.
//
// An entry of PATH that is empty or relative is never used to find a program: as in Go's
// os/exec, a program that such an entry would have found is refused by name. A writer that
// returns an error is not written to again, and the command does not notice.
func (h *Host) Run(ctx context.Context, c host.Command) (host.Result, error) {
	if ctx.Err() != nil {
		return host.Result{}, &host.StopError{Cause: context.Cause(ctx)}
	}
	if err := c.Check(); err != nil {
		return host.Result{}, err
	}
	c.TakeTurn()
	return run(ctx, c, h.private)
}

// Exists implements [host.Host]. A path whose parent is missing or is a file does not
// exist, and neither does one whose links lead nowhere or in a circle.
func (*Host) Exists(ctx context.Context, paths ...string) iter.Seq2[bool, error] {
	return host.OneByOne(paths, func(path string) (bool, error) { return look(ctx, path) })
}

func look(ctx context.Context, path string) (bool, error) {
	if ctx.Err() != nil {
		return false, fmt.Errorf("look at %q: %w", path, context.Cause(ctx))
	}
	// A dead network filesystem blocks the look for ever, and nothing can wake it.
	found := make(chan error, 1)
	go func() {
		_, err := os.Stat(path)
		found <- err
	}()
	select {
	case err := <-found:
		return exists(err)
	case <-ctx.Done():
		return false, fmt.Errorf("look at %q: %w", path, context.Cause(ctx))
	}
}

func exists(err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return false, nil
	}
	return false, err
}
