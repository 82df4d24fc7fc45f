//go:build unix && !android && (cgo || darwin) && !osusergo

package local

// wholeDatabase says that package os/user asks the system's name service for everything.
const wholeDatabase = true
