package service

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// OpenTofuPlan is a configuration that OpenTofu applies: "tofu init", then "tofu apply".
// The executable is the tofu to use, else the one on PATH. Inputs are its variables.
//
// It runs in a working copy of its source: the directory that a relative path in the
// configuration leads to is that of the copy, while path.cwd is the working directory of
// the exec. The copy and what init installs are kept in the cache, where one run at a time
// uses them. The lock file of the dependencies is taken from the source, and changes to it
// stay in the copy.
type OpenTofuPlan struct {
	// Vars are variables. Inputs win over them, and they over VarFiles, of which a later
	// one wins over an earlier one.
	Vars     map[string]any
	VarFiles []string
	// BackendConfig are settings of the backend; they win over those in BackendConfigFiles.
	BackendConfig      map[string]string
	BackendConfigFiles []string
	// StateFile is where the state is kept if the configuration has no backend. A relative
	// path is taken from where this process runs. It may not lie in the source.
	StateFile string
	// DestroyOnDelete says that what was applied is destroyed with the exec.
	DestroyOnDelete bool `json:"-"`
}

func (OpenTofuPlan) kind() string { return "opentofu_plan" }

func (k OpenTofuPlan) prepare(ctx context.Context, s *Site) (*converge.Prepared, error) {
	ready, run, err := k.ready(ctx, s, "apply")
	if err != nil {
		return nil, err
	}
	ready.Result = run.outputs
	return ready, nil
}

func (k OpenTofuPlan) prepareUndo(ctx context.Context, s *Site) (*converge.Prepared, error) {
	if !k.DestroyOnDelete {
		return nil, nil
	}
	ready, _, err := k.ready(ctx, s, "destroy")
	return ready, err
}

// ready makes a subcommand ready that changes things.
func (k OpenTofuPlan) ready(ctx context.Context, s *Site, subcommand string) (*converge.Prepared, *tofuRun, error) {
	if err := k.checkState(s.Root, s.Dir); err != nil {
		return nil, nil, err
	}
	p, err := s.private()
	if err != nil {
		return nil, nil, err
	}
	r, err := k.start(ctx, s, p)
	if err != nil {
		p.remove()
		return nil, nil, err
	}
	closeAll := func() {
		// The record holds the settings of the backend in clear, secrets among them.
		_ = r.forgetBackend()
		r.place.release()
		p.remove()
	}
	if err := r.init(ctx); err != nil {
		closeAll()
		return nil, nil, err
	}
	argv := r.argv(subcommand, "-input=false", "-auto-approve", "-no-color")
	return &converge.Prepared{
		Argv:             slices.Concat(argv, r.state, r.variables),
		Environment:      r.environment,
		CleanEnvironment: true,
		Interrupt:        finishGrace,
		Close:            closeAll,
	}, r, nil
}

// finishGrace is how long OpenTofu may take, once it is interrupted, to finish what it has
// begun and to write its state. Stopped like anything else, it would lose what its providers
// are just creating: they die of SIGTERM, and only they know what became of it.
const finishGrace = 15 * time.Minute

// tofuRun is one run of a configuration in its place.
type tofuRun struct {
	OpenTofuPlan
	site    *Site
	place   *tofuPlace
	command []string
	// backend, state and variables are options of the subcommands that take them.
	backend, state, variables []string
	environment               map[string]string
}

// start takes the place and writes what the run reads.
func (k OpenTofuPlan) start(ctx context.Context, s *Site, p *private) (*tofuRun, error) {
	varFiles, err := s.filesOf("var_files", k.VarFiles)
	if err != nil {
		return nil, err
	}
	backendFiles, err := s.filesOf("backend_config_files", k.BackendConfigFiles)
	if err != nil {
		return nil, err
	}
	r := &tofuRun{OpenTofuPlan: k, site: s, environment: s.tofuEnvironment(os.Environ())}
	if r.place, err = k.place(ctx, s, p); err != nil {
		return nil, err
	}
	if err := r.write(p, varFiles, backendFiles); err != nil {
		r.place.release()
		return nil, err
	}
	if _, configured := s.Base.Env["TF_DATA_DIR"]; !configured {
		r.environment["TF_DATA_DIR"] = r.place.data
	}
	program := []string{"tofu"}
	if x := s.Executable; x != nil {
		program = slices.Concat([]string{x.Command}, x.Args)
	}
	r.command = append(program, "-chdir="+r.dir())
	return r, nil
}

// write writes the values into files of their own, so that no argv holds one.
func (r *tofuRun) write(p *private, varFiles, backendFiles []string) error {
	for _, file := range varFiles {
		r.variables = append(r.variables, "-var-file="+r.place.copy.beneath(r.site.Root, file))
	}
	values := map[string]any{}
	maps.Copy(values, r.Vars)
	maps.Copy(values, r.site.Inputs)
	file, err := p.writeJSON("inputs.tfvars.json", values)
	if err != nil {
		return err
	}
	r.variables = append(r.variables, "-var-file="+file)

	for _, file := range backendFiles {
		r.backend = append(r.backend, "-backend-config="+r.place.copy.beneath(r.site.Root, file))
	}
	if len(r.BackendConfig) > 0 {
		settings := map[string]string{}
		for name, value := range r.BackendConfig {
			settings[name] = literal.Replace(value)
		}
		file, err := p.writeJSON("backend.json", settings)
		if err != nil {
			return err
		}
		r.backend = append(r.backend, "-backend-config="+file)
	}
	if r.StateFile != "" {
		path, err := filepath.Abs(r.StateFile)
		if err != nil {
			return unwritten(err)
		}
		r.state = []string{"-state=" + path}
	}
	return nil
}

// literal keeps a value from being read as a template, which the values in a file of
// backend settings are.
var literal = strings.NewReplacer("${", "$${", "%{", "%%{")

// dir is the working directory in the copy.
func (r *tofuRun) dir() string { return r.place.copy.beneath(r.site.Root, r.site.Dir) }

// data is the data directory as tofu finds it.
func (r *tofuRun) data() string {
	data := r.place.data
	if configured, ok := r.site.Base.Env["TF_DATA_DIR"]; ok {
		data = configured
	}
	if !filepath.IsAbs(data) {
		data = filepath.Join(r.dir(), data)
	}
	return data
}

func (r *tofuRun) argv(words ...string) []string { return slices.Concat(r.command, words) }

// init makes the configuration ready in its place, and makes sure that its state outlives
// the run.
func (r *tofuRun) init(ctx context.Context) error {
	// The backend of the last run is forgotten, so that its state is never migrated.
	if err := r.forgetBackend(); err != nil {
		return &StepError{Doing: "initialize the configuration", Err: err}
	}
	argv := slices.Concat(r.argv("init", "-input=false", "-no-color", "-reconfigure"), r.backend, r.variables)
	if _, err := r.site.step(ctx, "initialize the configuration", r.process(argv)); err != nil {
		return err
	}
	return r.checkBackend(r.data(), r.site.Root, r.place.copy.dir)
}

// forgetBackend removes the record of the backend, if there is one.
func (r *tofuRun) forgetBackend() error {
	err := os.Remove(filepath.Join(r.data(), recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// process returns a command that runs as the run itself does.
func (r *tofuRun) process(argv []string) host.Command {
	c := r.site.command(argv...)
	c.CleanEnv = true
	c.Env = maps.Clone(r.environment)
	maps.Copy(c.Env, r.site.Base.Env)
	return c
}

// filesOf returns the absolute paths of files that an attribute lists.
func (s *Site) filesOf(attribute string, names []string) ([]string, error) {
	var paths []string
	for _, name := range names {
		path, err := s.file(attribute, name)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
