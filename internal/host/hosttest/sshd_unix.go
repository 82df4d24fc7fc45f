//go:build unix

package hosttest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net"
	"os/user"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// SSHD is an SSH server in this process. To commands it does what OpenSSH's does to a
// session without a terminal, which a test proves; and it can do what the other cannot be
// made to do: count, be late, be mute, chatter, and hang up.
//
// Commands run as the user of this process, whoever logs in. It takes neither "env",
// "signal", "shell" nor "subsystem" requests and gives nobody a terminal.
type SSHD struct {
	// Addr is its host and port.
	Addr string
	// HostKey is its key; with [WithHostCertificate] it shows a certificate for it.
	HostKey ssh.Signer
	// Password lets in who knows it; empty means that nobody is asked for one.
	Password string
	// ClientKey is a private key in OpenSSH form that is let in.
	ClientKey string

	// Logins counts the connections that were let in.
	Logins atomic.Int64
	// Refusals counts the credentials that were refused.
	Refusals atomic.Int64
	// Sessions counts the sessions that were opened.
	Sessions atomic.Int64
	// MostSessions is the highest number of sessions that one connection had at a time. As
	// for OpenSSH, a session lasts until the client has closed it and its command has ended.
	MostSessions atomic.Int64
	// Tunnels counts the connections to elsewhere that were made for clients.
	Tunnels atomic.Int64

	client       ssh.PublicKey
	user         string
	limit        int
	shell        []string
	chatter      [2]string
	loginsFrom   time.Time
	mute         bool
	sessionless  bool
	tunnelless   bool
	certificate  ssh.Signer
	hasAuthority bool
	authority    ssh.PublicKey

	account  *user.User
	listener net.Listener

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// SSHDOption makes an [SSHD] behave in another way than the usual one.
type SSHDOption func(*SSHD)

// WithPassword lets in who knows the password, beside who has the key.
func WithPassword(password string) SSHDOption { return func(s *SSHD) { s.Password = password } }

// WithClientKey makes this private key, in OpenSSH form, the one that is let in.
func WithClientKey(private string) SSHDOption { return func(s *SSHD) { s.ClientKey = private } }

// WithUser lets in this user only, instead of any.
func WithUser(name string) SSHDOption { return func(s *SSHD) { s.user = name } }

// WithSessionLimit limits how many sessions one connection may have at a time. Without it,
// that is 10, as for OpenSSH.
func WithSessionLimit(limit int) SSHDOption { return func(s *SSHD) { s.limit = limit } }

// WithShell runs each command line with this program, as its last argument, instead of
// "/bin/sh -c".
func WithShell(argv ...string) SSHDOption { return func(s *SSHD) { s.shell = argv } }

// WithChatter prints to stdout and stderr before each command, as the start-up files of
// some login shells do.
func WithChatter(stdout, stderr string) SSHDOption {
	return func(s *SSHD) { s.chatter = [2]string{stdout, stderr} }
}

// WithLoginsFrom refuses everybody until then, as a machine does that is still starting.
func WithLoginsFrom(moment time.Time) SSHDOption { return func(s *SSHD) { s.loginsFrom = moment } }

// WithoutAWord accepts connections and never says anything.
func WithoutAWord() SSHDOption { return func(s *SSHD) { s.mute = true } }

// WithoutTunnels forwards nothing.
func WithoutTunnels() SSHDOption { return func(s *SSHD) { s.tunnelless = true } }

// WithoutOwnSession leaves commands in the session of the server, as Dropbear does.
func WithoutOwnSession() SSHDOption { return func(s *SSHD) { s.sessionless = true } }

// WithHostCertificate shows a certificate by an authority instead of the plain key. The
// known_hosts file and the host key of the [Place] are then the authority's.
func WithHostCertificate() SSHDOption { return func(s *SSHD) { s.hasAuthority = true } }

// NewSSHD starts a server on a free port of 127.0.0.1, which ends with the test.
func NewSSHD(tb testing.TB, options ...SSHDOption) *SSHD {
	tb.Helper()
	s := &SSHD{
		limit: 10, shell: []string{"/bin/sh", "-c"},
		account: thisAccount(tb), conns: map[net.Conn]bool{},
	}
	for _, option := range options {
		option(s)
	}
	s.HostKey, _ = sshtest.NewKey(tb, "")
	if s.ClientKey == "" {
		_, s.ClientKey = sshtest.NewKey(tb, "")
	}
	signer, err := ssh.ParsePrivateKey([]byte(s.ClientKey))
	if err != nil {
		tb.Fatal(err)
	}
	s.client = signer.PublicKey()
	var listen net.ListenConfig
	if s.listener, err = listen.Listen(tb.Context(), "tcp", "127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	s.Addr = s.listener.Addr().String()
	if s.hasAuthority {
		s.certify(tb)
	}
	go s.accept()
	return s
}

// certify has an authority sign the host's key.
func (s *SSHD) certify(tb testing.TB) {
	tb.Helper()
	authority, _ := sshtest.NewKey(tb, "")
	name, _ := splitAddr(tb, s.Addr)
	now := time.Now()
	certificate := &ssh.Certificate{
		Key: s.HostKey.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{name},
		ValidAfter: uint64(now.Add(-time.Hour).Unix()), ValidBefore: uint64(now.Add(time.Hour).Unix()),
	}
	err := certificate.SignCert(rand.Reader, authority)
	if err == nil {
		s.certificate, err = ssh.NewCertSigner(certificate, s.HostKey)
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.authority = authority.PublicKey()
}

// Place returns what a user tells of the server.
func (s *SSHD) Place(tb testing.TB) Place {
	tb.Helper()
	p := Place{
		User: s.account.Username, PrivateKey: s.ClientKey,
		KnownHosts: s.KnownHosts(tb), HostKey: sshtest.PublicLine(s.vouched()),
	}
	p.Host, p.Port = splitAddr(tb, s.Addr)
	if s.user != "" {
		p.User = s.user
	}
	return p
}

// vouched returns the key that proves the server.
func (s *SSHD) vouched() ssh.PublicKey {
	if s.hasAuthority {
		return s.authority
	}
	return s.HostKey.PublicKey()
}

// KnownHosts returns a file that vouches for the server.
func (s *SSHD) KnownHosts(tb testing.TB) string {
	tb.Helper()
	marker := ""
	if s.hasAuthority {
		marker = "@cert-authority"
	}
	return writeKnownHosts(tb, marker, s.Addr, s.vouched())
}

// Cut breaks all connections off, as a network does: nobody says goodbye, and commands go
// on. New ones are still accepted.
func (s *SSHD) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		if c, ok := conn.(*net.TCPConn); ok {
			_ = c.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// Close ends the server and cuts all connections.
func (s *SSHD) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Cut()
}

func (s *SSHD) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if s.keep(conn) && !s.mute {
			go s.serve(conn)
		}
	}
}

// keep notes a connection for Cut, unless the server has ended.
func (s *SSHD) keep(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return false
	}
	s.conns[conn] = true
	return true
}

