//go:build linux || openbsd || dragonfly || solaris

package source

import (
	"io/fs"
	"syscall"
)

// identify returns the file's identity; false means that the system does not tell when a
// file was last changed.
func identify(info fs.FileInfo) (identity, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, false
	}
	return identity{
		inode: stat.Ino,
		size:  info.Size(), modified: info.ModTime().UnixNano(),
		changed: stat.Ctim.Nano(),
	}, true
}
