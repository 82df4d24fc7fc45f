// Package sourcetest has real git repositories, and servers that serve them over HTTP and
// SSH within the test's process. It is for tests alone, and says what it could not do by
// failing them.
package sourcetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// Repository is a real repository, made by git.
type Repository struct {
	// Dir is its working tree.
	Dir string
	t   testing.TB
}

// gitEnvironment keeps git from the machine's settings, and makes commits reproducible.
func gitEnvironment() []string {
	return append(os.Environ(),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=2024-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=2024-01-02T03:04:05Z",
	)
}

// NewRepository returns an empty repository in a temporary directory, whose branch is main.
func NewRepository(tb testing.TB) *Repository {
	tb.Helper()
	return NewRepositoryIn(tb, filepath.Join(tb.TempDir(), "repo"))
}

// NewRepositoryIn returns an empty repository in a directory, which is made if need be.
func NewRepositoryIn(tb testing.TB, dir string) *Repository {
	tb.Helper()
	needs.Program(tb, "git")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	r := &Repository{t: tb, Dir: dir}
	r.Git("init", "--quiet", "--initial-branch=main")
	return r
}

// OpenRepository returns a repository that is there already.
func OpenRepository(tb testing.TB, dir string) *Repository {
	tb.Helper()
	return &Repository{t: tb, Dir: dir}
}

// Git runs git in the repository and returns what it prints, without the last line end.
func (r *Repository) Git(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir, cmd.Env = r.Dir, gitEnvironment()
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

// Commit writes the files, commits everything and returns the commit.
func (r *Repository) Commit(files map[string]string) string {
	r.t.Helper()
	WriteFiles(r.t, r.Dir, files)
	r.Git("add", "--all")
	r.Git("commit", "--quiet", "--allow-empty", "--message=change")
	return r.Git("rev-parse", "HEAD")
}

// WriteFiles writes files beneath dir. A name that ends in "*" is executable, and content
// that starts with "-> " makes a link.
func WriteFiles(tb testing.TB, dir string, files map[string]string) {
	tb.Helper()
	for name, content := range files {
		mode := os.FileMode(0o644)
		name, executable := strings.CutSuffix(name, "*")
		if executable {
			mode = 0o755
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			if err := os.Symlink(target, path); err != nil {
				tb.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			tb.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			tb.Fatal(err)
		}
	}
}
