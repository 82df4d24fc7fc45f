package converge

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Service is a command that has to be made ready before it can run: its files fetched, its
// environment built. Nothing of that happens before the guards say run.
type Service interface {
	// Fingerprint returns a text that two services share if and only if they execute the
	// same thing.
	Fingerprint() string
	// Place returns a text that two services share if and only if they run in the same
	// directory. It is known without fetching anything.
	Place() string
	// Secrets returns the values of the definition that no message may show.
	Secrets() []string
	// Environment returns what the service adds to the environment of every process.
	Environment() map[string]string
	// Dir returns the working directory of the service for processes that run as base says,
	// fetching its files if need be. What is prepared for the same base runs there too.
	Dir(ctx context.Context, base host.Command) (string, error)
	// Prepare makes the command ready. Whatever it runs for that, it runs as base says: a
	// command without words, with the directory, environment and identity of the resource.
	Prepare(ctx context.Context, base host.Command) (*Prepared, error)
	// PrepareUndo makes ready what undoes the command where no destroy command is
	// configured; nil means that there is nothing.
	PrepareUndo(ctx context.Context, base host.Command) (*Prepared, error)
	// Release gives up what Dir and the preparations made for one decision and its run. It
	// is called when both are over; the service can be used again after it.
	Release()
}

// Prepared is a command that is ready to run.
type Prepared struct {
	Argv []string
	// Environment is added to what is inherited; that of the Process wins over it.
	Environment map[string]string
	// CleanEnvironment leaves out everything inherited but PATH, for a command that must
	// not see some of it and finds the rest in Environment.
	CleanEnvironment bool
	// Dir is the working directory unless the Process names one.
	Dir string
	// Interrupt is that of a [host.Command].
	Interrupt time.Duration
	// Result returns what the run came to, as a value of encoding/json; nil means that
	// what the command printed is its result. It is called after a failed run too.
	Result func(ctx context.Context, run Run) (any, error)
	// Close removes what only the run needed; nil means nothing.
	Close func()
}

// PrepareError means that a service could not be made ready, so nothing ran.
type PrepareError struct{ Err error }

func (e *PrepareError) Error() string { return e.Err.Error() }

func (e *PrepareError) Unwrap() error { return e.Err }

// locate fills in the working directory that a service gives to what else runs for it,
// where nothing else is said.
func (s Spec) locate(ctx context.Context) (Spec, error) {
	if s.Service == nil || s.Process.Dir != "" {
		return s, nil
	}
	dir, err := s.Service.Dir(ctx, s.surroundings().base())
	if err != nil {
		return s, &PrepareError{Err: err}
	}
	s.Process.Dir = dir
	return s, nil
}

// placed returns s where its guards are asked and its refresh command runs. What a service
// is made of is fetched for that only if one of them depends on the directory.
func (s Spec) placed(ctx context.Context, f guard.Facts) (Spec, error) {
	triggered := f.Subscribe != guard.Unchanged
	if (triggered || f.AsksGuards()) && s.Guards.NeedDir() || triggered && !s.Refresh.IsZero() {
		return s.locate(ctx)
	}
	return s, nil
}

// NeedDir reports that an answer depends on the working directory: that to a command does,
// and that about a relative path.
func (g Guards) NeedDir() bool {
	relative := func(path string) bool { return !filepath.IsAbs(path) }
	return g.commands() || slices.ContainsFunc(g.Creates, relative) || slices.ContainsFunc(g.Removes, relative)
}

// prepared returns the job that runs a service which was made ready.
func (s Spec) prepared(ready *Prepared) job {
	j := s.job(Line{Argv: ready.Argv})
	j.process = j.process.under(ready.Environment)
	j.interrupt = ready.Interrupt
	if path, ok := ready.Environment["PATH"]; ok {
		// It was made of the process's own, so that wins no more.
		j.process.Path = filepath.SplitList(path)
	}
	j.process.CleanEnvironment = j.process.CleanEnvironment || ready.CleanEnvironment
	if j.process.Dir == "" {
		j.process.Dir = ready.Dir
	}
	return j
}

// release gives up what the service made for one decision and its run.
func (s Spec) release() {
	if s.Service != nil {
		s.Service.Release()
	}
}
