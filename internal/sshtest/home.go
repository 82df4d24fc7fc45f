package sshtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Home is the home of this process while a test runs.
type Home struct {
	T   *testing.T
	Dir string
}

// NewHome gives this process an empty home. The test cannot be parallel.
func NewHome(t *testing.T) Home {
	t.Helper()
	h := Home{T: t, Dir: t.TempDir()}
	t.Setenv("HOME", h.Dir)
	t.Setenv("USERPROFILE", h.Dir)
	must(t, os.Mkdir(filepath.Join(h.Dir, ".ssh"), 0o700))
	return h
}

// Key puts a private key where ssh looks for it.
func (h Home) Key(name, private string) {
	h.T.Helper()
	must(h.T, os.WriteFile(filepath.Join(h.Dir, ".ssh", name), []byte(private), 0o600))
}
