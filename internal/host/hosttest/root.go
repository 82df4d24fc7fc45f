package hosttest

import (
	"os"
	"testing"
)

// NeedRoot skips what only root can do, unless this is a place that promised root.
func NeedRoot(tb testing.TB) {
	tb.Helper()
	switch {
	case os.Geteuid() == 0:
	case os.Getenv("CI") == "true":
		tb.Fatal("this test needs root, and CI=true promises that it has it")
	default:
		tb.Skip("needs root")
	}
}
