package remote

import (
	"errors"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
)

// Access is the way in, to a machine and to its bastion alike.
type Access struct {
	Password string
	// PrivateKey is in PEM or OpenSSH form, and Passphrase decrypts it.
	PrivateKey, Passphrase string
	// Agent says whether the keys of the ssh-agent are tried; nil means where there is
	// neither a password nor a private key.
	Agent *bool
	// KnownHostsFile vouches for machines; empty means the user's and the system's.
	KnownHostsFile string
}

// String returns no secret.
func (Access) String() string { return "the way in" }

// GoString returns no secret.
func (a Access) GoString() string { return a.String() }

// Check reports what cannot be used, whatever the machine is. The error holds no secret.
func (a Access) Check() error {
	if a.PrivateKey == "" {
		if a.Passphrase != "" {
			return errors.New("a passphrase without a private key")
		}
		return nil
	}
	_, err := sshauth.ParsePrivateKey([]byte(a.PrivateKey), a.Passphrase)
	return err
}

// ways returns what is tried: what is configured, else what the user of this machine has.
func (a Access) ways() sshauth.Ways {
	own := a.Password == "" && a.PrivateKey == ""
	agent := own
	if a.Agent != nil {
		agent = *a.Agent
	}
	return sshauth.Ways{Password: a.Password, PrivateKey: a.PrivateKey, Passphrase: a.Passphrase, Agent: agent, KeyFiles: own}
}

// CheckHostKey reports why a text is no host key.
func CheckHostKey(text string) error {
	_, err := sshauth.ParseHostKey(text)
	return err
}
