package sshauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
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

// newKey returns a key of the kind, and it in OpenSSH form, encrypted if there is a
// passphrase.
func newKey(t *testing.T, kind, passphrase string) (ssh.Signer, string) {
	t.Helper()
	var (
		private crypto.Signer
		err     error
	)
	switch kind {
	case ssh.KeyAlgoED25519:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case ssh.KeyAlgoECDSA256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ssh.KeyAlgoRSA:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		t.Fatalf("no such kind of key: %s", kind)
	}
	must(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	must(t, err)
	return signer, string(pem.EncodeToMemory(block))
}

// line returns the key as a .pub file has it.
func line(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
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
