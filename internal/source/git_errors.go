package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// GitReason tells apart why a repository gave no answer.
type GitReason int

// The reasons. Each names whose fault it is: the configuration's, the credentials', the
// network's, the remote's.
const (
	// GitOther is any failure that the other reasons do not cover; Detail and Err tell.
	GitOther GitReason = iota
	// URLInvalid means that the URL cannot be understood, or is of a kind that is not
	// supported.
	URLInvalid
	// URLWithCredentials means that the URL holds a password or a token, which would end
	// up in state and logs.
	URLWithCredentials
	// ReferenceUnknown means that the remote answered and has no such branch, tag or
	// commit.
	ReferenceUnknown
	// RepositoryNotFound means that the remote answered and has no such repository, or
	// does not say that it has.
	RepositoryNotFound
	// CredentialsRefused means that the remote wants credentials and there are none, or
	// refuses those that it got; Detail says which were tried.
	CredentialsRefused
	// CredentialsInvalid means that the configured credentials cannot be used, such as a
	// private key that is none or whose passphrase is wrong.
	CredentialsInvalid
	// RemoteUnreachable means that no connection could be made, that it broke, or that no
	// answer came in time.
	RemoteUnreachable
	// CertificateRefused means that the server's TLS certificate cannot be verified.
	CertificateRefused
	// HostKeyUnknown means that no known_hosts file vouches for the server's key; Detail
	// holds its fingerprint and what to do.
	HostKeyUnknown
	// HostKeyChanged means that a known_hosts file names another key, or revokes this one.
	HostKeyChanged
	// KnownHostsUnreadable means that a known_hosts file cannot be read.
	KnownHostsUnreadable
	// Stopped means that the caller's context ended.
	Stopped
)

// String returns the reason in words that fit behind "the repository could not be read: ".
func (r GitReason) String() string {
	switch r {
	case URLInvalid:
		return "invalid URL"
	case URLWithCredentials:
		return "the URL holds credentials"
	case ReferenceUnknown:
		return "no such reference"
	case RepositoryNotFound:
		return "repository not found"
	case CredentialsRefused:
		return "credentials refused"
	case CredentialsInvalid:
		return "invalid credentials"
	case RemoteUnreachable:
		return "remote unreachable"
	case CertificateRefused:
		return "the server's certificate cannot be verified"
	case HostKeyUnknown:
		return "unknown host key"
	case HostKeyChanged:
		return "host key changed"
	case KnownHostsUnreadable:
		return "the known_hosts file cannot be read"
	case Stopped:
		return "stopped"
	case GitOther:
	}
	return "failed"
}

// GitError means that a repository gave no answer. No text in it holds a credential.
type GitError struct {
	Reason GitReason
	// URL is the repository's, without user information over HTTP.
	URL string
	// Reference is the branch, tag or commit at fault; empty if it is not about one.
	Reference string
	// Detail adds what Reason leaves open, and what to do about it; it may be empty.
	Detail string
	// Err is the text of what went wrong underneath; it wraps nothing but the errors of
	// package context. It may be nil.
	Err error
}

func (e *GitError) Error() string {
	s := e.Reason.String()
	if e.Reference != "" {
		s += fmt.Sprintf(" %q", e.Reference)
	}
	if e.URL != "" {
		s += ": " + e.URL
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *GitError) Unwrap() error { return e.Err }

// cause is the text of an error whose chain may hold credentials, and of that chain only
// that a context ended.
type cause struct {
	text string
	end  error
}

func (c *cause) Error() string { return c.text }

func (c *cause) Unwrap() error { return c.end }

// maskedCause returns the text of err without what m hides; nil if err is nil.
func maskedCause(m *host.Masker, err error) error {
	if err == nil {
		return nil
	}
	c := &cause{text: m.Mask(err.Error())}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			c.end = end
		}
	}
	return c
}
