//go:build unix && !linux

package local

import (
	"os"
	"syscall"
)

// own puts the child in a session of its own. There is no parent-death signal that could
// be relied upon here: the watchdog alone ends the child when this process dies.
func own() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// ownMask has nothing to offer here: the mask belongs to the whole process.
func ownMask(uint32) bool { return false }

// pipe returns a pipe that no child inherits by accident. Not every system can make one
// in one step, so forks wait.
func pipe() (read, write int, err error) {
	var p [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(p[:]); err != nil {
		return 0, 0, err
	}
	syscall.CloseOnExec(p[0])
	syscall.CloseOnExec(p[1])
	return p[0], p[1], nil
}

func ownExecutable() (string, error) { return os.Executable() }

// closeInherited has no safe way to tell the runtime's descriptors from others here.
func closeInherited() {}

func nameProcess(string) {}
