package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchEvery is how often a process is looked at. The kernel keeps the peak of its memory
// and adds up its time, so only what happens between the last look and the end of the
// process goes unseen.
const watchEvery = 20 * time.Millisecond

// tick is the unit of time in /proc/PID/stat: USER_HZ, which Linux shows as 100 wherever
// Go runs.
const tick = time.Second / 100

// usage is what the processes of a provider used.
type usage struct {
	// memory is the highest peak of resident memory among them, in bytes.
	memory int64
	// own is the processor time of the processes themselves, commands that of the
	// processes which they started and waited for.
	own, commands time.Duration
}

// watch follows the children of the process parent that run program, until the returned
// function is called; that returns what they used. An engine starts several of them, one
// after the other. It needs /proc and returns nothing where there is none.
func watch(parent int, program string) func() usage {
	done, result := make(chan struct{}), make(chan usage)
	go func() {
		seen := map[int]usage{}
		look := time.NewTicker(watchEvery)
		defer look.Stop()
		for {
			select {
			case <-done:
				result <- sum(seen)
				return
			case <-look.C:
				for _, pid := range children(parent) {
					if exe, err := os.Readlink(procFile(pid, "exe")); err != nil || exe != program {
						continue
					}
					if u, ok := used(pid); ok {
						seen[pid] = u
					}
				}
			}
		}
	}()
	return func() usage {
		close(done)
		return <-result
	}
}

func sum(processes map[int]usage) usage {
	var all usage
	for _, u := range processes {
		all.memory = max(all.memory, u.memory)
		all.own += u.own
		all.commands += u.commands
	}
	return all
}

// children returns the direct children of a process, whichever of its threads started them.
func children(parent int) []int {
	lists, err := filepath.Glob(procFile(parent, "task", "*", "children"))
	if err != nil {
		return nil
	}
	var pids []int
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			continue // The thread has ended.
		}
		for field := range strings.FieldsSeq(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// used returns what a process has used so far; false if it cannot be read.
func used(pid int) (usage, bool) {
	stat, err := os.ReadFile(procFile(pid, "stat"))
	if err != nil {
		return usage{}, false
	}
	u, ok := parseStat(string(stat))
	status, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return usage{}, false
	}
	u.memory = parsePeak(status)
	return u, ok && u.memory > 0
}

// parseStat returns the processor times of /proc/PID/stat, proc_pid_stat(5).
func parseStat(stat string) (usage, bool) {
	// The name of the process is in parentheses and may hold anything.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const user, system, childUser, childSystem = 11, 12, 13, 14
	if len(fields) <= childSystem {
		return usage{}, false
	}
	ticks := func(i int) time.Duration {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0
		}
		return time.Duration(n) * tick
	}
	return usage{own: ticks(user) + ticks(system), commands: ticks(childUser) + ticks(childSystem)}, true
}

// parsePeak returns VmHWM of /proc/PID/status in bytes, 0 if it is not there: a process
// that has ended has none.
func parsePeak(status []byte) int64 {
	for s := bufio.NewScanner(bytes.NewReader(status)); s.Scan(); {
		var kib int64
		if n, err := fmt.Sscanf(s.Text(), "VmHWM: %d kB", &kib); n == 1 && err == nil {
			return kib << 10
		}
	}
	return 0
}

func procFile(pid int, names ...string) string {
	return filepath.Join(append([]string{"/proc", strconv.Itoa(pid)}, names...)...)
}
