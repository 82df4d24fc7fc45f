//go:build unix

package hosttest

import (
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Place is what a user tells of an SSH server to be let in.
type Place struct {
	Host string
	Port int
	User string
	// PrivateKey is a key in OpenSSH form that lets the user in.
	PrivateKey string
	// KnownHosts is a file that vouches for the server.
	KnownHosts string
	// HostKey is the server's public key, or the one of the authority that signed it, as a
	// .pub file has it.
	HostKey string
}

// writeKnownHosts returns a file that vouches for a key; the marker is empty or
// "@cert-authority".
func writeKnownHosts(tb testing.TB, marker, addr string, key ssh.PublicKey) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "known_hosts")
	line := strings.TrimSpace(marker+" "+knownhosts.Line([]string{addr}, key)) + "\n"
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// thisAccount returns the account of this process.
func thisAccount(tb testing.TB) *user.User {
	tb.Helper()
	account, err := user.Current()
	if err != nil {
		tb.Fatal(err)
	}
	return account
}

// splitAddr returns the host and the port of an address of a listener.
func splitAddr(tb testing.TB, addr string) (string, int) {
	tb.Helper()
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		tb.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatal(err)
	}
	return host, port
}
