package service

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequirementsAmongTheFiles(t *testing.T) {
	t.Parallel()
	type facts struct{ local, editable bool }
	for line, want := range map[string]facts{
		"dep": {}, "dep[extra] >= 1.0 ; python_version < '3.12' # ./lib": {}, "dep==1 --hash=sha256:ab/cd": {},
		"--index-url https://host/simple": {}, "--extra-index-url=https://host/": {}, "--no-binary :all:": {}, "--pre": {},
		"dep @ https://host/dep.whl": {}, "git+https://host/repo.git@v1#egg=dep": {}, "-f https://host/links": {},
		"-e git+ssh://git@host/repo.git": {}, "--find-links /opt/wheels": {}, "file:///opt/dep": {}, "/opt/dep": {},
		"./lib": {local: true}, ".": {local: true}, ".[extra]": {local: true}, "../lib ; os_name == 'posix'": {local: true},
		"lib/dep": {local: true}, "dep-1-py3-none-any.whl": {local: true}, "dep @ file:lib": {local: true}, "file:lib": {local: true},
		"-f wheels": {local: true}, "-fwheels": {local: true}, "--find-links=./wheels": {local: true}, `--find-links "my wheels"`: {local: true},
		"-e .": {local: true, editable: true}, "-e.": {local: true, editable: true}, "--editable=lib[x]": {local: true, editable: true},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			b := barePythonBench(t, "requirements.txt", line+"\n")
			s := &Site{Root: b.src, Dir: b.src}
			req, err := s.requirements("requirements.txt")
			if err != nil {
				t.Fatal(err)
			}
			if got := (facts{req.local, req.editable}); got != want {
				t.Errorf("%q is %+v, want %+v", line, got, want)
			}
		})
	}
}

func TestIncludedRequirements(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"short": "-r sub/more.txt", "short without a blank": "-rsub/more.txt", "long": "--requirement sub/more.txt",
		"long with a sign": "--requirement=sub/more.txt", "quoted": `-r "sub/more.txt"`, "constraints": "-c sub/more.txt",
		"long constraints": "--constraint sub/more.txt", "twice": "-r sub/more.txt\n-r sub/more.txt", "itself": "-r requirements.txt\n-r sub/more.txt",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := barePythonBench(t, "requirements.txt", line+"\n", "sub/more.txt", "-r deep.txt\n", "sub/deep.txt", "dep\n")
			s := &Site{Root: b.src, Dir: b.src}
			digest := func() string {
				req, err := s.requirements("requirements.txt")
				if err != nil {
					t.Fatal(err)
				}
				return req.digest()
			}
			before := digest()
			b.write(t, "sub/deep.txt", "dep==2\n")
			if digest() == before {
				t.Error("a change in an included file is not seen")
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"https://host/simple":                           nil,
		"https://user:secret@host/simple":               {"secret"},
		"https://user:pass%40word@host/":                {"pass%40word", "pass@word"},
		"https://token@host/ git+https://u:p2@h":        {"token", "p2"},
		"https://token:@host/":                          {"token"},
		"git+ssh://git@host/repo.git@v1":                nil,
		"dep @ https://host/a@b.whl and mail me@host":   nil,
		"git+ssh://deploy:secret@host/x  # ssh://key@h": {"secret"},
	} {
		if diff := cmp.Diff(want, credentials(text)); diff != "" {
			t.Errorf("credentials(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestVenvLayout(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("cache", "env")
	for goos, want := range map[string][]string{
		"linux":   {filepath.Join(dir, "bin", "python"), filepath.Join(dir, "bin", "greet")},
		"windows": {filepath.Join(dir, "Scripts", "python.exe"), filepath.Join(dir, "Scripts", "greet.exe")},
	} {
		v := venv{dir: dir, goos: goos}
		if diff := cmp.Diff(want, []string{v.python(), v.program("greet")}); diff != "" {
			t.Errorf("on %s (-want +got):\n%s", goos, diff)
		}
	}
}
