package sshauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	sshagent "github.com/xanzy/ssh-agent"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentPatience limits how long the agent may take for all that it is asked during one
// login: it may ask its user, who may be away.
const agentPatience = 30 * time.Second

// Ways are the ways to log in that are to be tried: all that are set, keys before the
// password, and of the keys the private key, the agent's, the files.
type Ways struct {
	// Password answers the server's question for one, and each question by keyboard whose
	// answer is not to be seen. Empty means that there is none.
	Password string
	// PrivateKey is a key in PEM or OpenSSH form; empty means that there is none.
	// Passphrase decrypts it, and may be set without need.
	PrivateKey, Passphrase string
	// Of says for people whose the password and the private key are: "the password of the
	// <Of>". It may be empty.
	Of string
	// Agent adds the keys of the ssh-agent, if one runs.
	Agent bool
	// KeyFiles adds the user's default key files, as far as they are there and need no
	// passphrase. Ssh does that where nothing else is configured.
	KeyFiles bool
}

// String returns no secret.
func (w Ways) String() string { return fmt.Sprintf("ways to log in of the %q", w.Of) }

// GoString returns no secret.
func (w Ways) GoString() string { return w.String() }

// Login holds the ways to log in, for one attempt to connect. It must be closed.
type Login struct {
	// keys are all keys in the order in which they are offered. The client tries one
	// method of a kind only, so they have to share it.
	keys     []ssh.Signer
	password string
	agent    agent.Agent
	files    bool
	// with says for people what is tried, beside what is found out while trying.
	with []string
	conn net.Conn
	stop func() bool
}

// NewLogin returns the ways to log in. What of the machine is not there or cannot be used
// is not tried, as with ssh. The end of ctx breaks off the conversation with the agent. The
// error is an [*Error] with KeyInvalid.
func NewLogin(ctx context.Context, w Ways) (*Login, error) {
	l := &Login{password: w.Password, files: w.KeyFiles, stop: func() bool { return true }}
	if w.PrivateKey != "" {
		signer, err := decrypted([]byte(w.PrivateKey), w.Passphrase)
		if err != nil {
			return nil, &Error{Reason: KeyInvalid, Detail: w.called("the private key"), Err: err}
		}
		l.keys = append(l.keys, signer)
		l.with = append(l.with, w.called("the private key")+" ("+ssh.FingerprintSHA256(signer.PublicKey())+")")
	}
	if w.Password != "" {
		l.with = append(l.with, w.called("the password"))
	}
	if w.Agent {
		l.askAgent(ctx)
	}
	return l, nil
}

func (w Ways) called(what string) string {
	if w.Of == "" {
		return what
	}
	return what + " of the " + w.Of
}

func (l *Login) askAgent(ctx context.Context) {
	keys, conn, err := sshagent.New()
	if err != nil {
		return
	}
	l.agent = keys
	if conn != nil {
		l.conn = conn
		l.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(agentPatience))
	}
}

// Methods returns the ways to log in for [ssh.ClientConfig.Auth].
func (l *Login) Methods() []ssh.AuthMethod {
	var methods []ssh.AuthMethod
	if len(l.keys) > 0 || l.agent != nil || l.files {
		methods = append(methods, ssh.PublicKeysCallback(l.signers))
	}
	if l.password != "" {
		methods = append(methods, ssh.Password(l.password), ssh.KeyboardInteractive(answerWith(l.password)))
	}
	return methods
}

// signers is asked once the server says that it takes keys.
func (l *Login) signers() ([]ssh.Signer, error) {
	signers := slices.Clone(l.keys)
	if l.agent != nil {
		held, err := l.agent.Signers()
		if err == nil {
			signers = append(signers, held...)
		}
		l.with = append(l.with, fmt.Sprintf("%d keys of the ssh-agent", len(held)))
	}
	if l.files {
		held, names := keyFiles()
		signers = append(signers, held...)
		l.with = append(l.with, names...)
	}
	return signers, nil
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

// Tried says for people what was tried; it is empty if nothing was there to try.
func (l *Login) Tried() string { return strings.Join(l.with, ", ") }

// refusals are the words by which the implementation of SSH, and OpenSSH's server, say that
// nobody is let in. There is no other sign. The message of type 51 is a refusal where the
// server was expected to ask something first. An agent that does not sign ends the attempt,
// as if its key had been refused.
var refusals = []string{
	"unable to authenticate", "Too many authentication failures", "no supported methods remain", "unexpected message type 51 ", agentRefusal,
}

const agentRefusal = "agent: failed to sign challenge"

// Explain returns an [*Error] with CredentialsRefused for a handshake that failed because
// the server lets nobody in with what was tried, and err itself if the connection broke, or
// if it is an [*Error] about the host's key.
func (l *Login) Explain(err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	for _, words := range refusals {
		if strings.Contains(err.Error(), words) {
			tried := l.Tried()
			if tried == "" {
				tried = "nothing, as no way to log in is configured and this machine has none"
			}
			if words == agentRefusal {
				tried += ", of which the agent did not want to use one that the server accepts"
			}
			return &Error{Reason: CredentialsRefused, Detail: "tried: " + tried}
		}
	}
	return err
}

// Close ends the conversation with the agent. A connection that was made stays.
func (l *Login) Close() {
	l.stop()
	if l.conn != nil {
		_ = l.conn.Close()
	}
}
