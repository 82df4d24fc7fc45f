//go:build unix

package hosttest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Conformance is what every [host.Host] must do. It needs /bin/sh and the usual programs
// beside it on the host, and the host must see this machine's files. What needs root is
// skipped without it, except where CI=true promises it. Each part of the suite gets a host
// from open, for a host may run only so many commands at once.
func Conformance(t *testing.T, open func(*testing.T) host.Host) {
	t.Helper()
	groups := map[string]func(*testing.T, host.Host){
		"exit status":   exitStatus,
		"signals":       signals,
		"turn":          turn,
		"streams":       streams,
		"output":        output,
		"place":         place,
		"look-up":       lookUp,
		"environment":   environment,
		"identity":      identity,
		"umask":         umask,
		"start errors":  startErrors,
		"stop":          stop,
		"survivors":     survivors,
		"paths":         paths,
		"many at once":  manyAtOnce,
		"done too soon": doneTooSoon,
	}
	for name, group := range groups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			group(t, open(t))
		})
	}
}

// sh is a command for the shell; args are "$1" and so on.
func sh(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

// ran is what a command left behind.
type ran struct {
	host.Result
	stdout, stderr string
}

// try runs c with its output captured.
func try(t *testing.T, h host.Host, c host.Command) (ran, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	r, err := h.Run(t.Context(), c)
	return ran{Result: r, stdout: stdout.String(), stderr: stderr.String()}, err
}

// must is try for a command that has to exit 0.
func must(t *testing.T, h host.Host, c host.Command) ran {
	t.Helper()
	r, err := try(t, h, c)
	if err != nil || r.ExitCode != 0 {
		t.Fatalf("%q: exit code %d, error %v, stdout %q, stderr %q", c.Argv, r.ExitCode, err, r.stdout, r.stderr)
	}
	return r
}

// sharedDir is a directory that every user may enter.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// writeFile makes a file with exactly this mode.
func writeFile(t *testing.T, file, text string, mode os.FileMode) string {
	t.Helper()
	// A fork in between would hold the file open for writing, and so keep it from being
	// executed: golang/go#22315.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func exitStatus(t *testing.T, h host.Host) {
	t.Helper()
	for code, arg := range map[int]string{0: "0", 1: "1", 7: "7", 126: "126", 127: "127", 128: "128", 137: "137", 255: "255"} {
		t.Run(arg, func(t *testing.T) {
			t.Parallel()
			r, err := try(t, h, host.Command{Argv: sh(`exit "$1"`, arg)})
			if err != nil {
				t.Fatal(err)
			}
			if r.ExitCode != code {
				t.Errorf("exit code %d, want %d", r.ExitCode, code)
			}
			if r.Started.IsZero() || r.Ended.Before(r.Started) {
				t.Errorf("started %v, ended %v", r.Started, r.Ended)
			}
		})
	}
}

// turn is when the time of a command begins to count: once, and before it is started.
func turn(t *testing.T, h host.Host) {
	t.Helper()
	var turns []time.Time
	took := func() { turns = append(turns, time.Now()) }
	r := must(t, h, host.Command{Argv: sh(":"), Turn: took})
	if len(turns) != 1 || turns[0].After(r.Started) {
		t.Errorf("it was its turn at %v, it started at %v", turns, r.Started)
	}
	limited, begin, release := host.Limit(t.Context(), 300*time.Millisecond, errors.New("too long"))
	defer release()
	_, err := h.Run(limited, host.Command{Argv: sh("exec sleep 600"), Turn: begin})
	if !stopped(err) || context.Cause(limited) == nil {
		t.Errorf("error = %v", err)
	}
}

func signals(t *testing.T, h host.Host) {
	t.Helper()
	for name, number := range map[string]syscall.Signal{
		"SIGKILL": syscall.SIGKILL, "SIGTERM": syscall.SIGTERM, "SIGSEGV": syscall.SIGSEGV,
		"SIGHUP": syscall.SIGHUP, "SIGABRT": syscall.SIGABRT,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := try(t, h, host.Command{Argv: sh(`ulimit -c 0; echo before; kill -"$1" $$; echo after`, strings.TrimPrefix(name, "SIG"))})
			signal, ok := errors.AsType[*host.SignalError](err)
			if !ok {
				t.Fatalf("error = %v, exit code %d", err, r.ExitCode)
			}
			if diff := cmp.Diff(&host.SignalError{Name: name, Number: int(number)}, signal); diff != "" {
				t.Error(diff)
			}
			if r.stdout != "before\n" {
				t.Errorf("stdout = %q", r.stdout)
			}
		})
	}
	t.Run("a shell's own 128+n is an exit code", func(t *testing.T) {
		t.Parallel()
		r, err := try(t, h, host.Command{Argv: sh(`sh -c 'kill -KILL $$' 2>/dev/null; exit $?`)})
		if err != nil || r.ExitCode != 137 {
			t.Errorf("exit code %d, error %v", r.ExitCode, err)
		}
	})
}

