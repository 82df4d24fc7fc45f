package sshauth_test

import (
	"cmp"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
	older, _ := sshtest.NewKey(t, "")
	another, _ := sshtest.NewKeyOf(t, ssh.KeyAlgoRSA, "")
	public, signed := key.PublicKey(), certificate(t, key, another).PublicKey()
	expired := certificate(t, key, another, func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Minute).Unix()) })
	line := func(hosts string, key ssh.Signer) string { return hosts + " " + sshtest.PublicLine(key.PublicKey()) }
	certificates := []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
	for name, c := range map[string]struct {
		lines []string
		// at is the server; empty means hostPort.
		at     string
		shows  ssh.PublicKey
		reason sshauth.Reason
		says   []string
		// first are the algorithms that the server is asked for before others.
		first []string
	}{
		"the host's key": {lines: []string{line("host.example", key)}, shows: public, first: []string{ssh.KeyAlgoED25519}},
		"a name in capitals": {
			lines: []string{line("host.example", another)}, at: "HOST.example:22", shows: another.PublicKey(), first: []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
		},
		"a host that is not there": {
			lines: []string{line("other.example", key)}, shows: public, reason: sshauth.HostKeyUnknown,
			says: []string{"the server shows", ssh.FingerprintSHA256(public), "add the line", "host.example ssh-ed25519 "},
		},
		"another key": {
			lines: []string{line("host.example", another)}, shows: public, reason: sshauth.HostKeyChanged,
			says:  []string{"the server shows", ssh.FingerprintSHA256(public), "line 1", ssh.FingerprintSHA256(another.PublicKey())},
			first: []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
		},
		"another key of one of two kinds": {
			lines: []string{line("host.example", another), line("host.example", older)}, shows: public, reason: sshauth.HostKeyChanged,
			says:  []string{"line 2", ssh.FingerprintSHA256(older.PublicKey())},
			first: []string{ssh.KeyAlgoED25519, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
		},
		"a revoked key": {
			lines: []string{"@revoked " + line("*", key)}, shows: public, reason: sshauth.HostKeyChanged,
			says: []string{ssh.FingerprintSHA256(public), "line 1 revokes it"},
		},
		"another port": {lines: []string{line("[host.example]:2222", key)}, at: "host.example:2222", shows: public, first: []string{ssh.KeyAlgoED25519}},
		"a port of which nothing is known": {
			lines: []string{line("host.example", another)}, at: "host.example:2222", shows: another.PublicKey(), first: []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
		},
		"a port of which another key is known": {
			lines: []string{line("host.example", key), line("[host.example]:2222", older)}, at: "host.example:2222", shows: public, reason: sshauth.HostKeyChanged,
			says: []string{"line 2"},
		},
		"an authority":                   {lines: []string{"@cert-authority " + line("*.example", another)}, shows: signed, first: certificates},
		"an authority, and another port": {lines: []string{"@cert-authority " + line("host.example", another)}, at: "host.example:2222", shows: signed, first: certificates},
		"an authority of other hosts": {
			lines: []string{"@cert-authority " + line("other.example", another)}, shows: signed, reason: sshauth.HostKeyUnknown,
			says: []string{ssh.FingerprintSHA256(public), "add the line", "host.example ssh-ed25519 "},
		},
		"another authority, and the key": {
			lines: []string{"@cert-authority " + line("*", older), line("host.example", key)}, shows: signed,
			first: append(slices.Clone(certificates), ssh.KeyAlgoED25519),
		},
		"an authority that has not signed the key": {
			lines: []string{"@cert-authority " + line("*", older)}, shows: public, reason: sshauth.HostKeyUnknown,
			says: []string{"line 1 names the authority", ssh.FingerprintSHA256(older.PublicKey())}, first: certificates,
		},
		"a certificate that has expired": {
			lines: []string{"@cert-authority " + line("*", another), line("host.example", key)}, shows: expired.PublicKey(), reason: sshauth.HostKeyChanged,
			says: []string{"not good", "expired"},
		},
		"a certificate for another host": {
			lines: []string{"@cert-authority " + line("*", another)}, at: "other.example:22", shows: signed, reason: sshauth.HostKeyChanged,
			says: []string{"not good", "principal"},
		},
		"a certificate for a revoked key": {
			lines: []string{"@revoked " + line("*", key), "@cert-authority " + line("*", another)}, shows: signed, reason: sshauth.HostKeyChanged,
			says: []string{ssh.FingerprintSHA256(public), "line 1 revokes it"},
		},
		"a certificate by a revoked authority": {
			lines: []string{"@revoked " + line("*", another), line("host.example", key)}, shows: signed, reason: sshauth.HostKeyChanged,
			says: []string{"line 1 revokes it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts, file := openKnownHosts(t, c.lines...)
			at := cmp.Or(c.at, hostPort)
			err := hosts.Check(at, "the server", from, c.shows)
			if c.reason == 0 {
				must(t, err)
			} else {
				wantReason(t, err, c.reason, c.says...)
			}
			if slices.ContainsFunc(c.says, func(said string) bool { return strings.Contains(said, "line ") }) && !strings.Contains(err.Error(), file) {
				t.Errorf("error = %v, without %s", err, file)
			}
			algorithms := hosts.Algorithms(at)
			if diff := gocmp.Diff(c.first, algorithms[:len(c.first)], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("algorithms (-want +got):\n%s", diff)
			}
			for _, kind := range []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA256} {
				if !slices.Contains(algorithms, kind) {
					t.Errorf("a server with nothing but %s cannot show it", kind)
				}
			}
			if slices.Contains(algorithms, ssh.KeyAlgoRSA) || slices.Contains(algorithms, ssh.CertAlgoRSAv01) {
				t.Error("a signature over SHA-1 would do")
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
