package service

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/executable"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// realPython runs services under the python3 of this machine, with what it installs from a
// directory of wheels, and notes what is started.
type realPython struct {
	host.Host
	src, cache, wheels string
	digester           *source.Digester

	mu      sync.Mutex
	started []string
	// starting is called before a command is, and may end the context of it.
	starting func(c host.Command)
}

func newRealPython(tb testing.TB) *realPython {
	tb.Helper()
	needs.Program(tb, "python3")
	return &realPython{Host: local.New(), src: tb.TempDir(), cache: tb.TempDir(), wheels: tb.TempDir(), digester: &source.Digester{}}
}

// Run implements host.Host.
func (p *realPython) Run(ctx context.Context, c host.Command) (host.Result, error) {
	p.mu.Lock()
	p.started = append(p.started, strings.Join(c.Argv, " "))
	p.mu.Unlock()
	if p.starting != nil {
		p.starting(c)
	}
	return p.Host.Run(ctx, c)
}

func (p *realPython) identify(ctx context.Context, c host.Command) (file, digest string, err error) {
	if file, err = executable.Find(c.Argv[0], c.Path); err != nil || file == "" {
		return file, "", err
	}
	digest, err = p.digester.File(ctx, file)
	return file, digest, err
}

// base is the environment of all that runs: no index, and no settings of this machine.
func (p *realPython) base() host.Command {
	return host.Command{Env: map[string]string{
		"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": p.wheels, "PIP_CONFIG_FILE": os.DevNull, "PIP_NO_CACHE_DIR": "1",
	}}
}

func (p *realPython) runner(tb testing.TB, k PythonScript, inputs map[string]any) *Runner {
	tb.Helper()
	revision, err := p.digester.Tree(tb.Context(), p.src)
	if err != nil {
		tb.Fatal(err)
	}
	return &Runner{
		Definition: Definition{Source: Source{Path: p.src, Revision: revision}, Kind: k}, Inputs: inputs,
		Machine: func() (Machine, error) {
			return Machine{Host: p, Cache: source.NewCache(p.cache), Identify: p.identify}, nil
		},
	}
}

// prepare makes a service ready, and returns it with what was started for it.
func (p *realPython) prepare(tb testing.TB, k PythonScript, inputs map[string]any) (*converge.Prepared, []string) {
	tb.Helper()
	p.started = nil
	ready, err := p.runner(tb, k, inputs).Prepare(tb.Context(), p.base())
	if err != nil {
		explain(tb, err)
	}
	return ready, p.started
}

func explain(tb testing.TB, err error) {
	tb.Helper()
	if step, ok := errors.AsType[*StepError](err); ok {
		tb.Fatalf("%v\n%s\n%s", err, step.Stdout, step.Stderr)
	}
	tb.Fatal(err)
}

// output runs what was made ready and returns what it printed.
func (p *realPython) output(tb testing.TB, ready *converge.Prepared) string {
	tb.Helper()
	stdout, stderr := host.NewCapture(1<<16), host.NewCapture(1<<16)
	result, err := p.Host.Run(tb.Context(), host.Command{Argv: ready.Argv, Dir: ready.Dir, Env: ready.Environment, Stdout: stdout, Stderr: stderr})
	if err != nil || result.ExitCode != 0 {
		tb.Fatalf("%q: %v, exit code %d\n%s", ready.Argv, err, result.ExitCode, stderr.Text())
	}
	return stdout.Text()
}

