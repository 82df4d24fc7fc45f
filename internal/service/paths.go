package service

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// namedPath is a path of a definition and the attribute that names it.
type namedPath struct{ attribute, name string }

func pathsOf(attribute string, names []string) []namedPath {
	var paths []namedPath
	for _, name := range names {
		paths = append(paths, namedPath{attribute, name})
	}
	return paths
}

func (k Executable) paths() []namedPath { return []namedPath{{"filename", k.Filename}} }

func (k PythonScript) paths() []namedPath {
	return []namedPath{{"filename", k.Filename}, {"req_file", k.ReqFile}}
}

func (k AnsiblePlaybook) paths() []namedPath {
	files := slices.DeleteFunc(slices.Clone(k.Inventory), func(entry string) bool { return strings.Contains(entry, ",") })
	return slices.Concat(
		pathsOf("playbooks", k.Playbooks), pathsOf("inventory", files), pathsOf("extra_vars_files", k.ExtraVarsFiles),
		[]namedPath{{"config_file", k.ConfigFile}, {"req_file", k.ReqFile}, {"galaxy_req_file", k.GalaxyReqFile}})
}

func (k OpenTofuPlan) paths() []namedPath {
	return slices.Concat(pathsOf("var_files", k.VarFiles), pathsOf("backend_config_files", k.BackendConfigFiles))
}

// CheckPaths reports a path that leaves the source as it is written, whatever the source
// holds. The error is a [*FileError].
func CheckPaths(workingDir string, k Kind) error {
	leaves := func(attribute, name string) error {
		return &FileError{Attribute: attribute, Err: &source.PathError{Reason: source.PathLeaves, Path: name}}
	}
	if workingDir != "" && !filepath.IsLocal(filepath.FromSlash(workingDir)) {
		return leaves("working_dir", workingDir)
	}
	for _, p := range k.paths() {
		name := filepath.FromSlash(p.name)
		if name != "" && (filepath.IsAbs(name) || !filepath.IsLocal(filepath.Join(filepath.FromSlash(workingDir), name))) {
			return leaves(p.attribute, p.name)
		}
	}
	return nil
}

// FindPaths reports a path that is not in the directory of a source, or leaves it through a
// link. The error is a [*FileError].
func FindPaths(root, workingDir string, k Kind) error {
	if _, err := findDir(root, workingDir); err != nil {
		return err
	}
	for _, p := range k.paths() {
		if p.name == "" {
			continue
		}
		if _, err := source.Within(root, filepath.ToSlash(filepath.Join(workingDir, p.name))); err != nil {
			return &FileError{Attribute: p.attribute, Err: err}
		}
	}
	return nil
}

// findDir returns the working directory of a service whose source is at root. The error is a
// [*FileError] at what is wrong: the directory of the source itself, or that in it.
func findDir(root, workingDir string) (string, error) {
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return "", &FileError{Attribute: "source.path", Err: &source.PathError{Path: root, Reason: source.PathMissing}}
	}
	dir, err := source.Within(root, workingDir)
	if err != nil {
		return "", &FileError{Attribute: "working_dir", Err: err}
	}
	return dir, nil
}
