package converge

import (
	"errors"
	"fmt"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// errTimeout is the cause of a run that was stopped for its time limit.
var errTimeout = errors.New("time limit reached")

// GuardError means that a guard gave no answer when one was needed, so nothing ran.
type GuardError struct{ Reason guard.Reason }

func (e *GuardError) Error() string { return "a guard gave no answer" }

func (e *GuardError) Unwrap() error { return e.Reason.Err }

// RunError means that the command did not succeed. Run tells how far it got.
type RunError struct {
	Run Run
	// Allowed are the exit codes that would have been a success.
	Allowed []int
	// Timeout is the limit for each try.
	Timeout time.Duration
	// Interrupted says that another try was due, and that the context ended before it.
	Interrupted bool
	// Err is why there is no exit code; nil if there is one.
	Err error
}

func (e *RunError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return fmt.Sprintf("exit code %d", *e.Run.ExitCode)
}

func (e *RunError) Unwrap() error { return e.Err }

// TimedOut reports that the time limit ended the run.
func (e *RunError) TimedOut() bool { return errors.Is(e.Err, errTimeout) }

// FailedByItself reports that a command failed, or cannot be one, so that it will fail again
// where nothing else changes. An interrupt, a connection that broke and whatever kept it from
// being tried say nothing about the command.
func FailedByItself(err error) bool {
	if _, ok := errors.AsType[*LineError](err); ok {
		return true
	}
	failed, ok := errors.AsType[*RunError](err)
	if !ok {
		return false
	}
	start, unstarted := errors.AsType[*host.StartError](failed.Err)
	_, killed := errors.AsType[*host.SignalError](failed.Err)
	return failed.Err == nil || failed.TimedOut() || killed || unstarted && start.Reason != host.Exhausted
}

// VerifyError means that the command succeeded and the guards still do not say skip.
type VerifyError struct {
	Run      Run
	Decision guard.Decision
}

func (e *VerifyError) Error() string { return "the guards do not say skip after the run" }

// LineError means that a string is no command; Err is an error of package words.
type LineError struct {
	// Kind is [guard.Unless] or [guard.OnlyIf] for the guard at Index, else [Command].
	Kind  guard.Kind
	Index int
	Err   error
}

// Command is the Kind of a LineError that is about the command itself.
const Command guard.Kind = -1

func (e *LineError) Error() string { return e.Err.Error() }

func (e *LineError) Unwrap() error { return e.Err }

// PinError means that the content of an executable is not what was expected, or could not
// be told, so nothing ran.
type PinError struct {
	Name, Path string
	// Want and Got are digests in hexadecimal. Got is empty beside an Err.
	Want, Got string
	Err       error
}

func (e *PinError) Error() string { return "the executable is not the one that was expected" }

func (e *PinError) Unwrap() error { return e.Err }

// LogFileError means that the log file could not be opened, so nothing ran.
type LogFileError struct {
	Path string
	Err  error
}

func (e *LogFileError) Error() string { return e.Err.Error() }

func (e *LogFileError) Unwrap() error { return e.Err }

// LockError means that the lock could not be had, so nothing ran.
type LockError struct {
	Name string
	Err  error
}

func (e *LockError) Error() string { return e.Err.Error() }

func (e *LockError) Unwrap() error { return e.Err }

// SlotError means that no slot could be had among the runs that may go on at once, so
// nothing ran.
type SlotError struct {
	// Limit is how many runs may go on at once.
	Limit int
	Err   error
}

func (e *SlotError) Error() string { return e.Err.Error() }

func (e *SlotError) Unwrap() error { return e.Err }
