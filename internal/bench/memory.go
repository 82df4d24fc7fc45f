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

// watchEvery is how often the memory of a process is looked at. The kernel keeps the peak,
// so only what happens between the last look and the end of the process goes unseen.
const watchEvery = 20 * time.Millisecond

// watch follows the children of the process parent that run program, until the returned
// function is called; that returns the highest peak resident memory among them, in bytes.
// It needs /proc and returns 0 where there is none.
func watch(parent int, program string) func() int64 {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				result <- peak
				return
			case <-tick.C:
				for _, pid := range children(parent) {
					if exe, err := os.Readlink(procFile(pid, "exe")); err == nil && exe == program {
						peak = max(peak, peakMemory(pid))
					}
				}
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-result
	}
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

// peakMemory returns VmHWM of a process in bytes, 0 if it cannot be read.
func peakMemory(pid int) int64 {
	data, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return 0
	}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
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
