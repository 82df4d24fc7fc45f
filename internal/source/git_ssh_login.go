package source

import (
	"errors"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
)

// waysOf returns the ways to log in over SSH: those of the credential if it has any, else
// the machine's.
func waysOf(c Credential) sshauth.Ways {
	machine := c.Password == "" && c.PrivateKey == ""
	return sshauth.Ways{
		Password: c.Password, PrivateKey: c.PrivateKey, Passphrase: c.Passphrase, Of: c.String(),
		Agent: machine, KeyFiles: machine,
	}
}

// notLetIn returns the GitError for a handshake in which one side did not convince the
// other, and err itself if the connection broke.
func notLetIn(login *sshauth.Login, configured bool, err error) error {
	err = login.Explain(err)
	e, ok := errors.AsType[*sshauth.Error](err)
	if !ok || e.Reason != sshauth.CredentialsRefused || configured {
		return unconvinced(err)
	}
	tried := []string{"no credentials are configured for this URL"}
	if more := login.Tried(); more != "" {
		tried = append(tried, more)
	}
	return &GitError{Reason: CredentialsRefused, Detail: "tried: " + strings.Join(tried, ", ")}
}

// gitReasons are the reasons that an SSH connection has for a repository to give no answer.
var gitReasons = map[sshauth.Reason]GitReason{
	sshauth.KeyInvalid:           CredentialsInvalid,
	sshauth.CredentialsRefused:   CredentialsRefused,
	sshauth.HostKeyUnknown:       HostKeyUnknown,
	sshauth.HostKeyChanged:       HostKeyChanged,
	sshauth.KnownHostsUnreadable: KnownHostsUnreadable,
}

// unconvinced returns the GitError for an [*sshauth.Error], and any other error as it is.
func unconvinced(err error) error {
	e, ok := errors.AsType[*sshauth.Error](err)
	if !ok {
		return err
	}
	return &GitError{Reason: gitReasons[e.Reason], Detail: e.Detail, Err: e.Err}
}
