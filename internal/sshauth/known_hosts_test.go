package sshauth_test

import (
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// from is where the server answers from, which a file may name, too.
var from = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22}

func openKnownHosts(t *testing.T, lines ...string) (hosts *sshauth.KnownHosts, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "known_hosts")
	must(t, os.WriteFile(file, []byte(strings.Join(lines, "\r\n")), 0o600))
	hosts, err := sshauth.OpenKnownHosts(file)
	must(t, err)
	return hosts, file
}

func TestKnownHosts(t *testing.T) {
	t.Parallel()
	key, _ := sshtest.NewKey(t, "")
	another, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoRSA, "")
	public := key.PublicKey()
	for name, c := range map[string]struct {
		lines      []string
		shows      ssh.PublicKey
		reason     sshauth.Reason
		says       []string
		algorithms []string
	}{
		"the host's key": {
			lines: []string{"host.example " + sshtest.PublicLine(public)}, shows: public, algorithms: []string{ssh.KeyAlgoED25519},
		},
		"a host that is not there": {
			lines: []string{"other.example " + sshtest.PublicLine(public)}, shows: public, reason: sshauth.HostKeyUnknown,
			says: []string{"the server shows", ssh.FingerprintSHA256(public), "add the line", "host.example ssh-ed25519 "},
		},
		"another key": {
			lines: []string{"host.example " + sshtest.PublicLine(another.PublicKey())}, shows: public, reason: sshauth.HostKeyChanged,
			says:       []string{"the server shows", ssh.FingerprintSHA256(public), "line 1", ssh.FingerprintSHA256(another.PublicKey())},
			algorithms: []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA},
		},
		"a revoked key": {
			lines: []string{"@revoked * " + sshtest.PublicLine(public)}, shows: public, reason: sshauth.HostKeyChanged,
			says: []string{ssh.FingerprintSHA256(public), "line 1 revokes it"},
		},
		"an authority": {
			lines:      []string{"@cert-authority *.example " + sshtest.PublicLine(another.PublicKey())},
			shows:      certificate(t, key, another).PublicKey(),
			algorithms: []string{ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01, ssh.CertAlgoRSAv01},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts, file := openKnownHosts(t, c.lines...)
			err := hosts.Check(hostPort, "the server", from, c.shows)
			if c.reason == 0 {
				must(t, err)
			} else {
				wantReason(t, err, c.reason, append(c.says, file)...)
			}
			if diff := cmp.Diff(c.algorithms, hosts.Algorithms(hostPort)); diff != "" {
				t.Errorf("algorithms (-want +got):\n%s", diff)
			}
		})
	}
}

// Lines that OpenSSH passes over say nothing of the hosts in other lines.
func TestKnownHostsWithLinesThatCannotBeParsed(t *testing.T) {
	t.Parallel()
	key, _ := sshtest.NewKey(t, "")
	another, _ := sshtest.NewKey(t, "")
	good := knownhosts.Line([]string{hostPort}, key.PublicKey())
	changed := knownhosts.Line([]string{hostPort}, another.PublicKey())
	revoked := "@revoked * " + sshtest.PublicLine(key.PublicKey())
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
			reason sshauth.Reason
			says   string
		}{
			"before the host's":       {lines: []string{line, good}},
			"after the host's":        {lines: []string{good, line}},
			"beside another key":      {lines: []string{"# a comment", line, "", changed}, reason: sshauth.HostKeyChanged, says: " line 4 "},
			"beside a revoked key":    {lines: []string{line, revoked, good}, reason: sshauth.HostKeyChanged, says: " line 2 "},
			"control: nothing beside": {lines: []string{line}, reason: sshauth.HostKeyUnknown},
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				hosts, file := openKnownHosts(t, c.lines...)
				err := hosts.Check(hostPort, "the server", from, key.PublicKey())
				if c.reason == 0 {
					must(t, err)
					return
				}
				wantReason(t, err, c.reason, file+c.says)
			})
		}
	}
}

func TestKnownHostsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, file := range map[string]string{"nothing": filepath.Join(dir, "gone"), "a directory": dir} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sshauth.OpenKnownHosts(file)
			wantReason(t, err, sshauth.KnownHostsUnreadable, file)
		})
	}
}

func TestKnownHostsOfTheUser(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "") // The environment is the process's: nothing here is parallel.
	home := sshtest.NewHome(t)
	key, _ := sshtest.NewKey(t, "")
	hosts, err := sshauth.OpenKnownHosts("")
	must(t, err)
	file := filepath.Join(home.Dir, ".ssh", "known_hosts")
	wantReason(t, hosts.Check(hostPort, "it", from, key.PublicKey()), sshauth.HostKeyUnknown, file, "/etc/ssh/ssh_known_hosts")

	must(t, os.WriteFile(file, []byte(knownhosts.Line([]string{hostPort}, key.PublicKey())), 0o600))
	hosts, err = sshauth.OpenKnownHosts("")
	must(t, err)
	must(t, hosts.Check(hostPort, "it", from, key.PublicKey()))
}
