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

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
)

// connectSSH logs in and starts the program that serves the repository. Go-git's own
// transport cannot be stopped while it connects, so only its protocol is used.
func (c *GitClient) connectSSH(ctx context.Context, a address) (uploadPack, *packp.AdvRefs, error) {
	hosts, err := sshauth.OpenKnownHosts(c.knownHosts)
	if err != nil {
		return nil, nil, unconvinced(err)
	}
	credential, configured := c.keyring.find(a)
	login, err := sshauth.NewLogin(ctx, waysOf(credential))
	if err != nil {
		return nil, nil, unconvinced(err)
	}
	defer login.Close()

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
	config := &ssh.ClientConfig{
		User: sshUser(a, credential),
		Auth: login.Methods(),
		HostKeyCallback: func(_ string, remote net.Addr, key ssh.PublicKey) error {
			return hosts.Check(a.hostPort(), a.authority(), remote, key)
		},
		HostKeyAlgorithms: hosts.Algorithms(a.hostPort()),
	}
	// The limit on connecting covers a server that accepts and says nothing.
	_ = conn.SetDeadline(time.Now().Add(connectTimeout))
	client, channels, requests, err := ssh.NewClientConn(conn, a.hostPort(), config)
	if err != nil {
		_ = hangUp()
		return nil, nil, notLetIn(login, configured, err)
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
