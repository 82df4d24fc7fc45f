package sshauth_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// lets is a server that lets in who has the key, and who knows the password where it is
// asked in this way: "password" or "keyboard".
func lets(t *testing.T, key ssh.PublicKey, way, password string) *ssh.ServerConfig {
	t.Helper()
	refused := errors.New("refused")
	server := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, shown ssh.PublicKey) (*ssh.Permissions, error) {
			if !bytes.Equal(shown.Marshal(), key.Marshal()) {
				return nil, refused
			}
			return nil, nil
		},
	}
	if way == "password" || way == "password, mute keyboard" {
		server.PasswordCallback = func(_ ssh.ConnMetadata, got []byte) (*ssh.Permissions, error) {
			if string(got) != password {
				return nil, refused
			}
			return nil, nil
		}
	}
	if way == "keyboard" {
		server.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Name: ", "Password: "}, []bool{true, false})
			if err != nil || len(answers) != 2 || answers[0] != "" || answers[1] != password {
				return nil, refused
			}
			return nil, nil
		}
	}
	if way == "password, mute keyboard" {
		// OpenSSH without PAM offers it, and has nothing to ask.
		server.KeyboardInteractiveCallback = func(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			return nil, refused
		}
	}
	hostKey, _ := sshtest.NewKey(t, "")
	server.AddHostKey(hostKey)
	return server
}

func TestLogin(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "") // The environment is the process's: nothing here is parallel.
	key, private := sshtest.NewKey(t, "")
	stranger, strange := sshtest.NewKey(t, "")
	_, locked := sshtest.NewKey(t, "a passphrase")
	for name, c := range map[string]struct {
		ways sshauth.Ways
		way  string
		has  func(h sshtest.Home)
		// tried is empty if it is let in.
		tried string
	}{
		"a private key":            {ways: sshauth.Ways{PrivateKey: private}},
		"a password":               {ways: sshauth.Ways{Password: "s3cr3t"}, way: "password"},
		"a password by keyboard":   {ways: sshauth.Ways{Password: "s3cr3t"}, way: "keyboard"},
		"another key, a password":  {ways: sshauth.Ways{PrivateKey: strange, Password: "s3cr3t"}, way: "password"},
		"another key, an agent":    {ways: sshauth.Ways{PrivateKey: strange, Agent: true}, has: func(h sshtest.Home) { sshtest.UseAgent(h.T, private) }},
		"another agent, a file":    {ways: sshauth.Ways{Agent: true, KeyFiles: true}, has: func(h sshtest.Home) { sshtest.UseAgent(h.T, strange); h.Key("id_ed25519", private) }},
		"nothing":                  {tried: "nothing, as no way to log in is configured"},
		"nothing on the machine":   {ways: sshauth.Ways{Agent: true, KeyFiles: true}, tried: "nothing, as no way"},
		"an agent that is gone":    {ways: sshauth.Ways{Agent: true}, has: func(h sshtest.Home) { h.T.Setenv("SSH_AUTH_SOCK", filepath.Join(h.Dir, "gone")) }, tried: "nothing, as no way"},
		"an agent not wanted":      {ways: sshauth.Ways{KeyFiles: true}, has: func(h sshtest.Home) { sshtest.UseAgent(h.T, private) }, tried: "nothing, as no way"},
		"files not wanted":         {ways: sshauth.Ways{Agent: true}, has: func(h sshtest.Home) { h.Key("id_rsa", private); sshtest.UseAgent(h.T) }, tried: "tried: 0 keys of the ssh-agent"},
		"a file that is encrypted": {ways: sshauth.Ways{KeyFiles: true}, has: func(h sshtest.Home) { h.Key("id_rsa", locked) }, tried: "nothing, as no way"},
		"another password":         {ways: sshauth.Ways{Password: "wr0ng", Of: "connection"}, way: "password", tried: "tried: the password of the connection"},
		"another password, and nothing is asked by keyboard": {
			ways: sshauth.Ways{Password: "wr0ng"}, way: "password, mute keyboard", tried: "tried: the password",
		},
		"the password, and nothing is asked by keyboard": {ways: sshauth.Ways{Password: "s3cr3t"}, way: "password, mute keyboard"},
		"all of them, all strange": {
			ways: sshauth.Ways{PrivateKey: strange, Password: "wr0ng", Agent: true, KeyFiles: true}, way: "password",
			has:   func(h sshtest.Home) { sshtest.UseAgent(h.T, strange); h.Key("id_rsa", strange) },
			tried: "tried: the private key (" + ssh.FingerprintSHA256(stranger.PublicKey()) + "), the password, 1 keys of the ssh-agent, ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SSH_AUTH_SOCK", "")
			h := sshtest.NewHome(t)
			if c.has != nil {
				c.has(h)
			}
			login, err := sshauth.NewLogin(t.Context(), c.ways)
			must(t, err)
			defer login.Close()
			err = connect(t, lets(t, key.PublicKey(), c.way, "s3cr3t"), &ssh.ClientConfig{
				Auth: login.Methods(),
				HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error {
					return nil
				},
			})
			if c.tried == "" {
				must(t, err)
				return
			}
			if err == nil {
				t.Fatal("it was let in")
			}
			wantReason(t, login.Explain(err), sshauth.CredentialsRefused, c.tried)
			if strings.Contains(fmt.Sprintf("%+v %+v", login.Explain(err), err), "wr0ng") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

func TestOnlyRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	login, err := sshauth.NewLogin(t.Context(), sshauth.Ways{Password: "s3cr3t"})
	must(t, err)
	defer login.Close()
	for text, refused := range map[string]bool{
		"ssh: handshake failed: ssh: unable to authenticate, attempted methods [none], no supported methods remain": true,
		"ssh: disconnect, reason 2: Too many authentication failures":                                               true,
		"ssh: handshake failed: agent: failed to sign challenge":                                                    true,
		"ssh: handshake failed: EOF":             false,
		"read tcp: connection reset by peer":     false,
		"ssh: no common algorithm for host key;": false,
	} {
		cause := errors.New(text)
		got := login.Explain(cause)
		if refused {
			wantReason(t, got, sshauth.CredentialsRefused, "the password")
		} else if !errors.Is(got, cause) {
			t.Errorf("%q became %v", text, got)
		}
	}
	unknown := &sshauth.Error{Reason: sshauth.HostKeyUnknown, Detail: "unable to authenticate"}
	wantReason(t, login.Explain(fmt.Errorf("handshake failed: %w", unknown)), sshauth.HostKeyUnknown)
	if got := login.Explain(io.EOF); !errors.Is(got, io.EOF) {
		t.Errorf("the end of the connection became %v", got)
	}
}

