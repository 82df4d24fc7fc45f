//go:build unix && (android || !(cgo || darwin) || osusergo)

package local

// wholeDatabase says that package os/user reads files alone, so that it does not know the
// accounts and the groups of a directory service.
const wholeDatabase = false
