package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Credential is a way into the repositories whose URLs start with URLPrefix.
//
// The prefix names a scheme, a host and any number of whole names of a path:
// "https://host/org" covers "https://host/org/repo" and neither "https://host/organisation",
// nor another host or port, nor "http://host/org"; "https://host/org/repo" covers
// "…/repo.git" too. "git@host:org" means "ssh://git@host/org". A prefix with a user covers
// only URLs with that user. The longest prefix that covers a URL wins, and where two are
// equally long, the first.
type Credential struct {
	URLPrefix string
	// Username logs in over SSH where the URL names nobody. Over HTTP it goes with
	// Password; empty means the URL's user, or "git", which servers that expect a token
	// accept.
	Username string
	// Password is a password or a token, over HTTP or SSH.
	Password string
	// PrivateKey is a key for SSH in PEM or OpenSSH form, and Passphrase decrypts it.
	PrivateKey, Passphrase string
}

// String returns no secret.
func (c Credential) String() string { return fmt.Sprintf("credentials for %q", c.URLPrefix) }

// GoString returns no secret.
func (c Credential) GoString() string { return c.String() }

// CredentialError means that a credential in the list cannot be meant as it is.
type CredentialError struct {
	// Index is its position in the list.
	Index int
	Err   error
}

func (e *CredentialError) Error() string { return fmt.Sprintf("credential %d: %v", e.Index, e.Err) }

func (e *CredentialError) Unwrap() error { return e.Err }

// keyring finds the credential for an address.
type keyring []keyringEntry

type keyringEntry struct {
	Credential
	prefix address
}

// newKeyring checks the credentials. The error is a [*CredentialError].
func newKeyring(credentials []Credential) (keyring, error) {
	var ring keyring
	for i, c := range credentials {
		prefix, err := parseAddress(c.URLPrefix)
		if err == nil {
			err = c.check(prefix)
		}
		if err != nil {
			return nil, &CredentialError{Index: i, Err: err}
		}
		ring = append(ring, keyringEntry{Credential: c, prefix: prefix})
	}
	// The first one that covers an address is then the one that wins.
	slices.SortStableFunc(ring, func(a, b keyringEntry) int {
		return b.weight() - a.weight()
	})
	return ring, nil
}

func (c Credential) check(prefix address) error {
	switch prefix.scheme {
	case schemeHTTP, schemeHTTPS:
		if c.Password == "" {
			return errors.New("over HTTP a password or token is needed")
		}
		if c.PrivateKey != "" {
			return errors.New("a private key is of no use over HTTP")
		}
	case schemeSSH:
		if c.Passphrase != "" && c.PrivateKey == "" {
			return errors.New("a passphrase without a private key")
		}
	default:
		return errors.New(`the prefix must start with "https://", "http://" or "ssh://", or have the form "user@host:path"`)
	}
	return nil
}

// weight orders prefixes by length; a user counts less than a name of the path.
func (e keyringEntry) weight() int {
	w := 2 * len(e.prefix.segments)
	if e.prefix.user != "" {
		w++
	}
	return w
}

func (e keyringEntry) covers(a address) bool {
	p := e.prefix
	if p.scheme != a.scheme || p.host != a.host || p.port != a.port || len(p.segments) > len(a.segments) {
		return false
	}
	if p.user != "" && p.user != a.user {
		return false
	}
	for i, segment := range p.segments {
		if segment == a.segments[i] {
			continue
		}
		last := i == len(a.segments)-1
		if !last || strings.TrimSuffix(segment, ".git") != strings.TrimSuffix(a.segments[i], ".git") {
			return false
		}
	}
	return true
}

// find returns the credential for the address, and false if there is none.
func (r keyring) find(a address) (Credential, bool) {
	for _, e := range r {
		if e.covers(a) {
			return e.Credential, true
		}
	}
	return Credential{}, false
}

// secrets returns what must never be shown.
func (r keyring) secrets() []string {
	var out []string
	for _, e := range r {
		out = append(out, e.Password, e.PrivateKey, e.Passphrase)
	}
	return out
}
