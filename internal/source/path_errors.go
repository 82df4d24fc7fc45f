package source

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// PathReason tells apart what is wrong with a path.
type PathReason int

// The reasons why a path cannot be used.
const (
	// PathOther is any failure that the other reasons do not cover; Err tells.
	PathOther PathReason = iota
	// PathMissing means that there is no such file.
	PathMissing
	// PathNotDirectory means that a directory is needed and something else is there.
	PathNotDirectory
	// PathDenied means that the file or directory may not be read.
	PathDenied
	// PathIrregular means that it is no regular file where one is needed: a directory, or,
	// in a tree as well, a socket, a pipe, a device.
	PathIrregular
	// PathLeaves means that the path, or the link it names, leads out of the directory
	// that it must stay in, or that a link is absolute where only a relative one means the
	// same on every machine.
	PathLeaves
)

// String returns the reason in words that fit behind a path.
func (r PathReason) String() string {
	switch r {
	case PathMissing:
		return "does not exist"
	case PathNotDirectory:
		return "is not a directory"
	case PathDenied:
		return "may not be read"
	case PathIrregular:
		return "is not a regular file"
	case PathLeaves:
		return "leads out of its directory"
	case PathOther:
	}
	return "cannot be used"
}

// PathError means that a path cannot be used.
type PathError struct {
	Reason PathReason
	// Path is what is at fault: the relative path that [Within] was given, else the path
	// on disk.
	Path string
	// Link is the link on the way whose target is at fault, and Target what it holds;
	// both are empty if there is none.
	Link, Target string
	// Err is the system's error; it may be nil.
	Err error
}

func (e *PathError) Error() string {
	s := fmt.Sprintf("%q %s", e.Path, e.Reason)
	if e.Link != "" {
		s += fmt.Sprintf(" (link %q to %q)", e.Link, e.Target)
	}
	if e.Reason == PathOther && e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *PathError) Unwrap() error { return e.Err }

// pathError returns the PathError for what the system said of path.
func pathError(path string, err error) *PathError {
	reason := PathOther
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = PathMissing
	case errors.Is(err, fs.ErrPermission):
		reason = PathDenied
	case errors.Is(err, syscall.ENOTDIR):
		reason = PathNotDirectory
	}
	return &PathError{Reason: reason, Path: path, Err: err}
}

// PatternError means that an exclude pattern is malformed.
type PatternError struct {
	Pattern string
	Err     error
}

func (e *PatternError) Error() string { return fmt.Sprintf("pattern %q: %v", e.Pattern, e.Err) }

func (e *PatternError) Unwrap() error { return e.Err }
