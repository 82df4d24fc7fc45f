package enginetest

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

// Feature is something that engines learned at some time: the first version of each that
// has it.
type Feature struct{ OpenTofu, Terraform string }

// The features that not every engine in use has.
var (
	Functions = Feature{"1.7", "1.8"}
	// Moves are moved blocks that lead from another resource type.
	Moves     = Feature{"1.10", "1.8"}
	Ephemeral = Feature{"1.11", "1.10"}
	WriteOnly = Feature{"1.11", "1.11"}
)

// Has reports whether the engine has the feature.
func (w *Workspace) Has(f Feature) bool {
	w.t.Helper()
	first := f.Terraform
	if w.IsTofu() {
		first = f.OpenTofu
	}
	return !older(w.version(), first)
}

// Needs skips the test where the engine lacks the feature.
func (w *Workspace) Needs(f Feature) {
	w.t.Helper()
	if !w.Has(f) {
		w.t.Skipf("%s %s is too old for this", w.engine, w.version())
	}
}

var (
	versionsMu sync.Mutex
	versions   = map[string]string{}
)

// version asks the engine for its version, once per test process.
func (w *Workspace) version() string {
	w.t.Helper()
	versionsMu.Lock()
	defer versionsMu.Unlock()
	if v, ok := versions[w.engine]; ok {
		return v
	}
	var said struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(w.Must("version", "-json").Stdout), &said); err != nil || said.Version == "" {
		w.t.Fatalf("%s does not tell its version: %v", w.engine, err)
	}
	versions[w.engine] = said.Version
	return said.Version
}

// older compares two versions by their numbers; what b lacks is zero, and a pre-release
// counts as its release.
func older(a, b string) bool {
	as, bs := numbers(a), numbers(b)
	for i := range as {
		if as[i] != bs[i] {
			return as[i] < bs[i]
		}
	}
	return false
}

func numbers(version string) (out [3]int) {
	version, _, _ = strings.Cut(version, "-")
	for i, part := range strings.SplitN(version, ".", len(out)) {
		out[i], _ = strconv.Atoi(part)
	}
	return out
}
