package source_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

type builder = func(ctx context.Context, dir string) error

// kinds are the two ways to build an entry.
var kinds = map[string]func(*source.Cache, context.Context, source.Key, builder) (string, error){
	"Entry":   (*source.Cache).Entry,
	"InPlace": (*source.Cache).InPlace,
}

// filled is what fill leaves.
var filled = map[string]string{"first": "1", "last": "2"}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := readFiles(t, dir)
	delete(files, ".exec-complete")
	return files
}

func TestCacheBuildsOnce(t *testing.T) {
	t.Parallel()
	for name, ask := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := newCache(t)
			var builds atomic.Int64
			var wait sync.WaitGroup
			for range 50 {
				wait.Go(func() {
					dir, err := ask(cache, t.Context(), testKey, func(_ context.Context, dir string) error {
						builds.Add(1)
						return fill(dir, filepath.Join(t.TempDir(), "log"))
					})
					if err != nil {
						t.Error(err)
						return
					}
					if diff := cmp.Diff(filled, contents(t, dir)); diff != "" {
						t.Errorf("somebody saw (-want +got):\n%s", diff)
					}
				})
			}
			wait.Wait()
			if builds.Load() != 1 {
				t.Errorf("%d builds", builds.Load())
			}
		})
	}
}

func TestCacheBuildsOnceForSeveralProcesses(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]string{"Entry": "build", "InPlace": "in-place"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cache, log := filepath.Join(dir, "cache"), filepath.Join(dir, "log")
			var wait sync.WaitGroup
			for range 3 {
				wait.Go(func() {
					out, err := helper(t, ask, cache, log).CombinedOutput()
					if err != nil {
						t.Errorf("%v: %s", err, out)
						return
					}
					if diff := cmp.Diff(filled, contents(t, strings.TrimSpace(string(out)))); diff != "" {
						t.Errorf("somebody saw (-want +got):\n%s", diff)
					}
				})
			}
			wait.Wait()
			if built := lines(t, log); len(built) != 1 {
				t.Errorf("%d builds", len(built))
			}
		})
	}
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	content, err := os.ReadFile(file)
	must(t, err)
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

func TestCacheBuildsAgainAfterABuilderWasKilled(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]string{"Entry": "hang", "InPlace": "hang-in-place"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			cache, log := filepath.Join(base, "cache"), filepath.Join(base, "log")
			killedWhileBuilding(t, hang, cache, log)
			half := lines(t, log)[0]
			if _, err := os.Stat(filepath.Join(half, "first")); err != nil {
				t.Fatal("the killed build left nothing, so this proves nothing:", err)
			}
			dir, err := kinds[name](source.NewCache(cache), t.Context(), testKey, func(_ context.Context, dir string) error {
				if left := readFiles(t, dir); len(left) != 0 {
					t.Errorf("the build starts with %v", left)
				}
				return fill(dir, log)
			})
			must(t, err)
			if diff := cmp.Diff(filled, contents(t, dir)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			nothingLeft(t, cache)
		})
	}
}

func nothingLeft(t *testing.T, cache string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(cache, "building"))
	must(t, err)
	if len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestCacheRemovesWhatKilledBuildersOfOtherEntriesLeft(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]string{"Entry": "hang", "InPlace": "hang-in-place"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			cache, log := filepath.Join(base, "cache"), filepath.Join(base, "log")
			killedWhileBuilding(t, hang, cache, log)
			_, err := source.NewCache(cache).Entry(t.Context(), source.NewKey("other"), func(context.Context, string) error { return nil })
			must(t, err)
			nothingLeft(t, cache)
			if _, err := os.Stat(lines(t, log)[0]); err == nil {
				t.Error("the half of the killed build is still there")
			}
		})
	}
}

func TestCacheLeavesABuildAloneThatIsAtWork(t *testing.T) {
	t.Parallel()
	for name, ask := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "cache")
			_, err := ask(source.NewCache(dir), t.Context(), testKey, func(_ context.Context, at string) error {
				must(t, os.WriteFile(filepath.Join(at, "half"), nil, 0o600))
				_, err := source.NewCache(dir).Entry(t.Context(), source.NewKey("other"), func(context.Context, string) error { return nil })
				must(t, err)
				_, err = os.Stat(filepath.Join(at, "half"))
				return err
			})
			must(t, err)
		})
	}
}

func TestCacheBuildsWhatIsAbsent(t *testing.T) {
	t.Parallel()
	for name, ask := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache, builds := newCache(t), 0
			build := func(_ context.Context, dir string) error {
				builds++
				must(t, os.Mkdir(filepath.Join(dir, "closed"), 0o500))
				return nil
			}
			dir, err := ask(cache, t.Context(), testKey, build)
			must(t, err)
			must(t, os.Chmod(filepath.Join(dir, "closed"), 0o700))
			must(t, os.RemoveAll(dir))
			again, err := ask(cache, t.Context(), testKey, build)
			must(t, err)
			if again != dir || builds != 2 {
				t.Errorf("%q then %q in %d builds", dir, again, builds)
			}
			other, err := ask(cache, t.Context(), source.NewKey("test", "another"), build)
			must(t, err)
			if other == dir || builds != 3 {
				t.Errorf("another key: %q in %d builds", other, builds)
			}
		})
	}
}

