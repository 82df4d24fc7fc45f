package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// pythonBench runs Python services on a fake host, with a cache and an interpreter of its
// own, and paths by short names: VENV is the environment, SRC the source, and programs have none.
type pythonBench struct {
	*hosttest.Fake
	// bin is where its programs are, which are files of any content.
	src, cache, bin string
	// installs are the programs that pip puts into an environment.
	installs []string

	mu sync.Mutex
	// dir is the last environment that was made.
	dir string
}

// newPythonBench returns a bench on which everything goes well.
func newPythonBench(t *testing.T, files ...string) *pythonBench {
	t.Helper()
	b := barePythonBench(t, files...)
	b.goesWell(t)
	return b
}

// barePythonBench returns a bench without scripts whose python3 is python3.11.
// Files are names and contents in turn.
func barePythonBench(t *testing.T, files ...string) *pythonBench {
	t.Helper()
	b := &pythonBench{
		Fake: hosttest.NewFake(t), src: t.TempDir(), cache: t.TempDir(), bin: t.TempDir(),
	}
	b.program(t, "python3", "first shim")
	b.program(t, "python3.11", "first")
	for i := 0; i < len(files); i += 2 {
		b.write(t, files[i], files[i+1])
	}
	return b
}

func (b *pythonBench) goesWell(t *testing.T) {
	t.Helper()
	b.onAsk("3.11")
	b.On("python3", "-m", "venv", "VENV")
	b.onPip(t, "-r", "SRC/requirements.txt")
}

