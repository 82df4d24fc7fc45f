//go:build unix

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// Another machine is a changed definition, and another way to it is not.
func TestAccConnectionEdited(t *testing.T) {
	t.Parallel()
	w := reaching(t)
	first := hosttest.NewSSHD(t)
	second := hosttest.NewSSHD(t, hosttest.WithClientKey(first.ClientKey))
	serverAs(t, w, "there", first.Place(t))
	serverAs(t, w, "elsewhere", second.Place(t))
	user := first.Place(t).User
	at := func(user, host string, server *hosttest.SSHD) string {
		return fmt.Sprintf("ssh://%s@%s:%s", user, host, portOf(server.Addr))
	}
	by := func(server *hosttest.SSHD) string { return "a by " + portOf(server.Addr) + "\n" }
	for _, step := range []struct{ name, connection, target, ran string }{
		{"the first apply", `local.there`, at(user, "127.0.0.1", first), by(first)},
		{"another host key", `merge(local.there, { host_key = local.elsewhere.host_key })`, at(user, "127.0.0.1", first), ""},
		{"a bastion", `merge(local.there, { bastion = { host = "bastion.invalid" } })`, at(user, "127.0.0.1", first), ""},
		{"neither", `local.there`, at(user, "127.0.0.1", first), ""},
		{"another name", `merge(local.there, { host = "localhost" })`, at(user, "localhost", first), by(first)},
		{"another port", `merge(local.elsewhere, { host = "localhost" })`, at(user, "localhost", second), by(second)},
		{"another user", `merge(local.elsewhere, { host = "localhost", user = "deploy" })`, at("deploy", "localhost", second), by(second)},
		{"no connection", `null`, "local", "a by \n"},
	} {
		w.Remove("ran")
		w.Config(`
			resource "exec" "a" {
				command    = "sh ${path.cwd}/where.sh a"
				connection = ` + step.connection + `
			}
		`)
		c := w.Plan().Change(t, "exec.a")
		equal(t, step.name+" is a change", c.Action() == "create" || c.Action() == "update", true)
		equal(t, step.name+" may run", c.MayRun(), step.ran != "")
		w.Must("apply", "tfplan")
		equal(t, step.name+" ran", w.Read("ran"), step.ran)
		equal[any](t, step.name+" leaves the target", w.Value("exec.a", "target"), step.target)
	}
}

// Engines keep a block of that name to themselves, of which the docs warn.
func TestAccConnectionBlockLeadsNowhere(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			command = ["sh", "-c", "echo here > ran"]
			connection {
				host = "192.0.2.7"
			}
		}
	`)
	equal[any](t, "the planned target", w.Plan().Change(t, "exec.a").Change.After["target"], "local")
	w.Must("apply", "tfplan")
	equal(t, "what ran", w.Read("ran"), "here\n")
}

// A machine is reached through its bastion, by the same way in.
func TestAccConnectionByBastion(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	bastion := hosttest.NewSSHD(t, hosttest.WithClientKey(server.Place(t).PrivateKey))
	serverAs(t, w, "bastion", bastion.Place(t))
	w.Config(`
		resource "exec" "a" {
			command    = "sh ${path.cwd}/where.sh a"
			connection = merge(local.there, { bastion = local.bastion })
		}
	`)
	w.Apply()
	equal(t, "what ran", w.Read("ran"), "a by "+portOf(server.Addr)+"\n")
	equal(t, "tunnels", bastion.Tunnels.Load(), 1)
	equal(t, "commands on the bastion", bastion.Sessions.Load(), 0)
}

// All resources of a machine share a connection: each process of the provider logs in once.
func TestAccConnectionIsShared(t *testing.T) {
	t.Parallel()
	w := reaching(t)
	server := hosttest.NewSSHD(t)
	serverAs(t, w, "there", server.Place(t))
	const count = 30
	w.Config(fmt.Sprintf(`
		resource "exec" "a" {
			count      = %d
			command    = "sh ${path.cwd}/where.sh ${count.index}"
			unless     = ["test -e ${path.cwd}/done"]
			connection = local.there
		}
	`, count))
	w.Plan("-parallelism=30")
	equal(t, "logins of the first plan", server.Logins.Load(), 1)
	w.Must("apply", "-parallelism=30", "tfplan")
	equal(t, "logins of the first plan and its apply", server.Logins.Load(), 2)
	equal(t, "how many ran", len(w.Lines("ran")), count)
	w.Write("done", "")
	settled(t, w)
	equal(t, "logins with another plan", server.Logins.Load(), 3)
}

// Machines that a file vouches for need no host key in the configuration, and one for which
// nobody does is refused.
func TestAccConnectionKnownHosts(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	w.Write("known_hosts", "")
	w.Setenv("EXEC_KNOWN_HOSTS_FILE", w.Path("known_hosts"))
	w.Config(`
		resource "exec" "a" {
			command    = "sh ${path.cwd}/where.sh a"
			connection = merge(local.there, { host_key = null })
		}
	`)
	p := server.Place(t)
	w.MustFail([]string{"Unable to reach machine", fingerprint(t, p.HostKey)}, "apply", "-auto-approve")
	equal(t, "what ran", w.Read("ran"), "")
	w.Setenv("EXEC_KNOWN_HOSTS_FILE", p.KnownHosts)
	w.Apply()
	equal(t, "what ran once it was known", w.Read("ran"), "a by "+portOf(server.Addr)+"\n")
}
