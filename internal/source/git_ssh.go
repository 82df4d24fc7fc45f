package source

import (
	"context"
	"errors"
	"net"
	"os/user"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"golang.org/x/crypto/ssh"
)

// connectSSH logs in and starts the program that serves the repository. Go-git's own
// transport cannot be stopped while it connects, so only its protocol is used.
func (c *GitClient) connectSSH(ctx context.Context, a address) (uploadPack, *packp.AdvRefs, error) {
	hosts, err := openKnownHosts(c.knownHosts)
	if err != nil {
		return nil, nil, err
	}
	credential, configured := c.keyring.find(a)
	ring, err := newSSHLogin(ctx, credential, configured)
	if err != nil {
		return nil, nil, err
	}
	defer ring.close()

	dialer := net.Dialer{Timeout: connectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", a.hostPort())
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	hangUp := func() error {
		stop()
		return conn.Close()
	}
	var unvouched error
	config := &ssh.ClientConfig{
		User: sshUser(a, credential),
		Auth: ring.methods,
		HostKeyCallback: func(_ string, remote net.Addr, key ssh.PublicKey) error {
			unvouched = hosts.check(a, remote, key)
			return unvouched
		},
		HostKeyAlgorithms: hosts.algorithms(a),
	}
	// The limit on connecting covers a server that accepts and says nothing.
	_ = conn.SetDeadline(time.Now().Add(connectTimeout))
	client, channels, requests, err := ssh.NewClientConn(conn, a.hostPort(), config)
	if err != nil {
		_ = hangUp()
		if unvouched != nil {
			return nil, nil, unvouched
		}
		return nil, nil, loginError(err, ring.tried())
	}
	_ = conn.SetDeadline(time.Time{})
	pack, err := startUploadPack(ssh.NewClient(client, channels, requests), a, hangUp)
	if err != nil {
		_ = hangUp()
		return nil, nil, err
	}
	return opened(ctx, pack)
}

// sshUser returns who logs in. As for ssh, that is the user of this process where nobody
// is named.
func sshUser(a address, credential Credential) string {
	name := firstOf(a.user, credential.Username)
	if name != "" {
		return name
	}
	if current, err := user.Current(); err == nil {
		name = current.Username
	}
	return name
}

// loginError returns the GitError for a handshake that failed after the host's key was
// found to be known, or err itself if the connection broke. The implementation tells by
// words only.
func loginError(err error, tried string) error {
	text := err.Error()
	for _, words := range []string{"unable to authenticate", "Too many authentication failures", "no supported methods remain"} {
		if strings.Contains(text, words) {
			return &GitError{Reason: CredentialsRefused, Detail: tried}
		}
	}
	return err
}

// sshStream is a conversation with git-upload-pack over SSH.
type sshStream struct {
	*packStream
	session *ssh.Session
	hangUp  func() error
}

func startUploadPack(client *ssh.Client, a address, hangUp func() error) (*sshStream, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	stdin, err := session.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	said := &firstWords{}
	session.Stderr = said
	if err := session.Start("git-upload-pack " + quoted(a.path)); err != nil {
		return nil, err
	}
	return &sshStream{packStream: &packStream{stdin: stdin, stdout: stdout, stderr: said}, session: session, hangUp: hangUp}, nil
}

// quoted returns s as one word for the shell at the other end.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// AdvertisedReferencesContext returns the references. Where the other side sends none, the
// error is what it said on stderr, if anything.
func (s *sshStream) AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error) {
	refs, err := s.references()
	if err == nil || !errors.Is(err, packp.ErrEmptyInput) {
		return refs, err
	}
	// The program has ended; what it said arrives before its exit status.
	_ = s.session.Wait()
	if text := s.stderr.String(); text != "" {
		return nil, spoken(text)
	}
	return nil, &GitError{Reason: GitOther, Detail: "the server ended the conversation and said nothing"}
}

// Close ends the conversation politely, if there is still somebody to be polite to.
func (s *sshStream) Close() error {
	s.end()
	_ = s.session.Close()
	return s.hangUp()
}
