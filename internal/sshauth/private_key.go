package sshauth

import (
	"errors"

	"golang.org/x/crypto/ssh"
)

// ParsePrivateKey parses a private key in PEM or OpenSSH form. The passphrase is used if the
// key needs one. The error is an [*Error] with KeyInvalid.
func ParsePrivateKey(content []byte, passphrase string) (ssh.Signer, error) {
	signer, err := decrypted(content, passphrase)
	if err != nil {
		return nil, &Error{Reason: KeyInvalid, Err: err}
	}
	return signer, nil
}

func decrypted(content []byte, passphrase string) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(content)
	if _, encrypted := errors.AsType[*ssh.PassphraseMissingError](err); !encrypted {
		return signer, err
	}
	if passphrase == "" {
		return nil, errors.New("it is encrypted and there is no passphrase")
	}
	return ssh.ParsePrivateKeyWithPassphrase(content, []byte(passphrase))
}
