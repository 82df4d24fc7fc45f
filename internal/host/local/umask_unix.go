//go:build unix

package local

import (
	"sync"
	"syscall"
)

// umaskLock keeps every other start out while one has changed the process's mask.
var umaskLock sync.RWMutex

func withProcessUmask(mask uint32, start func() error) error {
	umaskLock.Lock()
	defer umaskLock.Unlock()
	old := syscall.Umask(int(mask))
	defer syscall.Umask(old)
	return start()
}
