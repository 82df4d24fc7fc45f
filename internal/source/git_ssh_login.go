package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	sshagent "github.com/xanzy/ssh-agent"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// defaultKeys are the files in ~/.ssh that ssh tries by itself, in its order.
var defaultKeys = []string{"id_rsa", "id_ecdsa", "id_ed25519"}

// sshLogin holds the ways to log in over SSH.
type sshLogin struct {
	methods []ssh.AuthMethod
	// with says for people what is tried, beside what is found out while trying.
	with  []string
	agent net.Conn
	stop  func() bool
}

// newSSHLogin returns the ways to log in: those of the credential if it has any, else the
// machine's. The error is a [*GitError].
func newSSHLogin(ctx context.Context, c Credential, configured bool) (*sshLogin, error) {
	l := &sshLogin{stop: func() bool { return true }}
	if c.PrivateKey != "" {
		signer, err := parseKey([]byte(c.PrivateKey), c.Passphrase)
		if err != nil {
			return nil, &GitError{Reason: CredentialsInvalid, Detail: "the private key of the " + c.String(), Err: err}
		}
		l.methods = append(l.methods, ssh.PublicKeys(signer))
		l.with = append(l.with, "the private key of the "+c.String()+" ("+ssh.FingerprintSHA256(signer.PublicKey())+")")
	}
	if c.Password != "" {
		l.methods = append(l.methods, ssh.Password(c.Password), ssh.KeyboardInteractive(answerWith(c.Password)))
		l.with = append(l.with, "the password of the "+c.String())
	}
	if len(l.methods) == 0 {
		l.useMachine(ctx)
	}
	if !configured {
		l.with = append(l.with, "no credentials are configured for this URL")
	}
	return l, nil
}

// useMachine adds the keys of the agent and of the user. What is not there or cannot be
// used is not tried, as with ssh.
func (l *sshLogin) useMachine(ctx context.Context) {
	var keys agent.Agent
	if client, conn, err := sshagent.New(); err == nil {
		keys = client
		if conn != nil {
			l.agent = conn
			l.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
			// An agent may ask its user, who may be away.
			_ = conn.SetDeadline(time.Now().Add(connectTimeout))
		}
	}
	l.methods = append(l.methods, ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
		var signers []ssh.Signer
		if keys != nil {
			held, err := keys.Signers()
			if err == nil {
				signers = held
			}
			l.with = append(l.with, fmt.Sprintf("%d keys of the ssh-agent", len(held)))
		}
		files, names := fileSigners()
		l.with = append(l.with, names...)
		return append(signers, files...), nil
	}))
}

// fileSigners returns the user's default keys that need no passphrase, and their files.
func fileSigners() (signers []ssh.Signer, files []string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil
	}
	for _, name := range defaultKeys {
		file := filepath.Join(home, ".ssh", name)
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		signer, err := parseKey(content, "")
		if err != nil {
			continue
		}
		signers = append(signers, signer)
		files = append(files, file)
	}
	return signers, files
}

// parseKey parses a private key. The passphrase is used if the key needs one.
func parseKey(content []byte, passphrase string) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(content)
	if _, encrypted := errors.AsType[*ssh.PassphraseMissingError](err); !encrypted {
		return signer, err
	}
	if passphrase == "" {
		return nil, errors.New("it is encrypted and there is no passphrase")
	}
	return ssh.ParsePrivateKeyWithPassphrase(content, []byte(passphrase))
}

// answerWith answers every question whose answer is not to be seen with the password.
func answerWith(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, echos []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range questions {
			if !echos[i] {
				answers[i] = password
			}
		}
		return answers, nil
	}
}

// tried says for people what was tried.
func (l *sshLogin) tried() string { return "tried: " + strings.Join(l.with, ", ") }

func (l *sshLogin) close() {
	l.stop()
	if l.agent != nil {
		_ = l.agent.Close()
	}
}
