package converge_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

func TestLogFileGetsEverythingOfEveryTry(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job").Exit(1).Stdout("first\n").Stderr("failed\n")
	h.On("job").Stdout("second, which is longer than what is kept\n")
	spec := oneJob()
	spec.Tries, spec.OutputLimit = 2, 4
	spec.LogFile = filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(spec.LogFile, []byte("before\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(spec.LogFile)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\nfirst\nfailed\nsecond, which is longer than what is kept\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("log file (-want +got):\n%s", diff)
	}
}

func TestLogFileIsMadeForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job").Stdout("said")
	spec := oneJob()
	spec.LogFile = filepath.Join(t.TempDir(), "log")
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(spec.LogFile)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		t.Errorf("its mode is %o, want 600", mode)
	}
}

func TestLogFileThatCannotBeOpenedRunsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, path := range map[string]string{
		"in a directory that does not exist": filepath.Join(dir, "missing", "log"),
		"that is a directory":                dir,
		"in a directory that exists":         filepath.Join(dir, "log"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := path == filepath.Join(dir, "log")
			h := hosttest.NewFake(t)
			if good {
				h.On("job")
			}
			spec := oneJob()
			spec.LogFile = path
			outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
			if good {
				if err != nil || len(h.Log()) != 1 {
					t.Errorf("the control: %v, %v", h.Log(), err)
				}
				return
			}
			var refused *converge.LogFileError
			var cause *fs.PathError
			if !errors.As(err, &refused) || !errors.As(err, &cause) || refused.Path != path {
				t.Errorf("the error is %v", err)
			}
			if outcome.Run != nil || len(h.Log()) > 0 {
				t.Errorf("%v ran", h.Log())
			}
		})
	}
}

func TestLogFileOnAFullDiskFailsNothing(t *testing.T) {
	t.Parallel()
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		needs.Missing(t, "a disk that is always full: %v", err)
	}
	h := hosttest.NewFake(t)
	h.On("job").Stdout("said")
	spec := oneJob()
	spec.LogFile = full
	outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]converge.Notice{converge.LogIncomplete}, outcome.Notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if outcome.Run.Stdout.Text != "said" {
		t.Errorf("stdout is %q", outcome.Run.Stdout.Text)
	}
}
