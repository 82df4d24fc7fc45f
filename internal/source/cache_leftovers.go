package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// removeLeftovers removes what builds of processes left that died: what lies in building
// and whose lock nobody holds. It runs before the first build, and does what it can:
// what it cannot remove is in nobody's way.
func (c *Cache) removeLeftovers() {
	entries, err := os.ReadDir(c.building())
	if err != nil {
		return
	}
	for _, entry := range entries {
		key, ok := builtKey(entry.Name())
		if !ok {
			continue
		}
		lock := c.lockFile(key.String())
		if held, err := lock.TryLock(); err != nil || !held {
			continue
		}
		_ = c.clear(key)
		_ = lock.Unlock()
	}
}

// clear removes what a dead build of the key's entry left. The caller holds the lock, so
// that no living build is at work.
func (c *Cache) clear(key Key) error {
	entries, err := os.ReadDir(c.building())
	if err != nil {
		return &CacheError{Path: c.building(), Err: err}
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), key.String()+"-") {
			continue
		}
		left := filepath.Join(c.building(), entry.Name())
		if final := c.path(key); !entry.IsDir() && !isComplete(final) {
			if err := removeTree(final); err != nil {
				return &CacheError{Path: final, Err: err}
			}
		}
		if err := removeTree(left); err != nil {
			return &CacheError{Path: left, Err: err}
		}
	}
	return nil
}

// builtKey returns the key whose build has this name in building.
func builtKey(name string) (Key, bool) {
	rest, _, ok := cutLast(name, "-")
	if !ok {
		return Key{}, false
	}
	kind, sum, ok := cutLast(rest, "-")
	return Key{kind: kind, sum: sum}, ok
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// removeTree is os.RemoveAll for trees in which directories may not be written to.
func removeTree(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, _ error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
