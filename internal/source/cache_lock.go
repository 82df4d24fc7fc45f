package source

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 50 * time.Millisecond

// lock waits until nobody else builds the key's entry, and returns what lets others do so.
// The kernel frees the lock of a process that dies. The error is a [*CacheError]; that of
// a context that ended wraps its cause.
func (c *Cache) lock(ctx context.Context, key Key) (release func(), err error) {
	for _, dir := range []string{c.dir, c.locks(), c.building()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, &CacheError{Path: dir, Err: err}
		}
	}
	c.sweep.Do(c.removeLeftovers)
	file := c.lockFile(key.String())
	if _, err := file.TryLockContext(ctx, lockPoll); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, &CacheError{Path: file.Path(), Err: err}
	}
	return func() { _ = file.Unlock() }, nil
}

func (c *Cache) lockFile(name string) *flock.Flock {
	return flock.New(filepath.Join(c.locks(), name+".lock"), flock.SetFlag(os.O_CREATE|os.O_RDWR))
}

func (c *Cache) locks() string { return filepath.Join(c.dir, "locks") }
