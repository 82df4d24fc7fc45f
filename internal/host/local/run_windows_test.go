package local

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func TestFind(t *testing.T) {
	base := t.TempDir()
	t.Chdir(base)
	for _, dir := range []string{`bin\tool.d`, `bin\dir.exe`} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{`bin\tool.exe`, `bin\python3.11.exe`, `bin\tool.d.cmd`, `bin\script.py`} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=" + filepath.Join(base, "bin"), "PATHEXT=.COM;.EXE;.BAT;.CMD;"}
	tests := map[string]struct {
		name, dir string
		// want is taken from base; empty means that reason is why there is none.
		want   string
		reason host.StartReason
	}{
		"a bare name":                               {name: "tool", want: `bin\tool.exe`},
		"with its extension":                        {name: "tool.exe", want: `bin\tool.exe`},
		"with a dot in it":                          {name: "python3.11", want: `bin\python3.11.exe`},
		"with an extension of its own":              {name: "script.py", want: `bin\script.py`},
		"like a directory":                          {name: "tool.d", want: `bin\tool.d.cmd`},
		"relative":                                  {name: `bin\tool`, want: `bin\tool.exe`},
		"relative to a relative directory":          {name: `.\tool`, dir: "bin", want: `bin\tool.exe`},
		"relative to an absolute directory":         {name: `.\tool.exe`, dir: filepath.Join(base, "bin"), want: `bin\tool.exe`},
		"absolute, whatever the directory":          {name: filepath.Join(base, "bin", "tool"), dir: "bin", want: `bin\tool.exe`},
		"missing":                                   {name: "none", reason: host.ProgramNotFound},
		"missing, for there is no second extension": {name: "python3.exe", reason: host.ProgramNotFound},
		"a directory":                               {name: `bin\dir`, reason: host.ProgramIsDirectory},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := find(tt.name, tt.dir, env)
			if tt.want != "" {
				if want := filepath.Join(base, tt.want); got != want || err != nil {
					t.Errorf("%q, %v, want %q", got, err, want)
				}
				return
			}
			if start, ok := errors.AsType[*host.StartError](err); !ok || start.Reason != tt.reason {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
