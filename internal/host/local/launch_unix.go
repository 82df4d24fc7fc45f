//go:build unix

package local

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// launch is a command in the system's terms.
type launch struct {
	argv []string
	dir  string
	env  []string
	// umask is what the process itself has to take for the moment of the fork; nil means
	// nothing.
	umask    *uint32
	user     string
	group    string
	identity identity
	program  *search
}

func newLaunch(ctx context.Context, c host.Command, private []string) (*launch, error) {
	id, err := resolve(ctx, c.User, c.Group)
	if err != nil {
		return nil, err
	}
	env := environment(c, id.environment, private)
	return &launch{
		argv: c.Argv, dir: c.Dir, env: env, umask: c.Umask, user: c.User, group: c.Group,
		identity: id, program: newSearch(c.Argv[0], c.Dir, env),
	}, nil
}

// busyRetry is for how long a start is tried again while the program is open for writing.
// A fork elsewhere in this process holds such a file open for a moment (golang/go#22315).
const busyRetry = 500 * time.Millisecond

// reach looks at the directory, at the program and at what its "#!" line names, as a start
// does. On a dead network filesystem that blocks for ever. Here it costs one thread; in a
// fork, it costs the process, because Go's runtime neither counts a thread that forks as
// blocked nor can interrupt it, and the next garbage collection waits for all threads.
func (l *launch) reach(program string) {
	touch(l.dir)
	if next := scriptInterpreter(touch(l.at(program))); next != "" {
		touch(l.at(next))
	}
}

// touch opens a file or a directory and returns how it begins, which is nothing for a
// directory and for what cannot be read.
func touch(file string) (head []byte) {
	var info unix.Stat_t
	if file == "" || unix.Stat(file, &info) != nil {
		return nil
	}
	switch info.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR:
		// Not a pipe, whose opening waits for a writer, nor a device, which may notice.
		return beginning(file)
	}
	return nil
}

// takeMask gives the calling thread the mask, and reports whether it is thereby of no use
// to anyone else any more. Where a thread cannot have a mask of its own, fork sees to it.
func (l *launch) takeMask() (spoiled bool) {
	if l.umask == nil || !ownMask(*l.umask) {
		return false
	}
	l.umask = nil
	return true
}

// fork starts program, and has it watched. An error means that nothing of it was executed,
// and once ctx is done that it was not even tried.
func (l *launch) fork(ctx context.Context, program string, files [3]int) (pid int, err error) {
	deadline := time.Now().Add(busyRetry)
	for pause := time.Millisecond; ; pause *= 2 {
		pid, err = watch.start(ctx, func() (int, error) {
			return underMask(l.umask, func() (int, error) {
				return syscall.ForkExec(program, l.argv, l.attributes(files))
			})
		})
		if !errors.Is(err, syscall.ETXTBSY) || !time.Now().Before(deadline) {
			return pid, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, err
		}
	}
}

func (l *launch) attributes(files [3]int) *syscall.ProcAttr {
	sys := own()
	sys.Credential = l.identity.credential
	return &syscall.ProcAttr{
		Dir: l.dir, Env: l.env, Sys: sys,
		Files: []uintptr{uintptr(files[0]), uintptr(files[1]), uintptr(files[2])},
	}
}

// tryNext reports whether the next file on PATH may do what this one did not: to another
// user other files are executable than to this one.
func (l *launch) tryNext(err error) bool {
	start, ok := errors.AsType[*host.StartError](err)
	return ok && start.Reason == host.ProgramNotExecutable && l.identity.credential != nil && l.program.more()
}

// at names a file as it is seen from the working directory of the command.
func (l *launch) at(file string) string {
	if filepath.IsAbs(file) || l.dir == "" {
		return file
	}
	// Not Join, which would drop a slash at the end, and with it the demand that the
	// file is a directory.
	return strings.TrimSuffix(l.dir, "/") + "/" + file
}
