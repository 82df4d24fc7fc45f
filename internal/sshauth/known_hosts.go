package sshauth

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// systemKnownHosts is where administrators vouch for hosts.
const systemKnownHosts = "/etc/ssh/ssh_known_hosts"

// KnownHosts knows which keys belong to which SSH servers. It is safe for concurrent use,
// and knows what the files said when it was opened.
type KnownHosts struct {
	files []string
	db    *knownhosts.HostKeyDB
	// names maps a file that the database names to the one that it stands for; what is
	// not in it stands for itself.
	names map[string]string
}

// OpenKnownHosts reads the file, which must exist; without one, the user's and the
// system's as far as they do. Lines that cannot be parsed are passed over. The error is an
// [*Error] with KnownHostsUnreadable.
func OpenKnownHosts(file string) (*KnownHosts, error) {
	k := &KnownHosts{files: []string{file}}
	if file == "" {
		k.files = []string{systemKnownHosts}
		if home, err := os.UserHomeDir(); err == nil {
			k.files = []string{filepath.Join(home, ".ssh", "known_hosts"), systemKnownHosts}
		}
	}
	var present []string
	for _, f := range k.files {
		if _, err := os.Stat(f); err == nil || file != "" {
			present = append(present, f)
		}
	}
	var err error
	if k.db, k.names, err = openLegible(present); err != nil {
		return nil, &Error{Reason: KnownHostsUnreadable, Err: err}
	}
	return k, nil
}

// Algorithms returns what to ask the server for with [ssh.ClientConfig.HostKeyAlgorithms], so
// that it shows what a file vouches for if it has that: a certificate, which an authority may
// have signed for a key of any kind, then a key of a known kind. The rest is for a server that
// has nothing of that: Check can then say what it has instead.
func (k *KnownHosts) Algorithms(hostPort string) []string {
	authority, kinds := false, map[string]bool{}
	for _, key := range k.keys(hostPort) {
		authority = authority || key.Cert
		kinds[key.Type()] = kinds[key.Type()] || !key.Cert
	}
	var certificates, own, rest []string
	for _, kind := range hostKeyKinds {
		if authority {
			certificates = append(certificates, kind.certify...)
		}
		if kinds[kind.kind] {
			own = append(own, kind.plain...)
		} else {
			rest = append(rest, kind.plain...)
		}
	}
	return slices.Concat(certificates, own, rest)
}

// Check returns nil if a file vouches for the key, or for an authority that signed it for the
// host. A certificate by another authority counts as the key that it is for, and what is known
// of the host without a port counts for every port of which nothing is known, as with ssh.
// ShownAs is what people call the server. The error is an [*Error] that says what to do.
func (k *KnownHosts) Check(hostPort, shownAs string, remote net.Addr, key ssh.PublicKey) error {
	shown := func(key ssh.PublicKey) string {
		return fmt.Sprintf("%s shows the %s key %s", shownAs, key.Type(), ssh.FingerprintSHA256(key))
	}
	if certificate, ok := key.(*ssh.Certificate); ok {
		for _, part := range []ssh.PublicKey{certificate.Key, certificate.SignatureKey} {
			if revoked, ok := errors.AsType[*xknownhosts.RevokedError](k.ask(hostPort, remote, part)); ok {
				return k.revoked(shown(certificate.Key), revoked)
			}
		}
		if k.isAuthority(hostPort, certificate.SignatureKey) {
			return k.certified(hostPort, shown(certificate.Key), remote, certificate)
		}
		key = certificate.Key
	}
	err := k.ask(hostPort, remote, key)
	if unknown, ok := errors.AsType[*xknownhosts.KeyError](err); ok && len(unknown.Want) == 0 {
		if k.ask(withoutPort(hostPort), remote, key) == nil {
			return nil
		}
	}
	return k.explain(hostPort, shown(key), key, err)
}

// certified checks a certificate by an authority of the host.
func (k *KnownHosts) certified(hostPort, shown string, remote net.Addr, certificate *ssh.Certificate) error {
	err := k.ask(hostPort, remote, certificate)
	if err != nil && k.ask(withoutPort(hostPort), remote, certificate) == nil {
		err = nil
	}
	if err == nil {
		return nil
	}
	return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf(
		"%s, signed by %s as it should be, but the certificate is not good; it has to be made anew for this host",
		shown, ssh.FingerprintSHA256(certificate.SignatureKey)), Err: err}
}

// explain words why the files do not vouch for a key; nil if they do.
func (k *KnownHosts) explain(hostPort, shown string, key ssh.PublicKey, err error) error {
	if err == nil {
		return nil
	}
	unknown, isUnknown := errors.AsType[*xknownhosts.KeyError](err)
	revoked, isRevoked := errors.AsType[*xknownhosts.RevokedError](err)
	switch {
	case isRevoked:
		return k.revoked(shown, revoked)
	case !isUnknown:
		return &Error{Reason: HostKeyUnknown, Detail: shown, Err: err}
	case len(unknown.Want) == 0:
		return &Error{Reason: HostKeyUnknown, Detail: fmt.Sprintf(
			"%s, and none of %s knows it; compare the fingerprint with what the owner of the server publishes, then add the line %q",
			shown, strings.Join(k.files, ", "), knownhosts.Line([]string{hostPort}, key))}
	}
	want := likest(unknown.Want, key)
	if k.isAuthority(hostPort, want.Key) {
		return &Error{Reason: HostKeyUnknown, Detail: fmt.Sprintf(
			"%s, and %s line %d names the authority %s, which has not signed it; ask the owner of the server for a certificate",
			shown, k.named(want.Filename), want.Line, ssh.FingerprintSHA256(want.Key))}
	}
	return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf(
		"%s, and %s line %d names %s; somebody may be listening in, or the server was set up anew: ask its owner, and only then replace that line",
		shown, k.named(want.Filename), want.Line, ssh.FingerprintSHA256(want.Key))}
}

func (k *KnownHosts) revoked(shown string, by *xknownhosts.RevokedError) error {
	return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf("%s, and %s line %d revokes it", shown, k.named(by.Revoked.Filename), by.Revoked.Line)}
}

// likest is the one of the known keys that the shown one has probably taken the place of.
func likest(known []xknownhosts.KnownKey, shown ssh.PublicKey) xknownhosts.KnownKey {
	if i := slices.IndexFunc(known, func(k xknownhosts.KnownKey) bool { return k.Key.Type() == shown.Type() }); i >= 0 {
		return known[i]
	}
	return known[0]
}

// ask puts a key to the database. Names of hosts have no case.
func (k *KnownHosts) ask(hostPort string, remote net.Addr, key ssh.PublicKey) error {
	return k.db.HostKeyCallback()(strings.ToLower(hostPort), remote, key)
}

// keys returns what is known of the host, and of the host without a port.
func (k *KnownHosts) keys(hostPort string) []knownhosts.PublicKey {
	return append(k.db.HostKeys(strings.ToLower(hostPort)), k.db.HostKeys(strings.ToLower(withoutPort(hostPort)))...)
}

func (k *KnownHosts) isAuthority(hostPort string, key ssh.PublicKey) bool {
	return slices.ContainsFunc(k.keys(hostPort), func(known knownhosts.PublicKey) bool { return known.Cert && sameKey(known.PublicKey, key) })
}

// withoutPort returns the address that a line means which names no port.
func withoutPort(hostPort string) string {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return hostPort
	}
	return net.JoinHostPort(host, "22")
}

// named returns the file that a file which the database names stands for.
func (k *KnownHosts) named(file string) string {
	if name, ok := k.names[file]; ok {
		return name
	}
	return file
}
