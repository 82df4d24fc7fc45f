package service

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// venv is a virtual environment of Python in a directory.
type venv struct{ dir, goos string }

// bin returns the directory of its programs.
func (v venv) bin() string {
	if v.goos == "windows" {
		return filepath.Join(v.dir, "Scripts")
	}
	return filepath.Join(v.dir, "bin")
}

// program returns the path of a program that is installed in it.
func (v venv) program(name string) string {
	if v.goos == "windows" {
		name += ".exe"
	}
	return filepath.Join(v.bin(), name)
}

func (v venv) python() string { return v.program("python") }

// environment returns what activating the environment would set.
func (v venv) environment(s *Site) map[string]string {
	search := v.bin()
	if rest := s.searchPath(); rest != "" {
		search += string(filepath.ListSeparator) + rest
	}
	return map[string]string{"VIRTUAL_ENV": v.dir, "PATH": search}
}

// searchPath returns the PATH of the run, before the service adds to it.
func (s *Site) searchPath() string {
	if len(s.Base.Path) > 0 {
		return strings.Join(s.Base.Path, string(filepath.ListSeparator))
	}
	if value, ok := s.Base.Env["PATH"]; ok {
		return value
	}
	return os.Getenv("PATH")
}

const (
	installRequirements = "install the requirements"
	// copyName is the directory in an environment that holds the source it is built from.
	copyName = "source"
)

// virtualEnv returns the environment that holds the requirements, building it if there is
// none. If own is that of another user, the environment is made in it. The errors are
// [*StepError] and those of package source.
func (s *Site) virtualEnv(ctx context.Context, req *requirements, own *private) (venv, error) {
	build := func(ctx context.Context, dir string) error {
		return s.buildVenv(ctx, req, own, venv{dir: dir, goos: runtime.GOOS})
	}
	if own != nil && own.uid >= 0 {
		dir, err := own.mkdir("venv")
		if err == nil {
			err = build(ctx, dir)
		}
		return venv{dir: dir, goos: runtime.GOOS}, err
	}
	key, err := s.venvKey(ctx, req)
	if err != nil {
		return venv{}, err
	}
	dir, err := s.Cache.InPlace(ctx, key, build)
	return venv{dir: dir, goos: runtime.GOOS}, err
}

// venvKey stands for all that decides what is in an environment: the interpreter, the
// requirements, the settings of pip in the environment. What an index offers at the time
// is no part of it, and neither are the contents of pip's configuration files.
func (s *Site) venvKey(ctx context.Context, req *requirements) (source.Key, error) {
	python, err := s.interpreter(ctx)
	if err != nil {
		return source.Key{}, err
	}
	var files []string
	if req.local {
		files = []string{s.Source.Revision, strings.TrimPrefix(req.file, s.Root), strings.TrimPrefix(s.Dir, s.Root)}
	}
	extras := slices.Compact(slices.Sorted(slices.Values(req.extras)))
	key, err := json.Marshal([]any{python.Path, python.Digest, python.Version, req.digest(), files, extras, s.pipSettings()})
	if err != nil {
		return source.Key{}, &StepError{Doing: installRequirements, Err: err}
	}
	return source.NewKey("python", string(key)), nil
}

// pipManners are variables of pip that say how it works and not what it installs.
var pipManners = []string{
	"PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_LOG",
	"PIP_NO_CACHE_DIR", "PIP_NO_COLOR", "PIP_NO_INPUT", "PIP_PROGRESS_BAR", "PIP_PROXY", "PIP_QUIET", "PIP_RETRIES",
	"PIP_ROOT_USER_ACTION", "PIP_TIMEOUT", "PIP_TRUSTED_HOST", "PIP_VERBOSE",
}

// pipSettings returns the variables that decide what pip installs, without credentials.
func (s *Site) pipSettings() map[string]string {
	settings := map[string]string{}
	for name, value := range s.pipVariables() {
		if !slices.Contains(pipManners, name) {
			settings[name] = withoutCredentials(value)
		}
	}
	return settings
}

