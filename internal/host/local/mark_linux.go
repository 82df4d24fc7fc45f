package local

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// marks hands out the marks of this process. They begin at random, so that what another
// provider left behind on this machine bears none of them.
var marks = sync.OnceValue(func() *marker {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return &marker{}
	}
	m := &marker{last: firstMark + int64(binary.LittleEndian.Uint32(random[:])&(1<<21-1))<<40}
	if unix.Getrlimit(unix.RLIMIT_LOCKS, &m.limit) != nil || m.limit.Max < 1<<62 {
		return &marker{}
	}
	return m
})

type marker struct {
	limit unix.Rlimit
	last  int64
}

// mark gives this process a new mark, which all that it forks from now on inherits, at
// the moment of the fork and whatever it does then. Zero means that there is none.
//
// The mark is the limit on file locks, which has had no effect since Linux 2.4.25. It is
// all that a command can be told by before its session is known: a fork returns when the
// child has begun to run the program, and on a busy machine the child may have children
// before this process gets to run again.
func mark() int64 {
	m := marks()
	if m.last == 0 {
		return 0
	}
	m.last++
	m.limit.Cur = uint64(m.last)
	if unix.Setrlimit(unix.RLIMIT_LOCKS, &m.limit) != nil {
		return 0
	}
	return m.last
}

// killMarked ends every other process that bears the mark. It signals single processes:
// one that was just forked is still in the group of its parent, and of others.
func killMarked(mark int64) {
	deadline := time.Now().Add(killGrace)
	for empty := 0; empty < 2 && time.Now().Before(deadline); {
		pids, err := processes()
		if err != nil {
			return
		}
		empty++
		for _, pid := range pids {
			if pid != os.Getpid() && markOf(pid) == mark {
				_ = unix.Kill(pid, unix.SIGKILL)
				empty = 0
			}
		}
		if empty == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// markOf returns zero for a process that has ended.
func markOf(pid int) int64 {
	limits, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/limits")
	if err != nil {
		return 0
	}
	_, after, ok := bytes.Cut(limits, []byte("\nMax file locks"))
	if fields := bytes.Fields(after); ok && len(fields) > 0 {
		if n, err := strconv.ParseInt(string(fields[0]), 10, 64); err == nil && n > firstMark {
			return n
		}
	}
	return 0
}
