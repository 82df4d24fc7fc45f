package sshauth_test

import (
	"encoding/base64"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

func TestParseHostKey(t *testing.T) {
	t.Parallel()
	key, private := sshtest.NewKey(t, "")
	rsa, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoRSA, "")
	good := sshtest.PublicLine(key.PublicKey())
	kind, blob, _ := strings.Cut(good, " ")
	unknown := base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x07ssh-new\x00\x00\x00\x01x"))
	for name, c := range map[string]struct {
		text string
		// says is empty if the text is fine.
		says string
	}{
		"a key":                     {text: good},
		"a key with a comment":      {text: good + " root@host, the new one"},
		"white space around it":     {text: "\n  " + good + "\t\r\n"},
		"more white space between":  {text: kind + " \t " + blob},
		"an authority":              {text: "@cert-authority " + good},
		"an authority on a token":   {text: "@cert-authority " + securityKey},
		"nothing":                   {text: " \n", says: "it is empty"},
		"the marker alone":          {text: "@cert-authority", says: "looks like"},
		"two keys":                  {text: good + "\n" + sshtest.PublicLine(rsa.PublicKey()), says: "more than one line"},
		"a host before it":          {text: "host.example " + good, says: "leave out the name of the host"},
		"an authority of hosts":     {text: "@cert-authority *.example " + good, says: "leave out the name of the host"},
		"a private key":             {text: private, says: "the public one is needed"},
		"a fingerprint":             {text: ssh.FingerprintSHA256(key.PublicKey()), says: "looks like"},
		"a kind alone":              {text: kind, says: "looks like"},
		"a key alone":               {text: blob, says: "looks like"},
		"prose":                     {text: "see the wiki", says: "looks like"},
		"a key cut short":           {text: good[:len(good)-12], says: "cut short"},
		"a key mistyped":            {text: kind + " AAAA!" + blob[5:], says: "cut short or mistyped"},
		"the key of another kind":   {text: ssh.KeyAlgoRSA + " " + blob, says: `"ssh-rsa" and holds a key of the kind "ssh-ed25519"`},
		"an unknown kind":           {text: "ssh-new " + unknown, says: `"ssh-new" are not supported; these are: ssh-ed25519, `},
		"a kind that is too weak":   {text: "ssh-dss AAAAB3NzaC1kc3M=", says: `"ssh-dss" are not supported`},
		"a certificate":             {text: sshtest.PublicLine(certificate(t, key, rsa).PublicKey()), says: "it is a certificate"},
		"an option of another file": {text: `restrict ` + good, says: "something stands before the kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := sshauth.ParseHostKey(c.text)
			if c.says == "" {
				must(t, err)
				if parsed == nil {
					t.Fatal("neither a key nor an error")
				}
				return
			}
			wantReason(t, err, sshauth.KeyInvalid, c.says)
			if strings.Contains(err.Error(), blob) || strings.Contains(err.Error(), "PRIVATE") {
				t.Errorf("the error repeats the text: %v", err)
			}
		})
	}
}

// securityKey is a key on a security token, from the tests of OpenSSH.
const securityKey = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICFo/k5LU8863u66YC9eUO2170QduohPURkQnbLa/dczAAAABHNzaDo="

