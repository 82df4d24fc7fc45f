//go:build unix

package hosttest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func place(t *testing.T, h host.Host) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(dir, "a 'b' $c")
	if err := os.Mkdir(odd, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]string{"a directory": dir, "an odd name": odd} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := must(t, h, host.Command{Argv: sh(`/bin/pwd; echo "$PWD"`), Dir: d})
			if want := d + "\n" + d + "\n"; r.stdout != want {
				t.Errorf("in %q, want %q", r.stdout, want)
			}
		})
	}
	t.Run("a program is relative to it", func(t *testing.T) {
		t.Parallel()
		writeFile(t, filepath.Join(odd, "tool"), "#!/bin/sh\necho tool \"$1\"\n", 0o755)
		if r := must(t, h, host.Command{Argv: []string{"./tool", "x"}, Dir: odd}); r.stdout != "tool x\n" {
			t.Errorf("stdout = %q", r.stdout)
		}
	})
}

func lookUp(t *testing.T, h host.Host) {
	t.Helper()
	first, second := t.TempDir(), t.TempDir()
	for dir, says := range map[string]string{first: "first", second: "second"} {
		writeFile(t, filepath.Join(dir, "exec-test-both"), "#!/bin/sh\necho "+says+"\n", 0o755)
	}
	writeFile(t, filepath.Join(second, "exec-test-tool"), "#!/bin/sh\necho tool in $PATH\n", 0o755)
	writeFile(t, filepath.Join(first, "exec-test-tool"), "not executable", 0o644)
	tests := map[string]struct {
		c    host.Command
		want string
	}{
		"Path is looked up in order":         {host.Command{Argv: []string{"exec-test-both"}, Path: []string{first, second}}, "first\n"},
		"Path in the other order":            {host.Command{Argv: []string{"exec-test-both"}, Path: []string{second, first}}, "second\n"},
		"PATH of Env is looked up":           {host.Command{Argv: []string{"exec-test-both"}, Env: map[string]string{"PATH": second}}, "second\n"},
		"Path is the child's PATH":           {host.Command{Argv: []string{"exec-test-tool"}, Path: []string{first, second}}, "tool in " + first + ":" + second + "\n"},
		"what may not be executed is passed": {host.Command{Argv: []string{"exec-test-tool"}, Path: []string{first, second}, CleanEnv: true}, "tool in " + first + ":" + second + "\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := must(t, h, tt.c); r.stdout != tt.want {
				t.Errorf("stdout = %q, want %q", r.stdout, tt.want)
			}
		})
	}
	t.Run("the inherited PATH counts only where there is no other", func(t *testing.T) {
		t.Parallel()
		must(t, h, host.Command{Argv: []string{"sh", "-c", ":"}})
		must(t, h, host.Command{Argv: []string{"sh", "-c", ":"}, CleanEnv: true})
		for _, c := range []host.Command{
			{Argv: []string{"sh", "-c", ":"}, Path: []string{first}},
			{Argv: []string{"sh", "-c", ":"}, Env: map[string]string{"PATH": first}},
		} {
			_, err := try(t, h, c)
			wantReason(t, err, host.ProgramNotFound, "sh")
		}
	})
	t.Run("a relative entry finds nothing", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"", ".", ":/nonexistent", "/nonexistent:", "/nonexistent::/nonexistent"} {
			_, err := try(t, h, host.Command{Argv: []string{"exec-test-both"}, Dir: first, Env: map[string]string{"PATH": path}})
			wantReason(t, err, host.ProgramNotFound, "exec-test-both")
		}
		must(t, h, host.Command{Argv: []string{"./exec-test-both"}, Dir: first})
	})
}

func environment(t *testing.T, h host.Host) {
	t.Helper()
	odd := map[string]string{"EXEC_TEST_A": "a b\n'\"$x`\\", "EXEC_TEST_B": "", "EXEC_TEST_C": "\xff\t=*"}
	t.Run("values arrive as they are", func(t *testing.T) {
		t.Parallel()
		r := must(t, h, host.Command{Argv: sh(`printf '%s|%s|%s|%s' "$EXEC_TEST_A" "${EXEC_TEST_B-unset}" "$EXEC_TEST_C" "${EXEC_TEST_D-unset}"`), Env: odd})
		if want := odd["EXEC_TEST_A"] + "||" + odd["EXEC_TEST_C"] + "|unset"; r.stdout != want {
			t.Errorf("got %q, want %q", r.stdout, want)
		}
	})
	t.Run("it is added to what is inherited", func(t *testing.T) {
		t.Parallel()
		r := must(t, h, host.Command{Argv: sh(`printf '%s %s' "${PATH:+path}" "$EXEC_TEST_A"`), Env: map[string]string{"EXEC_TEST_A": "a"}})
		if r.stdout != "path a" {
			t.Errorf("stdout = %q", r.stdout)
		}
	})
	t.Run("a clean one holds nothing else", func(t *testing.T) {
		t.Parallel()
		env := map[string]string{"EXEC_TEST_A": "a", "EXEC_TEST_B": "b"}
		inherited := must(t, h, host.Command{Argv: sh(`echo "$PATH"`)}).stdout
		r := must(t, h, host.Command{Argv: []string{"env"}, Env: env, CleanEnv: true})
		want := map[string]string{"EXEC_TEST_A": "a", "EXEC_TEST_B": "b", "PATH": strings.TrimSpace(inherited)}
		if diff := cmp.Diff(want, variables(r.stdout)); diff != "" {
			t.Error(diff)
		}
		if all := variables(must(t, h, host.Command{Argv: []string{"env"}, Env: env}).stdout); len(all) <= len(want) {
			t.Errorf("control: nothing else is ever inherited: %v", all)
		}
	})
	t.Run("it wins over what is inherited", func(t *testing.T) {
		t.Parallel()
		r := must(t, h, host.Command{Argv: []string{"env"}, Env: map[string]string{"HOME": "/mine", "PWD": "/mine"}, Dir: "/"})
		if n := strings.Count("\n"+r.stdout, "\nHOME="); n != 1 {
			t.Errorf("HOME is set %d times", n)
		}
		if got := variables(r.stdout); got["HOME"] != "/mine" || got["PWD"] != "/mine" {
			t.Errorf("HOME=%s PWD=%s", got["HOME"], got["PWD"])
		}
	})
}

// variables reads what env prints, for values of one line.
func variables(printed string) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(printed) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			vars[name] = value
		}
	}
	return vars
}

// wantReason checks that nothing was executed, why, and what is to blame. It returns the
// detail.
func wantReason(t *testing.T, err error, reason host.StartReason, subject string) string {
	t.Helper()
	e, ok := errors.AsType[*host.StartError](err)
	if !ok {
		t.Fatalf("error = %v, want a StartError", err)
	}
	if e.Reason != reason || e.Subject != subject {
		t.Errorf("%v, want %v of %q (cause: %v)", e, reason, subject, e.Err)
	}
	return e.Detail
}
