package service

import (
	"context"
	"fmt"
	"sync"
)

// Directories makes sure that a service from a directory runs with the files that were
// planned. What runs themselves leave in their directory does not count: that is their
// output, and a second run of the same apply must not trip over that of the first. It is
// safe for concurrent use.
type Directories struct {
	digest func(ctx context.Context, dir string) (string, error)

	mu   sync.Mutex
	used map[string]*usedDirectory
}

// usedDirectory is a directory from which something ran in this process.
type usedDirectory struct {
	running int
	// left is its digest when the last run ended; empty before.
	left string
}

// NewDirectories returns directories whose revision is what digest says.
func NewDirectories(digest func(ctx context.Context, dir string) (string, error)) *Directories {
	return &Directories{digest: digest, used: map[string]*usedDirectory{}}
}

// enter is called before a run from a directory, and leave after it. The error is a
// [*ChangedError] or what digest returned.
func (d *Directories) enter(ctx context.Context, dir, revision string) (leave func(), err error) {
	// A run that is under way may be writing, also if it ends while the digest is taken.
	accompanied := d.at(dir, 0).running > 0
	found, err := d.digest(ctx, dir)
	if err != nil {
		return nil, err
	}
	before := d.at(dir, 1)
	if found != revision && found != before.left && !accompanied && before.running == 0 {
		d.at(dir, -1)
		return nil, &ChangedError{Path: dir, Planned: revision, Found: found}
	}
	return func() {
		// The run may have ended because its context did.
		left, err := d.digest(context.WithoutCancel(ctx), dir)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.used[dir].running--
		if err == nil {
			d.used[dir].left = left
		}
	}, nil
}

// at returns what is known of a directory, and adds to how many runs are under way.
func (d *Directories) at(dir string, add int) usedDirectory {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, ok := d.used[dir]
	if !ok {
		u = &usedDirectory{}
		d.used[dir] = u
	}
	known := *u
	u.running += add
	return known
}

// ChangedError means that a directory does not hold the files that were planned, so the
// service did not run.
type ChangedError struct {
	Path string
	// Planned and Found are digests.
	Planned, Found string
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%q changed from %s to %s", e.Path, e.Planned, e.Found)
}
