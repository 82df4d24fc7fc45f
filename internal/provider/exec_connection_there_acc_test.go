//go:build unix

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// What the tests of connections share. The other machine is this one by way of a server, so
// its files are these. That something ran there is proved by the port in the variable
// SSH_CONNECTION, which the server sets, and by the directory in which a login begins.

// where appends to the file "ran" beside it by which port it was reached, after its argument,
// and prints that. Run here it came by none.
const where = `echo "$1 by ${SSH_CONNECTION##* }" | tee -a "${0%/*}/ran"`

// there returns a workspace in which local.there is a machine with OpenSSH's server, to which
// the provider has the way in, and where.sh is the script.
func there(t *testing.T, settings ...string) (*enginetest.Workspace, *hosttest.OpenSSH) {
	t.Helper()
	w := reaching(t, settings...)
	server := hosttest.NewOpenSSH(t)
	serverAs(t, w, "there", server.Place(t))
	return w, server
}

// reaching returns a workspace whose provider logs in with the key in the file "key".
func reaching(t *testing.T, settings ...string) *enginetest.Workspace {
	t.Helper()
	w := enginetest.New(t)
	w.Write("provider.tf", "provider \"exec\" {\nprivate_key = file(\"key\")\n"+strings.Join(settings, "\n")+"\n}\n")
	w.Write("where.sh", where)
	// A test that is itself run over SSH must not take that for the connection.
	w.Setenv("SSH_CONNECTION", "")
	return w
}

// serverAs makes a server the local of that name, for a connection, and its key the one with
// which the provider logs in.
func serverAs(t *testing.T, w *enginetest.Workspace, name string, p hosttest.Place) {
	t.Helper()
	w.Write("key", p.PrivateKey)
	w.Write(name+".tf", fmt.Sprintf("locals {\n%s = { host = %q, port = %d, user = %q, host_key = %q }\n}\n", name, p.Host, p.Port, p.User, p.HostKey))
}

// targetAt is the target of what runs there.
func targetAt(p hosttest.Place) string { return fmt.Sprintf("ssh://%s@%s:%d", p.User, p.Host, p.Port) }

// portOf returns the port of an address.
func portOf(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// fingerprint is what people compare of a public key.
func fingerprint(t *testing.T, public string) string {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(key)
}
