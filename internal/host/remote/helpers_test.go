//go:build unix

package remote_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// placeOf is where a server of the tests is, with the host key that it says.
func placeOf(p hosttest.Place) remote.Place {
	return remote.Place{Host: p.Host, Port: p.Port, User: p.User, HostKey: p.HostKey}
}

// machines is how a server of the tests lets somebody in.
func machines(t *testing.T, p hosttest.Place) *remote.Machines {
	t.Helper()
	m := remote.NewMachines(remote.Access{PrivateKey: p.PrivateKey})
	t.Cleanup(m.Close)
	return m
}

func hostAt(t *testing.T, m *remote.Machines, p remote.Place) *remote.Host {
	t.Helper()
	h, err := m.Host(p)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// machine is the machine that a new server of the tests stands for.
func machine(t *testing.T, options ...hosttest.SSHDOption) (*hosttest.SSHD, *remote.Host) {
	t.Helper()
	server := hosttest.NewSSHD(t, options...)
	p := server.Place(t)
	return server, hostAt(t, machines(t, p), placeOf(p))
}

// withLooker is machine with another script that looks at paths.
func withLooker(t *testing.T, script string) *remote.Host {
	t.Helper()
	p := hosttest.NewSSHD(t).Place(t)
	m := machines(t, p)
	m.UseLooker(script)
	return hostAt(t, m, placeOf(p))
}

// linked returns a link of the name sh to a program that goes by its name, where every user
// can follow it.
func linked(t *testing.T, program string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "sh")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Dir(link), filepath.Dir(filepath.Dir(link))} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return link
}

func endProcess(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

func sh(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

// run runs c and returns what it printed.
func run(ctx context.Context, h host.Host, c host.Command) (stdout, stderr string, r host.Result, err error) {
	var out, complaints bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaints
	r, err = h.Run(ctx, c)
	return out.String(), complaints.String(), r, err
}

// must is run for a command that has to exit 0.
func must(t *testing.T, h host.Host, c host.Command) string {
	t.Helper()
	stdout, stderr, r, err := run(t.Context(), h, c)
	if err != nil || r.ExitCode != 0 {
		t.Fatalf("%q: exit code %d, %v, stderr %q", c.Argv, r.ExitCode, err, stderr)
	}
	return stdout
}

// exists asks about one path.
func exists(ctx context.Context, h host.Host, path string) (bool, error) {
	for found, err := range h.Exists(ctx, path) {
		return found, err
	}
	return false, errors.New("no answer")
}

// quiet is a line break less.
func quiet(s string) string { return strings.TrimSuffix(s, "\n") }
