//go:build unix

package local

// Keep sees to it that a directory does not outlive this process, however it ends. Whoever
// made it still removes it as soon as it is of no more use, and then calls release. It is
// best effort: without a watchdog, or for a path that is too long for its pipe, the
// directory stays where this process is killed.
func Keep(dir string) (release func()) { return watch.keep(dir) }
