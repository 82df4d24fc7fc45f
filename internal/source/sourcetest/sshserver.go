package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// SSHServer serves repositories over SSH, by running git-upload-pack.
type SSHServer struct {
	// Addr is its host and port.
	Addr    string
	HostKey ssh.Signer
	// Another is a host key that no known_hosts file names.
	Another ssh.Signer
	// Logins counts the connections that were let in.
	Logins atomic.Int64

	password string
	allowed  ssh.PublicKey
	listener net.Listener
}

// NewSSHServer starts a server that lets in whoever has the key or the password; either
// may be unset.
func NewSSHServer(t *testing.T, allowed ssh.PublicKey, password string) *SSHServer {
	t.Helper()
	hostKey, _ := sshtest.NewKey(t, "")
	another, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoECDSA256, "")
	s := &SSHServer{HostKey: hostKey, Another: another, password: password, allowed: allowed}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener = listener
	t.Cleanup(s.Close)
	s.Addr = listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(t.Context(), conn)
		}
	}()
	return s
}

// Close makes it answer nobody any more.
func (s *SSHServer) Close() { _ = s.listener.Close() }

// URL returns the URL of the repository in dir for the user "git".
func (s *SSHServer) URL(dir string) string { return "ssh://git@" + s.Addr + filepath.ToSlash(dir) }

// KnownHosts returns a file that vouches for the key, which is the server's if it is nil.
func (s *SSHServer) KnownHosts(t *testing.T, key ssh.PublicKey) string {
	t.Helper()
	if key == nil {
		key = s.HostKey.PublicKey()
	}
	file := filepath.Join(t.TempDir(), "known_hosts")
	line := knownhosts.Line([]string{s.Addr}, key) + "\n"
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (s *SSHServer) serve(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	config := &ssh.ServerConfig{}
	if s.allowed != nil {
		config.PublicKeyCallback = func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if c.User() == "git" && bytes.Equal(key.Marshal(), s.allowed.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("refused")
		}
	}
	if s.password != "" {
		config.PasswordCallback = func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if c.User() == "git" && string(password) == s.password {
				return nil, nil
			}
			return nil, errors.New("refused")
		}
	}
	config.AddHostKey(s.HostKey)
	config.AddHostKey(s.Another)
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	s.Logins.Add(1)
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go serveSession(ctx, channel, requests)
	}
}

func serveSession(ctx context.Context, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer func() { _ = channel.Close() }()
	for request := range requests {
		var command struct{ Line string }
		if request.Type != "exec" || ssh.Unmarshal(request.Payload, &command) != nil {
			_ = request.Reply(false, nil)
			continue
		}
		_ = request.Reply(true, nil)
		dir, ok := strings.CutPrefix(command.Line, "git-upload-pack '")
		dir, closed := strings.CutSuffix(dir, "'")
		status := uint32(1)
		if ok && closed {
			status = runUploadPack(ctx, channel, dir)
		} else {
			_, _ = fmt.Fprintf(channel.Stderr(), "not allowed: %s\n", command.Line)
		}
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
		return
	}
}

func runUploadPack(ctx context.Context, channel ssh.Channel, dir string) uint32 {
	cmd := exec.CommandContext(ctx, "git", "upload-pack", dir)
	cmd.Env = gitEnvironment()
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	stdin, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return 1
	}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := channel.Read(buffer)
			_, _ = stdin.Write(buffer[:n])
			if err != nil {
				_ = stdin.Close()
				return
			}
		}
	}()
	if cmd.Wait() != nil {
		return 128
	}
	return 0
}
