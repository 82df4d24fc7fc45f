package sshauth

// Reason tells apart why one end of a connection did not convince the other.
type Reason int

// The reasons. There is no zero one: an [Error] always names what it is about.
const (
	_ Reason = iota
	// KeyInvalid means that a configured key cannot be used, such as a private key that is
	// none or whose passphrase is wrong.
	KeyInvalid
	// CredentialsRefused means that the server lets nobody in with what was tried; Detail
	// says what that was.
	CredentialsRefused
	// HostKeyUnknown means that nobody vouches for the server's key; Detail holds its
	// fingerprint and what to do.
	HostKeyUnknown
	// HostKeyChanged means that another key was vouched for, or that the server's is
	// revoked; Detail holds the fingerprints and what to do.
	HostKeyChanged
	// KnownHostsUnreadable means that a known_hosts file cannot be read.
	KnownHostsUnreadable
)

// String returns the reason in words that fit behind "no connection could be made: ".
func (r Reason) String() string {
	switch r {
	case KeyInvalid:
		return "invalid key"
	case CredentialsRefused:
		return "credentials refused"
	case HostKeyUnknown:
		return "unknown host key"
	case HostKeyChanged:
		return "host key changed"
	case KnownHostsUnreadable:
		return "the known_hosts file cannot be read"
	}
	return "failed"
}

// Error means that one end of a connection did not convince the other, or could not try.
// No text in it holds a credential.
type Error struct {
	Reason Reason
	// Detail adds what Reason leaves open, and what to do about it; it may be empty.
	Detail string
	// Err is what went wrong underneath; it may be nil.
	Err error
}

func (e *Error) Error() string {
	s := e.Reason.String()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }
