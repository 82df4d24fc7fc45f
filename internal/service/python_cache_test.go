package service

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// TestPythonEnvironmentIsReused proves which changes build another environment, after a
// control in which nothing changed and nothing was started.
func TestPythonEnvironmentIsReused(t *testing.T) {
	t.Parallel()
	const (
		asked = 1 << iota
		built
	)
	type run struct {
		d    Definition
		base host.Command
	}
	for name, tc := range map[string]struct {
		// change changes one thing between two runs.
		change func(t *testing.T, b *pythonBench, r *run)
		want   int
	}{
		"nothing": {func(*testing.T, *pythonBench, *run) {}, 0},
		"the program itself": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.write(t, "main.py", "pass")
		}, 0},
		"the revision of a source that nothing is built from": {func(_ *testing.T, _ *pythonBench, r *run) {
			r.d.Source.Revision = "r2"
		}, 0},
		"comments and blanks of the requirements": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.write(t, "requirements.txt", "# comment\n\n dep   # comment\r\n -r \\\nmore.txt\n-i https://x:two@h/s\n")
		}, 0},
		"credentials and manners of pip": {func(_ *testing.T, _ *pythonBench, r *run) {
			maps.Copy(r.base.Env, map[string]string{"PIP_INDEX_URL": "https://aws:other@host/simple", "PIP_TIMEOUT": "1", "X": "2"})
		}, 0},
		"the requirements": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.write(t, "requirements.txt", "dep==2\n-r more.txt\n")
		}, built},
		"included requirements": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.write(t, "more.txt", "-c constraints.txt\nother\nthird\n")
		}, built},
		"included constraints": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.write(t, "constraints.txt", "dep<3\n")
		}, built},
		"a variable of the requirements": {func(_ *testing.T, _ *pythonBench, r *run) {
			r.base.Env["VERSION"] = "2"
		}, built},
		"the index": {func(_ *testing.T, _ *pythonBench, r *run) {
			r.base.Env["PIP_INDEX_URL"] = "https://aws:token@other/simple"
		}, built},
		"a requirement among the files": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.onPip(t, "-r", "VENV/source/requirements.txt")
			b.write(t, "requirements.txt", "./lib\n")
		}, built},
		"the shim": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.program(t, "python3", "another shim")
		}, asked},
		"the interpreter": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.program(t, "python3.11", "another")
		}, built},
		"only the time of the interpreter": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			if err := os.Chtimes(filepath.Join(b.bin, "python3.11"), time.Time{}, time.Unix(1e9, 0)); err != nil {
				t.Fatal(err)
			}
		}, 0},
		"the interpreter is removed behind a shim that has another one": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			if err := os.Remove(filepath.Join(b.bin, "python3.11")); err != nil {
				t.Fatal(err)
			}
			b.program(t, "python3.12", "newer")
			b.onAsk("3.12")
		}, asked | built},
		"the choice of a shim": {func(t *testing.T, b *pythonBench, _ *run) {
			t.Helper()
			b.program(t, "python3.12", "newer")
			b.onAsk("3.12")
			b.write(t, ".python-version", "3.12\n")
		}, asked | built},
		"a variable that shims know, without another choice": {func(_ *testing.T, _ *pythonBench, r *run) {
			r.base.Env["PYENV_VERSION"] = "3.11"
		}, asked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newPythonBench(t,
				"main.py", "", "requirements.txt", "dep\n-r more.txt\n-i https://x:one@h/s\n", "constraints.txt", "dep<2\n",
				"more.txt", "-c constraints.txt\nother==${VERSION}\n")
			r := run{
				d: Definition{Kind: PythonScript{Filename: "main.py"}, Source: Source{Path: b.src, Revision: "r1"}},
				base: host.Command{Env: map[string]string{
					"PIP_INDEX_URL": "https://aws:token@host/simple", "VERSION": "1", "PYENV_VERSION": "",
				}},
			}
			prepare := func() string {
				ready, err := b.prepare(t, r.d, r.base, nil)
				if err != nil {
					t.Fatal(err)
				}
				return ready.Argv[0]
			}
			before := prepare()
			b.Forget()
			r.base.Env = maps.Clone(r.base.Env)
			tc.change(t, b, &r)
			after := prepare()
			got := 0
			for _, line := range b.Log() {
				if strings.Contains(line, " -c ") {
					got |= asked
				} else {
					got |= built
				}
			}
			if got != tc.want || (before != after) != (tc.want&built != 0) {
				t.Errorf("started %q, want asked=%v built=%v\nbefore %s\nafter  %s", b.Log(), tc.want&asked != 0, tc.want&built != 0, before, after)
			}
		})
	}
}

func TestPythonProjectFollowsItsSource(t *testing.T) {
	t.Parallel()
	b := newPythonBench(t, "main.py", "", "pyproject.toml", "[build-system]\n", "pkg/__init__.py", "")
	b.onPip(t, "VENV/source")
	b.onPip(t, "VENV/source[x]")
	b.onPip(t, "VENV/source[x,x]")
	seen := map[string]string{}
	for _, step := range []struct {
		revision string
		extras   []string
		as       string
	}{
		{revision: "r1"},
		{revision: "r1", as: "r1"},
		{revision: "r2"},
		{revision: "r1", extras: []string{"x"}},
		{revision: "r1", extras: []string{"x", "x"}, as: "r1x"},
	} {
		ready, err := b.prepare(t, Definition{
			Source: Source{Path: b.src, Revision: step.revision}, Kind: PythonScript{Filename: "main.py", Extras: step.extras},
		}, host.Command{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if step.as != "" {
			if seen[step.as] != ready.Argv[0] {
				t.Errorf("%+v has an environment of its own", step)
			}
			continue
		}
		for as, python := range seen {
			if python == ready.Argv[0] {
				t.Errorf("%+v shares the environment of %s", step, as)
			}
		}
		seen[step.revision+strings.Join(step.extras, "")] = ready.Argv[0]
		if _, err := os.Stat(filepath.Join(b.dir, copyName)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the copy of the source is left: %v", err)
		}
	}
}

func TestPythonStepsThatFail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script func(t *testing.T, b *pythonBench)
		want   StepError
	}{
		"an interpreter that is not there": {func(_ *testing.T, b *pythonBench) {
			b.bin = filepath.Join(b.bin, "none")
			b.On("python3", "-c", askInterpreter).Fail(&host.StartError{Reason: host.ProgramNotFound, Subject: "python3"})
		}, StepError{
			Doing: "ask python3 for its version", Err: &host.StartError{Reason: host.ProgramNotFound, Subject: "python3"},
		}},
		"an interpreter that is no Python": {func(_ *testing.T, b *pythonBench) {
			b.On("python3", "-c", askInterpreter).Exit(2).Stderr("invalid option -- 'c'")
		}, StepError{Doing: "ask python3 for its version", ExitCode: 2, Stderr: "invalid option -- 'c'"}},
		"a distribution without venv": {func(_ *testing.T, b *pythonBench) {
			b.On("python3", "-m", "venv", "VENV").Exit(1).Stdout("ensurepip is not available")
		}, StepError{
			Doing: "make a virtual environment with python3", ExitCode: 1, Stdout: "ensurepip is not available",
			Hint: "Its standard modules venv and ensurepip are needed; on Debian and Ubuntu they are in the package python3-venv.",
		}},
		"an installation": {func(t *testing.T, b *pythonBench) {
			t.Helper()
			b.onPip(t, "-r", "SRC/requirements.txt").Exit(1).
				Stdout("from https://u:pass%2Fword@h and https://token-1@h").Stderr("index s3cret and pass/word")
		}, StepError{
			Doing: "install the requirements", ExitCode: 1,
			Stdout: "from https://u:(sensitive value)@h and https://(sensitive value)@h",
			Stderr: "index (sensitive value) and (sensitive value)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := barePythonBench(t, "main.py", "", "requirements.txt", "--extra-index-url https://u:pass%2Fword@h\ndep @ https://token-1@h/dep.whl\n")
			bin := b.bin
			// What is scripted first fails, and the next time all goes well.
			tc.script(t, b)
			broken := b.bin
			b.bin = bin
			b.goesWell(t)
			b.bin = broken
			base := host.Command{Env: map[string]string{"PIP_INDEX_URL": "https://x:s3cret@h/simple"}}
			_, err := b.prepare(t, Definition{Kind: PythonScript{Filename: "main.py"}}, base, nil)
			step, ok := errors.AsType[*StepError](err)
			if !ok {
				t.Fatalf("Prepare() = %v, want a *StepError", err)
			}
			if diff := cmp.Diff(tc.want, *step); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if b.dir != "" {
				if _, err := os.Stat(b.dir); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("half an environment is left: %v", err)
				}
			}
			b.bin = bin
			if _, err := b.prepare(t, Definition{Kind: PythonScript{Filename: "main.py"}}, base, nil); err != nil {
				t.Errorf("Prepare() after what failed was mended = %v", err)
			}
		})
	}
}

// TestPythonOfAnotherUser proves that a run as somebody else, who cannot reach the cache,
// has an environment of its own for as long as it lives.
func TestPythonOfAnotherUser(t *testing.T) {
	t.Parallel()
	needs.Root(t)
	account, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	b := newPythonBench(t, "main.py", "", "requirements.txt", "dep\n")
	ready, err := b.prepare(t, Definition{Kind: PythonScript{Filename: "main.py"}}, host.Command{User: account.Uid}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(b.cache); err != nil || len(entries) != 0 {
		t.Errorf("the cache holds %v, %v", entries, err)
	}
	if _, err := os.Stat(b.dir); err != nil {
		t.Error(err)
	}
	ready.Close()
	if _, err := os.Stat(filepath.Dir(b.dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close leaves it: %v", err)
	}
}

func TestPythonBuildThatIsInterrupted(t *testing.T) {
	t.Parallel()
	b := barePythonBench(t, "main.py", "", "requirements.txt", "dep\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.On("python3", "-m", "venv", "VENV").Do(func(ctx context.Context, _ host.Command) error {
		writeFile(t, filepath.Join(b.dir, "bin", "python"), "half of it")
		cancel()
		return &host.StopError{Cause: context.Cause(ctx)}
	})
	b.goesWell(t)
	service := b.runner(Definition{Kind: PythonScript{Filename: "main.py"}}, nil)
	if _, err := service.Prepare(ctx, host.Command{Path: []string{b.bin}}); !errors.Is(err, context.Canceled) {
		t.Fatalf("Prepare() = %v, want that it was canceled", err)
	}
	if _, err := os.Stat(b.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half an environment is left: %v", err)
	}
	b.Forget()
	if _, err := service.Prepare(t.Context(), host.Command{Path: []string{b.bin}}); err != nil {
		t.Fatal(err)
	}
	if got := len(b.steps()); got != 2 {
		t.Errorf("the next run takes the steps %q, want both", b.steps())
	}
	if _, err := os.Stat(filepath.Join(b.dir, "bin", "python")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the other environment contains half of the first one: %v", err)
	}
}

// TestPythonEnvironmentIsBuiltOnce proves that services which need the same environment at
// the same time wait for one build, those of other processes too: each has its own Cache.
func TestPythonEnvironmentIsBuiltOnce(t *testing.T) {
	t.Parallel()
	b := newPythonBench(t, "main.py", "", "requirements.txt", "dep\n", "app/requirements.txt", "dep\n", "app/main.py", "")
	b.onPip(t, "-r", "SRC/app/requirements.txt")
	pythons := make([]string, 8)
	var g sync.WaitGroup
	for i := range pythons {
		service := b.runner(Definition{Kind: PythonScript{Filename: "main.py"}, WorkingDir: []string{"", "app"}[i%2]}, nil)
		g.Go(func() {
			ready, err := service.Prepare(t.Context(), host.Command{Path: []string{b.bin}})
			if err != nil {
				t.Error(err)
				return
			}
			pythons[i] = ready.Argv[0]
		})
	}
	g.Wait()
	if got := slices.Compact(pythons); len(got) != 1 {
		t.Errorf("the environments are %q", got)
	}
	if got := len(b.steps()); got != 2 {
		t.Errorf("the steps are %q", b.steps())
	}
}
