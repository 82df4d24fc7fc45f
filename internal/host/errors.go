package host

import (
	"fmt"
	"time"
)

// StartReason tells apart why a command could not be started.
type StartReason int

// The reasons why a command could not be started. Each names whose fault it is:
// the program, the directory, the identity that was asked for, or the system.
const (
	// StartOther is any failure that the other reasons do not cover; Err tells.
	StartOther StartReason = iota
	// ProgramNotFound means that no such file exists, or none on PATH.
	ProgramNotFound
	// ProgramNotExecutable means that the file exists and may not be executed.
	ProgramNotExecutable
	// ProgramIsDirectory means that the path names a directory.
	ProgramIsDirectory
	// InterpreterMissing means that the file's "#!" line, or its loader, names a
	// program that does not exist; Detail is that line's program when it is known.
	InterpreterMissing
	// FormatUnknown means that the system cannot execute this kind of file: mostly a
	// script without a "#!" line, or a program of another platform.
	FormatUnknown
	// DirMissing means that the working directory does not exist.
	DirMissing
	// DirNotDirectory means that the working directory is something else.
	DirNotDirectory
	// DirDenied means that the working directory may not be entered.
	DirDenied
	// UserUnknown means that there is no such user.
	UserUnknown
	// GroupUnknown means that there is no such group.
	GroupUnknown
	// SwitchDenied means that this process may not run commands as that user or group.
	SwitchDenied
	// ArgumentsTooLong means that arguments and environment exceed what the system takes.
	ArgumentsTooLong
	// Unsupported means that this platform cannot do what was asked; Detail names it.
	Unsupported
	// Exhausted means that the system had no process, memory or descriptor left for the
	// program. It is nobody's fault, and may be over at the next try.
	Exhausted
)

// String returns the reason in words that fit behind "the command could not be started: ".
func (r StartReason) String() string {
	switch r {
	case ProgramNotFound:
		return "program not found"
	case ProgramNotExecutable:
		return "program is not executable"
	case ProgramIsDirectory:
		return "program is a directory"
	case InterpreterMissing:
		return "the program's interpreter does not exist"
	case FormatUnknown:
		return "the system cannot execute this kind of file"
	case DirMissing:
		return "working directory does not exist"
	case DirNotDirectory:
		return "working directory is not a directory"
	case DirDenied:
		return "working directory may not be entered"
	case UserUnknown:
		return "no such user"
	case GroupUnknown:
		return "no such group"
	case SwitchDenied:
		return "not permitted to run commands as this user or group"
	case ArgumentsTooLong:
		return "arguments and environment are too long"
	case Unsupported:
		return "not supported on this platform"
	case Exhausted:
		return "the system is short of processes, memory or open files"
	case StartOther:
	}
	return "could not be started"
}

// StartError means that the command never ran: nothing of it was executed.
type StartError struct {
	Reason StartReason
	// Subject is the program, directory, user or group at fault.
	Subject string
	// Detail adds what Reason leaves open, such as the missing interpreter or the PATH
	// that was searched; it may be empty.
	Detail string
	// Err is the system's error; it may be nil.
	Err error
}

func (e *StartError) Error() string {
	s := fmt.Sprintf("%s: %q", e.Reason, e.Subject)
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	if e.Reason == StartOther && e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *StartError) Unwrap() error { return e.Err }

// SignalError means that a signal which this program did not send ended the command.
type SignalError struct {
	// Name is the signal's name, such as "SIGSEGV"; Number its number.
	Name   string
	Number int
}

func (e *SignalError) Error() string { return fmt.Sprintf("killed by %s", e.Name) }

// StopError means that the context ended first, so the command and everything that
// belonged to it was stopped. Whatever exit status the command had after that does not
// count: one that catches the signal and exits 0 was stopped all the same.
type StopError struct {
	// Cause is the context's cause: [context.DeadlineExceeded] or [context.Canceled].
	Cause error
	// Killed reports that asking with SIGTERM was not enough.
	Killed bool
	// After is how long the command had run when it was told to stop.
	After time.Duration
}

func (e *StopError) Error() string {
	return fmt.Sprintf("stopped after %s: %v", e.After.Round(time.Millisecond), e.Cause)
}

func (e *StopError) Unwrap() error { return e.Cause }

// UnreachableError means that the machine could not be reached, or refused to let us in,
// so nothing ran there.
type UnreachableError struct {
	// Target is the machine that could not be reached: the one that was meant, or one on
	// the way to it.
	Target string
	// Reason says why in words that fit behind "the machine cannot be reached: ".
	Reason string
	// Detail is what to do about it, in sentences; it may be empty. It holds no secrets.
	Detail string
	// Err is what the network or the protocol said; it may be nil.
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s cannot be reached: %s", e.Target, e.Reason)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// LostError means that the connection broke while a command ran: it is not known how it
// ended, nor whether all that it was meant to do was done.
type LostError struct {
	Target string
	// After is how long the command had run.
	After time.Duration
	// Err is what broke the connection; it may be nil.
	Err error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the connection to %s broke after %s", e.Target, e.After.Round(time.Millisecond))
}

func (e *LostError) Unwrap() error { return e.Err }