// What a server shows follows from its keys and from what the client asks for, so the whole
// table goes through a handshake.
//
//	configured           server has                         verdict
//	its key              it, among others                   good
//	its key              it, and its certificate            good, for the key in there
//	its key              it, and one of another kind        good
//	its key              keys of other kinds                changed, both named
//	its key              another key of this kind           changed, both named
//	key of authority     a certificate by it, any kind      good
//	key of authority     that, and the key without it       good
//	key of authority     one by somebody else               changed, both named
//	key of authority     one for another host, expired      changed, and why
//	@cert-authority      a plain key, even that one         changed
func TestHostKey(t *testing.T) {
	t.Parallel()
	ed, _ := sshtest.NewKey(t, "")
	anotherEd, _ := sshtest.NewKey(t, "")
	ec, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoECDSA256, "")
	rsa, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoRSA, "")
	authority, _ := sshtest.NewKey(t, "")
	rsaAuthority, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoRSA, "")
	stranger, _ := sshtest.NewKey(t, "")
	fingerprint := func(s ssh.Signer) string { return ssh.FingerprintSHA256(s.PublicKey()) }
	elsewhere := func(c *ssh.Certificate) { c.ValidPrincipals = []string{"other.example"} }
	expired := func(c *ssh.Certificate) { c.ValidBefore = c.ValidAfter + 1 }
	ofUser := func(c *ssh.Certificate) { c.CertType = ssh.UserCert }
	for name, c := range map[string]struct {
		configured string
		has        []ssh.Signer
		// says is empty if the server is to be trusted.
		says []string
	}{
		"its Ed25519 key":                       {configured: sshtest.PublicLine(ed.PublicKey()), has: []ssh.Signer{rsa, ec, ed}},
		"its ECDSA key":                         {configured: sshtest.PublicLine(ec.PublicKey()), has: []ssh.Signer{rsa, ec, ed}},
		"its RSA key":                           {configured: sshtest.PublicLine(rsa.PublicKey()), has: []ssh.Signer{ed, ec, rsa}},
		"its key, in a certificate":             {configured: sshtest.PublicLine(ed.PublicKey()), has: []ssh.Signer{certificate(t, ed, stranger), ed}},
		"its RSA key, in a certificate":         {configured: sshtest.PublicLine(rsa.PublicKey()), has: []ssh.Signer{certificate(t, rsa, stranger), rsa}},
		"its key, beside another's certificate": {configured: sshtest.PublicLine(ed.PublicKey()), has: []ssh.Signer{certificate(t, ec, stranger), ec, ed}},
		"a key that it has not": {
			configured: sshtest.PublicLine(ed.PublicKey()), has: []ssh.Signer{ec},
			says: []string{"the server shows", fingerprint(ec), fingerprint(ed), "ask its owner"},
		},
		"another of this kind": {
			configured: sshtest.PublicLine(ed.PublicKey()), has: []ssh.Signer{ec, anotherEd},
			says: []string{fingerprint(anotherEd), fingerprint(ed), "ask its owner"},
		},
		"an authority of its kind":     {configured: sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{ed, certificate(t, ed, authority)}},
		"an authority of another kind": {configured: sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{ec, certificate(t, ec, authority)}},
		"an authority for RSA":         {configured: sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{rsa, certificate(t, rsa, authority)}},
		"an authority with RSA":        {configured: sshtest.PublicLine(rsaAuthority.PublicKey()), has: []ssh.Signer{ed, certificate(t, ed, rsaAuthority)}},
		"an authority and no other key": {
			configured: "@cert-authority " + sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{ed, rsa, certificate(t, ec, authority)},
		},
		"a certificate by somebody else": {
			configured: "@cert-authority " + sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{certificate(t, ed, stranger)},
			says: []string{fingerprint(ed), "signed by " + fingerprint(stranger), "the authority " + fingerprint(authority)},
		},
		"no certificate": {
			configured: "@cert-authority " + sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{ed},
			says: []string{fingerprint(ed), "the authority " + fingerprint(authority)},
		},
		"an authority that is the host itself": {
			configured: "@cert-authority " + sshtest.PublicLine(ed.PublicKey()), has: []ssh.Signer{ed},
			says: []string{fingerprint(ed)},
		},
		"a certificate for another host": {
			configured: sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{certificate(t, ed, authority, elsewhere)},
			says: []string{fingerprint(ed), fingerprint(authority), `"host.example" not in the set of valid principals`},
		},
		"a certificate that has expired": {
			configured: sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{certificate(t, ed, authority, expired)},
			says: []string{fingerprint(ed), "expired"},
		},
		"a certificate of a user": {
			configured: sshtest.PublicLine(authority.PublicKey()), has: []ssh.Signer{certificate(t, ed, authority, ofUser)},
			says: []string{fingerprint(ed), "has type 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := sshauth.ParseHostKey(c.configured)
			must(t, err)
			server := &ssh.ServerConfig{NoClientAuth: true}
			for _, signer := range c.has {
				server.AddHostKey(signer)
			}
			err = connect(t, server, &ssh.ClientConfig{
				HostKeyAlgorithms: key.Algorithms(),
				HostKeyCallback: func(_ string, remote net.Addr, shown ssh.PublicKey) error {
					return key.Check(hostPort, "the server", remote, shown)
				},
			})
			if c.says == nil {
				must(t, err)
				return
			}
			wantReason(t, err, sshauth.HostKeyChanged, c.says...)
		})
	}
}

// Signatures over SHA-1 prove nothing.
func TestHostKeyAsksForNoWeakSignature(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{ssh.KeyAlgoED25519, ssh.KeyAlgoRSA} {
		key, _ := sshtest.NewKeyOf(t, kind, "")
		for _, text := range []string{sshtest.PublicLine(key.PublicKey()), "@cert-authority " + sshtest.PublicLine(key.PublicKey())} {
			parsed, err := sshauth.ParseHostKey(text)
			must(t, err)
			got := parsed.Algorithms()
			for _, weak := range []string{ssh.KeyAlgoRSA, ssh.CertAlgoRSAv01, "ssh-dss", "ssh-dss-cert-v01@openssh.com"} {
				if slices.Contains(got, weak) {
					t.Errorf("%s: asks for %s", text, weak)
				}
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(unique) != len(got) {
				t.Errorf("%s: asks twice: %q", text, got)
			}
		}
	}
}
