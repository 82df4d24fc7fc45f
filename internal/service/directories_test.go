package service

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// A run is refused if nobody but runs of this process can have changed the directory.
func TestDirectories(t *testing.T) {
	t.Parallel()
	const dir, planned = "/srv/jobs", "planned"
	now := planned
	d := NewDirectories(func(context.Context, string) (string, error) { return now, nil })
	enter := func(want error) func() {
		t.Helper()
		leave, err := d.enter(t.Context(), dir, planned)
		if diff := cmp.Diff(want, err); diff != "" {
			t.Fatalf("enter (-want +got):\n%s", diff)
		}
		return leave
	}
	refused := func(found string) error { return &ChangedError{Path: dir, Planned: planned, Found: found} }

	now = "edited before anything ran"
	enter(refused(now))
	now = planned
	first := enter(nil)
	now = "the first run writes"
	second := enter(nil)
	first()
	now = "the second one still does"
	second()
	now = "edited between runs"
	enter(refused(now))
	now = "the second one still does"
	third := enter(nil)
	third()
	now = planned
	enter(nil)()

	other, err := d.enter(t.Context(), "/srv/other", "another")
	if other != nil || !errors.As(err, new(*ChangedError)) {
		t.Errorf("what ran elsewhere allows nothing here: %v", err)
	}
}

// A run that ends while the directory is looked at has written until then.
func TestDirectoriesWhileARunEnds(t *testing.T) {
	t.Parallel()
	now := "planned"
	var look func()
	d := NewDirectories(func(context.Context, string) (string, error) {
		seen := now
		if look != nil {
			ends := look
			look = nil
			ends()
		}
		return seen, nil
	})
	leave, err := d.enter(t.Context(), "/d", "planned")
	if err != nil {
		t.Fatal(err)
	}
	now = "half of what it writes"
	look = func() {
		now = "all of what it writes"
		leave()
	}
	if _, err := d.enter(t.Context(), "/d", "planned"); err != nil {
		t.Error(err)
	}
}

// undoable is a kind that only tells that it was asked.
type undoable struct{ tell func(what string) }

func (undoable) kind() string { return "undoable" }

func (undoable) paths() []namedPath { return nil }

func (u undoable) prepare(ctx context.Context, _ *Site) (*converge.Prepared, error) {
	u.tell("run")
	return &converge.Prepared{}, ctx.Err()
}

func (u undoable) prepareUndo(ctx context.Context, _ *Site) (*converge.Prepared, error) {
	u.tell("undo")
	return &converge.Prepared{}, ctx.Err()
}

// A directory that changed stops a run and never a destroy.
func TestAChangedDirectoryIsUndoneAllTheSame(t *testing.T) {
	t.Parallel()
	var asked []string
	tell := func(what string) { asked = append(asked, what) }
	root := t.TempDir()
	directories := NewDirectories(func(context.Context, string) (string, error) { return "found", nil })
	runner := func(revision string) *Runner {
		return &Runner{
			Definition: Definition{Source: Source{Path: root, Revision: revision}, Kind: undoable{tell}},
			Machine:    func() (Machine, error) { return Machine{Directories: directories}, nil },
		}
	}
	changed := runner("planned")
	if _, err := changed.Prepare(t.Context(), host.Command{}); !errors.As(err, new(*ChangedError)) {
		t.Errorf("Prepare() = %v", err)
	}
	wantSame(t, "asked", []string(nil), asked)
	if _, err := changed.PrepareUndo(t.Context(), host.Command{}); err != nil {
		t.Errorf("PrepareUndo() = %v", err)
	}
	control := runner("found")
	if _, err := control.Prepare(t.Context(), host.Command{}); err != nil {
		t.Errorf("control: Prepare() = %v", err)
	}
	control.Release()
	wantSame(t, "asked", []string{"undo", "run"}, asked)
}
