//go:build unix && !linux

package local

import "syscall"

// child is a process that this one has started.
type child struct {
	pid    int
	status syscall.WaitStatus
	err    error
}

// await returns when the child has ended. It reaps it, because not every system can wait
// without that, and a group that holds a zombie looks alive on some. The number of its
// group is then free again once the group is empty, before the watchdog hears of it.
func (c *child) await() { c.status, c.err = wait(c.pid) }

// reap returns the exit status.
func (c *child) reap() (syscall.WaitStatus, error) { return c.status, c.err }

// liveGroups returns those of the sessions' own process groups that still exist. What
// made a group of its own inside the session is not found on this platform.
func liveGroups(sessions ...int) []int { return existingGroups(sessions) }

// startTicks knows nothing here.
func startTicks(int) uint64 { return 0 }

// mark has nothing here that a child would inherit and not notice.
func mark() int64 { return 0 }

func killMarked(int64) {}
