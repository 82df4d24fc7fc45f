package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// StateReason tells apart why it is not settled where the state of an OpenTofu
// configuration is kept.
type StateReason int

// The reasons.
const (
	// StateUnset means that there is neither a backend nor a state file.
	StateUnset StateReason = iota
	// StateTwice means that a state file is set and a backend too, so that the state file
	// would have no effect.
	StateTwice
	// StateInSource means that the state would be written into the source.
	StateInSource
	// StateRelative means that the local backend has no absolute path: its state would be
	// lost with the working copy.
	StateRelative
)

// String returns the reason in words that make a sentence with "the state".
func (r StateReason) String() string {
	switch r {
	case StateUnset:
		return "there is no backend in the configuration, and no state_file"
	case StateTwice:
		return "there are both a backend and a state_file"
	case StateInSource:
		return "the state would be kept within the source"
	case StateRelative:
		return "the path of the local backend is not absolute"
	}
	return "it is not known where the state is kept"
}

// StateError means that an OpenTofu configuration was not run because its state would be
// lost, or kept where it must not be.
type StateError struct {
	Reason StateReason
	// Path is where the state would be; empty if that is not the point.
	Path string
	// Backend is the type of the backend; empty if that is not known.
	Backend string
}

func (e *StateError) Error() string {
	switch {
	case e.Path != "":
		return fmt.Sprintf("%s: %q", e.Reason, e.Path)
	case e.Backend != "":
		return fmt.Sprintf("%s (%q)", e.Reason, e.Backend)
	}
	return e.Reason.String()
}

// Check reports where the state would be lost, as far as that can be told without a run:
// from the attributes, and from the files if they are in a directory of this machine and
// exist. The error is a [*StateError]; nil is no promise.
func (k OpenTofuPlan) Check(d Definition) error {
	if k.stateTwice() {
		return &StateError{Reason: StateTwice}
	}
	if d.Source.Path == "" {
		return nil
	}
	if root, err := filepath.Abs(d.Source.Path); err == nil {
		if dir, err := source.Within(root, d.WorkingDir); err == nil {
			return k.checkState(root, dir)
		}
	}
	return nil
}

func (k OpenTofuPlan) stateTwice() bool {
	return k.StateFile != "" && (len(k.BackendConfig) > 0 || len(k.BackendConfigFiles) > 0)
}

// checkState reports what can be told of the state from the attributes and the files.
func (k OpenTofuPlan) checkState(root, dir string) error {
	if k.stateTwice() {
		return &StateError{Reason: StateTwice}
	}
	if k.StateFile == "" {
		if lacksBackend(dir) {
			return &StateError{Reason: StateUnset}
		}
		return nil
	}
	path, err := filepath.Abs(k.StateFile)
	if err == nil && within(root, path) {
		return &StateError{Reason: StateInSource, Path: path}
	}
	return nil
}

// backendBlock finds what may be a backend, in either syntax. Whether it is one, the
// engine decides.
var backendBlock = regexp.MustCompile(`\bbackend\s*["\w]|\bcloud\s*\{|"(backend|cloud)"\s*:`)

// lacksBackend reports that the directory holds a configuration that has no backend. What
// cannot be read is left to the engine.
func lacksBackend(dir string) bool {
	seen := false
	for _, pattern := range []string{"*.tf", "*.tofu", "*.tf.json", "*.tofu.json"} {
		files, _ := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil || backendBlock.Match(content) {
				return false
			}
			seen = true
		}
	}
	return seen
}

// escapeGlob makes a path a pattern that matches only itself.
func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path
	}
	return regexp.MustCompile(`[\\*?\[]`).ReplaceAllString(path, `\$0`)
}

// backendRecord is what `tofu init` notes in the data directory of the backend.
type backendRecord struct {
	Backend *struct {
		Type   string         `json:"type"`
		Config map[string]any `json:"config"`
	} `json:"backend"`
}

// recordName is the file that holds the record.
const recordName = "terraform.tfstate"

// checkBackend reports, after init, whether the state outlives the run. The source and the
// working copy are no places for it.
func (k OpenTofuPlan) checkBackend(data string, places ...string) error {
	var record backendRecord
	content, err := os.ReadFile(filepath.Join(data, recordName))
	if err == nil {
		err = json.Unmarshal(content, &record)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &StepError{Doing: "find out where the state is kept", Err: err}
	}
	backend := record.Backend
	switch {
	case backend == nil && k.StateFile == "":
		return &StateError{Reason: StateUnset}
	case backend == nil:
		return nil
	case backend.Type != "local" && k.StateFile != "":
		return &StateError{Reason: StateTwice, Backend: backend.Type}
	case backend.Type != "local" || k.StateFile != "":
		return nil
	}
	path, _ := backend.Config["path"].(string)
	if !filepath.IsAbs(path) {
		return &StateError{Reason: StateRelative, Path: path, Backend: backend.Type}
	}
	for _, place := range places {
		if within(place, path) {
			return &StateError{Reason: StateInSource, Path: path}
		}
	}
	return nil
}

// within reports that path, which need not exist, lies beneath root, whatever links lead
// there. Both are absolute.
func within(root, path string) bool {
	rel, err := filepath.Rel(resolved(root), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// resolved returns path without the links in as much of it as exists.
func resolved(path string) string {
	if clean, err := filepath.EvalSymlinks(path); err == nil {
		return clean
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolved(parent), filepath.Base(path))
}
