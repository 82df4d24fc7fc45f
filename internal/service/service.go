// Package service turns the definition of something runnable (a script, a Python program,
// an Ansible playbook, an OpenTofu configuration) and its inputs into a command.
//
// It promises that every path of a definition stays within its source, that values arrive
// as the words they are and are never split again, and that nothing is fetched or built
// before it is needed. What decides whether the command runs, and what runs it, it refuses
// to know.
package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// Definition is what is configured of a service.
type Definition struct {
	// Name is how messages call it.
	Name   string
	Source Source
	// WorkingDir is relative to the source's root; empty means the root itself.
	WorkingDir string
	// Executable is what it runs under; nil where the kind knows a default.
	Executable                        *converge.Executable
	Environment, SensitiveEnvironment map[string]string
	Kind                              Kind
}

// Source is where the files are: a directory of this machine if Path is set, else a commit
// of a git repository.
type Source struct {
	Path string
	Git  source.Git
	// Revision is the fingerprint of the files: a digest of the directory, or the commit.
	Revision string
}

// Kind is one of the ways in which a service runs. Its exported fields are its definition,
// but for those that JSON leaves out: limits, credentials, and what output looks like decide
// nothing about what is run, and who changes them wants no run.
type Kind interface {
	// kind is the name of the attribute that holds it.
	kind() string
	// paths are those that it names in the source.
	paths() []namedPath
	// prepare makes the command ready at a site, whose directory it runs in.
	prepare(ctx context.Context, s *Site) (*converge.Prepared, error)
}

// undoer is a Kind that can undo what it did. It returns nil if it is not asked to.
type undoer interface {
	prepareUndo(ctx context.Context, s *Site) (*converge.Prepared, error)
}

// Machine is what services need of the machine that they run on.
type Machine struct {
	Host  host.Host
	Cache *source.Cache
	Git   *source.GitClient
	// Identify finds a program as a command would, and returns its path and the digest of
	// its content in hexadecimal; an empty path means that there is none.
	Identify func(ctx context.Context, c host.Command) (path, sha256 string, err error)
	// Directories compares a directory with its revision; nil where nothing does.
	Directories *Directories
	// Keep sees to it that a directory is removed if this process dies before it calls
	// release; nil where nothing does.
	Keep func(dir string) (release func())
}

// Site is a service in the place where it is about to run.
type Site struct {
	Machine
	Definition
	// Root is the root of the source, Dir the working directory; both absolute.
	Root, Dir string
	// Base is a command without words: the directory, environment and identity in which
	// every process of the service runs.
	Base host.Command
	// Inputs are values of encoding/json by their names. Unset ones are left out.
	Inputs map[string]any
}

// Runner runs one service with one set of inputs.
type Runner struct {
	Definition
	Inputs map[string]any
	// Machine is asked for when something is needed of it, and not before.
	Machine func() (Machine, error)

	// copied is what a run as another user has of a checkout; nil until one needs it.
	copied *private
	// leave ends a run from a directory; nil if there is none.
	leave func()
}

var _ converge.Service = (*Runner)(nil)

