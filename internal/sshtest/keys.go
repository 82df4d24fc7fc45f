// Package sshtest makes what tests of SSH need on both ends: keys, and an agent that holds
// them.
package sshtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// NewKey returns an ed25519 key, and it in OpenSSH form, encrypted if there is a passphrase.
func NewKey(tb testing.TB, passphrase string) (key ssh.Signer, private string) {
	tb.Helper()
	return NewKeyOf(tb, ssh.KeyAlgoED25519, passphrase)
}

// NewKeyOf is NewKey for a key of another kind.
func NewKeyOf(tb testing.TB, kind, passphrase string) (key ssh.Signer, private string) {
	tb.Helper()
	var (
		secret crypto.Signer
		err    error
	)
	switch kind {
	case ssh.KeyAlgoED25519:
		_, secret, err = ed25519.GenerateKey(rand.Reader)
	case ssh.KeyAlgoECDSA256:
		secret, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ssh.KeyAlgoRSA:
		secret, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		tb.Fatalf("no such kind of key: %s", kind)
	}
	must(tb, err)
	key, err = ssh.NewSignerFromKey(secret)
	must(tb, err)
	block, err := ssh.MarshalPrivateKey(secret, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(secret, "", []byte(passphrase))
	}
	must(tb, err)
	return key, string(pem.EncodeToMemory(block))
}

// PublicLine returns a key as a .pub file has it.
func PublicLine(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
