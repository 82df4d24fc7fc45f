package sshauth_test

import (
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantReason fails the test unless err is an Error with the reason and all the words.
func wantReason(t *testing.T, err error, reason sshauth.Reason, words ...string) {
	t.Helper()
	failed, ok := errors.AsType[*sshauth.Error](err)
	if !ok || failed.Reason != reason {
		t.Errorf("error %v, want: %v", err, reason)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

// certificate returns the key with a certificate by the authority; the changes are made
// before it is signed.
func certificate(t *testing.T, key, authority ssh.Signer, changes ...func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	c := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{"host.example"},
		ValidAfter: uint64(time.Now().Add(-time.Hour).Unix()), ValidBefore: uint64(time.Now().Add(time.Hour).Unix()),
	}
	for _, change := range changes {
		change(c)
	}
	must(t, c.SignCert(rand.Reader, authority))
	signer, err := ssh.NewCertSigner(c, key)
	must(t, err)
	return signer
}

const hostPort = "host.example:22"

// connect returns how the handshake between the two ended for the client.
func connect(t *testing.T, server *ssh.ServerConfig, client *ssh.ClientConfig) error {
	t.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = listener.Close() }()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		accepted, _, _, err := ssh.NewServerConn(conn, server)
		if err == nil {
			_ = accepted.Wait()
		}
	}()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	must(t, err)
	defer func() { _ = conn.Close() }()
	_, _, _, err = ssh.NewClientConn(conn, hostPort, client)
	return err
}
