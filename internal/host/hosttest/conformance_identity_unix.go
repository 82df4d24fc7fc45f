//go:build unix

package hosttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// account is what the system's own tools say about a user.
type account struct{ name, uid, gid, group, groups, home string }

func accountOf(t *testing.T, name string) account {
	t.Helper()
	ask := func(command string) string {
		out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", command, "sh", name).Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		return strings.TrimSpace(string(out))
	}
	return account{
		name: name, uid: ask(`id -u "$1"`), gid: ask(`id -g "$1"`), group: ask(`id -gn "$1"`),
		groups: ask(`id -G "$1"`), home: ask(`eval echo "~$1"`),
	}
}

func identity(t *testing.T, h host.Host) {
	t.Helper()
	whoami := sh(`id -u; id -g; id -G; echo "$HOME $USER $LOGNAME"`)
	tells := func(uid, gid, groups, home, name string) string {
		return fmt.Sprintf("%s\n%s\n%s\n%s %s %s\n", uid, gid, groups, home, name, name)
	}
	ids := strings.Fields(must(t, h, host.Command{Argv: sh("id -u; id -g; id -un; id -gn")}).stdout)
	if len(ids) != 4 {
		t.Fatalf("control: %q", ids)
	}
	t.Run("the same user needs no privilege", func(t *testing.T) {
		t.Parallel()
		want := must(t, h, host.Command{Argv: sh("id")}).stdout
		for _, c := range []host.Command{{User: ids[0]}, {User: ids[2]}, {Group: ids[1]}, {Group: ids[3]}, {User: ids[2], Group: ids[3]}} {
			c.Argv = sh("id")
			if r := must(t, h, c); r.stdout != want {
				t.Errorf("user %q, group %q: %q, want %q", c.User, c.Group, r.stdout, want)
			}
		}
	})
	t.Run("without privilege", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() == 0 {
			t.Skip("root may do anything; AskNobody asks this again without root, and fails unless it was asked and passed")
		}
		dir := t.TempDir()
		tests := map[string]struct {
			c      host.Command
			reason host.StartReason
			name   string
		}{
			"another user":       {host.Command{Argv: whoami, User: "root"}, host.SwitchDenied, "root"},
			"another group":      {host.Command{Argv: whoami, Group: "0"}, host.SwitchDenied, "0"},
			"a closed directory": {host.Command{Argv: whoami, Dir: filepath.Join(dir, "closed")}, host.DirDenied, filepath.Join(dir, "closed")},
			"below one":          {host.Command{Argv: whoami, Dir: filepath.Join(dir, "closed", "x")}, host.DirDenied, filepath.Join(dir, "closed", "x")},
			"a program in one":   {host.Command{Argv: []string{filepath.Join(dir, "closed", "x")}}, host.ProgramNotExecutable, filepath.Join(dir, "closed", "x")},
		}
		if err := os.Mkdir(filepath.Join(dir, "closed"), 0); err != nil {
			t.Fatal(err)
		}
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, err := try(t, h, tt.c)
				wantReason(t, err, tt.reason, tt.name)
			})
		}
	})
	t.Run("as root", func(t *testing.T) {
		t.Parallel()
		needs.Root(t)
		nobody, daemon := accountOf(t, "nobody"), accountOf(t, "daemon")
		tests := map[string]struct {
			c    host.Command
			want string
		}{
			"a name":             {host.Command{User: "nobody"}, tells(nobody.uid, nobody.gid, nobody.groups, nobody.home, "nobody")},
			"a number":           {host.Command{User: daemon.uid}, tells(daemon.uid, daemon.gid, daemon.groups, daemon.home, "daemon")},
			"a group by name":    {host.Command{User: "nobody", Group: daemon.group}, tells(nobody.uid, daemon.gid, daemon.gid+" "+nobody.groups, nobody.home, "nobody")},
			"a group by number":  {host.Command{User: "nobody", Group: daemon.gid}, tells(nobody.uid, daemon.gid, daemon.gid+" "+nobody.groups, nobody.home, "nobody")},
			"nobody's number":    {host.Command{User: "54321", Group: "54322"}, tells("54321", "54322", "54322", "/", "54321")},
			"a clean one":        {host.Command{User: "nobody", CleanEnv: true}, tells(nobody.uid, nobody.gid, nobody.groups, nobody.home, "nobody")},
			"HOME stays as told": {host.Command{User: "nobody", Env: map[string]string{"HOME": "/mine"}}, tells(nobody.uid, nobody.gid, nobody.groups, "/mine", "nobody")},
		}
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tt.c.Argv = whoami
				if diff := cmp.Diff(tt.want, must(t, h, tt.c).stdout); diff != "" {
					t.Error(diff)
				}
			})
		}
		t.Run("a group alone", func(t *testing.T) {
			t.Parallel()
			if r := must(t, h, host.Command{Argv: sh("id -u; id -g"), Group: daemon.group}); r.stdout != ids[0]+"\n"+daemon.gid+"\n" {
				t.Errorf("stdout = %q", r.stdout)
			}
		})
		t.Run("a number without an account has no group", func(t *testing.T) {
			t.Parallel()
			_, err := try(t, h, host.Command{Argv: whoami, User: "54321"})
			wantReason(t, err, host.UserUnknown, "54321")
		})
		t.Run("a directory that is closed to the user", func(t *testing.T) {
			t.Parallel()
			closed := filepath.Join(sharedDir(t), "closed")
			if err := os.Mkdir(closed, 0o700); err != nil {
				t.Fatal(err)
			}
			_, err := try(t, h, host.Command{Argv: sh(":"), User: "nobody", Dir: closed})
			wantReason(t, err, host.DirDenied, closed)
			must(t, h, host.Command{Argv: sh(":"), Dir: closed})
		})
		t.Run("a program that is closed to the user", func(t *testing.T) {
			t.Parallel()
			dir := sharedDir(t)
			closed := writeFile(t, filepath.Join(dir, "closed"), "#!/bin/sh\n", 0o700)
			_, err := try(t, h, host.Command{Argv: []string{closed}, User: "nobody"})
			wantReason(t, err, host.ProgramNotExecutable, closed)
			must(t, h, host.Command{Argv: []string{closed}})
		})
		t.Run("look-up goes on to what the user may execute", func(t *testing.T) {
			t.Parallel()
			closed, open := sharedDir(t), sharedDir(t)
			writeFile(t, filepath.Join(closed, "exec-test-tool"), "#!/bin/sh\necho closed\n", 0o700)
			writeFile(t, filepath.Join(open, "exec-test-tool"), "#!/bin/sh\necho open\n", 0o755)
			c := host.Command{Argv: []string{"exec-test-tool"}, Path: []string{closed, open}}
			if r := must(t, h, c); r.stdout != "closed\n" {
				t.Errorf("control: %q", r.stdout)
			}
			c.User = "nobody"
			if r := must(t, h, c); r.stdout != "open\n" {
				t.Errorf("stdout = %q", r.stdout)
			}
		})
	})
}