func (s *SSHD) forget(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

func (s *SSHD) serve(conn net.Conn) {
	defer s.forget(conn)
	server, channels, requests, err := ssh.NewServerConn(conn, s.config())
	if err != nil {
		return
	}
	s.Logins.Add(1)
	// Among them are the client's keepalives, which OpenSSH answers in the negative, too.
	go ssh.DiscardRequests(requests)
	c := &sshdConn{sshd: s, conn: server}
	for offered := range channels {
		switch offered.ChannelType() {
		case "session":
			c.openSession(offered)
		case "direct-tcpip":
			go s.tunnel(offered)
		default:
			_ = offered.Reject(ssh.UnknownChannelType, "unknown channel type")
		}
	}
}

func (s *SSHD) config() *ssh.ServerConfig {
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, s.letIn(c, bytes.Equal(key.Marshal(), s.client.Marshal()))
		},
	}
	if s.Password != "" {
		config.PasswordCallback = func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			return nil, s.letIn(c, string(password) == s.Password)
		}
	}
	if s.hasAuthority {
		config.AddHostKey(s.certificate)
	} else {
		config.AddHostKey(s.HostKey)
	}
	return config
}

func (s *SSHD) letIn(c ssh.ConnMetadata, proved bool) error {
	if !proved || s.user != "" && c.User() != s.user || time.Now().Before(s.loginsFrom) {
		s.Refusals.Add(1)
		return errors.New("refused")
	}
	return nil
}
