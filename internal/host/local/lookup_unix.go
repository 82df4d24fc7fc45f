//go:build unix

package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// sameName reports whether two names of environment variables mean the same variable.
func sameName(a, b string) bool { return a == b }

// search finds the files that a program's name may mean, one after the other.
type search struct {
	name, dir string
	path      string
	entries   []string
	// denied is the first file of that name that may not be executed.
	denied string
}

func newSearch(name, dir string, env []string) *search {
	s := &search{name: name, dir: dir}
	if strings.Contains(name, "/") {
		return s
	}
	s.path, _ = variable(env, "PATH")
	s.entries = filepath.SplitList(s.path)
	return s
}

// next returns the next file to try. A name with a slash is its own and only answer;
// it is not looked at, because the attempt to execute it says more.
func (s *search) next() (string, error) {
	if strings.Contains(s.name, "/") {
		return s.name, nil
	}
	for len(s.entries) > 0 {
		entry := s.entries[0]
		s.entries = s.entries[1:]
		file := filepath.Join(entry, s.name)
		if filepath.IsAbs(entry) {
			if s.executable(file) {
				return file, nil
			}
			continue
		}
		if s.executable(filepath.Join(s.dir, file)) {
			return "", &host.StartError{
				Reason: host.ProgramNotFound, Subject: s.name,
				Detail: host.FoundThroughRelative(entry, file),
			}
		}
	}
	return "", s.failure()
}

// more reports whether next may have another answer.
func (s *search) more() bool { return len(s.entries) > 0 }

func (s *search) executable(file string) bool {
	err := unix.Access(file, unix.X_OK)
	if err != nil && !errors.Is(err, unix.EACCES) {
		return false
	}
	info, statErr := os.Stat(file)
	if statErr != nil || !info.Mode().IsRegular() {
		return false
	}
	if err != nil && s.denied == "" {
		s.denied = file
	}
	return err == nil
}

func (s *search) failure() error {
	if s.denied != "" {
		return &host.StartError{Reason: host.ProgramNotExecutable, Subject: s.denied}
	}
	return &host.StartError{Reason: host.ProgramNotFound, Subject: s.name, Detail: host.SearchedPath(s.name, s.path)}
}
