//go:build unix

package local

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// diagnose says why program could not be started. The system gives one number for a row
// of steps: become the user, enter the directory, execute. So the steps are made once
// more, each row one longer than the last. What the system is short of it may be short of
// in any step, also in one that is made once more, so see exhausted for that.
func (l *launch) diagnose(program string, err error) error {
	switch {
	case short(err):
		return err
	case errors.Is(err, syscall.E2BIG):
		return &host.StartError{Reason: host.ArgumentsTooLong, Subject: program, Err: err}
	case errors.Is(err, syscall.ENAMETOOLONG):
		// The one answer that a rehearsal cannot tell from success.
		if _, dirErr := os.Stat(l.dir); l.dir != "" && dirErr != nil {
			return l.dirError(err)
		}
		return l.programError(program, err)
	}
	if l.identity.credential != nil {
		if err := l.rehearse(""); err != nil {
			return l.switchError(err)
		}
	}
	if l.dir != "" {
		if err := l.rehearse(l.dir); err != nil {
			return l.dirError(err)
		}
	}
	return l.programError(program, err)
}

// short reports that the system could not do what was asked for at this moment, whatever
// it was asked for.
func short(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// exhausted words the failure of a step for which the system was short of something. It
// may have been any step of the start, so whatever that was about is not at fault.
func exhausted(program string, err error) error {
	if start, ok := errors.AsType[*host.StartError](err); ok {
		err = start.Err
	}
	return &host.StartError{Reason: host.Exhausted, Subject: program, Err: err}
}

// impossible is no name of any file, because it is longer than a name may be. To execute
// it fails with ENAMETOOLONG, but not before all that comes first went well.
var impossible = "/" + strings.Repeat("x", 1<<14)

// rehearse does everything that a start does before it executes the program.
func (l *launch) rehearse(dir string) error {
	null, err := devNull()
	if err != nil {
		return err
	}
	attributes := l.attributes([3]int{null, null, null})
	attributes.Dir, attributes.Env = dir, nil
	_, err = syscall.ForkExec(impossible, []string{"x"}, attributes)
	if errors.Is(err, syscall.ENAMETOOLONG) {
		return nil
	}
	return err
}

func (l *launch) switchError(err error) error {
	e := &host.StartError{Reason: host.StartOther, Subject: l.user, Err: err}
	if l.user == "" {
		e.Subject = l.group
	}
	// EINVAL: the number does not exist in this user namespace.
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) {
		e.Reason = host.SwitchDenied
	}
	return e
}

func (l *launch) dirError(err error) error {
	e := &host.StartError{Reason: host.StartOther, Subject: l.dir, Err: err}
	switch {
	case errors.Is(err, syscall.ENOENT):
		e.Reason = host.DirMissing
	case errors.Is(err, syscall.ENOTDIR):
		e.Reason = host.DirNotDirectory
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		e.Reason = host.DirDenied
	default:
		e.Detail = "the working directory cannot be entered"
	}
	return e
}

func (l *launch) programError(program string, err error) error {
	e := &host.StartError{Reason: host.StartOther, Subject: program, Err: err}
	switch {
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		e.Reason = host.ProgramNotFound
		if _, statErr := os.Stat(l.at(program)); statErr == nil {
			e.Reason, e.Detail = host.InterpreterMissing, l.missingInterpreter(program)
		} else if target, linkErr := os.Readlink(l.at(program)); linkErr == nil {
			e.Detail = host.LinkTo(target)
		} else if strings.ContainsAny(program, " \t\n") {
			e.Detail = host.ProgramHint(program)
		}
	case errors.Is(err, syscall.EACCES):
		e.Reason = host.ProgramNotExecutable
		info, statErr := os.Stat(l.at(program))
		switch {
		case statErr != nil:
			e.Detail = "it may not be looked at"
		case info.IsDir():
			e.Reason = host.ProgramIsDirectory
		case info.Mode()&0o111 != 0:
			e.Detail = l.whyDenied(program)
		}
	case errors.Is(err, syscall.ENOEXEC):
		e.Reason, e.Detail = host.FormatUnknown, formatOf(l.at(program))
	}
	return e
}

// missingInterpreter follows the chain of interpreters to the one that does not exist.
func (l *launch) missingInterpreter(program string) string {
	for range 8 {
		program = interpreter(l.at(program))
		if program == "" {
			return ""
		}
		if _, err := os.Stat(l.at(program)); err != nil {
			return host.MissingInterpreter(program)
		}
	}
	return ""
}

func (l *launch) whyDenied(program string) string {
	if name := interpreter(l.at(program)); name != "" {
		if info, err := os.Stat(l.at(name)); err == nil && (info.IsDir() || info.Mode()&0o111 == 0) {
			return host.InterpreterDenied(name)
		}
	}
	return host.DeniedElsewhere
}

// interpreter returns what file needs to be executed, or nothing.
func interpreter(file string) string {
	// To open a pipe waits for a writer.
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	if head := beginning(file); bytes.HasPrefix(head, []byte("#!")) {
		return scriptInterpreter(head)
	}
	program, err := elf.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = program.Close() }()
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			if name, err := io.ReadAll(io.LimitReader(segment.Open(), 4096)); err == nil {
				return string(bytes.TrimRight(name, "\x00"))
			}
		}
	}
	return ""
}

// scriptInterpreter returns what the "#!" line at the beginning of a file names, or nothing.
func scriptInterpreter(head []byte) string {
	line, ok := bytes.CutPrefix(head, []byte("#!"))
	if !ok {
		return ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	// Blanks and tabs separate, and nothing else does: not the "\r" of Windows.
	if words := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' }); len(words) > 0 {
		return words[0]
	}
	return ""
}

// formatOf says what kind of file it is that the system cannot execute.
func formatOf(file string) string {
	switch head := beginning(file); {
	case len(head) == 0:
		return host.FormatEmpty
	case bytes.HasPrefix(head, []byte("#!")):
		return host.FormatUnnamed
	case bytes.IndexByte(head, 0) < 0:
		return host.FormatScript
	}
	return host.FormatForeign
}

func beginning(file string) []byte {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(fd) }()
	b := make([]byte, 256)
	n, _ := unix.Read(fd, b)
	return b[:max(n, 0)]
}