// Fingerprint implements [converge.Service]. The revision stands for the files, wherever
// they come from; where there is none, the place that they come from does. Names and labels
// do not count.
func (r *Runner) Fingerprint() string {
	var files any = r.Source.Revision
	if r.Source.Revision == "" {
		files = []string{r.Source.Path, r.Source.Git.URL, r.Source.Git.Reference}
	}
	var program any
	if x := r.Executable; x != nil {
		program = []any{x.Command, x.Args, x.Environment, x.SHA256}
	}
	text, err := json.Marshal([]any{
		files, r.WorkingDir, program, r.Definition.Environment, r.SensitiveEnvironment, r.Kind.kind(), r.Kind, r.Inputs,
	})
	if err != nil {
		// Only plain data is marshalled, so that cannot be; if it is, nothing is the same.
		return fmt.Sprintf("%p", r)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Place implements [converge.Service].
func (r *Runner) Place() string {
	if r.Source.Path != "" {
		return filepath.Join(r.Source.Path, r.WorkingDir)
	}
	return r.Source.Revision + "/" + r.WorkingDir
}

// Dir implements [converge.Service].
func (r *Runner) Dir(ctx context.Context, base host.Command) (string, error) {
	machine, err := r.Machine()
	if err != nil {
		return "", err
	}
	s := &Site{Machine: machine, Definition: r.Definition, Base: base}
	err = r.locate(ctx, s)
	return s.Dir, err
}

// Release implements [converge.Service].
func (r *Runner) Release() {
	if r.copied != nil {
		r.copied.remove()
		r.copied = nil
	}
	if r.leave != nil {
		r.leave()
		r.leave = nil
	}
}

// Prepare implements [converge.Service]. The errors are [*FileError], [*StepError],
// [*ChangedError], [*converge.PinError], and those of package source.
func (r *Runner) Prepare(ctx context.Context, base host.Command) (*converge.Prepared, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	return r.prepare(ctx, base, r.Kind.prepare)
}

// enter refuses a directory that is not the one which was planned: a run of it would be
// remembered as one of the planned revision. What undoes a run takes the files as they are,
// for nothing may keep a resource from being destroyed.
func (r *Runner) enter(ctx context.Context) error {
	machine, err := r.Machine()
	if err != nil || machine.Directories == nil || r.Source.Path == "" || r.Source.Revision == "" || r.leave != nil {
		return err
	}
	root, err := filepath.Abs(r.Source.Path)
	if err == nil {
		r.leave, err = machine.Directories.enter(ctx, root, r.Source.Revision)
	}
	if path, ok := errors.AsType[*source.PathError](err); ok {
		return &FileError{Attribute: "source.path", Err: path}
	}
	return err
}

// PrepareUndo implements [converge.Service]. The errors are those of Prepare, but for
// [*ChangedError].
func (r *Runner) PrepareUndo(ctx context.Context, base host.Command) (*converge.Prepared, error) {
	kind, ok := r.Kind.(undoer)
	if !ok {
		return nil, nil
	}
	return r.prepare(ctx, base, kind.prepareUndo)
}

func (r *Runner) prepare(
	ctx context.Context, base host.Command, kind func(context.Context, *Site) (*converge.Prepared, error),
) (*converge.Prepared, error) {
	machine, err := r.Machine()
	if err != nil {
		return nil, err
	}
	s := &Site{Machine: machine, Definition: r.Definition, Base: base, Inputs: r.Inputs}
	if err := r.locate(ctx, s); err != nil {
		return nil, err
	}
	if s.Base.Dir == "" {
		s.Base.Dir = s.Dir
	}
	if err := s.checkPin(ctx); err != nil {
		return nil, err
	}
	ready, err := kind(ctx, s)
	if err != nil || ready == nil {
		return nil, err
	}
	ready.Dir = s.Dir
	return ready, nil
}

// Secrets implements [converge.Service].
func (r *Runner) Secrets() []string {
	secrets := slices.Collect(maps.Values(r.SensitiveEnvironment))
	if kind, ok := r.Kind.(interface{ secrets() []string }); ok {
		secrets = append(secrets, kind.secrets()...)
	}
	return secrets
}

// Environment implements [converge.Service]: what the definition adds, the more specific
// over the more general.
func (r *Runner) Environment() map[string]string {
	env := map[string]string{}
	if r.Executable != nil {
		maps.Copy(env, r.Executable.Environment)
	}
	maps.Copy(env, r.Definition.Environment)
	maps.Copy(env, r.SensitiveEnvironment)
	return env
}

// locate fills in the root of the source and the working directory, fetching the files if
// they come from a repository and are not on this machine.
func (r *Runner) locate(ctx context.Context, s *Site) (err error) {
	if r.Source.Path != "" {
		s.Root, err = filepath.Abs(r.Source.Path)
	} else {
		s.Root, err = r.checkout(ctx, s)
	}
	if err != nil {
		return err
	}
	s.Dir, err = findDir(s.Root, r.WorkingDir)
	return err
}

// checkPin refuses an executable whose content is not what was expected.
func (s *Site) checkPin(ctx context.Context) error {
	x := s.Executable
	if x == nil || x.SHA256 == "" {
		return nil
	}
	c := s.Base
	c.Argv = []string{x.Command}
	path, digest, err := s.Identify(ctx, c)
	if err == nil && (path == "" || digest == x.SHA256) {
		return nil
	}
	return &converge.PinError{Name: x.Name, Path: path, Want: x.SHA256, Got: digest, Err: err}
}

// file returns the absolute path of a file that an attribute of the kind names, relative
// to the working directory. It may not leave the source.
func (s *Site) file(attribute, name string) (string, error) {
	rel, err := filepath.Rel(s.Root, s.Dir)
	if err != nil {
		return "", &FileError{Attribute: attribute, Err: err}
	}
	if filepath.IsAbs(name) {
		_, err = source.Within(s.Root, name)
		return "", &FileError{Attribute: attribute, Err: err}
	}
	path, err := source.Within(s.Root, filepath.ToSlash(filepath.Join(rel, name)))
	if err != nil {
		return "", &FileError{Attribute: attribute, Err: err}
	}
	return path, nil
}

// FileError means that a path of the definition does not exist or leaves the source; Err
// is a [*source.PathError].
type FileError struct {
	// Attribute is the attribute that names it, such as "filename".
	Attribute string
	Err       error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s: %v", e.Attribute, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }
