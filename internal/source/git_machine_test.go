package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// atHome gives this process an empty home, without agent and without settings of git.
func atHome(t *testing.T) sshtest.Home {
	t.Helper()
	h := sshtest.NewHome(t)
	t.Setenv("XDG_CONFIG_HOME", h.Dir)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(h.Dir, ".gitconfig"))
	return h
}

func TestSSHUsesWhatTheMachineHas(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "") // The environment is the process's: nothing here is parallel.
	key, private := sshtest.NewKey(t, "")
	_, locked := sshtest.NewKey(t, "a passphrase")
	for name, c := range map[string]struct {
		has  func(h sshtest.Home)
		fine bool
		says string
	}{
		"nothing": {says: "no credentials are configured"},
		"a default key": {fine: true, has: func(h sshtest.Home) {
			h.Key("id_ed25519", private)
		}},
		"a default key with a passphrase": {has: func(h sshtest.Home) {
			h.Key("id_ed25519", locked)
		}},
		"an agent with the key":      {fine: true, has: func(h sshtest.Home) { sshtest.UseAgent(h.T, private) }},
		"an agent without the key":   {says: "0 keys of the ssh-agent", has: func(h sshtest.Home) { sshtest.UseAgent(h.T) }},
		"an agent that is not there": {has: func(h sshtest.Home) { h.T.Setenv("SSH_AUTH_SOCK", filepath.Join(h.Dir, "gone")) }},
		"a key, and an agent without it": {fine: true, has: func(h sshtest.Home) {
			h.Key("id_rsa", private)
			sshtest.UseAgent(h.T)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SSH_AUTH_SOCK", "")
			h := atHome(t)
			if c.has != nil {
				c.has(h)
			}
			r := sourcetest.NewRepository(t)
			commit := r.Commit(nil)
			server := sourcetest.NewSSHServer(t, key.PublicKey(), "")
			client := newClient(t, source.GitOptions{})
			g := source.Git{URL: server.URL(r.Dir)}

			_, err := client.Resolve(t.Context(), g, 0)
			wantReason(t, err, source.HostKeyUnknown, filepath.Join(h.Dir, ".ssh", "known_hosts"))

			known, err := os.ReadFile(server.KnownHosts(t, nil))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(h.Dir, ".ssh", "known_hosts"), known, 0o600))
			got, err := client.Resolve(t.Context(), g, 0)
			if !c.fine {
				wantReason(t, err, source.CredentialsRefused, c.says)
				return
			}
			if err != nil || got != commit {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestHTTPAsksTheCredentialHelperOfTheMachine(t *testing.T) {
	for name, c := range map[string]struct {
		helper string
		user   string
		reason source.GitReason
	}{
		"none":           {reason: source.CredentialsRefused},
		"one that knows": {helper: "echo username=me; echo password=r1ght-password", reason: -1},
		"one that errs":  {helper: "echo username=me; echo password=wr0ng-password", reason: source.CredentialsRefused},
		"one that fails": {helper: "echo boom >&2; exit 1", reason: source.CredentialsRefused},
		"one that is asked for a user": {
			helper: `grep -q username=me && { echo username=me; echo password=r1ght-password; }`, user: "me@", reason: -1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			home := atHome(t).Dir
			asked := filepath.Join(home, "asked")
			// These would block on a terminal or a window.
			t.Setenv("GIT_ASKPASS", filepath.Join(home, "never"))
			t.Setenv("SSH_ASKPASS", filepath.Join(home, "never"))
			must(t, os.WriteFile(filepath.Join(home, "never"), []byte("#!/bin/sh\ntouch "+asked+".prompt; echo r1ght-password\n"), 0o700))
			config := "[core]\n\taskPass = " + filepath.Join(home, "never") + "\n"
			if c.helper != "" {
				script := filepath.Join(home, "helper")
				must(t, os.WriteFile(script, []byte("#!/bin/sh\necho $1 >>"+asked+"\n"+c.helper+"\n"), 0o700))
				config += "[credential]\n\thelper = " + script + "\n"
			}
			must(t, os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o600))

			r, server, url := sourcetest.Served(t)
			commit := r.Commit(map[string]string{"a": "1"})
			server.User, server.Password = "me", "r1ght-password"
			url = strings.Replace(url, "://", "://"+c.user, 1)
			client := newClient(t, source.GitOptions{})
			got, err := client.Resolve(t.Context(), source.Git{URL: url}, 0)
			if _, prompted := os.Stat(asked + ".prompt"); prompted == nil {
				t.Error("somebody was prompted")
			}
			if c.reason >= 0 {
				wantReason(t, err, c.reason)
				if strings.Contains(err.Error(), "wr0ng-password") {
					t.Errorf("the error holds the password: %v", err)
				}
				return
			}
			if err != nil || got != commit {
				t.Fatalf("%q, %v", got, err)
			}
			_, err = client.Checkout(t.Context(), newCache(t), url, commit)
			must(t, err)
			if said := lines(t, asked); len(said) != 1 || said[0] != "get" {
				t.Errorf("the helper was asked: %v", said)
			}
		})
	}
}
