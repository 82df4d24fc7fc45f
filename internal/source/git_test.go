package source_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// way is a way to reach one repository.
type way struct {
	url     string
	options source.GitOptions
}

// ways returns every way to reach the repository.
func ways(t *testing.T, r *sourcetest.Repository) map[string]way {
	t.Helper()
	web := sourcetest.NewHTTPServer(t, filepath.Dir(r.Dir))
	key, private := sshtest.NewKey(t, "")
	shell := sourcetest.NewSSHServer(t, key.PublicKey(), "")
	return map[string]way{
		"path":     {url: r.Dir},
		"file URL": {url: "file://" + filepath.ToSlash(r.Dir)},
		"HTTP":     {url: web.URL + "/" + filepath.Base(r.Dir) + "/.git"},
		"SSH": {url: shell.URL(r.Dir), options: source.GitOptions{
			KnownHostsFile: shell.KnownHosts(t, nil),
			Credentials:    []source.Credential{{URLPrefix: "ssh://" + shell.Addr, PrivateKey: private}},
		}},
	}
}

func newClient(tb testing.TB, o source.GitOptions) *source.GitClient {
	tb.Helper()
	c, err := source.NewGitClient(o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func newCache(tb testing.TB) *source.Cache {
	tb.Helper()
	return source.NewCache(filepath.Join(tb.TempDir(), "cache"))
}

func TestResolveFindsWhatAReferenceMeans(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	first := r.Commit(map[string]string{"a": "1"})
	r.Git("tag", "plain")
	r.Git("tag", "--annotate", "--message=m", "annotated")
	r.Git("branch", "old")
	r.Git("branch", "both")
	second := r.Commit(map[string]string{"a": "2"})
	r.Git("tag", "both")

	references := map[string]struct{ reference, want string }{
		"none is the default branch":        {"", second},
		"HEAD":                              {"HEAD", second},
		"branch":                            {"old", first},
		"full name of a branch":             {"refs/heads/old", first},
		"tag":                               {"plain", first},
		"annotated tag is its commit":       {"annotated", first},
		"full name of an annotated tag":     {"refs/tags/annotated", first},
		"tag hides a branch":                {"both", second},
		"a hidden branch has its full name": {"refs/heads/both", first},
		"full commit":                       {first, first},
		"abbreviated commit":                {first[:9], first},
	}
	for name, w := range ways(t, r) {
		client := newClient(t, w.options)
		for what, c := range references {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				got, err := client.Resolve(t.Context(), source.Git{URL: w.url, Reference: c.reference}, 0)
				if err != nil || got != c.want {
					t.Errorf("Resolve(%q) = %q, %v; want %q", c.reference, got, err, c.want)
				}
			})
		}
	}
}

func TestCheckoutHasTheFilesOfTheCommit(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	files := map[string]string{
		"run.sh*": "#!/bin/sh\n", "data/deep/er/file": "x", "link": "-> data/deep", "with space": "", "crlf": "a\r\n",
		"big": string(make([]byte, 3<<20)),
	}
	first := r.Commit(files)
	r.Git("tag", "--annotate", "--message=m", "annotated")
	middle := r.Commit(map[string]string{"later": "1"})
	r.Commit(map[string]string{"later": "2"})
	for name, w := range ways(t, r) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, cache := newClient(t, w.options), newCache(t)
			dir, err := client.Checkout(t.Context(), cache, w.url, first)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(files, readFiles(t, dir)); diff != "" {
				t.Errorf("commit that a tag points to (-want +got):\n%s", diff)
			}
			dir, err = client.Checkout(t.Context(), cache, w.url, middle)
			if err != nil {
				t.Fatal(err)
			}
			if got := readFiles(t, dir)["later"]; got != "1" {
				t.Errorf("commit that nothing points to: later = %q, want 1", got)
			}
		})
	}
}
