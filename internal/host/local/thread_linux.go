package local

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// own puts the child in a session of its own, and ties its life to this thread: the
// kernel sends the parent-death signal when the thread that forked ends, not the process.
// The thread must therefore wait for the child (golang/go#27505).
func own() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// ownMask gives the calling thread a mask of its own, which all that it forks inherits, and
// reports whether it could. The thread is then of no use to anyone else any more.
//
// The mask belongs to the process, but a thread can leave that: unshare gives it working
// directory, root and mask of its own. Some sandboxes forbid that.
func ownMask(mask uint32) bool {
	if unix.Unshare(unix.CLONE_FS) != nil {
		return false
	}
	unix.Umask(int(mask))
	return true
}

// pipe returns a pipe that no child inherits by accident.
func pipe() (read, write int, err error) {
	var p [2]int
	err = unix.Pipe2(p[:], unix.O_CLOEXEC)
	return p[0], p[1], err
}

// ownExecutable names the running program, even when its file was replaced since.
func ownExecutable() (string, error) { return "/proc/self/exe", nil }

// closeInherited closes what is open beyond the watchdog's pipe: the provider's parent may
// have leaked a descriptor, and whoever waits for its end would wait for the watchdog too.
func closeInherited() {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= watchdogPipe {
			continue
		}
		// The runtime's own poller is among them, and is no file.
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.HasPrefix(target, "anon_inode:") {
			_ = unix.Close(fd)
		}
	}
}

// nameProcess sets what top shows, which would be "exe" after the path above.
func nameProcess(name string) {
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0)
}
