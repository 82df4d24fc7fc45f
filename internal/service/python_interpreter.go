package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/executable"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// interpreter is what a Python is, whatever it is called by.
type interpreter struct {
	// Path is the program itself, behind links, shims and virtual environments.
	Path string `json:"path"`
	// Version is what it says of itself.
	Version string `json:"version"`
	// Digest is that of the program as it is now.
	Digest string `json:"-"`
}

// askInterpreter prints an interpreter. It is about the Python that an environment is made
// of, which for one that is in an environment itself is another one.
const askInterpreter = "import json, os, sys; " +
	"print(json.dumps({'path': os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable), 'version': sys.version}))"

// answerName is the file in an entry of the cache that holds an answer.
const answerName = "answer.json"

// interpreter returns what the site's Python is. A program that was asked before is neither
// started nor read again as long as nothing changed by which it could be another Python.
// The errors are [*StepError] and those of package source.
func (s *Site) interpreter(ctx context.Context) (interpreter, error) {
	command := s.pythonCommand()
	path, err := executable.Find(command[0], filepath.SplitList(s.searchPath()))
	if err != nil {
		return interpreter{}, &StepError{Doing: s.askPython(), Err: err}
	}
	seal, ok := sealOf(path)
	if !ok {
		// The attempt to start it says best what is wrong.
		return s.ask(ctx)
	}
	// A shim such as pyenv's is one program for all versions. It chooses by some variables
	// and files.
	known, err := remembered(ctx, s.Cache, "interpreter", []any{path, seal, command[1:], s.Base.User, s.choices()}, s.ask)
	if err != nil {
		return interpreter{}, err
	}
	if seal, ok = sealOf(known.Path); !ok {
		// What the shim chose then was removed.
		return s.ask(ctx)
	}
	known.Digest, err = remembered(ctx, s.Cache, "digest", []any{known.Path, seal}, func(ctx context.Context) (string, error) {
		return s.digestOf(ctx, known.Path)
	})
	return known, err
}

// sealOf returns what changes with a program: its size, and when it was written.
func sealOf(path string) (string, bool) {
	info, err := os.Stat(path)
	if path == "" || err != nil {
		return "", false
	}
	return fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano()), true
}

// remembered returns the answer of an earlier call whose question was the same, in any
// process, or else asks and remembers. An error is not remembered.
func remembered[T any](
	ctx context.Context, cache *source.Cache, kind string, question []any, ask func(context.Context) (T, error),
) (T, error) {
	var answer T
	key, err := json.Marshal(question)
	if err != nil {
		return answer, err
	}
	dir, err := cache.Entry(ctx, source.NewKey(kind, string(key)), func(ctx context.Context, dir string) error {
		answer, err := ask(ctx)
		if err != nil {
			return err
		}
		text, err := json.Marshal(answer)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, answerName), text, 0o600)
		}
		if err != nil {
			return &source.CacheError{Path: dir, Err: err}
		}
		return nil
	})
	if err != nil {
		return answer, err
	}
	text, err := os.ReadFile(filepath.Join(dir, answerName))
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		return answer, &source.CacheError{Path: dir, Err: err}
	}
	return answer, nil
}

// ask asks the interpreter what it is.
func (s *Site) ask(ctx context.Context) (interpreter, error) {
	answer, err := s.step(ctx, s.askPython(), s.command(append(s.pythonCommand(), "-c", askInterpreter)...))
	if err != nil {
		return interpreter{}, err
	}
	var known interpreter
	if json.Unmarshal([]byte(answer), &known) != nil || known.Path == "" {
		return interpreter{}, &StepError{Doing: s.askPython(), Stdout: answer, Err: errors.New("its answer is not that of a Python")}
	}
	known.Digest, err = s.digestOf(ctx, known.Path)
	return known, err
}

// digestOf returns the digest of a program; empty if there is none.
func (s *Site) digestOf(ctx context.Context, path string) (string, error) {
	_, digest, err := s.Identify(ctx, s.command(path))
	if err != nil {
		return "", &StepError{Doing: s.askPython(), Err: err}
	}
	return digest, nil
}

func (s *Site) askPython() string { return "ask " + s.pythonName() + " for its version" }

// pythonName is how messages call the interpreter.
func (s *Site) pythonName() string {
	if x := s.Executable; x != nil {
		return fmt.Sprintf("the executable object %q", x.Name)
	}
	return s.pythonCommand()[0]
}

// versionFiles are the files in which version managers look, from the working directory
// upwards, for the version that a shim has to start.
var versionFiles = []string{".python-version", ".tool-versions", "mise.toml", ".mise.toml"}

// choices returns what shims choose an interpreter by.
func (s *Site) choices() []string {
	choices := []string{s.searchPath()}
	for _, name := range []string{
		"HOME", "PYENV_ROOT", "PYENV_VERSION", "ASDF_PYTHON_VERSION", "MISE_PYTHON_VERSION", "UV_PYTHON", "PY_PYTHON", "PY_PYTHON3",
	} {
		value, _ := s.variable(name)
		choices = append(choices, value)
	}
	if x := s.Executable; x != nil {
		for _, name := range slices.Sorted(maps.Keys(x.Environment)) {
			choices = append(choices, name+"="+x.Environment[name])
		}
	}
	root, ok := s.variable("PYENV_ROOT")
	home, _ := s.variable("HOME")
	if !ok {
		root = filepath.Join(home, ".pyenv")
	}
	files := []string{
		filepath.Join(root, "version"), filepath.Join(home, ".tool-versions"), filepath.Join(home, ".config", "mise", "config.toml"),
	}
	for dir := s.Base.Dir; ; dir = filepath.Dir(dir) {
		for _, name := range versionFiles {
			files = append(files, filepath.Join(dir, name))
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for _, file := range files {
		if content, err := os.ReadFile(file); err == nil {
			choices = append(choices, file+": "+strings.TrimSpace(string(content)))
		}
	}
	return choices
}