// wheel writes a wheel of "dep", which is one module, into the directory.
func wheel(tb testing.TB, dir, version, module string) {
	tb.Helper()
	const name = "dep"
	info := name + "-" + version + ".dist-info/"
	var buffer bytes.Buffer
	z := zip.NewWriter(&buffer)
	for _, file := range [][2]string{
		{name + ".py", module},
		{info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{info + "RECORD", fmt.Sprintf("%s.py,,\n%sMETADATA,,\n%sWHEEL,,\n%sRECORD,,\n", name, info, info, info)},
	} {
		w, err := z.Create(file[0])
		if err == nil {
			_, err = w.Write([]byte(file[1]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	writeFile(tb, filepath.Join(dir, name+"-"+version+"-py3-none-any.whl"), buffer.String())
}

// showVersion is a program that says what it imports, from where, and what it was given.
const showVersion = `
import os, sys, helper, dep
print(dep.VERSION, sys.argv[1:], os.path.dirname(sys.executable) == os.environ["PATH"].split(os.pathsep)[0],
      os.path.realpath(sys.prefix) == os.path.realpath(os.environ["VIRTUAL_ENV"]))
`

// TestRealPythonRequirements takes one environment through its life: a build that is
// interrupted, two runs that need it at the same time, a run that finds it, requirements
// that change, an installation that fails.
func TestRealPythonRequirements(t *testing.T) {
	t.Parallel()
	p := newRealPython(t)
	wheel(t, p.wheels, "1", "VERSION = 1\n")
	wheel(t, p.wheels, "2", "VERSION = 2\n")
	writeFile(t, filepath.Join(p.src, "main.py"), showVersion)
	writeFile(t, filepath.Join(p.src, "helper.py"), "")
	writeFile(t, filepath.Join(p.src, "requirements.txt"), "-r more.txt\n")
	writeFile(t, filepath.Join(p.src, "more.txt"), "dep==1\n")
	script := PythonScript{Filename: "main.py"}
	before := listing(t, p.src)

	interrupted, interrupt := context.WithCancel(t.Context())
	p.starting = func(c host.Command) {
		if slices.Contains(c.Argv, "venv") {
			go interruptOnce(interrupted, interrupt, filepath.Join(c.Argv[len(c.Argv)-1], "pyvenv.cfg"))
		}
	}
	if _, err := p.runner(t, script, nil).Prepare(interrupted, p.base()); !errors.Is(err, context.Canceled) {
		t.Fatalf("Prepare() = %v, want that it was canceled", err)
	}
	p.starting = nil
	if left, err := filepath.Glob(filepath.Join(p.cache, "python", "*")); err != nil || len(left) > 0 {
		t.Errorf("the interrupted build leaves %q", left)
	}

	p.started = nil
	var g sync.WaitGroup
	for range 2 {
		service := p.runner(t, script, nil)
		g.Go(func() {
			if _, err := service.Prepare(t.Context(), p.base()); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if got := len(p.started); got != 2 {
		t.Errorf("two services at once start %q, want one environment and one installation", p.started)
	}

	ready, started := p.prepare(t, script, map[string]any{"name": "a 'b", "flag": true})
	if len(started) != 0 {
		t.Errorf("what is there is built by %q", started)
	}
	want := `1 ['--flag', "--name=a 'b"] True True` + "\n"
	if got := p.output(t, ready); got != want {
		t.Errorf("it prints %q, want %q", got, want)
	}
	if diff := cmp.Diff(before, listing(t, p.src)); diff != "" {
		t.Errorf("the source has changed (-before +after):\n%s", diff)
	}

	writeFile(t, filepath.Join(p.src, "more.txt"), "dep==2\n")
	changed, started := p.prepare(t, script, nil)
	if changed.Argv[0] == ready.Argv[0] || len(started) != 2 {
		t.Errorf("for changed requirements it starts %q and runs %q", started, changed.Argv)
	}
	if got := p.output(t, changed); !strings.HasPrefix(got, "2 ") {
		t.Errorf("with changed requirements it prints %q", got)
	}
}

// interruptOnce interrupts as soon as there is a file.
func interruptOnce(ctx context.Context, interrupt func(), file string) {
	for ctx.Err() == nil {
		if _, err := os.Stat(file); err == nil {
			interrupt()
		}
		time.Sleep(time.Millisecond)
	}
}

func listing(tb testing.TB, dir string) []string {
	tb.Helper()
	names, err := files(tb.Context(), dir)
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

// backend builds the project that it lies in without needing anything, by the interface
// that PEP 517 gives it. Like others it leaves something in the project's directory.
const backend = `
import os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    os.makedirs("build", exist_ok=True)
    name, info = "app-1-py3-none-any.whl", "app-1.dist-info/"
    content = {
        "app.py": open("app.py").read(),
        info + "METADATA": "Metadata-Version: 2.1\nName: app\nVersion: 1\nProvides-Extra: more\nRequires-Dist: dep; extra == 'more'\n",
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        info + "entry_points.txt": "[console_scripts]\ngreet = app:greet\n",
    }
    content[info + "RECORD"] = "".join(n + ",,\n" for n in content) + info + "RECORD,,\n"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as z:
        for n, text in content.items():
            z.writestr(n, text)
    return name
`

// TestRealPythonProject installs a project with an extra and runs the script of it. The
// source stays as it is, and an installation that fails says why.
func TestRealPythonProject(t *testing.T) {
	t.Parallel()
	p := newRealPython(t)
	wheel(t, p.wheels, "1", "VERSION = 1\n")
	writeFile(t, filepath.Join(p.src, "pyproject.toml"),
		"[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n[project]\nname = \"app\"\nversion = \"1\"\n")
	writeFile(t, filepath.Join(p.src, "backend.py"), backend)
	writeFile(t, filepath.Join(p.src, "app.py"), "import sys\n\ndef greet():\n    import dep\n    print('hello', dep.VERSION, sys.argv[1:])\n")
	before := listing(t, p.src)

	ready, _ := p.prepare(t, PythonScript{Script: "greet", Extras: []string{"more"}}, map[string]any{"n": 3.0})
	if got, want := p.output(t, ready), "hello 1 ['--n=3']\n"; got != want {
		t.Errorf("the script prints %q, want %q", got, want)
	}
	if diff := cmp.Diff(before, listing(t, p.src)); diff != "" {
		t.Errorf("the source has changed (-before +after):\n%s", diff)
	}
	if _, started := p.prepare(t, PythonScript{Script: "greet", Extras: []string{"more"}}, nil); len(started) != 0 {
		t.Errorf("what is there is built by %q", started)
	}
}

func TestRealPythonInstallationThatFails(t *testing.T) {
	t.Parallel()
	p := newRealPython(t)
	writeFile(t, filepath.Join(p.src, "main.py"), "")
	writeFile(t, filepath.Join(p.src, "requirements.txt"), "--extra-index-url https://me:s3cret@127.0.0.1:1/simple\nno-such-package\n")
	_, err := p.runner(t, PythonScript{Filename: "main.py"}, nil).Prepare(t.Context(), p.base())
	step, ok := errors.AsType[*StepError](err)
	if !ok || step.Doing != "install the requirements" || step.ExitCode == 0 || !strings.Contains(step.Stderr, "no-such-package") {
		t.Errorf("Prepare() = %+v, want pip's own words about the package", err)
	}
	if ok && strings.Contains(step.Stdout+step.Stderr, "s3cret") {
		t.Errorf("the password of the index is told: %s%s", step.Stdout, step.Stderr)
	}
	if left, err := filepath.Glob(filepath.Join(p.cache, "python", "*")); err != nil || len(left) > 0 {
		t.Errorf("the failed installation leaves %q", left)
	}
}

// BenchmarkPythonSecondRun runs a service whose environment is there. It reports the share
// of the time that is not the interpreter's own, and how long it takes to make it ready.
func BenchmarkPythonSecondRun(b *testing.B) {
	p := newRealPython(b)
	wheel(b, p.wheels, "1", "VERSION = 1\n")
	writeFile(b, filepath.Join(p.src, "main.py"), "import json, dep\n")
	writeFile(b, filepath.Join(p.src, "requirements.txt"), "dep\n")
	p.prepare(b, PythonScript{Filename: "main.py"}, nil)
	service := p.runner(b, PythonScript{Filename: "main.py"}, nil)
	var inside, preparing time.Duration
	for b.Loop() {
		p.digester = &source.Digester{} // As in another process, which remembers nothing.
		began := time.Now()
		ready, err := service.Prepare(b.Context(), p.base())
		if err != nil {
			b.Fatal(err)
		}
		preparing += time.Since(began)
		result, err := p.Host.Run(b.Context(), host.Command{Argv: ready.Argv, Dir: ready.Dir, Env: ready.Environment})
		if err != nil || result.ExitCode != 0 {
			b.Fatal(err, result.ExitCode)
		}
		inside += result.Ended.Sub(result.Started)
	}
	b.ReportMetric(100*(1-float64(inside)/float64(b.Elapsed())), "%outside")
	b.ReportMetric(float64(preparing.Microseconds())/float64(b.N), "prepare-us/op")
}
