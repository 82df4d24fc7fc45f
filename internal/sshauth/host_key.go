package sshauth

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// authorityMarker is what a known_hosts file puts before the key of an authority.
const authorityMarker = "@cert-authority"

// HostKey is the one key that a server may prove itself with: its own, or that of an
// authority which signed it.
type HostKey struct {
	key ssh.PublicKey
	// authority says that the server's own key cannot be meant.
	authority bool
}

// hostKeyKinds are the kinds of keys that a server can have, in order of preference, with
// the names of the signatures that it proves each with. Those over SHA-1 are left out.
var hostKeyKinds = []struct {
	kind           string
	plain, certify []string
}{
	{ssh.KeyAlgoED25519, []string{ssh.KeyAlgoED25519}, []string{ssh.CertAlgoED25519v01}},
	{ssh.KeyAlgoECDSA256, []string{ssh.KeyAlgoECDSA256}, []string{ssh.CertAlgoECDSA256v01}},
	{ssh.KeyAlgoECDSA384, []string{ssh.KeyAlgoECDSA384}, []string{ssh.CertAlgoECDSA384v01}},
	{ssh.KeyAlgoECDSA521, []string{ssh.KeyAlgoECDSA521}, []string{ssh.CertAlgoECDSA521v01}},
	{ssh.KeyAlgoRSA, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, []string{ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01}},
}

// authorityKinds are the kinds of keys on a security token, which only an authority has.
var authorityKinds = []string{ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256}

// ParseHostKey parses a public key as a .pub file and a known_hosts file after the name of
// the host have it: "ssh-ed25519 AAAA… comment". That is the server's own key or the one
// of an authority that signed it; after "@cert-authority" it is an authority's. The error
// is an [*Error] with KeyInvalid, which repeats nothing of the text but the kind of key.
func ParseHostKey(text string) (*HostKey, error) {
	fields, err := hostKeyFields(text)
	if err != nil {
		return nil, err
	}
	h := &HostKey{}
	if fields[0] == authorityMarker {
		h.authority, fields = true, fields[1:]
	}
	if len(fields) < 2 {
		return nil, invalid(`it is no public key, which looks like "ssh-ed25519 AAAA…"`)
	}
	kind, blob := fields[0], fields[1]
	switch {
	case !looksLikeKey(blob) && len(fields) > 2 && looksLikeKey(fields[2]):
		return nil, invalid("something stands before the kind of key: leave out the name of the host")
	case !looksLikeKey(blob):
		return nil, invalid(`it is no public key, which looks like "ssh-ed25519 AAAA…"`)
	case strings.Contains(kind, "-cert-"):
		return nil, invalid("it is a certificate: the server's own key is needed, or the one of the authority that signed it")
	case !isHostKeyKind(kind) && !slices.Contains(authorityKinds, kind):
		return nil, invalid(fmt.Sprintf("keys of the kind %q are not supported; these are: %s", kind, supportedKinds()))
	}
	content, err := base64.StdEncoding.DecodeString(blob)
	if err != nil {
		return nil, invalid("it is cut short or mistyped")
	}
	if h.key, err = ssh.ParsePublicKey(content); err != nil {
		return nil, invalid("it is cut short or mistyped")
	}
	if h.key.Type() != kind {
		return nil, invalid(fmt.Sprintf("it says %q and holds a key of the kind %q", kind, h.key.Type()))
	}
	return h, nil
}

// hostKeyFields returns the words of the only line, at least one.
func hostKeyFields(text string) ([]string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, invalid("it is empty")
	case strings.Contains(text, "PRIVATE KEY"):
		return nil, invalid("it is a private key: the public one is needed, as in the file that ends in .pub")
	case strings.ContainsAny(text, "\r\n"):
		return nil, invalid("it is more than one line: one public key is needed")
	}
	return strings.Fields(text), nil
}

func invalid(detail string) error { return &Error{Reason: KeyInvalid, Detail: detail} }

// looksLikeKey reports that a word starts as each public key does, with the length of the
// name of its kind.
func looksLikeKey(word string) bool { return strings.HasPrefix(word, "AAAA") }

func isHostKeyKind(kind string) bool { return slices.Contains(kindsOfHosts(), kind) }

func kindsOfHosts() []string {
	var kinds []string
	for _, k := range hostKeyKinds {
		kinds = append(kinds, k.kind)
	}
	return kinds
}

func supportedKinds() string {
	return strings.Join(append(kindsOfHosts(), authorityKinds...), ", ")
}

// Algorithms returns what to ask the server for with [ssh.ClientConfig.HostKeyAlgorithms],
// so that it shows this key if it has it, and not another one of its keys.
//
// A certificate for a key of this kind comes first: it is as good as the key itself, and
// this may be the key of the authority. Then comes the key, then certificates for keys of
// other kinds, because an authority signs any. The rest is for a server that has nothing of
// that: Check can then say what it has instead.
func (h *HostKey) Algorithms() []string {
	var own, certificates, rest []string
	for _, k := range hostKeyKinds {
		switch {
		case k.kind != h.key.Type():
			certificates = append(certificates, k.certify...)
			rest = append(rest, k.plain...)
		case h.authority:
			own = k.certify
			rest = append(rest, k.plain...)
		default:
			own = slices.Concat(k.certify, k.plain)
		}
	}
	return slices.Concat(own, certificates, rest)
}

// Check returns nil if the server shows this key, or a certificate that this key signed for
// the host and that is valid now. A certificate by another authority counts as the key that
// it is for, as with ssh. ShownAs is what people call the server. The error is an [*Error]
// with HostKeyChanged that says what to do.
func (h *HostKey) Check(hostPort, shownAs string, remote net.Addr, key ssh.PublicKey) error {
	certificate, certified := key.(*ssh.Certificate)
	plain := key
	if certified {
		plain = certificate.Key
	}
	if !h.authority && sameKey(plain, h.key) {
		return nil
	}
	shown := fmt.Sprintf("%s shows the %s key %s", shownAs, plain.Type(), ssh.FingerprintSHA256(plain))
	if !certified {
		return h.changed(shown)
	}
	shown += ", signed by " + ssh.FingerprintSHA256(certificate.SignatureKey)
	if !sameKey(certificate.SignatureKey, h.key) {
		return h.changed(shown)
	}
	checker := ssh.CertChecker{IsHostAuthority: func(ssh.PublicKey, string) bool { return true }}
	if err := checker.CheckHostKey(hostPort, remote, key); err != nil {
		return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf(
			"%s as configured, but the certificate is not good; it has to be made anew for this host", shown), Err: err}
	}
	return nil
}

// changed is the error for a key that is not the configured one.
func (h *HostKey) changed(shown string) error {
	what := "the configured host key is"
	if h.authority {
		what = "the configured host key is the authority"
	}
	return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf(
		"%s, and %s %s; somebody may be listening in, or the server was set up anew: ask its owner, and only then configure the other key",
		shown, what, ssh.FingerprintSHA256(h.key))}
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
