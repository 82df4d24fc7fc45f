package service

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

const withBackend = "terraform {\n  backend \"s3\" {}\n}\n"

// tofuScene is a configuration, a fake host and a place.
type tofuScene struct {
	fake   *hosttest.Fake
	placed *placed
	runner *Runner
}

func newTofuScene(t *testing.T, kind OpenTofuPlan, main string) *tofuScene {
	t.Helper()
	root := t.TempDir()
	write(t, root, "live/main.tf", main)
	write(t, root, "live/a.tfvars", "")
	write(t, root, "common/b.tfvars", "")
	write(t, root, "live/prod.tfbackend", "")
	fake := hosttest.NewFake(t)
	p := &placed{Host: fake, root: root, cache: t.TempDir(), read: map[string]string{}}
	return &tofuScene{
		fake: fake, placed: p,
		runner: &Runner{
			Definition: Definition{Source: Source{Path: root}, WorkingDir: "live", Kind: kind},
			Machine: func() (Machine, error) {
				return Machine{Host: p, Cache: source.NewCache(p.cache)}, nil
			},
		},
	}
}

// initialized scripts an init that notes a backend.
func (s *tofuScene) initialized(backend string, argv ...string) {
	s.fake.On(argv...).Do(func(_ context.Context, c host.Command) error {
		if backend == "" {
			return nil
		}
		data := c.Env["TF_DATA_DIR"]
		if err := os.MkdirAll(data, 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(data, "terraform.tfstate"), []byte(`{"backend":`+backend+`}`), 0o600)
	})
}

const remoteBackend = `{"type":"s3","config":{}}`

func TestOpenTofuPlanWords(t *testing.T) {
	t.Parallel()
	const (
		chdir  = "-chdir=CACHE/source/live"
		values = "-var-file=PRIVATE/inputs.tfvars.json"
	)
	cases := map[string]struct {
		kind    OpenTofuPlan
		main    string
		program *converge.Executable
		inputs  map[string]any
		backend string
		init    []string
		apply   []string
		files   map[string]string
	}{
		"a state file": {
			kind:  OpenTofuPlan{StateFile: "/srv/x.tfstate"},
			init:  []string{"tofu", chdir, "init", "-input=false", "-no-color", "-reconfigure", values},
			apply: []string{"tofu", chdir, "apply", "-input=false", "-auto-approve", "-no-color", "-state=/srv/x.tfstate", values},
			files: map[string]string{values: `{}`},
		},
		"a backend that is complete": {
			main: withBackend, backend: remoteBackend,
			init:  []string{"tofu", chdir, "init", "-input=false", "-no-color", "-reconfigure", values},
			apply: []string{"tofu", chdir, "apply", "-input=false", "-auto-approve", "-no-color", values},
			files: map[string]string{values: `{}`},
		},
		"the executable and its arguments come first": {
			kind:    OpenTofuPlan{StateFile: "/srv/x.tfstate"},
			program: &converge.Executable{Command: "/opt/wrap", Args: []string{"run", "--"}},
			init:    []string{"/opt/wrap", "run", "--", chdir, "init", "-input=false", "-no-color", "-reconfigure", values},
			apply:   []string{"/opt/wrap", "run", "--", chdir, "apply", "-input=false", "-auto-approve", "-no-color", "-state=/srv/x.tfstate", values},
			files:   map[string]string{values: `{}`},
		},
		"inputs win over vars, and they over files, in files alone": {
			kind: OpenTofuPlan{
				StateFile: "/srv/x.tfstate", VarFiles: []string{"a.tfvars", "../common/b.tfvars"},
				Vars: map[string]any{"a": "from vars", "b": "from vars"},
			},
			inputs: map[string]any{"b": "secret ${x}", "n": json.Number("3"), "l": []any{true, nil}},
			init: []string{
				"tofu", chdir, "init", "-input=false", "-no-color", "-reconfigure",
				"-var-file=CACHE/source/live/a.tfvars", "-var-file=CACHE/source/common/b.tfvars", values,
			},
			apply: []string{
				"tofu", chdir, "apply", "-input=false", "-auto-approve", "-no-color", "-state=/srv/x.tfstate",
				"-var-file=CACHE/source/live/a.tfvars", "-var-file=CACHE/source/common/b.tfvars", values,
			},
			files: map[string]string{values: `{"a":"from vars","b":"secret ${x}","l":[true,null],"n":3}`},
		},
		"settings of the backend are in a file, and literal there": {
			kind: OpenTofuPlan{
				BackendConfig: map[string]string{"bucket": "b", "key": "${a}%{b}"}, BackendConfigFiles: []string{"prod.tfbackend"},
			},
			main: withBackend, backend: remoteBackend,
			init: []string{
				"tofu", chdir, "init", "-input=false", "-no-color", "-reconfigure",
				"-backend-config=CACHE/source/live/prod.tfbackend", "-backend-config=PRIVATE/backend.json", values,
			},
			apply: []string{"tofu", chdir, "apply", "-input=false", "-auto-approve", "-no-color", values},
			files: map[string]string{
				values: `{}`, "-backend-config=PRIVATE/backend.json": `{"bucket":"b","key":"$${a}%%{b}"}`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := newTofuScene(t, tc.kind, tc.main)
			scene.runner.Executable, scene.runner.Inputs = tc.program, tc.inputs
			scene.initialized(tc.backend, tc.init...)
			ready, err := scene.runner.Prepare(t.Context(), host.Command{})
			if err != nil {
				t.Fatal(err)
			}
			if ready.Interrupt != 15*time.Minute {
				t.Errorf("it may take %v to finish once it is interrupted", ready.Interrupt)
			}
			private := ready.Argv[len(ready.Argv)-1][len("-var-file="):]
			if diff := cmp.Diff(tc.apply, scene.placed.words(ready.Argv)); diff != "" {
				t.Errorf("argv (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.files, scene.placed.read); diff != "" {
				t.Errorf("private files (-want +got):\n%s", diff)
			}
			if info, err := os.Stat(private); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("the file of the values: %v, %v", info.Mode(), err)
			}
			ready.Close()
			if _, err := os.Stat(filepath.Dir(private)); err == nil {
				t.Errorf("%s is left", private)
			}
		})
	}
}

func TestOpenTofuPlanUndoes(t *testing.T) {
	t.Parallel()
	const (
		chdir  = "-chdir=CACHE/source/live"
		values = "-var-file=PRIVATE/inputs.tfvars.json"
	)
	t.Run("nothing unless it is asked to", func(t *testing.T) {
		t.Parallel()
		scene := newTofuScene(t, OpenTofuPlan{StateFile: "/srv/x.tfstate"}, "")
		if ready, err := scene.runner.PrepareUndo(t.Context(), host.Command{}); ready != nil || err != nil {
			t.Errorf("PrepareUndo() = %v, %v", ready, err)
		}
	})
	t.Run("with the same variables and state", func(t *testing.T) {
		t.Parallel()
		scene := newTofuScene(t, OpenTofuPlan{StateFile: "/srv/x.tfstate", DestroyOnDelete: true}, "")
		scene.runner.Inputs = map[string]any{"a": "1"}
		scene.initialized("", "tofu", chdir, "init", "-input=false", "-no-color", "-reconfigure", values)
		ready, err := scene.runner.PrepareUndo(t.Context(), host.Command{})
		if err != nil {
			t.Fatal(err)
		}
		defer ready.Close()
		want := []string{"tofu", chdir, "destroy", "-input=false", "-auto-approve", "-no-color", "-state=/srv/x.tfstate", values}
		if diff := cmp.Diff(want, scene.placed.words(ready.Argv)); diff != "" {
			t.Errorf("argv (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(`{"a":"1"}`, scene.placed.read[values]); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
		if ready.Interrupt != 15*time.Minute {
			t.Errorf("it may take %v to finish once it is interrupted", ready.Interrupt)
		}
		if ready.Result != nil {
			t.Error("a destroyed configuration has a result")
		}
	})
}

// What init notes of a backend holds its settings in clear: it goes with the run, however
// that ends.
func TestOpenTofuPlanLeavesNoRecordOfItsBackend(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		backend string
		refused bool
	}{
		"a run":                       {backend: remoteBackend},
		"a backend that is not taken": {backend: `{"type":"local","config":{"path":"x"}}`, refused: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := newTofuScene(t, OpenTofuPlan{BackendConfig: map[string]string{"secret_key": "hidden"}}, withBackend)
			scene.initialized(tc.backend, "tofu", "-chdir=CACHE/source/live", "init", "-input=false", "-no-color", "-reconfigure",
				"-backend-config=PRIVATE/backend.json", "-var-file=PRIVATE/inputs.tfvars.json")
			records := func() []string {
				found, _ := filepath.Glob(filepath.Join(scene.placed.cache, "opentofu", "*", "data", "*"))
				return found
			}
			ready, err := scene.runner.Prepare(t.Context(), host.Command{})
			if tc.refused != (err != nil) {
				t.Fatalf("Prepare() = %v", err)
			}
			if err == nil {
				if len(records()) != 1 {
					t.Errorf("control: the record is not there during the run: %v", records())
				}
				ready.Close()
			}
			wantSame(t, "what is left", []string(nil), records())
		})
	}
}

func TestOpenTofuPlanNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		kind OpenTofuPlan
		want string
	}{
		"a file of variables":            {OpenTofuPlan{StateFile: "/x", VarFiles: []string{"a.tfvars", "nope"}}, "var_files"},
		"a file outside":                 {OpenTofuPlan{StateFile: "/x", VarFiles: []string{"../../x"}}, "var_files"},
		"a file of a backend's settings": {OpenTofuPlan{BackendConfigFiles: []string{"nope"}}, "backend_config_files"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newTofuScene(t, tc.kind, withBackend).runner.Prepare(t.Context(), host.Command{})
			if file, ok := errors.AsType[*FileError](err); !ok || file.Attribute != tc.want {
				t.Errorf("Prepare() = %v, want a FileError of %s", err, tc.want)
			}
		})
	}
}

func TestOpenTofuPlanShowsWhyInitFails(t *testing.T) {
	t.Parallel()
	init := []string{
		"tofu", "-chdir=CACHE/source/live", "init", "-input=false", "-no-color", "-reconfigure", "-var-file=PRIVATE/inputs.tfvars.json",
	}
	t.Run("an exit code, with the last words", func(t *testing.T) {
		t.Parallel()
		scene := newTofuScene(t, OpenTofuPlan{StateFile: "/x"}, "")
		scene.fake.On(init...).Exit(1).Stderr("Error: no such module\n")
		_, err := scene.runner.Prepare(t.Context(), host.Command{})
		step, ok := errors.AsType[*StepError](err)
		if !ok || step.ExitCode != 1 || step.Stderr != "Error: no such module\n" {
			t.Errorf("Prepare() = %#v", err)
		}
	})
	t.Run("no tofu", func(t *testing.T) {
		t.Parallel()
		scene := newTofuScene(t, OpenTofuPlan{StateFile: "/x"}, "")
		scene.fake.On(init...).Fail(&host.StartError{Reason: host.ProgramNotFound, Subject: "tofu"})
		_, err := scene.runner.Prepare(t.Context(), host.Command{})
		if start, ok := errors.AsType[*host.StartError](err); !ok || start.Subject != "tofu" {
			t.Errorf("Prepare() = %v, want a StartError", err)
		}
	})
}

func TestOpenTofuPlanEnvironment(t *testing.T) {
	t.Setenv("TF_VAR_parent", "x")
	t.Setenv("TF_CLI_ARGS", "-bad")
	t.Setenv("TF_DATA_DIR", "/parent")
	t.Setenv("SERVICE_TEST_OTHER", "stays")
	cases := map[string]struct {
		base host.Command
		want map[string]string
	}{
		"the engine's own is left out": {
			want: map[string]string{"SERVICE_TEST_OTHER": "stays", "TF_IN_AUTOMATION": "1", "TF_DATA_DIR": "CACHE/data"},
		},
		"what the service sets is kept": {
			base: host.Command{Env: map[string]string{"TF_VAR_own": "y", "TF_IN_AUTOMATION": ""}},
			want: map[string]string{
				"SERVICE_TEST_OTHER": "stays", "TF_VAR_own": "y", "TF_IN_AUTOMATION": "", "TF_DATA_DIR": "CACHE/data",
			},
		},
		"a data directory of the user's own": {
			base: host.Command{Env: map[string]string{"TF_DATA_DIR": ".own"}},
			want: map[string]string{"SERVICE_TEST_OTHER": "stays", "TF_IN_AUTOMATION": "1", "TF_DATA_DIR": ".own"},
		},
		"nothing is inherited if the exec says so": {
			base: host.Command{CleanEnv: true},
			want: map[string]string{"TF_IN_AUTOMATION": "1", "TF_DATA_DIR": "CACHE/data"},
		},
	}
	for name, tc := range cases {
		scene := newTofuScene(t, OpenTofuPlan{StateFile: "/x"}, "")
		scene.initialized("", "tofu", "-chdir=CACHE/source/live", "init", "-input=false", "-no-color", "-reconfigure", "-var-file=PRIVATE/inputs.tfvars.json")
		ready, err := scene.runner.Prepare(t.Context(), tc.base)
		if err != nil {
			t.Fatal(err)
		}
		ready.Close()
		step := scene.fake.Commands()[0]
		run := maps.Clone(ready.Environment)
		maps.Copy(run, tc.base.Env)
		for what, env := range map[string]map[string]string{"init": step.Env, "apply": run} {
			got := map[string]string{}
			for variable, value := range env {
				if strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "SERVICE") {
					got[variable] = scene.placed.fixed(value)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: environment of %s (-want +got):\n%s", name, what, diff)
			}
		}
		if !step.CleanEnv || !ready.CleanEnvironment {
			t.Errorf("%s: the environment of this process is inherited", name)
		}
	}
}