// pipVariables returns the variables of the run that pip looks at.
func (s *Site) pipVariables() map[string]string {
	all := map[string]string{}
	if !s.Base.CleanEnv {
		for _, entry := range os.Environ() {
			if name, value, ok := strings.Cut(entry, "="); ok {
				all[name] = value
			}
		}
	}
	maps.Copy(all, s.Base.Env)
	maps.DeleteFunc(all, func(name, _ string) bool { return !strings.HasPrefix(name, "PIP_") })
	return all
}

// buildVenv makes the environment in its directory and installs the requirements.
func (s *Site) buildVenv(ctx context.Context, req *requirements, own *private, v venv) error {
	err := s.pythonStep(ctx, "make a virtual environment with "+s.pythonName(), req,
		s.command(append(s.pythonCommand(), "-m", "venv", v.dir)...))
	if step, ok := errors.AsType[*StepError](err); ok && lacksModule(step) {
		step.Hint = "Its standard modules venv and ensurepip are needed; on Debian and Ubuntu they are in the package python3-venv."
	}
	if err != nil {
		return err
	}
	if !req.local {
		return s.install(ctx, req, v, s.Root)
	}
	// Building a project writes into its directory, and the source belongs to everybody.
	files, err := s.copySource(ctx, own, v)
	if err != nil {
		return err
	}
	if err := s.install(ctx, req, v, files); err != nil || req.editable {
		return err
	}
	if err := os.RemoveAll(files); err != nil {
		return &StepError{Doing: installRequirements, Err: err}
	}
	return nil
}

// lacksModule reports that an interpreter could not make an environment because its
// distribution comes without some of the standard library.
func lacksModule(e *StepError) bool {
	said := e.Stdout + e.Stderr
	return strings.Contains(said, "ensurepip") || strings.Contains(said, "No module named")
}

// install installs the requirements, whose files are below root.
func (s *Site) install(ctx context.Context, req *requirements, v venv, root string) error {
	file := filepath.Join(root, strings.TrimPrefix(req.file, s.Root))
	argv := []string{v.python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"}
	if req.project {
		project := filepath.Dir(file)
		if len(req.extras) > 0 {
			project += "[" + strings.Join(req.extras, ",") + "]"
		}
		argv = append(argv, project)
	} else {
		argv = append(argv, "-r", file)
	}
	c := s.command(argv...)
	// As pip does, relative paths in requirements are taken from where it runs.
	c.Dir = filepath.Join(root, strings.TrimPrefix(s.Dir, s.Root))
	return s.pythonStep(ctx, installRequirements, req, c)
}

// pythonStep runs a step, and hides in what it says the credentials that stand in
// addresses: pip hides most of them itself, but the tools that it starts do not.
func (s *Site) pythonStep(ctx context.Context, doing string, req *requirements, c host.Command) error {
	_, err := s.step(ctx, doing, c)
	if step, ok := errors.AsType[*StepError](err); ok {
		secrets := slices.Clone(req.secrets)
		for _, value := range s.pipVariables() {
			secrets = append(secrets, credentials(value)...)
		}
		mask := host.NewMasker(secrets...)
		step.Stdout, step.Stderr = mask.MaskPart(step.Stdout), mask.MaskPart(step.Stderr)
	}
	return err
}

// copySource copies the files of the source into a new directory: one in the environment,
// or beside it where that belongs to another user.
func (s *Site) copySource(ctx context.Context, own *private, v venv) (string, error) {
	fill := func(dir string) error {
		if err := copyTree(ctx, s.Root, dir, leftBehind...); err != nil {
			return &StepError{Doing: "copy the source to build it", Err: err}
		}
		return nil
	}
	if own != nil && own.uid >= 0 {
		return own.fill(copyName, fill)
	}
	return (&private{dir: v.dir, uid: -1}).fill(copyName, fill)
}
