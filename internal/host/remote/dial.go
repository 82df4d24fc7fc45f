package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
)

// dial logs in at the place, by way of its bastion if it has one, and makes sure that the
// machine runs what it is told.
func dial(ctx context.Context, p Place, a Access, lines commandLines) (*link, error) {
	client, hangUp, err := login(ctx, p, a)
	if err != nil {
		return nil, err
	}
	l, err := newLink(ctx, client, hangUp, lines)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("after the login, while its shell said nothing: %w", context.Cause(ctx))
	}
	return l, err
}

// login returns a connection on which the user of the place has logged in, and what ends
// what it was made over.
func login(ctx context.Context, p Place, a Access) (*ssh.Client, func(), error) {
	check, err := newHostCheck(p, a)
	if err != nil {
		return nil, nil, err
	}
	conn, hangUp, err := connect(ctx, p, a)
	if err != nil {
		return nil, nil, err
	}
	ways, err := sshauth.NewLogin(ctx, a.ways())
	if err != nil {
		hangUp()
		return nil, nil, err
	}
	defer ways.Close()
	// The handshake knows no context. To close a way through a bastion takes the bastion's word,
	// so all that the way is made of is ended.
	stop := context.AfterFunc(ctx, func() {
		hangUp()
		_ = conn.Close()
	})
	client, channels, requests, err := ssh.NewClientConn(conn, p.address(), &ssh.ClientConfig{
		User: p.User, Auth: ways.Methods(), HostKeyCallback: check.callback, HostKeyAlgorithms: check.algorithms(),
	})
	inTime := stop()
	switch {
	case check.refused != nil:
		err = check.refused
	case err != nil && !inTime && ctx.Err() != nil:
		err = context.Cause(ctx)
	case err != nil:
		err = ways.Explain(err)
	case !inTime:
		err = context.Cause(ctx)
	}
	if err != nil {
		hangUp()
		_ = conn.Close()
		return nil, nil, err
	}
	return ssh.NewClient(client, channels, requests), hangUp, nil
}

// connect returns a way to speak with the machine, and what ends all that it needs.
func connect(ctx context.Context, p Place, a Access) (net.Conn, func(), error) {
	if p.Bastion == nil {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", p.address())
		return conn, func() {}, err
	}
	bastion, hangUp, err := login(ctx, *p.Bastion, a)
	if err != nil {
		return nil, nil, &bastionError{Target: p.Bastion.Target(), Err: err}
	}
	conn, err := bastion.DialContext(ctx, "tcp", p.address())
	end := func() {
		hangUp()
		_ = bastion.Close()
	}
	if err != nil {
		end()
		if no, ok := errors.AsType[*ssh.OpenChannelError](err); ok && no.Reason == ssh.Prohibited {
			return nil, nil, &bastionError{Target: p.Bastion.Target(), Err: err}
		}
		return nil, nil, fmt.Errorf("the bastion %s says: %w", p.Bastion.Target(), err)
	}
	return conn, end, nil
}

// bastionError is a way that ends at the bastion.
type bastionError struct {
	Target string
	Err    error
}

func (e *bastionError) Error() string { return fmt.Sprintf("the bastion %s: %v", e.Target, e.Err) }

func (e *bastionError) Unwrap() error { return e.Err }

// hostCheck compares the key that a machine shows with what is known of it.
type hostCheck struct {
	place   Place
	key     *sshauth.HostKey
	known   *sshauth.KnownHosts
	refused error
}

func newHostCheck(p Place, a Access) (*hostCheck, error) {
	c := &hostCheck{place: p}
	var err error
	if p.HostKey != "" {
		c.key, err = sshauth.ParseHostKey(p.HostKey)
	} else {
		c.known, err = sshauth.OpenKnownHosts(a.KnownHostsFile)
	}
	return c, err
}

func (c *hostCheck) callback(_ string, remote net.Addr, key ssh.PublicKey) error {
	if c.key != nil {
		c.refused = c.key.Check(c.place.address(), c.place.address(), remote, key)
	} else {
		c.refused = c.known.Check(c.place.address(), c.place.address(), remote, key)
	}
	return c.refused
}

func (c *hostCheck) algorithms() []string {
	if c.key != nil {
		return c.key.Algorithms()
	}
	return c.known.Algorithms(c.place.address())
}

// unreachable words why nobody could be asked.
func unreachable(p Place, err error) *host.UnreachableError {
	e := &host.UnreachableError{Target: p.Target(), Err: err}
	var (
		auth *sshauth.Error
		dns  *net.DNSError
		shut *ssh.OpenChannelError
		mute *silentError
		slow net.Error
	)
	switch {
	case errors.As(err, &auth):
		e.Reason, e.Detail = auth.Reason.String(), auth.Detail
		e.Err = auth.Err
	case errors.As(err, &mute):
		e.Reason, e.Detail = "it runs no commands for this user", mute.Said
		e.Err = nil
	case errors.Is(err, errRefused):
		e.Reason = "it opens no session"
	case errors.As(err, &shut) && shut.Reason == ssh.Prohibited:
		e.Reason = "it does not allow TCP forwarding to " + p.address()
	case errors.As(err, &dns):
		e.Reason = "the name of the host is not known"
	case errors.Is(err, context.Canceled):
		e.Reason = "interrupted"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout(), errors.Is(err, errAttempt):
		e.Reason = "no answer in time"
	default:
		e.Reason = "no connection"
	}
	if b, ok := errors.AsType[*bastionError](err); ok {
		e.Target = b.Target
	}
	return e
}

// errAttempt is the cause of an attempt that took too long.
var errAttempt = errors.New("the attempt took too long")

// How long one attempt may take: in a plan, which should not wait for a machine that is
// down, and while a machine is awaited.
const (
	planAttempt  = 10 * time.Second
	applyAttempt = 30 * time.Second
)