func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	_, plain := sshtest.NewKey(t, "")
	_, locked := sshtest.NewKey(t, "the passphrase")
	for name, c := range map[string]struct{ key, passphrase, says string }{
		"plain":                   {key: plain},
		"plain, and a passphrase": {key: plain, passphrase: "s3cr3t"},
		"encrypted":               {key: locked, passphrase: "the passphrase"},
		"no passphrase":           {key: locked, says: "encrypted and there is no passphrase"},
		"another passphrase":      {key: locked, passphrase: "s3cr3t", says: "decrypt"},
		"no key":                  {key: "s3cr3t", says: "no key found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sshauth.ParsePrivateKey([]byte(c.key), c.passphrase)
			ways := sshauth.Ways{PrivateKey: c.key, Passphrase: c.passphrase, Of: "connection"}
			login, also := sshauth.NewLogin(t.Context(), ways)
			if c.says == "" {
				must(t, err)
				must(t, also)
				login.Close()
				return
			}
			wantReason(t, err, sshauth.KeyInvalid, c.says)
			wantReason(t, also, sshauth.KeyInvalid, "the private key of the connection", c.says)
			if shown := fmt.Sprintf("%v %+v %v %+v %#v", err, also, ways, ways, ways); strings.Contains(shown, "s3cr3t") {
				t.Errorf("a secret is shown: %s", shown)
			}
		})
	}
}
