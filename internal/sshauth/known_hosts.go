package sshauth

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
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

// Algorithms returns the kinds of keys that are known of the host, for
// [ssh.ClientConfig.HostKeyAlgorithms], so that the server shows one of them and not
// another that nobody knows; nil, which stands for all of them, if the host is unknown.
func (k *KnownHosts) Algorithms(hostPort string) []string { return k.db.HostKeyAlgorithms(hostPort) }

// Check returns nil if a file vouches for the key. ShownAs is what people call the server.
// The error is an [*Error] that says what to do.
func (k *KnownHosts) Check(hostPort, shownAs string, remote net.Addr, key ssh.PublicKey) error {
	err := k.db.HostKeyCallback()(hostPort, remote, key)
	if err == nil {
		return nil
	}
	shown := fmt.Sprintf("%s shows the %s key %s", shownAs, key.Type(), ssh.FingerprintSHA256(key))
	var (
		unknown *xknownhosts.KeyError
		revoked *xknownhosts.RevokedError
	)
	switch {
	case errors.As(err, &unknown) && len(unknown.Want) == 0:
		return &Error{Reason: HostKeyUnknown, Detail: fmt.Sprintf(
			"%s, and none of %s knows it; compare the fingerprint with what the owner of the server publishes, then add the line %q",
			shown, strings.Join(k.files, ", "), knownhosts.Line([]string{hostPort}, key))}
	case errors.As(err, &unknown):
		want := unknown.Want[0]
		return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf(
			"%s, and %s line %d names %s; somebody may be listening in, or the server was set up anew: ask its owner, and only then replace that line",
			shown, k.named(want.Filename), want.Line, ssh.FingerprintSHA256(want.Key))}
	case errors.As(err, &revoked):
		return &Error{Reason: HostKeyChanged, Detail: fmt.Sprintf(
			"%s, and %s line %d revokes it", shown, k.named(revoked.Revoked.Filename), revoked.Revoked.Line)}
	}
	return &Error{Reason: HostKeyUnknown, Detail: shown, Err: err}
}

// named returns the file that a file which the database names stands for.
func (k *KnownHosts) named(file string) string {
	if name, ok := k.names[file]; ok {
		return name
	}
	return file
}
