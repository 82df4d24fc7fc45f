//go:build unix

package hosttest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// logIn returns a client that has logged in, and its connection.
func logIn(t *testing.T, p Place, change ...func(*ssh.ClientConfig)) (*ssh.Client, error) {
	t.Helper()
	var dialer net.Dialer
	addr := net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
	conn, err := dialer.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	return logInOver(t, conn, p, change...)
}

func logInOver(t *testing.T, conn net.Conn, p Place, change ...func(*ssh.ClientConfig)) (*ssh.Client, error) {
	t.Helper()
	key, err := ssh.ParsePrivateKey([]byte(p.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	vouched, err := knownhosts.New(p.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ClientConfig{
		User: p.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: vouched,
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519, ssh.CertAlgoED25519v01},
	}
	for _, c := range change {
		c(config)
	}
	client, channels, requests, err := ssh.NewClientConn(conn, net.JoinHostPort(p.Host, strconv.Itoa(p.Port)), config)
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(client, channels, requests), nil
}

func mustLogIn(t *testing.T, p Place) *ssh.Client {
	t.Helper()
	client, err := logIn(t, p)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// answer is what a client learns of a command.
type answer struct {
	Stdout, Stderr string
	Exit           string
}

// ask runs a command line and gives it stdin.
func ask(t *testing.T, client *ssh.Client, line, stdin string) answer {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	var stdout, stderr bytes.Buffer
	session.Stdin, session.Stdout, session.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err = session.Run(line)
	exit := "status 0"
	if ended, ok := errors.AsType[*ssh.ExitError](err); ok {
		exit = fmt.Sprintf("status %d", ended.ExitStatus())
		if ended.Signal() != "" {
			exit = "signal " + ended.Signal()
		}
	} else if err != nil {
		exit = err.Error()
	}
	return answer{Stdout: stdout.String(), Stderr: stderr.String(), Exit: exit}
}

// running is a session with a command, as the protocol has it.
type running struct {
	ssh.Channel
	requests <-chan *ssh.Request
}

// start starts a command line, as soon as there is room for it. OpenSSH may still count a
// session that both sides have closed: it takes note only after it has read what came next.
func start(t *testing.T, client *ssh.Client, line string) *running {
	t.Helper()
	channel, requests, err := client.OpenChannel("session", nil)
	for deadline := time.Now().Add(Patience); err != nil; channel, requests, err = client.OpenChannel("session", nil) {
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	t.Cleanup(func() { _ = channel.Close() })
	r := &running{Channel: channel, requests: requests}
	if !r.request(t, "exec", struct{ Line string }{line}) {
		t.Fatalf("the server does not run %q", line)
	}
	return r
}

// request returns the server's answer.
func (r *running) request(t *testing.T, kind string, payload any) bool {
	t.Helper()
	ok, err := r.SendRequest(kind, true, ssh.Marshal(payload))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// wantStatus waits for the exit status.
func (r *running) wantStatus(t *testing.T, want uint32) {
	t.Helper()
	select {
	case request, more := <-r.requests:
		var got struct{ Status uint32 }
		if !more || request.Type != "exit-status" || ssh.Unmarshal(request.Payload, &got) != nil || got.Status != want {
			t.Errorf("the server said %+v, want: exit-status %d", request, want)
		}
	case <-time.After(Patience):
		t.Fatal("the server does not say that the command has ended")
	}
}

// wantClosed waits for the end of the session.
func (r *running) wantClosed(t *testing.T) {
	t.Helper()
	select {
	case request, more := <-r.requests:
		if more {
			t.Errorf("the server said %+v, want: nothing more", request)
		}
	case <-time.After(Patience):
		t.Fatal("the server does not close the session")
	}
}

func TestSSHDCounts(t *testing.T) {
	t.Parallel()
	server := NewSSHD(t)
	p := server.Place(t)
	one, another := mustLogIn(t, p), mustLogIn(t, p)
	for range 3 {
		ask(t, one, "exit 0", "")
	}
	first, second := start(t, another, "cat"), start(t, another, "cat")
	for _, r := range []*running{first, second} {
		_ = r.CloseWrite()
		r.wantStatus(t, 0)
		r.wantClosed(t)
	}
	ask(t, another, "exit 0", "")
	got := []int64{server.Logins.Load(), server.Sessions.Load(), server.MostSessions.Load(), server.Tunnels.Load()}
	if diff := cmp.Diff([]int64{2, 6, 2, 0}, got); diff != "" {
		t.Errorf("logins, sessions, most, tunnels (-want +got):\n%s", diff)
	}
}

func TestSSHDLetsIn(t *testing.T) {
	t.Parallel()
	password := func(text string) func(*ssh.ClientConfig) {
		return func(c *ssh.ClientConfig) { c.Auth = []ssh.AuthMethod{ssh.Password(text)} }
	}
	named := func(name string) func(*ssh.ClientConfig) { return func(c *ssh.ClientConfig) { c.User = name } }
	stranger, _ := sshtest.NewKey(t, "")
	for name, c := range map[string]struct {
		options []SSHDOption
		change  func(*ssh.ClientConfig)
		refused bool
	}{
		"the key":                  {},
		"another key":              {change: func(c *ssh.ClientConfig) { c.Auth = []ssh.AuthMethod{ssh.PublicKeys(stranger)} }, refused: true},
		"the password":             {options: []SSHDOption{WithPassword("s3cr3t")}, change: password("s3cr3t")},
		"another password":         {options: []SSHDOption{WithPassword("s3cr3t")}, change: password("wr0ng"), refused: true},
		"a password without need":  {change: password(""), refused: true},
		"any user":                 {change: named("somebody")},
		"the user":                 {options: []SSHDOption{WithUser("admin")}},
		"another user":             {options: []SSHDOption{WithUser("admin")}, change: named("somebody"), refused: true},
		"too early":                {options: []SSHDOption{WithLoginsFrom(time.Now().Add(time.Hour))}, refused: true},
		"late enough":              {options: []SSHDOption{WithLoginsFrom(time.Now().Add(-time.Second))}},
		"a host with certificate":  {options: []SSHDOption{WithHostCertificate()}},
		"certificate, but no such": {options: []SSHDOption{WithHostCertificate()}, change: plainHostKey, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := NewSSHD(t, c.options...)
			change := c.change
			if change == nil {
				change = func(*ssh.ClientConfig) {}
			}
			client, err := logIn(t, server.Place(t), change)
			if c.refused {
				if err == nil || server.Logins.Load() != 0 {
					t.Errorf("let in: error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := ask(t, client, "echo in", ""); got.Stdout != "in\n" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func plainHostKey(c *ssh.ClientConfig) { c.HostKeyAlgorithms = []string{ssh.KeyAlgoED25519} }

func TestSSHDChatters(t *testing.T) {
	t.Parallel()
	server := NewSSHD(t, WithChatter("welcome\n", "beware\n"), WithShell("/bin/sh", "-e", "-c"))
	got := ask(t, mustLogIn(t, server.Place(t)), `cat; echo "$SHELL" >&2; false; echo late`, "in\n")
	want := answer{Stdout: "welcome\nin\n", Stderr: "beware\n/bin/sh\n", Exit: "status 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// Start-up files of the user's own shell may set more, so OpenSSH is not asked.
func TestSSHDHasAnEnvironmentOfItsOwn(t *testing.T) {
	t.Parallel()
	got := ask(t, mustLogIn(t, NewSSHD(t).Place(t)), `env | sed 's/=.*//' | grep -Evx '_|PWD|OLDPWD|SHLVL' | sort | tr '\n' ' '`, "")
	if diff := cmp.Diff("HOME LOGNAME PATH SHELL SSH_CLIENT SSH_CONNECTION USER ", got.Stdout); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

func TestSSHDWithAShellThatIsNotThere(t *testing.T) {
	t.Parallel()
	server := NewSSHD(t, WithShell("/nonexistent/shell", "-c"))
	got := ask(t, mustLogIn(t, server.Place(t)), "exit 0", "")
	if got.Exit != "status 1" || !strings.Contains(got.Stderr, "/nonexistent/shell") {
		t.Errorf("%+v", got)
	}
}

func TestSSHDCutsAndCloses(t *testing.T) {
	t.Parallel()
	server := NewSSHD(t)
	p := server.Place(t)
	w := NewWitness(t)
	first := mustLogIn(t, p)
	start(t, first, lingering(w))
	w.Await("ready")
	server.Cut()
	if err := first.Wait(); err == nil {
		t.Error("the connection ended politely")
	}
	w.Await("eof")
	w.Await("broken")

	second := mustLogIn(t, p)
	server.Close()
	_ = second.Wait()
	if _, err := logIn(t, p); err == nil {
		t.Error("a server that is closed lets in")
	}
}

func TestSSHDWithoutAWord(t *testing.T) {
	t.Parallel()
	server := NewSSHD(t, WithoutAWord())
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	n, err := conn.Read(make([]byte, 1))
	if late, ok := errors.AsType[net.Error](err); !ok || !late.Timeout() || n != 0 {
		t.Errorf("read %d bytes, %v", n, err)
	}
}
