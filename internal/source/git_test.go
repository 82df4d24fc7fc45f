package source_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// way is a way to reach one repository.
type way struct {
	url     string
	options source.GitOptions
}

// ways returns every way to reach the repository.
func ways(t *testing.T, r *repository) map[string]way {
	t.Helper()
	web := newHTTPServer(t, filepath.Dir(r.dir))
	private, key := newKey(t, "")
	shell := newSSHServer(t, key.PublicKey(), "")
	return map[string]way{
		"path":     {url: r.dir},
		"file URL": {url: "file://" + filepath.ToSlash(r.dir)},
		"HTTP":     {url: web.URL + "/" + filepath.Base(r.dir) + "/.git"},
		"SSH": {url: shell.url(r.dir), options: source.GitOptions{
			KnownHostsFile: shell.knownHosts(t, nil),
			Credentials:    []source.Credential{{URLPrefix: "ssh://" + shell.addr, PrivateKey: private}},
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
	r := newRepository(t)
	first := r.commit(map[string]string{"a": "1"})
	r.git("tag", "plain")
	r.git("tag", "--annotate", "--message=m", "annotated")
	r.git("branch", "old")
	r.git("branch", "both")
	second := r.commit(map[string]string{"a": "2"})
	r.git("tag", "both")

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
	r := newRepository(t)
	files := map[string]string{
		"run.sh*": "#!/bin/sh\n", "data/deep/er/file": "x", "link": "-> data/deep", "with space": "", "crlf": "a\r\n",
		"big": string(make([]byte, 3<<20)),
	}
	first := r.commit(files)
	r.git("tag", "--annotate", "--message=m", "annotated")
	middle := r.commit(map[string]string{"later": "1"})
	r.commit(map[string]string{"later": "2"})
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
