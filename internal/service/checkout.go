package service

import (
	"context"
	"path/filepath"
)

// checkout returns a directory with the files of the commit: the entry of the cache. A run
// as another user has a copy that this user alone can reach, because the cache is for its
// owner: it may hold what the repository shows to few, and what another user could write to
// would be run by the next one.
func (r *Runner) checkout(ctx context.Context, s *Site) (string, error) {
	dir, err := s.Git.Checkout(ctx, s.Cache, r.Source.Git.URL, r.Source.Revision)
	if err != nil || s.otherUser() < 0 {
		return dir, err
	}
	if r.copied == nil {
		if r.copied, err = s.copyCheckout(ctx, dir); err != nil {
			return "", err
		}
	}
	return filepath.Join(r.copied.dir, copyName), nil
}

// copyCheckout copies all that is in a directory into a private one.
func (s *Site) copyCheckout(ctx context.Context, from string) (*private, error) {
	p, err := s.private()
	if err != nil {
		return nil, err
	}
	_, err = p.fill(copyName, func(dir string) error {
		if err := copyTree(ctx, from, dir); err != nil {
			return &StepError{Doing: "copy the checkout for the user of the run", Err: err}
		}
		return nil
	})
	if err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}
