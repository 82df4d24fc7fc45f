//go:build unix

package local

import "syscall"

// underMask calls fork while the whole process has the mask; nil means as it is. Starts are
// made one by one, so no other command gets it.
func underMask(mask *uint32, fork func() (pid int, err error)) (pid int, err error) {
	if mask == nil {
		return fork()
	}
	old := syscall.Umask(int(*mask))
	defer syscall.Umask(old)
	return fork()
}
