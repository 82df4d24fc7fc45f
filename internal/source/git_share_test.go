package source_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

func TestAMovedBranchIsANewCommit(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	first := r.Commit(map[string]string{"a": "1"})
	for name, w := range ways(t, r) {
		r.Git("reset", "--quiet", "--hard", first)
		client, cache := newClient(t, w.options), newCache(t)
		g := source.Git{URL: w.url, Reference: "main"}
		if got, err := client.Resolve(t.Context(), g, time.Hour); err != nil || got != first {
			t.Fatalf("%s: %q, %v", name, got, err)
		}
		second := r.Commit(map[string]string{"a": "2"})
		if got, err := client.Resolve(t.Context(), g, time.Hour); err != nil || got != first {
			t.Errorf("%s: an answer of an hour is fine, and it is %q, %v", name, got, err)
		}
		if got, err := client.Resolve(t.Context(), g, 0); err != nil || got != second {
			t.Errorf("%s: asked anew: %q, %v", name, got, err)
		}
		if got, err := client.Resolve(t.Context(), g, time.Hour); err != nil || got != second {
			t.Errorf("%s: the new answer was not remembered: %q, %v", name, got, err)
		}
		for commit, want := range map[string]string{first: "1", second: "2"} {
			dir, err := client.Checkout(t.Context(), cache, w.url, commit)
			must(t, err)
			if got := readFiles(t, dir)["a"]; got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

func TestManyServicesOfOneRepositoryFetchItOnce(t *testing.T) {
	t.Parallel()
	r, server, url := sourcetest.Served(t)
	commit := r.Commit(map[string]string{"a": "1"})
	cache, client := newCache(t), newClient(t, source.GitOptions{})
	var wait sync.WaitGroup
	for range 200 {
		wait.Go(func() {
			got, err := client.Resolve(t.Context(), source.Git{URL: url, Reference: "main"}, time.Minute)
			if err != nil || got != commit {
				t.Errorf("%q, %v", got, err)
			}
			dir, err := client.Checkout(t.Context(), cache, url, got)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := os.Stat(filepath.Join(dir, "a")); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	// One list to resolve and one to fetch.
	if fetches, lists := server.Fetches.Load(), server.Lists.Load(); fetches != 1 || lists != 2 {
		t.Errorf("%d fetches and %d lists", fetches, lists)
	}
}

func TestACheckoutInTheCacheNeedsNoRemote(t *testing.T) {
	t.Parallel()
	r, server, url := sourcetest.Served(t)
	commit := r.Commit(map[string]string{"a": "1"})
	cache := newCache(t)
	want, err := newClient(t, source.GitOptions{}).Checkout(t.Context(), cache, url, commit)
	must(t, err)
	server.Close()
	client := newClient(t, source.GitOptions{})
	resolved, err := client.Resolve(t.Context(), source.Git{URL: url, Reference: strings.ToUpper(commit)}, 0)
	if err != nil || resolved != commit {
		t.Errorf("%q, %v", resolved, err)
	}
	if got, err := client.Checkout(t.Context(), cache, url, commit); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	must(t, os.RemoveAll(want))
	_, err = client.Checkout(t.Context(), cache, url, commit)
	wantReason(t, err, source.RemoteUnreachable)
}

func TestOneCommitIsFetchedAloneWhereTheServerAllowsIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		allowed string
		pick    int
		alone   bool
	}{
		"tip of a branch":         {"false", 2, true},
		"annotated tag":           {"false", 0, true},
		"any commit, allowed":     {"true", 1, true},
		"any commit, not allowed": {"false", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server, url := sourcetest.Served(t)
			r.Git("config", "uploadpack.allowReachableSHA1InWant", c.allowed)
			commits := []string{r.Commit(map[string]string{"a": "1"})}
			r.Git("tag", "--annotate", "--message=m", "v1")
			commits = append(commits, r.Commit(map[string]string{"a": "2"}), r.Commit(map[string]string{"a": "3"}))
			var asked bytes.Buffer
			server.Before = func(r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				asked.Write(body)
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			_, err := newClient(t, source.GitOptions{}).Checkout(t.Context(), newCache(t), url, commits[c.pick])
			must(t, err)
			if got := strings.Contains(asked.String(), "deepen 1"); got != c.alone {
				t.Errorf("alone = %v, want %v:\n%s", got, c.alone, asked.String())
			}
		})
	}
}

// The branch moves after the references were listed and before the objects are asked for.
func TestABranchThatMovesWhileItIsFetched(t *testing.T) {
	t.Parallel()
	r, server, url := sourcetest.Served(t)
	first := r.Commit(map[string]string{"a": "1"})
	var move sync.Once
	server.Before = func(q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/git-upload-pack") {
			move.Do(func() { r.Commit(map[string]string{"a": "2"}) })
		}
	}
	dir, err := newClient(t, source.GitOptions{}).Checkout(t.Context(), newCache(t), url, first)
	must(t, err)
	if got := readFiles(t, dir)["a"]; got != "1" {
		t.Errorf("%q", got)
	}
}

func TestRepositoriesOfEveryShapeOnThisMachine(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	commit := r.Commit(map[string]string{"a": "1"})
	base := t.TempDir()
	r.Git("clone", "--quiet", "--bare", r.Dir, filepath.Join(base, "bare.git"))
	r.Git("clone", "--quiet", "--shared", r.Dir, filepath.Join(base, "shared"))
	r.Git("clone", "--quiet", "--depth=1", "file://"+r.Dir, filepath.Join(base, "shallow"))
	r.Git("worktree", "add", "--quiet", "-b", "side", filepath.Join(base, "worktree"))
	r.Git("clone", "--quiet", r.Dir, filepath.Join(base, "packed"))
	packed := sourcetest.OpenRepository(t, filepath.Join(base, "packed"))
	packed.Git("gc", "--quiet")
	packed.Git("pack-refs", "--all")
	r.Git("clone", "--quiet", r.Dir, filepath.Join(base, "extended"))
	extended := sourcetest.OpenRepository(t, filepath.Join(base, "extended"))
	extended.Git("config", "core.repositoryformatversion", "1")
	extended.Git("config", "extensions.worktreeConfig", "true")
	for _, name := range []string{"bare.git", "bare", "shared", "shallow", "worktree", "packed", "extended"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, url := newClient(t, source.GitOptions{}), filepath.Join(base, name)
			for _, reference := range []string{"", "main", "HEAD"} {
				got, err := client.Resolve(t.Context(), source.Git{URL: url, Reference: reference}, 0)
				if err != nil || got != commit {
					t.Errorf("%q: %q, %v", reference, got, err)
				}
			}
			dir, err := client.Checkout(t.Context(), newCache(t), url, commit)
			must(t, err)
			if diff := cmp.Diff(map[string]string{"a": "1"}, readFiles(t, dir)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestARepositoryOfAnotherFormatIsNamed(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	r.Commit(nil)
	r.Git("config", "core.repositoryformatversion", "1")
	r.Git("config", "extensions.objectFormat", "sha256")
	_, err := newClient(t, source.GitOptions{}).Resolve(t.Context(), source.Git{URL: r.Dir}, 0)
	wantReason(t, err, source.GitOther, "objectFormat sha256 is not supported")
}

func TestSubmodulesAreLeftOut(t *testing.T) {
	t.Parallel()
	inner, r := sourcetest.NewRepository(t), sourcetest.NewRepository(t)
	inner.Commit(map[string]string{"x": "1"})
	r.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.Dir, "inner")
	commit := r.Commit(map[string]string{"a": "1"})
	for name, w := range ways(t, r) {
		dir, err := newClient(t, w.options).Checkout(t.Context(), newCache(t), w.url, commit)
		must(t, err)
		files := readFiles(t, dir)
		delete(files, ".gitmodules")
		if diff := cmp.Diff(map[string]string{"a": "1"}, files); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestARedirectTakesNoCredentialToAnotherHost(t *testing.T) {
	t.Parallel()
	r, server, url := sourcetest.Served(t)
	commit := r.Commit(map[string]string{"a": "1"})
	var leaked atomic.Bool
	server.Before = func(q *http.Request) {
		if q.Header.Get("Authorization") != "" {
			leaked.Store(true)
		}
	}
	var sent atomic.Bool
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") != "" {
			sent.Store(true)
		}
		http.Redirect(w, q, strings.Replace(url, "127.0.0.1", "localhost", 1)+strings.TrimPrefix(q.URL.Path, "/front")+"?"+q.URL.RawQuery, http.StatusFound)
	}))
	t.Cleanup(front.Close)
	client := newClient(t, source.GitOptions{Credentials: []source.Credential{{URLPrefix: front.URL, Password: "s3cr3t"}}})
	if _, err := client.Checkout(t.Context(), newCache(t), front.URL+"/front", commit); err != nil {
		t.Fatal(err)
	}
	if !sent.Load() || leaked.Load() {
		t.Errorf("sent to the first host: %v, to the second: %v", sent.Load(), leaked.Load())
	}
}

// Azure DevOps and AWS CodeCommit refuse requests that do not name multi_ack.
func TestAServerThatInsistsOnMultiAck(t *testing.T) {
	t.Parallel()
	r, server, url := sourcetest.Served(t)
	files := map[string]string{"a": "1"}
	first := r.Commit(files)
	second := r.Commit(map[string]string{"a": "2"})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil || q.Method == http.MethodPost && !bytes.Contains(body, []byte("multi_ack")) {
			http.Error(w, "the client does not support multi_ack", http.StatusBadRequest)
			return
		}
		q.Body = io.NopCloser(bytes.NewReader(body))
		server.Config.Handler.ServeHTTP(w, q)
	}))
	t.Cleanup(front.Close)
	url = strings.Replace(url, server.URL, front.URL, 1)

	client := newClient(t, source.GitOptions{})
	got, err := client.Resolve(t.Context(), source.Git{URL: url, Reference: "main"}, 0)
	if err != nil || got != second {
		t.Errorf("Resolve() = %q, %v; want %q", got, err, second)
	}
	for what, c := range map[string]struct {
		commit string
		files  map[string]string
	}{
		"the commit of a branch":          {second, map[string]string{"a": "2"}},
		"a commit that no name points to": {first, files},
	} {
		dir, err := client.Checkout(t.Context(), newCache(t), url, c.commit)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff(c.files, readFiles(t, dir)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/git-upload-pack", strings.NewReader("0032want "+second+"\n00000009done\n"))
	must(t, err)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	must(t, answer.Body.Close())
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("control: without multi_ack the server answers %d", answer.StatusCode)
	}
}
