package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// aboutConnections is every message about other machines and the way into them.
func aboutConnections() []message {
	const target = "ssh://root@db.example.org:22"
	m := messages{mask: host.NewMasker("hunter22"), label: "deploy", target: target, within: path.Root("command")}
	undo := m
	undo.within = attributePath("destroy.command")
	undo.id = "h6c2p4kq"
	refused := &host.UnreachableError{Target: target, Reason: "connection refused", Err: errors.New("dial tcp 192.0.2.7:22: connection refused")}
	stranger := &host.UnreachableError{
		Target: target, Reason: "its host key is not known",
		Detail: "If the fingerprint is the machine's, set host_key.\nFingerprint: SHA256:AAAA",
	}
	bastion := &host.UnreachableError{
		Target: "ssh://me@bastion.example.org:22", Reason: "hunter22 was not accepted", Err: errors.New("ssh: unable to authenticate with hunter22"),
	}
	lost := &host.LostError{Target: target, After: 90 * time.Second, Err: errors.New("read tcp: connection reset by peer")}
	unreached := func(err error) error { return &converge.ReachError{Err: err} }
	creates := func(err error) guard.Reason { return guard.Reason{Kind: guard.Creates, Path: "/opt/app", Err: err} }
	code := 2
	ran := converge.Run{
		Program: "deploy.sh", ExitCode: &code, Tries: 1, Started: time.Unix(100, 0), Ended: time.Unix(101, 0),
		Stderr: converge.Output{Tail: "cannot log in with hunter22\n"},
	}
	cut := ran
	cut.ExitCode = nil
	failed := func(r converge.Run, err error) error { return &converge.RunError{Run: r, Allowed: []int{0}, Err: err} }
	at := connectionPath.AtName("host")
	return []message{
		{"a host with a user", notHost(at, hostFault("me@db"))},
		{"a host with a port", notHost(at, hostFault("db:22"))},
		{"an IPv6 address in brackets", notHost(at, hostFault("[::1]"))},
		{"a URL for a host", notHost(at, hostFault("ssh://db"))},
		{"a host with white space", notHost(at, hostFault("a b"))},
		{"a path for a host", notHost(at, hostFault("db/x"))},
		{"no host", notHost(at, hostFault(""))},
		{"a host key that is none", notHostKey(connectionPath.AtName("host_key"), errors.New("ssh: no key found"))},
		{"a service on another machine", excludes(connectionPath, "service", serviceStaysHere)},
		{"a passphrase without a private key", passphraseAlone()},
		{"a private key that cannot be used", badAccess(remote.Access{PrivateKey: "hunter22"}, errors.New("ssh: no key found"))},
		{"a passphrase without any key", badAccess(remote.Access{Passphrase: "hunter22"}, errors.New("there is no private key"))},
		{"a bad EXEC_AGENT", badVariable(agentVariable, "perhaps", mustBeFlag)},
		{"a data source before the way in is known", readBeforeWay()},
		{"an ephemeral resource before the way in is known", openedBeforeWay()},

		{"a refresh of a resource whose connection does not lead to it", m.noEngine(errElsewhere, diag.SeverityWarning)},
		{"a refresh with a host key that is none", m.noEngine(errors.New("ssh: no key found"), diag.SeverityWarning)},
		{"an apply with a host key that is none", m.noEngine(errors.New("ssh: no key found"), diag.SeverityError)},
		{"a plan without the machine", m.mayRun(creates(unreached(refused)))},
		{"a plan with a machine that nobody knows", m.mayRun(creates(unreached(stranger)))},
		{"a plan whose machine is gone when it is asked", m.mayRun(creates(refused))},
		{"a plan whose connection breaks", m.mayRun(creates(lost))},
		{"a plan that is interrupted on the way", m.mayRun(guard.Reason{Kind: guard.Unless, Err: unreached(context.Canceled)})},
		{"an apply without the machine", m.failure(unreached(refused))},
		{"an apply with a machine that nobody knows", m.failure(unreached(stranger))},
		{"an apply without the bastion", m.failure(unreached(bastion))},
		{"an apply that is interrupted on the way", m.failure(unreached(context.Canceled))},
		{"a destruction without the machine", undo.failure(unreached(refused))},
		{"a guard in an apply whose machine is gone", m.failure(&converge.GuardError{Reason: creates(refused)})},
		{"a guard in an apply whose connection breaks", m.failure(&converge.GuardError{Reason: creates(lost)})},
		{"a run whose machine is gone", m.failure(failed(converge.Run{Program: "deploy.sh"}, refused))},
		{"another try whose machine is gone", m.failure(failed(ran, refused))},
		{"a run whose connection breaks", m.failure(failed(cut, lost))},
		{"a destroy command whose connection breaks", undo.failure(failed(cut, lost))},
	}
}
