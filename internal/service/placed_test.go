package service

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// placed is a host for which the directories that a run makes for itself have fixed names,
// so that golden words can name them.
type placed struct {
	host.Host
	root, cache string
	// read collects the private files that commands were given, by their words.
	read map[string]string
}

const privatePrefix = "terraform-provider-exec-"

// fixed replaces in a word what differs from run to run.
func (p *placed) fixed(word string) string {
	word = strings.ReplaceAll(word, p.root, "ROOT")
	for _, kind := range []string{"opentofu", "galaxy"} {
		word = replaceName(word, filepath.Join(p.cache, kind)+string(filepath.Separator), "CACHE")
	}
	return filepath.ToSlash(replaceName(word, filepath.Join(os.TempDir(), privatePrefix), "PRIVATE"))
}

// replaceName replaces what starts a path up to the next separator.
func replaceName(word, start, by string) string {
	before, rest, found := strings.Cut(word, start)
	if !found {
		return word
	}
	if i := strings.IndexRune(rest, filepath.Separator); i >= 0 {
		rest = rest[i:]
	} else {
		rest = ""
	}
	return before + by + rest
}

func (p *placed) words(argv []string) []string {
	out := make([]string, len(argv))
	for i, word := range argv {
		out[i] = p.fixed(word)
		if _, path, ok := strings.Cut(word, filepath.Join(os.TempDir(), privatePrefix)); ok {
			content, _ := os.ReadFile(filepath.Join(os.TempDir(), privatePrefix+path))
			p.read[out[i]] = string(content)
		}
	}
	return out
}

func (p *placed) Run(ctx context.Context, c host.Command) (host.Result, error) {
	c.Argv = p.words(c.Argv)
	return p.Host.Run(ctx, c)
}

// write writes a file below root.
func write(t *testing.T, root, name, content string) string {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
