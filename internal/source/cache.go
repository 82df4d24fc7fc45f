package source

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// CacheVariable is the environment variable that says where the cache is.
const CacheVariable = "EXEC_CACHE_DIR"

const (
	// cacheName is the cache's directory in the user's.
	cacheName = "terraform-provider-exec"

	// marker is the file that says that an entry built in place is complete.
	marker = ".exec-complete"
)

// CacheDir returns the directory of the cache: what EXEC_CACHE_DIR says, else
// terraform-provider-exec in the user's cache directory. The error is a [*CacheError].
func CacheDir() (string, error) {
	if dir := os.Getenv(CacheVariable); dir != "" {
		full, err := filepath.Abs(dir)
		if err != nil {
			return "", &CacheError{Path: dir, Err: err}
		}
		return full, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &CacheError{Err: fmt.Errorf("%w; set %s to a directory", err, CacheVariable)}
	}
	return filepath.Join(dir, cacheName), nil
}

// CacheError means that the cache itself cannot be used: nothing was found out about what
// the entry is made from.
type CacheError struct {
	// Path is the file or directory at fault; empty if no directory could be chosen.
	Path string
	Err  error
}

func (e *CacheError) Error() string {
	if e.Path == "" {
		return "no cache directory: " + e.Err.Error()
	}
	return fmt.Sprintf("cache %q: %v", e.Path, e.Err)
}

func (e *CacheError) Unwrap() error { return e.Err }

// Key names an entry of the cache by what it is made from.
type Key struct{ kind, sum string }

// NewKey returns the key for the parts, whose order and boundaries count. Kind is a plain
// word, such as "git"; it becomes a directory. The rest is 32 hexadecimal digits, because
// the path of an interpreter in an entry has to fit into a "#!" line.
func NewKey(kind string, parts ...string) Key {
	h := sha256.New()
	for _, part := range append([]string{kind}, parts...) {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		_, _ = h.Write([]byte(part))
	}
	return Key{kind: kind, sum: hex.EncodeToString(h.Sum(nil)[:16])}
}

// String returns the key as one file name.
func (k Key) String() string { return k.kind + "-" + k.sum }

// Cache keeps directories that are made once per machine. It is safe for concurrent use,
// by several processes too: each entry is built by one of them while the others wait, and
// is used without any lock from then on. Directories are made when they are needed, for
// their owner alone. Nothing is ever removed that is complete.
//
//	<dir>/<kind>/<sum>                an entry
//	<dir>/building/<kind>-<sum>-…     an entry while it is built, or a note of one that is
//	                                  built in place; a crash leaves it for the next process
//	<dir>/locks/<kind>-<sum>.lock     held while the entry is built; never removed, for a
//	                                  lock on a removed file excludes nobody
type Cache struct {
	dir    string
	sweep  sync.Once
	builds flights[Key, string]
}

// NewCache returns the cache in dir, an absolute path; see [CacheDir].
func NewCache(dir string) *Cache { return &Cache{dir: dir} }

// Entry returns the directory of the key's entry. If there is none, build fills an empty
// directory, which then becomes the entry in one step: nobody ever sees half of it, and
// nothing remains of a build that fails or dies. Build must not leave paths of that
// directory in it, for it is renamed; see [Cache.InPlace].
//
// Concurrent callers share one build and its failure; if the one who builds gives up
// because its context ended, another one builds. A failure is not remembered. The error
// is what build returned, a [*CacheError], or the cause of a context that ended while
// another caller was building.
func (c *Cache) Entry(ctx context.Context, key Key, build func(ctx context.Context, dir string) error) (string, error) {
	return c.once(ctx, key, isDir, func(ctx context.Context) error { return c.stage(ctx, key, build) })
}

// once returns the entry if it is there, or after one caller of all processes has made it.
func (c *Cache) once(ctx context.Context, key Key, there func(string) bool, build func(context.Context) error) (string, error) {
	final := c.path(key)
	if there(final) {
		return final, nil
	}
	return c.builds.do(ctx, key, func(ctx context.Context) (string, error) {
		release, err := c.lock(ctx, key)
		if err != nil {
			return "", err
		}
		defer release()
		if there(final) {
			return final, nil
		}
		if err := build(ctx); err != nil {
			return "", err
		}
		return final, nil
	})
}

// stage builds beside the entries and renames. The caller holds the lock.
func (c *Cache) stage(ctx context.Context, key Key, build func(ctx context.Context, dir string) error) error {
	if err := c.clear(key); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(c.building(), key.String()+"-")
	if err != nil {
		return &CacheError{Path: c.building(), Err: err}
	}
	defer func() { _ = removeTree(dir) }()
	if err := build(ctx, dir); err != nil {
		return err
	}
	final := c.path(key)
	if err := os.MkdirAll(filepath.Dir(final), 0o700); err != nil {
		return &CacheError{Path: filepath.Dir(final), Err: err}
	}
	if err := os.Rename(dir, final); err != nil {
		return &CacheError{Path: final, Err: err}
	}
	return nil
}

// InPlace is Entry for what cannot be renamed once it is built, such as a Python
// environment, which holds its own path: build fills the entry's directory itself. A file
// written last says that the entry is complete; one without it is removed and built anew
// by whoever asks next. A key belongs to Entry or to InPlace, never to both.
func (c *Cache) InPlace(ctx context.Context, key Key, build func(ctx context.Context, dir string) error) (string, error) {
	return c.once(ctx, key, isComplete, func(ctx context.Context) error { return c.settle(ctx, key, build) })
}

// settle builds in the entry's own directory, under a note for whoever sweeps after a
// crash. The caller holds the lock.
func (c *Cache) settle(ctx context.Context, key Key, build func(ctx context.Context, dir string) error) error {
	final := c.path(key)
	if err := c.clear(key); err != nil {
		return err
	}
	if err := removeTree(final); err != nil {
		return &CacheError{Path: final, Err: err}
	}
	note, err := os.CreateTemp(c.building(), key.String()+"-")
	if err != nil {
		return &CacheError{Path: c.building(), Err: err}
	}
	_ = note.Close()
	defer func() {
		if !isComplete(final) {
			_ = removeTree(final)
		}
		_ = os.Remove(note.Name())
	}()
	if err := os.MkdirAll(final, 0o700); err != nil {
		return &CacheError{Path: final, Err: err}
	}
	if err := build(ctx, final); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(final, marker), nil, 0o600); err != nil {
		return &CacheError{Path: final, Err: err}
	}
	return nil
}

func (c *Cache) path(key Key) string { return filepath.Join(c.dir, key.kind, key.sum) }

func (c *Cache) building() string { return filepath.Join(c.dir, "building") }

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isComplete reports that an entry built in place was built to the end.
func isComplete(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, marker))
	return err == nil
}
