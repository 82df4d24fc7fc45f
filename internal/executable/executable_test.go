package executable_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/executable"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tool, plain := filepath.Join(dir, "tool.exe"), filepath.Join(dir, "plain")
	for path, mode := range map[string]os.FileMode{tool: 0o755, plain: 0o644} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link.exe")
	if err := os.Symlink(tool, link); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		command string
		path    []string
		want    string
		err     error
	}{
		"an absolute path is itself":                {command: tool, want: tool},
		"a link is not resolved":                    {command: link, want: link},
		"one that does not exist":                   {command: filepath.Join(dir, "nope"), want: ""},
		"a directory is no executable":              {command: dir, err: executable.ErrDirectory},
		"a name is looked up in the path":           {command: "tool.exe", path: []string{t.TempDir(), dir}, want: tool},
		"the first directory wins":                  {command: "link.exe", path: []string{dir, dir}, want: link},
		"a name that is nowhere":                    {command: "tool.exe", path: []string{t.TempDir()}, want: ""},
		"what may not be executed is looked past":   {command: "plain", path: []string{dir}, want: ""},
		"a relative directory is not looked in":     {command: "tool.exe", path: []string{"."}, want: ""},
		"an empty directory is not our PATH":        {command: "sh", path: []string{""}, want: ""},
		"a name that this process's PATH cannot be": {command: "surely-no-such-program", want: ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := executable.Find(tc.command, tc.path)
			if !errors.Is(err, tc.err) || got != tc.want {
				t.Errorf("Find() = %q, %v; want %q, %v", got, err, tc.want, tc.err)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	cases := map[string]struct {
		script func(s *hosttest.Script)
		want   string
		fails  bool
	}{
		"the first line of stdout":             {script: func(s *hosttest.Script) { s.Stdout("\n tool 1.2 \nmore\n").Stderr("noise\n") }, want: "tool 1.2"},
		"stderr where stdout says nothing":     {script: func(s *hosttest.Script) { s.Stderr("openjdk 17\n") }, want: "openjdk 17"},
		"nothing at all is no version":         {script: func(*hosttest.Script) {}, fails: true},
		"a failure is no version":              {script: func(s *hosttest.Script) { s.Stdout("1.2\n").Exit(1) }, fails: true},
		"one that cannot start has no version": {script: func(s *hosttest.Script) { s.Fail(broken) }, fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := hosttest.NewFake(t)
			tc.script(fake.On("/opt/tool", "--version"))
			got, err := executable.Version(t.Context(), fake, "/opt/tool", []string{"--version"}, map[string]string{"A": "b"})
			if (err != nil) != tc.fails || got != tc.want {
				t.Errorf("Version() = %q, %v; want %q, failure %t", got, err, tc.want, tc.fails)
			}
			if env := fake.Commands()[0].Env["A"]; env != "b" {
				t.Errorf("the program gets A=%q, want b", env)
			}
		})
	}
}
