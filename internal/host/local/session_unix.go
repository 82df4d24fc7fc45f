//go:build unix

package local

import (
	"slices"
	"syscall"
	"time"
)

// existingGroups returns the groups that a signal can be sent to.
func existingGroups(groups []int) []int {
	return slices.DeleteFunc(slices.Clone(groups), func(g int) bool { return syscall.Kill(-g, 0) != nil })
}

// stopSession ends everything that belongs to a session: it asks, waits for all of it,
// and then insists. It reports whether it had to. The session's number must not be free
// for reuse in the meantime.
func stopSession(session int) (killed bool) {
	asked := map[int]bool{}
	ask := func(groups ...int) {
		for _, g := range groups {
			// A group that appears later was made while the first ones were asked.
			if !asked[g] {
				asked[g] = true
				_ = syscall.Kill(-g, syscall.SIGTERM)
				// What is stopped cannot act upon a signal.
				_ = syscall.Kill(-g, syscall.SIGCONT)
			}
		}
	}
	// Before the first look, which takes its time on a busy machine. What that finds
	// beside the leader's own group has all of the grace, too.
	ask(session)
	var deadline time.Time
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		groups := lookTwice(session)
		if len(groups) == 0 {
			return false
		}
		ask(groups...)
		if deadline.IsZero() {
			deadline = time.Now().Add(termGrace)
		}
		left := time.Until(deadline)
		if left <= 0 {
			break
		}
		time.Sleep(min(pause, left))
	}
	killSessions([]int{session})
	return true
}

// killSessions ends everything that belongs to the sessions, without asking. It returns
// when all of it is gone, or when waiting has no point any more.
func killSessions(sessions []int) {
	deadline := time.Now().Add(killGrace)
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		groups := lookTwice(sessions...)
		if len(groups) == 0 {
			return
		}
		// Again in each turn: what forked between the look and the signal got away.
		for _, g := range groups {
			_ = syscall.Kill(-g, syscall.SIGKILL)
		}
		if !time.Now().Before(deadline) {
			return
		}
		time.Sleep(pause)
	}
}

// lookTwice is liveGroups, and believes that there are none when it has seen that twice.
// A look takes the processes in the order of their numbers, so it misses one whose number
// is lower than that of a parent which forked it meanwhile and ended.
func lookTwice(sessions ...int) []int {
	if groups := liveGroups(sessions...); len(groups) > 0 {
		return groups
	}
	return liveGroups(sessions...)
}
