package sshtest

import (
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// UseAgent has this process find an ssh-agent that holds the private keys, for as long as
// the test runs.
func UseAgent(t *testing.T, private ...string) {
	t.Helper()
	keys := agent.NewKeyring()
	for _, p := range private {
		key, err := ssh.ParseRawPrivateKey([]byte(p))
		must(t, err)
		must(t, keys.Add(agent.AddedKey{PrivateKey: key}))
	}
	socket := filepath.Join(t.TempDir(), "agent")
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "unix", socket)
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(keys, conn) }()
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", socket)
}
