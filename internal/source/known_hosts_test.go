package source_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

// Lines that OpenSSH passes over say nothing of the hosts in other lines.
func TestKnownHostsWithLinesThatCannotBeParsed(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	commit := r.Commit(map[string]string{"a": "1"})
	private, key := sourcetest.NewKey(t, "")
	_, another := sourcetest.NewKey(t, "")
	server := sourcetest.NewSSHServer(t, key.PublicKey(), "")
	good := knownhosts.Line([]string{server.Addr}, server.HostKey.PublicKey())
	changed := knownhosts.Line([]string{server.Addr}, another.PublicKey())
	revoked := "@revoked * " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(server.HostKey.PublicKey())))
	unknown := base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x07ssh-new\x00\x00\x00\x01x"))
	bad := map[string]string{
		"a key of SSH-1":      "old.example.com 1024 35 1234567890",
		"a key cut short":     "cut.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHO",
		"an unknown kind":     "new.example.com ssh-new " + unknown,
		"an unknown marker":   "@future * ssh-ed25519 AAAA",
		"a host and no more":  "alone.example.com",
		"no pattern to match": "a,!,b " + good[strings.Index(good, " ")+1:],
	}
	for name, line := range bad {
		for what, c := range map[string]struct {
			lines  []string
			reason source.GitReason
			says   string
		}{
			"before the host's":       {lines: []string{line, good}, reason: -1},
			"after the host's":        {lines: []string{good, line}, reason: -1},
			"beside another key":      {lines: []string{"# a comment", line, "", changed}, reason: source.HostKeyChanged, says: " line 4 "},
			"beside a revoked key":    {lines: []string{line, revoked, good}, reason: source.HostKeyChanged, says: " line 2 "},
			"control: nothing beside": {lines: []string{line}, reason: source.HostKeyUnknown},
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(t.TempDir(), "known_hosts")
				must(t, os.WriteFile(file, []byte(strings.Join(c.lines, "\r\n")), 0o600))
				client := newClient(t, source.GitOptions{
					KnownHostsFile: file,
					Credentials:    []source.Credential{{URLPrefix: "ssh://" + server.Addr, PrivateKey: private}},
				})
				got, err := client.Resolve(t.Context(), source.Git{URL: server.URL(r.Dir)}, 0)
				if c.reason < 0 {
					if err != nil || got != commit {
						t.Errorf("%q, %v", got, err)
					}
					return
				}
				wantReason(t, err, c.reason, file+c.says)
			})
		}
	}
}
