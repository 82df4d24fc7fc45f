package service

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// placePoll is how often a place that another run uses is tried again.
const placePoll = 50 * time.Millisecond

// tofuPlace is where an OpenTofu configuration runs: a working copy of its source, so that
// nothing is ever written into the source, and a data directory for what init installs.
// One run at a time has it.
type tofuPlace struct {
	copy workingCopy
	// data is the directory for TF_DATA_DIR.
	data    string
	release func()
}

// tofuPlace waits for the place of the service and brings its copy up to date. It is the
// same one for every run of one configuration with one state, so that what init installed
// is still there, and what the configuration wrote beside itself too. Another user, who
// cannot reach the cache, gets a place that lives only as long as the run. The error is a
// [*StepError] or one of package source.
func (k OpenTofuPlan) place(ctx context.Context, s *Site, p *private) (*tofuPlace, error) {
	if p.uid >= 0 {
		return k.ownPlace(ctx, s, p)
	}
	key, err := k.placeKey(s)
	if err != nil {
		return nil, unwritten(err)
	}
	dir, err := s.Cache.Entry(ctx, key, func(context.Context, string) error { return nil })
	if err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if _, err := lock.TryLockContext(ctx, placePoll); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, &StepError{Doing: "wait for another run of this configuration", Err: err}
	}
	place := newPlace(dir)
	place.release = func() { _ = lock.Unlock() }
	if err := place.copy.update(ctx, s.Root); err != nil {
		place.release()
		return nil, notCopied(err)
	}
	return place, nil
}

// ownPlace makes a place in the private directory, which belongs to the run's user.
func (k OpenTofuPlan) ownPlace(ctx context.Context, s *Site, p *private) (*tofuPlace, error) {
	dir, err := p.fill("place", func(dir string) error {
		if err := newPlace(dir).copy.update(ctx, s.Root); err != nil {
			return notCopied(err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	place := newPlace(dir)
	place.release = func() {}
	return place, nil
}

func newPlace(dir string) *tofuPlace {
	return &tofuPlace{
		copy: workingCopy{dir: filepath.Join(dir, "source"), manifest: filepath.Join(dir, "manifest.json")},
		data: filepath.Join(dir, "data"),
	}
}

func notCopied(err error) error {
	return &StepError{Doing: "copy the configuration", Err: err}
}

// placeKey stands for the configuration and its state, not for what is in its files.
func (k OpenTofuPlan) placeKey(s *Site) (source.Key, error) {
	state := k.StateFile
	if state != "" {
		path, err := filepath.Abs(state)
		if err != nil {
			return source.Key{}, err
		}
		state = path
	}
	from := []string{"git", s.Source.Git.URL, s.Source.Git.Reference}
	if s.Source.Path != "" {
		from = []string{"path", s.Root}
	}
	what, err := json.Marshal([]any{from, s.WorkingDir, state, k.BackendConfig, k.BackendConfigFiles})
	if err != nil {
		return source.Key{}, err
	}
	return source.NewKey("opentofu", string(what)), nil
}