func TestCacheKeepsNothingOfABuildThatFails(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for name, ask := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "cache")
			cache := source.NewCache(base)
			var at string
			_, err := ask(cache, t.Context(), testKey, func(_ context.Context, dir string) error {
				at = dir
				must(t, os.WriteFile(filepath.Join(dir, "half"), nil, 0o600))
				return failed
			})
			if !errors.Is(err, failed) {
				t.Errorf("error %v", err)
			}
			if _, err := os.Stat(at); err == nil {
				t.Error("the half is still there")
			}
			nothingLeft(t, base)
			_, err = ask(cache, t.Context(), testKey, func(context.Context, string) error { return nil })
			if err != nil {
				t.Errorf("the failure was remembered: %v", err)
			}
		})
	}
}

func TestCacheSurvivesABuildThatPanics(t *testing.T) {
	t.Parallel()
	cache := newCache(t)
	func() {
		defer func() { _ = recover() }()
		_, _ = cache.Entry(t.Context(), testKey, func(context.Context, string) error { panic("build") })
	}()
	_, err := cache.Entry(t.Context(), testKey, func(context.Context, string) error { return nil })
	must(t, err)
}

// The one who builds gives up; the one who waits builds.
func TestCacheHandsABuildOverWhenTheContextOfItsCallerEnds(t *testing.T) {
	t.Parallel()
	cache := newCache(t)
	first, cancel := context.WithCancel(t.Context())
	began, done := make(chan struct{}), make(chan error)
	go func() {
		_, err := cache.Entry(first, testKey, func(ctx context.Context, _ string) error {
			close(began)
			<-ctx.Done()
			return ctx.Err()
		})
		done <- err
	}()
	<-began
	second := make(chan error)
	go func() {
		_, err := cache.Entry(t.Context(), testKey, func(context.Context, string) error { return nil })
		second <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
}

func TestCacheWaitsNoLongerThanTheContext(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(*source.Cache, string) *source.Cache{
		"for the same process":   func(c *source.Cache, _ string) *source.Cache { return c },
		"for the lock of others": func(_ *source.Cache, dir string) *source.Cache { return source.NewCache(dir) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "cache")
			cache := source.NewCache(dir)
			_, err := cache.Entry(t.Context(), testKey, func(context.Context, string) error {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				began := time.Now()
				_, err := other(cache, dir).Entry(ctx, testKey, func(context.Context, string) error { return nil })
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
					t.Errorf("error %v after %s", err, time.Since(began))
				}
				return nil
			})
			must(t, err)
		})
	}
}

func TestCacheIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "a", "cache")
	for name, ask := range kinds {
		dir, err := ask(source.NewCache(base), t.Context(), source.NewKey(name), func(context.Context, string) error { return nil })
		must(t, err)
		for _, d := range []string{base, filepath.Dir(dir), dir, filepath.Join(base, "building"), filepath.Join(base, "locks")} {
			info, err := os.Stat(d)
			must(t, err)
			if got := info.Mode().Perm(); got != 0o700 {
				t.Errorf("%s: %o", d, got)
			}
		}
	}
}

func TestCacheSaysWhenItCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for name, ask := range kinds {
		_, err := ask(source.NewCache(filepath.Join(file, "cache")), t.Context(), testKey, func(context.Context, string) error { return nil })
		var failed *source.CacheError
		if !errors.As(err, &failed) || failed.Path == "" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestKeysDifferInEveryPart(t *testing.T) {
	t.Parallel()
	seen := map[source.Key]bool{}
	for _, key := range []source.Key{
		source.NewKey("a"), source.NewKey("b"), source.NewKey("a", ""), source.NewKey("a", "b"), source.NewKey("a", "b", ""),
		source.NewKey("a", "", "b"), source.NewKey("a", "bc"), source.NewKey("a", "b", "c"), source.NewKey("a", "c", "b"),
	} {
		if seen[key] {
			t.Errorf("%s comes twice", key)
		}
		seen[key] = true
	}
	if got := source.NewKey("git", "url", "commit"); got != source.NewKey("git", "url", "commit") {
		t.Error("a key is not equal to itself")
	}
}

func TestCacheDir(t *testing.T) {
	t.Setenv(source.CacheVariable, "/some/where")
	if got, err := source.CacheDir(); err != nil || got != filepath.FromSlash("/some/where") {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv(source.CacheVariable, "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "/home/u")
	t.Setenv("LocalAppData", `C:\u`)
	got, err := source.CacheDir()
	if err != nil || filepath.Base(got) != "terraform-provider-exec" || !strings.Contains(got, "u") {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("HOME", "")
	t.Setenv("LocalAppData", "")
	_, err = source.CacheDir()
	var failed *source.CacheError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), source.CacheVariable) {
		t.Errorf("error %v", err)
	}
}