func umask(t *testing.T, h host.Host) {
	t.Helper()
	before := must(t, h, host.Command{Argv: sh("umask")}).stdout
	for name, mask := range map[string]uint32{"0000": 0, "0022": 0o22, "0027": 0o27, "0077": 0o77} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := filepath.Join(t.TempDir(), "made")
			if r := must(t, h, host.Command{Argv: sh(`umask; : > "$1"`, made), Umask: &mask}); r.stdout != name+"\n" {
				t.Errorf("umask printed %q", r.stdout)
			}
			info, err := os.Stat(made)
			if err != nil {
				t.Fatal(err)
			}
			if want := os.FileMode(0o666 &^ mask); info.Mode().Perm() != want {
				t.Errorf("mode %v, want %v", info.Mode().Perm(), want)
			}
			if r := must(t, h, host.Command{Argv: sh("umask")}); r.stdout != before {
				t.Errorf("the next command has %q, want %q", r.stdout, before)
			}
		})
	}
	t.Run("errors stay precise", func(t *testing.T) {
		t.Parallel()
		mask := uint32(0o77)
		_, err := try(t, h, host.Command{Argv: []string{"/nonexistent/x"}, Umask: &mask})
		wantReason(t, err, host.ProgramNotFound, "/nonexistent/x")
	})
}
