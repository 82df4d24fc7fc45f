//go:build unix

package hosttest

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func startErrors(t *testing.T, h host.Host) {
	t.Helper()
	dir := sharedDir(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	made := at("made")
	makes := "\n: > " + made + "\n"
	script := func(name, line string, mode os.FileMode) string {
		return writeFile(t, at(name), line+makes, mode)
	}
	good := script("good", "#!/bin/sh", 0o755)
	plain := script("plain", "#!/bin/sh", 0o644)
	file := writeFile(t, at("file"), "", 0o644)
	if err := os.Symlink(at("nowhere"), at("dangling")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o755); err != nil {
		t.Fatal(err)
	}
	nul := []string{good, "a\x00b"}

	tests := map[string]struct {
		c       host.Command
		reason  host.StartReason
		subject string
		// detail is part of the explanation.
		detail string
	}{
		"no such file":         {host.Command{Argv: []string{at("nowhere")}}, host.ProgramNotFound, at("nowhere"), ""},
		"a dangling link":      {host.Command{Argv: []string{at("dangling")}}, host.ProgramNotFound, at("dangling"), ""},
		"below a file":         {host.Command{Argv: []string{at("file/x")}}, host.ProgramNotFound, at("file/x"), ""},
		"not there in Dir":     {host.Command{Argv: []string{"./nowhere"}, Dir: dir}, host.ProgramNotFound, "./nowhere", ""},
		"not on PATH":          {host.Command{Argv: []string{"exec-test-none"}, Path: []string{"/nonexistent", dir}}, host.ProgramNotFound, "exec-test-none", "/nonexistent:" + dir},
		"part of the shell":    {host.Command{Argv: []string{"ulimit", "-n"}, Path: []string{dir}}, host.ProgramNotFound, "ulimit", "part of the shell"},
		"a whole line":         {host.Command{Argv: []string{"echo hello"}, Path: []string{dir}}, host.ProgramNotFound, "echo hello", "space"},
		"no program":           {host.Command{}, host.ProgramNotFound, "", "no program"},
		"an empty program":     {host.Command{Argv: []string{"", "x"}}, host.ProgramNotFound, "", "no program"},
		"not executable":       {host.Command{Argv: []string{plain}}, host.ProgramNotExecutable, plain, ""},
		"not executable there": {host.Command{Argv: []string{"plain"}, Path: []string{dir}}, host.ProgramNotExecutable, plain, ""},
		"a directory":          {host.Command{Argv: []string{dir}}, host.ProgramIsDirectory, dir, ""},
		"a pipe":               {host.Command{Argv: []string{at("pipe")}}, host.ProgramNotExecutable, at("pipe"), ""},
		"interpreter missing":  {host.Command{Argv: []string{script("bad", "#! /nonexistent/interp -x", 0o755)}}, host.InterpreterMissing, at("bad"), "/nonexistent/interp"},
		"interpreter of the interpreter missing": {
			host.Command{Argv: []string{script("indirect", "#!"+script("bad2", "#!/nonexistent/inner", 0o755), 0o755)}},
			host.InterpreterMissing, at("indirect"), "/nonexistent/inner",
		},
		"a line end of Windows":       {host.Command{Argv: []string{script("dos", "#!/bin/sh\r", 0o755)}}, host.InterpreterMissing, at("dos"), "Windows"},
		"interpreter not executable":  {host.Command{Argv: []string{script("odd", "#!"+plain, 0o755)}}, host.ProgramNotExecutable, at("odd"), plain},
		"no first line":               {host.Command{Argv: []string{script("bare", "true", 0o755)}}, host.FormatUnknown, at("bare"), "#!/bin/sh"},
		"an empty file":               {host.Command{Argv: []string{writeFile(t, at("empty"), "", 0o755)}}, host.FormatUnknown, at("empty"), "empty"},
		"of another kind of machine":  {host.Command{Argv: []string{writeFile(t, at("binary"), "\x7fELF\x00\x01\x02", 0o755)}}, host.FormatUnknown, at("binary"), "another kind of machine"},
		"directory missing":           {host.Command{Argv: []string{good}, Dir: at("nodir")}, host.DirMissing, at("nodir"), ""},
		"directory is a file":         {host.Command{Argv: []string{good}, Dir: file}, host.DirNotDirectory, file, ""},
		"directory and program wrong": {host.Command{Argv: []string{at("nowhere")}, Dir: at("nodir")}, host.DirMissing, at("nodir"), ""},
		"unknown user":                {host.Command{Argv: []string{good}, User: "exec-test-nobody"}, host.UserUnknown, "exec-test-nobody", ""},
		"unknown group":               {host.Command{Argv: []string{good}, Group: "exec-test-nobody"}, host.GroupUnknown, "exec-test-nobody", ""},
		"too long":                    {host.Command{Argv: []string{good, strings.Repeat("x", 8<<20)}}, host.ArgumentsTooLong, good, ""},
		"environment too long":        {host.Command{Argv: []string{good}, Env: map[string]string{"A": strings.Repeat("x", 8<<20)}}, host.ArgumentsTooLong, good, ""},
		"NUL in an argument":          {host.Command{Argv: nul}, host.StartOther, good, "NUL"},
		"NUL in a value":              {host.Command{Argv: []string{good}, Env: map[string]string{"A": "\x00"}}, host.StartOther, good, "variable A"},
		"NUL in the directory":        {host.Command{Argv: []string{good}, Dir: "a\x00"}, host.StartOther, good, "directory"},
		"a name with =":               {host.Command{Argv: []string{good}, Env: map[string]string{"A=B": "c"}}, host.StartOther, good, "A=B"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := try(t, h, tt.c)
			if detail := wantReason(t, err, tt.reason, tt.subject); !strings.Contains(detail, tt.detail) {
				t.Errorf("detail %q does not tell %q", detail, tt.detail)
			}
			if !r.Started.IsZero() || !r.Ended.IsZero() {
				t.Errorf("it started at %v and ended at %v", r.Started, r.Ended)
			}
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(made); err == nil {
			t.Error("one of them was executed")
		}
	})
	t.Run("control", func(t *testing.T) {
		t.Parallel()
		there := filepath.Join(t.TempDir(), "made")
		must(t, h, host.Command{Argv: []string{writeFile(t, at("control"), "#!/bin/sh\n: > "+there, 0o755)}})
		if _, err := os.Stat(there); err != nil {
			t.Errorf("the script did not run: %v", err)
		}
	})
}
