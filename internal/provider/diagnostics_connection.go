package provider

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// The messages about other machines and the way into them, by the rules of diagnostics.go.

// connectionPath is the attribute at fault where a machine is.
var connectionPath = path.Root("connection")

const serviceStaysHere = "a service is fetched and made ready on this machine, and runs here."

func notHost(p path.Path, fault string) diag.Diagnostic {
	return refused(p, summaryValue, fmt.Sprintf("This is no host: %s. Write a name like \"db.example.org\", or an address like \"192.0.2.7\" or "+
		"\"2001:db8::7\", and nothing else. For a user and a port there are user and port, for a machine on the way there is bastion.", fault))
}

func notHostKey(p path.Path, err error) diag.Diagnostic {
	return refused(p, summaryValue, detail("This is no public key. Write the one that ssh-keyscan prints behind the name of the machine, or the content of "+
		"a file like /etc/ssh/ssh_host_ed25519_key.pub there: its kind and its text, as in \"ssh-ed25519 AAAA...\".", cause(err)))
}

func passphraseAlone() diag.Diagnostic {
	return refused(path.Root("passphrase"), summaryCombine, fmt.Sprintf(
		"A passphrase decrypts private_key, and neither that nor %s is set. For logging in with a password there is password.", privateKeyVariable))
}

// badAccess tells why there is no way in. What cannot be used may come from the configuration
// or from the environment.
func badAccess(a remote.Access, err error) diag.Diagnostic {
	attribute, variable := "private_key", privateKeyVariable
	said := "The private key cannot be used. Give the key itself, and not the name of its file, and the passphrase if it has one."
	if a.PrivateKey == "" {
		attribute, variable = "passphrase", passphraseVariable
		said = "A passphrase decrypts a private key, and there is none."
	}
	why := host.NewMasker(a.PrivateKey, a.Passphrase).Mask(cause(err))
	if os.Getenv(variable) != "" {
		return diag.NewErrorDiagnostic(summarySettings, detail(said, "Variable: "+variable, why))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), summarySettings, detail(said, why))
}

// wayUnknownMessage says why guards were not asked.
const wayUnknownMessage = "May execute: guards are asked during apply (the provider's way into the machine is not known yet)"

func readBeforeWay() diag.Diagnostic {
	return refused(connectionPath, "Unable to read during plan", "The provider's way into the machine is not known yet.\n\n"+
		"Set depends_on to what the provider's configuration waits for, so that this is read during the apply.")
}

func openedBeforeWay() diag.Diagnostic {
	return refused(connectionPath, "Unable to open during plan", "The provider's way into the machine is not known yet.\n\n"+
		"Let an attribute of this ephemeral resource refer to what the provider's configuration waits for: with a configuration that is not known yet it is "+
		"opened during the apply.")
}

// noEngine tells why a configuration, or a state, leads to no machine at all.
func (m messages) noEngine(err error, severity diag.Severity) diag.Diagnostic {
	if errors.Is(err, errElsewhere) {
		return m.unknownTarget(severity)
	}
	text := m.mask.Mask(detail("The connection cannot be used, so nothing was asked and nothing was run. Correct it.", m.host(), cause(err)))
	if severity == diag.SeverityWarning {
		return diag.NewAttributeWarningDiagnostic(connectionPath, "Connection cannot be used", text)
	}
	return diag.NewAttributeErrorDiagnostic(connectionPath, "Unable to use connection", text)
}

// unreached returns the error that an apply has where its machine was not reached.
func (m messages) unreached(err error) diag.Diagnostic {
	follows := "Nothing was run."
	if m.undoing() && !m.forgiven {
		follows += " The connection is that of the last apply: a changed host_key or bastion counts once it has been applied. If the machine is gone for good, " +
			"remove the resource from the state."
	}
	return m.error(connectionPath, "Unable to reach machine", m.unreachedDetail(follows, err))
}

// mayRunUnreached warns that a plan did not reach the machine, which an earlier step of the
// apply may yet bring up.
func (m messages) mayRunUnreached(r guard.Reason) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(connectionPath, "Unable to reach machine during plan", m.mask.Mask(m.unreachedDetail(
		"The guards were not asked, so the command may run. They are asked during the apply, which waits for the machine as long as connect_timeout says. "+
			"If it cannot be reached then, the apply fails and nothing runs.", r.Err)))
}

// unreachedDetail says why a machine was not reached, what follows, and what to do.
func (m messages) unreachedDetail(follows string, err error, facts ...string) string {
	// Who gives no reason was not allowed to wait for one.
	said, toDo, onTheWay, inside := "The wait for the machine was interrupted", "", "", err
	if unreachable, ok := errors.AsType[*host.UnreachableError](err); ok {
		said, inside = "The machine could not be reached: "+unreachable.Reason, unreachable.Err
		if unreachable.Detail != "" {
			toDo = "\n\n" + unreachable.Detail
		}
		if unreachable.Target != m.target {
			onTheWay = "Bastion: " + unreachable.Target
		}
	}
	return detail(said+". "+follows+toDo, slices.Concat([]string{m.host(), onTheWay}, facts, []string{cause(inside)})...)
}

// isUnreached reports that err is a machine which was not reached, whatever it was wanted for.
func isUnreached(err error) bool {
	_, unreached := errors.AsType[*converge.ReachError](err)
	_, unreachable := errors.AsType[*host.UnreachableError](err)
	return unreached || unreachable
}

// runUnreached tells that the machine was gone when a command was to be started there.
func (m messages) runUnreached(e *converge.RunError) diag.Diagnostic {
	if e.Run.Tries == 0 {
		return m.unreached(e.Err)
	}
	follows := fmt.Sprintf("Try %d was not made, and what follows is of the try before it.%s", e.Run.Tries+1, m.next())
	return m.error(connectionPath, "Unable to reach machine", m.unreachedDetail(follows, e.Err, m.runFacts(e.Run, e.Allowed)...))
}

// runLost tells that nobody knows what became of a command.
func (m messages) runLost(e *converge.RunError, lost *host.LostError) diag.Diagnostic {
	return m.error(connectionPath, "Unable to follow command", detail(fmt.Sprintf(
		"The connection broke when the command had run for %s, so it is not known how it ended, nor what it did. The machine ends it when it notices.%s",
		lost.After.Round(time.Millisecond), m.next()),
		slices.Concat([]string{m.host()}, m.runFacts(e.Run, e.Allowed), []string{cause(lost.Err)})...))
}
