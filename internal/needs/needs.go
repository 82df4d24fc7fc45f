// Package needs is for tests that need something of the machine they run on. Where it is
// missing they are skipped, but CI=true promises all of it: there leaving a test out must not
// look like success.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// Missing skips the test, or fails it in CI. It says what is missing.
func Missing(tb testing.TB, format string, args ...any) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("CI=true promises what this test needs: "+format, args...)
	}
	tb.Skipf("this test needs what is not here: "+format, args...)
}

// Root is for what only root can do.
func Root(tb testing.TB) {
	tb.Helper()
	if os.Geteuid() != 0 {
		Missing(tb, "root")
	}
}

// Program returns the path of the first of the programs that is there: a name on PATH, or a
// file.
func Program(tb testing.TB, names ...string) string {
	tb.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(tb, "one of the programs %q", names)
	return ""
}