func paths(t *testing.T, h host.Host) {
	t.Helper()
	dir := t.TempDir()
	file := writeFile(t, filepath.Join(dir, "file"), "", 0o600)
	link := func(name, target string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := map[string]struct {
		path string
		want bool
	}{
		"a file":                       {file, true},
		"a directory":                  {dir, true},
		"a link to a file":             {link("good", file), true},
		"a dangling link":              {link("dangling", filepath.Join(dir, "nowhere")), false},
		"a link to itself":             {link("circle", filepath.Join(dir, "circle")), false},
		"nothing":                      {filepath.Join(dir, "nothing"), false},
		"something below nothing":      {filepath.Join(dir, "nothing", "x"), false},
		"something below a file":       {filepath.Join(file, "x"), false},
		"a file as if it were a dir":   {file + "/", false},
		"a name with a quote, nothing": {filepath.Join(dir, `a'b"c $x`), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := exists(t.Context(), h, tt.path)
			if err != nil || got != tt.want {
				t.Errorf("Exists = %v, %v, want %v", got, err, tt.want)
			}
		})
	}
	t.Run("many at once", func(t *testing.T) {
		t.Parallel()
		var asked []string
		var want, got []bool
		for range 100 {
			for _, tt := range tests {
				asked, want = append(asked, tt.path), append(want, tt.want)
			}
		}
		for exists, err := range h.Exists(t.Context(), asked...) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, exists)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
	t.Run("one that cannot be looked at says nothing about the others", func(t *testing.T) {
		t.Parallel()
		var got []string
		for exists, err := range h.Exists(t.Context(), file, filepath.Join(dir, strings.Repeat("x", 5000)), filepath.Join(dir, "nothing"), dir) {
			if err != nil {
				got = append(got, "no answer")
				continue
			}
			got = append(got, strconv.FormatBool(exists))
		}
		if diff := cmp.Diff([]string{"true", "no answer", "false", "true"}, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})
	t.Run("who breaks off is left alone, and may ask again", func(t *testing.T) {
		t.Parallel()
		asked := h.Exists(t.Context(), file, dir, filepath.Join(dir, "nothing"))
		for range 2 {
			taken := 0
			for exists, err := range asked {
				if err != nil || !exists {
					t.Errorf("Exists = %v, %v", exists, err)
				}
				if taken++; taken == 2 {
					break
				}
			}
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		for exists, err := range h.Exists(t.Context()) {
			t.Errorf("Exists = %v, %v", exists, err)
		}
	})
	t.Run("a path that cannot be looked at is no answer", func(t *testing.T) {
		t.Parallel()
		if got, err := exists(t.Context(), h, filepath.Join(dir, strings.Repeat("x", 5000))); err == nil {
			t.Errorf("Exists = %v", got)
		}
	})
	t.Run("a closed directory is no answer", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() == 0 {
			t.Skip("every directory is open to root; AskNobody asks this again without root, and fails unless it was asked and passed")
		}
		closed := filepath.Join(t.TempDir(), "closed")
		if err := os.Mkdir(closed, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := exists(t.Context(), h, filepath.Join(closed, "x")); err == nil {
			t.Errorf("Exists = %v", got)
		}
	})
}

func manyAtOnce(t *testing.T, h host.Host) {
	t.Helper()
	failures := make(chan error, 100)
	for range cap(failures) {
		go func() {
			var stdout bytes.Buffer
			r, err := h.Run(t.Context(), host.Command{Argv: sh("echo done"), Stdout: &stdout})
			if err == nil && (r.ExitCode != 0 || stdout.String() != "done\n") {
				err = errors.New("printed " + stdout.String())
			}
			failures <- err
		}()
	}
	for range cap(failures) {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}

func doneTooSoon(t *testing.T, h host.Host) {
	t.Helper()
	made := filepath.Join(t.TempDir(), "made")
	c := host.Command{Argv: sh(`: > "$1"`, made)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Run(ctx, c); !stopped(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("a command ran although its context was done before")
	}
	must(t, h, c)
	if _, err := os.Stat(made); err != nil {
		t.Errorf("control: %v", err)
	}
	if _, err := exists(ctx, h, made); !errors.Is(err, context.Canceled) {
		t.Errorf("Exists: error = %v", err)
	}
}

func stopped(err error) bool {
	_, ok := errors.AsType[*host.StopError](err)
	return ok
}
