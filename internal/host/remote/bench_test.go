//go:build unix

package remote_test

import (
	"fmt"
	"io"
	"net"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// benchMachine is the real sshd, for the price of what others do is that of its sessions.
func benchMachine(b *testing.B) (*remote.Host, hosttest.Place) {
	b.Helper()
	p := hosttest.NewOpenSSH(b).Place(b)
	m := remote.NewMachines(remote.Access{PrivateKey: p.PrivateKey})
	b.Cleanup(m.Close)
	h, err := m.Host(placeOf(p))
	if err != nil {
		b.Fatal(err)
	}
	return h, p
}

// The price of a look is the ratio of these: one path at a time, a hundred together, and a
// session for each, which is what a command like test -e takes.
func BenchmarkExists(b *testing.B) {
	h, p := benchMachine(b)
	for _, n := range []int{1, 100} {
		paths := make([]string, n)
		for i := range paths {
			paths[i] = "/etc/passwd"
		}
		b.Run(fmt.Sprintf("%d together", n), func(b *testing.B) {
			for b.Loop() {
				for exists, err := range h.Exists(b.Context(), paths...) {
					if err != nil || !exists {
						b.Fatal(exists, err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/path")
		})
	}
	b.Run("a session each", func(b *testing.B) {
		client := bareClient(b, p)
		for b.Loop() {
			bareRun(b, client, "test -e /etc/passwd")
		}
	})
}

// The price of Run is the ratio of these two; both capture the output.
func BenchmarkRun(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		h, _ := benchMachine(b)
		for b.Loop() {
			r, err := h.Run(b.Context(), host.Command{Argv: []string{"/bin/true"}, Stdout: io.Discard, Stderr: io.Discard})
			if err != nil || r.ExitCode != 0 {
				b.Fatalf("%+v, %v", r, err)
			}
		}
	})
	b.Run("a bare session", func(b *testing.B) {
		_, p := benchMachine(b)
		client := bareClient(b, p)
		for b.Loop() {
			bareRun(b, client, "/bin/true")
		}
	})
}

func bareClient(b *testing.B, p hosttest.Place) *ssh.Client {
	b.Helper()
	signer, err := ssh.ParsePrivateKey([]byte(p.PrivateKey))
	if err != nil {
		b.Fatal(err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(p.HostKey))
	if err != nil {
		b.Fatal(err)
	}
	client, err := ssh.Dial("tcp", net.JoinHostPort(p.Host, fmt.Sprint(p.Port)), &ssh.ClientConfig{
		User: p.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(key),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Close() })
	return client
}

func bareRun(b *testing.B, client *ssh.Client, line string) {
	b.Helper()
	session, err := client.NewSession()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	if _, err := session.CombinedOutput(line); err != nil {
		b.Fatal(err)
	}
}
