// Package host is the port behind which a machine stands: it says what a command is,
// what came of running it, and which errors tell "it did not run" from "it is not known".
//
// It promises nothing about how a machine is reached and refuses to know what a
// command is for. It imports the standard library only; package local runs commands on
// this machine, and a remote one stands behind the same interface.
package host

import (
	"context"
	"io"
	"iter"
	"time"
)

// Host runs commands on one machine. It is safe for concurrent use.
//
// A nil error means the command ran to an exit status, whatever that status was.
// A non-nil error means it is not known that it did; callers must not read an
// answer into it. Run returns promptly once ctx is done, and kills what it started.
// The errors are [*StartError], [*SignalError] and [*StopError], and for a machine that is
// far away [*UnreachableError] and [*LostError]; the Result is valid beside an error too,
// as far as the run got.
//
// Exists answers for each of the paths, in their order. Whoever has several to ask about
// asks about all of them at once: a host that is far away looks at them in one go, a near
// one at each when its answer is taken, so that who breaks off has asked no more than
// needed. It follows links; a dangling link does not exist. An error means that the path
// could not be looked at, which is no answer either, and says nothing about the others. A
// relative path is taken from the directory in which commands run by default.
type Host interface {
	Run(ctx context.Context, c Command) (Result, error)
	Exists(ctx context.Context, paths ...string) iter.Seq2[bool, error]
}

// OneByOne is the Exists of a host that looks at each path when its answer is taken.
func OneByOne(paths []string, look func(path string) (bool, error)) iter.Seq2[bool, error] {
	return func(yield func(bool, error) bool) {
		for _, path := range paths {
			if !yield(look(path)) {
				return
			}
		}
	}
}

// Command is one process to start. Nothing in it is interpreted by a shell.
type Command struct {
	// Argv is the program and its arguments. A program without a slash is looked up
	// on the PATH that the child gets. A relative one with a slash is taken from Dir.
	Argv []string
	// Dir is the working directory; empty means the host's default.
	Dir string
	// Path replaces PATH, for look-up and for the child; empty means PATH as it
	// otherwise is.
	Path []string
	// Env is added to the inherited environment and wins over it.
	Env map[string]string
	// CleanEnv leaves out everything inherited but PATH.
	CleanEnv bool
	// Stdin is what the command can read; empty means that it reads end of file.
	Stdin string
	// Interrupt is how long a command may take to finish what it cannot leave half done: one
	// that is to be stopped gets SIGINT first, as from a terminal, and is stopped like any
	// other when this is over. Zero means that it is stopped at once. Windows has no such
	// signal for what has no console, so it is zero there.
	Interrupt time.Duration
	// Turn is called when it is the command's turn, before it is started: what time it may
	// take counts from then on, see [Limit]. A host that has no room for it at once, or is not
	// reached yet, lets it wait before. Nil is nobody.
	Turn func()
	// User and Group run the command as somebody else, by name or number; empty means
	// unchanged. With a User, HOME, USER and LOGNAME follow it unless Env sets them.
	User, Group string
	// Umask is the file mode creation mask; nil means unchanged.
	Umask *uint32
	// Stdout and Stderr receive the output as it appears; nil discards it. Each is
	// written to by one goroutine at a time, and not after Run has returned.
	Stdout, Stderr io.Writer
}

// Result is what came of a run.
type Result struct {
	// ExitCode is the exit status; meaningful only beside a nil error.
	ExitCode int
	// Started and Ended are when the process began and when it ended; zero when it
	// did not get that far.
	Started, Ended time.Time
	// OutputHeld reports that a process which outlives the command still holds its
	// stdout or stderr. What that process prints from now on is lost, and it gets
	// SIGPIPE once this program ends.
	OutputHeld bool
}