// program writes a program whose content is also its digest.
func (b *pythonBench) program(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(b.bin, name)
	writeFile(t, path, content)
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// onAsk scripts which Python python3 is.
func (b *pythonBench) onAsk(version string, args ...string) {
	argv := append(append([]string{"python3"}, args...), "-c", askInterpreter)
	b.On(argv...).Stdout(fmt.Sprintf(`{"path": %q, "version": %q}`+"\n", filepath.Join(b.bin, "python"+version), version))
}

// onPip scripts an installation.
func (b *pythonBench) onPip(t *testing.T, words ...string) *hosttest.Script {
	t.Helper()
	argv := append([]string{"VENV/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"}, words...)
	return b.On(argv...).Do(func(context.Context, host.Command) error {
		for _, name := range b.installs {
			writeFile(t, filepath.Join(b.dir, "bin", name), "")
		}
		return nil
	})
}

func (b *pythonBench) write(t *testing.T, name, content string) {
	t.Helper()
	writeFile(t, filepath.Join(b.src, filepath.FromSlash(name)), content)
}

func writeFile(tb testing.TB, path, content string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Run implements host.Host: the fake is asked with the short names.
func (b *pythonBench) Run(ctx context.Context, c host.Command) (host.Result, error) {
	if len(c.Argv) > 3 && c.Argv[len(c.Argv)-2] == "venv" {
		b.mu.Lock()
		b.dir = c.Argv[len(c.Argv)-1]
		b.mu.Unlock()
	}
	words := make([]string, len(c.Argv))
	for i, word := range c.Argv {
		words[i] = b.short(word)
	}
	c.Argv, c.Dir = words, b.short(c.Dir)
	return b.Fake.Run(ctx, c)
}

func (b *pythonBench) short(text string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir != "" {
		text = strings.ReplaceAll(text, b.dir, "VENV")
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, b.bin+"/", ""), b.src, "SRC")
}

func (b *pythonBench) identify(_ context.Context, c host.Command) (string, string, error) {
	content, err := os.ReadFile(c.Argv[0])
	return c.Argv[0], string(content), err
}

func (b *pythonBench) prepare(t *testing.T, d Definition, base host.Command, inputs map[string]any) (*converge.Prepared, error) {
	t.Helper()
	if base.Path == nil {
		base.Path = []string{b.bin}
	}
	return b.runner(d, inputs).Prepare(t.Context(), base)
}

// runner returns a service on the bench, in what might be a process of its own.
func (b *pythonBench) runner(d Definition, inputs map[string]any) *Runner {
	if d.Source.Path == "" {
		d.Source = Source{Path: b.src, Revision: "r1"}
	}
	return &Runner{Definition: d, Inputs: inputs, Machine: func() (Machine, error) {
		return Machine{Host: b, Cache: source.NewCache(b.cache), Identify: b.identify}, nil
	}}
}

// words returns the argv of what was prepared, with the short names.
func (b *pythonBench) words(p *converge.Prepared) []string {
	var words []string
	for _, word := range p.Argv {
		words = append(words, b.short(word))
	}
	return words
}

func TestPythonScriptWords(t *testing.T) {
	t.Parallel()
	const (
		project = "[project]\nname = 'app'\n"
		pip     = "run VENV/bin/python -m pip install --disable-pip-version-check --no-input "
	)
	python := &converge.Executable{Name: "py", Command: "python3", Args: []string{"-X", "utf8"}}
	for name, tc := range map[string]struct {
		files      []string
		kind       PythonScript
		executable *converge.Executable
		workingDir string
		inputs     map[string]any
		// pip are the last words of an installation that the bench does not know yet.
		pip   []string
		steps []string
		want  []string
	}{
		"without requirements the interpreter runs the file": {
			files:  []string{"main.py", ""},
			kind:   PythonScript{Filename: "main.py"},
			inputs: map[string]any{"b": true, "a": "x y", "c": false, "e": nil, "d": []any{1, "<"}, "-f": ""},
			want:   []string{"python3", "SRC/main.py", "---f=", "--a=x y", "--b", `--d=[1,"<"]`},
		},
		"the executable's arguments are before the file": {
			files: []string{"main.py", ""}, kind: PythonScript{Filename: "main.py"}, executable: python,
			want: []string{"python3", "-X", "utf8", "SRC/main.py"},
		},
		"settings of tools are no requirements": {
			files: []string{"main.py", "", "pyproject.toml", "[tool.ruff]\n"}, kind: PythonScript{Filename: "main.py"},
			want: []string{"python3", "SRC/main.py"},
		},
		"requirements.txt of the working directory is found": {
			files:  []string{"app/main.py", "", "app/requirements.txt", "dep\n", "app/pyproject.toml", project},
			kind:   PythonScript{Filename: "main.py"},
			inputs: map[string]any{"n": 1.5}, workingDir: "app", executable: python,
			pip:   []string{"-r", "SRC/app/requirements.txt"},
			steps: []string{"run python3 -X utf8 -m venv VENV", pip + "-r SRC/app/requirements.txt"},
			want:  []string{"VENV/bin/python", "-X", "utf8", "SRC/app/main.py", "--n=1.5"},
		},
		"a project is installed from a copy, with its extras": {
			files: []string{"main.py", "", "pyproject.toml", project, "requirements.txt", "dep\n"},
			kind:  PythonScript{Filename: "main.py", Extras: []string{"b", "a"}},
			pip:   []string{"VENV/source[b,a]"},
			steps: []string{"run python3 -m venv VENV", pip + "VENV/source[b,a]"},
			want:  []string{"VENV/bin/python", "SRC/main.py"},
		},
		"a script of a project": {
			files:  []string{"app/pyproject.toml", project},
			kind:   PythonScript{Script: "greet", ReqFile: "app/pyproject.toml"},
			inputs: map[string]any{"name": "x"},
			pip:    []string{"VENV/source/app"},
			steps:  []string{"run python3 -m venv VENV", pip + "VENV/source/app"},
			want:   []string{"VENV/bin/greet", "--name=x"},
		},
		"a script under an interpreter with arguments": {
			files: []string{"requirements.txt", "dep\n"},
			kind:  PythonScript{Script: "greet"}, executable: python,
			steps: []string{"run python3 -X utf8 -m venv VENV", pip + "-r SRC/requirements.txt"},
			want:  []string{"VENV/bin/python", "-X", "utf8", "VENV/bin/greet"},
		},
		"requirements among the files are installed from a copy": {
			files: []string{"app/main.py", "", "requirements.txt", "-e ./lib\n"},
			kind:  PythonScript{Filename: "main.py", ReqFile: "../requirements.txt"},
			pip:   []string{"-r", "VENV/source/requirements.txt"},
			steps: []string{"run python3 -m venv VENV", pip + "-r VENV/source/requirements.txt"}, workingDir: "app",
			want: []string{"VENV/bin/python", "SRC/app/main.py"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newPythonBench(t, tc.files...)
			b.installs = []string{"greet"}
			b.onAsk("3.11", "-X", "utf8")
			b.On("python3", "-X", "utf8", "-m", "venv", "VENV")
			if tc.pip != nil {
				b.onPip(t, tc.pip...)
			}
			ready, err := b.prepare(t, Definition{Kind: tc.kind, Executable: tc.executable, WorkingDir: tc.workingDir}, host.Command{}, tc.inputs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, b.words(ready)); diff != "" {
				t.Errorf("argv (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.steps, b.steps()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// steps returns the log without the question what the interpreter is.
func (b *pythonBench) steps() []string {
	var steps []string
	for _, line := range b.Log() {
		if !strings.Contains(line, " -c ") {
			steps = append(steps, line)
		}
	}
	return steps
}

func TestPythonScriptEnvironment(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		base host.Command
		want func(bin string) map[string]string
	}{
		"PATH as inherited": {
			want: func(bin string) map[string]string {
				return map[string]string{"PYTHONDONTWRITEBYTECODE": "1", "PATH": bin + ":" + os.Getenv("PATH")}
			},
		},
		"PATH of the environment": {
			base: host.Command{Env: map[string]string{"PATH": "/a:/b", "PYTHONDONTWRITEBYTECODE": ""}},
			want: func(bin string) map[string]string { return map[string]string{"PATH": bin + ":/a:/b"} },
		},
		"PATH of the command": {
			base: host.Command{Path: []string{"/c", "/d"}, Env: map[string]string{"PATH": "/a"}, CleanEnv: true},
			want: func(bin string) map[string]string {
				return map[string]string{"PYTHONDONTWRITEBYTECODE": "1", "PATH": bin + ":/c:/d"}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newPythonBench(t, "main.py", "", "requirements.txt", "dep\n")
			// It is found whatever the PATH is.
			python := &converge.Executable{Name: "py", Command: filepath.Join(b.bin, "python3")}
			ready, err := b.runner(Definition{Kind: PythonScript{Filename: "main.py"}, Executable: python}, nil).Prepare(t.Context(), tc.base)
			if err != nil {
				t.Fatal(err)
			}
			want := tc.want(filepath.Join(b.dir, "bin"))
			want["VIRTUAL_ENV"] = b.dir
			if diff := cmp.Diff(want, ready.Environment); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
			for _, c := range b.Commands() {
				if diff := cmp.Diff(tc.base.Env, c.Env); diff != "" || c.Dir != "SRC" || !cmp.Equal(tc.base.Path, c.Path) {
					t.Errorf("step %q runs in %q with PATH %q and other variables:\n%s", c.Argv, c.Dir, c.Path, diff)
				}
			}
		})
	}
}

func TestPythonScriptRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files     []string
		kind      PythonScript
		attribute string
		reason    source.PathReason
	}{
		"a file that is not there":               {nil, PythonScript{Filename: "main.py"}, "filename", source.PathMissing},
		"a file outside of the source":           {nil, PythonScript{Filename: "../main.py"}, "filename", source.PathLeaves},
		"requirements that are not there":        {[]string{"m.py", ""}, PythonScript{Filename: "m.py", ReqFile: "r.txt"}, "req_file", source.PathMissing},
		"a project that is not there":            {[]string{"m.py", ""}, PythonScript{Filename: "m.py", ReqFile: "pyproject.toml"}, "req_file", source.PathMissing},
		"a directory of requirements":            {[]string{"m.py", "", "r/x", ""}, PythonScript{Filename: "m.py", ReqFile: "r"}, "req_file", source.PathIrregular},
		"included requirements are not there":    {[]string{"m.py", "", "requirements.txt", "-r more.txt"}, PythonScript{Filename: "m.py"}, "req_file", source.PathMissing},
		"included requirements leave the source": {[]string{"m.py", "", "requirements.txt", "-c ../c.txt"}, PythonScript{Filename: "m.py"}, "req_file", source.PathLeaves},
		"included requirements are absolute":     {[]string{"m.py", "", "requirements.txt", "-r /c.txt"}, PythonScript{Filename: "m.py"}, "req_file", source.PathLeaves},
		"a script that nothing installs":         {nil, PythonScript{Script: "greet"}, "script", source.PathMissing},
		"a script that is not installed":         {[]string{"requirements.txt", "dep"}, PythonScript{Script: "greet"}, "script", source.PathMissing},
		"a script that is a path":                {[]string{"requirements.txt", "dep"}, PythonScript{Script: "../greet"}, "script", source.PathLeaves},
		"extras without a project":               {[]string{"m.py", ""}, PythonScript{Filename: "m.py", Extras: []string{"x"}}, "extras", source.PathMissing},
		"extras of plain requirements": {
			[]string{"m.py", "", "requirements.txt", "dep"},
			PythonScript{Filename: "m.py", ReqFile: "requirements.txt", Extras: []string{"x"}},
			"extras", source.PathOther,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newPythonBench(t, tc.files...)
			_, err := b.prepare(t, Definition{Kind: tc.kind}, host.Command{}, nil)
			file, ok := errors.AsType[*FileError](err)
			if !ok {
				t.Fatalf("Prepare() = %v, want a *FileError", err)
			}
			path, ok := errors.AsType[*source.PathError](err)
			if !ok || file.Attribute != tc.attribute || path.Reason != tc.reason {
				t.Errorf("Prepare() = %v, want %s: %s", err, tc.attribute, tc.reason)
			}
		})
	}
}
