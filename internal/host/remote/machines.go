// Package remote runs commands on other machines, over SSH.
//
// It promises what package local does, as far as a POSIX shell on the machine can keep it,
// and one suite proves both. It needs /bin/sh there and nothing of its own. All who speak of
// the same place share one connection. No secret is in the words of a process, there or
// here: a command's environment and input go over the standard input of its session.
package remote

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshauth"
)

// Machines holds the connections, one per place. It is safe for concurrent use.
type Machines struct {
	access Access
	lines  commandLines
	// refusal is how long machines may refuse credentials.
	refusal time.Duration

	mu    sync.Mutex
	hosts map[string]*Host
}

// NewMachines returns machines to which this is the way in. Nothing is connected yet.
func NewMachines(a Access) *Machines {
	return &Machines{access: a, lines: newCommandLines(shell), refusal: refusedPatience, hosts: map[string]*Host{}}
}

// Host returns the machine at the place. The error is a host key that cannot be used.
func (m *Machines) Host(p Place) (*Host, error) {
	for at := &p; at != nil; at = at.Bastion {
		if at.HostKey == "" {
			continue
		}
		if err := CheckHostKey(at.HostKey); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.hosts[p.key()]
	if !ok {
		h = &Host{place: p, access: m.access, lines: m.lines, refusal: m.refusal, turn: make(chan struct{}, 1)}
		m.hosts[p.key()] = h
	}
	return h, nil
}

// Close ends the connections. What still runs over them is ended by the machines.
func (m *Machines) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range m.hosts {
		h.close()
	}
}

// Host is a machine that is reached over SSH. It is safe for concurrent use.
type Host struct {
	place  Place
	access Access
	lines  commandLines
	// refusal is how long the machine may refuse credentials.
	refusal time.Duration
	// turn is held by who connects.
	turn chan struct{}

	mu       sync.Mutex
	current  *link
	failure  error
	failedAt time.Time
	// failedFor is how much time the attempt had that failed for the lack of it, else more
	// than anybody has.
	failedFor time.Duration
	givenUpAt time.Time
}

var _ host.Host = (*Host)(nil)

// How long a machine is given to come up.
const (
	// recent is for how long a failed attempt stands for others that would make only one, so
	// that a plan does not wait for each resource on a machine that is down.
	recent = 30 * time.Second
	// refusedPatience is for how long a machine may refuse credentials: one that comes up
	// answers before it knows whom to let in.
	refusedPatience = 30 * time.Second
	firstPause      = 500 * time.Millisecond
	longestPause    = 5 * time.Second
)

// Reach makes sure that there is a connection. With patience it tries for that long while
// the machine comes up, unless somebody has just done so in vain; without, once and for no
// more than 10 seconds. The error is a [*host.UnreachableError], or the cause of a ctx that
// ended.
func (h *Host) Reach(ctx context.Context, patience time.Duration) error {
	var err error
	switch {
	case h.live() != nil:
	case patience <= 0:
		err = h.attempt(ctx, recent)
	case h.givenUp():
		if err = h.attempt(ctx, planAttempt); err != nil {
			h.giveUp()
		}
	default:
		err = h.await(ctx, patience)
	}
	return h.explained(ctx, err)
}

// attempt tries once, for as long as a plan may wait. A failure of somebody else's stands for
// it if it is as recent as counts. Where the machine hangs up before it has said anything of
// itself, as one does that is busy with other logins, it is called again meanwhile.
func (h *Host) attempt(ctx context.Context, counts time.Duration) error {
	begin := time.Now()
	for pause := firstPause; ; pause *= 2 {
		_, err := h.connect(ctx, planAttempt-time.Since(begin), counts)
		if !hungUp(err) || h.failedSince(begin, 0) == nil || time.Since(begin)+pause >= planAttempt {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		counts = 0
	}
}

// await tries until there is a connection, until another attempt would end alike, or until
// nobody waits any longer.
func (h *Host) await(ctx context.Context, patience time.Duration) error {
	begin := time.Now()
	var refused time.Time
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		_, err := h.connect(ctx, min(applyAttempt, patience-time.Since(begin)), 0)
		if err == nil || ctx.Err() != nil {
			return err
		}
		refused = refusedSince(err, refused)
		if time.Since(begin)+pause >= patience || isRefusal(err) && time.Since(refused) >= h.refusal {
			h.giveUp()
			return err
		}
		if isFinal(err) || h.givenUp() {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// sleep waits, unless ctx ends.
func sleep(ctx context.Context, pause time.Duration) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// giveUp notes that somebody waited for the machine in vain, for as long as it may take.
func (h *Host) giveUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.givenUpAt = time.Now()
}

// givenUp reports that somebody has just done so: each resource of a machine that is down
// would take as long again.
func (h *Host) givenUp() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.givenUpAt.IsZero() && time.Since(h.givenUpAt) < recent
}

// isRefusal reports that the machine let nobody in with what was tried.
func isRefusal(err error) bool {
	auth, ok := errors.AsType[*sshauth.Error](err)
	return ok && auth.Reason == sshauth.CredentialsRefused
}

// isFinal reports that another attempt would end alike, however long the machine is given.
func isFinal(err error) bool {
	_, ok := errors.AsType[*sshauth.Error](err)
	return ok && !isRefusal(err)
}

// refusedSince returns since when the machine has refused credentials, given the latest error
// and what was known before. A machine that is not there at all has yet to come up; one that
// hangs up may do so because of those who were refused.
func refusedSince(err error, before time.Time) time.Time {
	call, called := errors.AsType[*net.OpError](err)
	_, beyond := errors.AsType[*ssh.OpenChannelError](err)
	switch {
	case isRefusal(err) && before.IsZero():
		return time.Now()
	case called && call.Op == "dial", beyond:
		return time.Time{}
	}
	return before
}

// hungUp reports that a connection was made and broke before anybody was let in or refused.
func hungUp(err error) bool {
	call, called := errors.AsType[*net.OpError](err)
	return (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) && (!called || call.Op != "dial")
}

// explained returns the error of an attempt in the words of the port.
func (h *Host) explained(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return unreachable(h.place, err)
}

// link returns the connection, which it makes if there is none.
func (h *Host) link(ctx context.Context) (*link, error) {
	l, err := h.connect(ctx, applyAttempt, 0)
	return l, h.explained(ctx, err)
}

// connect makes one attempt, if there is no connection by the time it is its turn. One of
// somebody else stands for it that failed meanwhile, or as short a time before as counts, and
// that had no less time: one after the other, those who wait for a machine that says nothing
// would wait for each other.
func (h *Host) connect(ctx context.Context, limit, counts time.Duration) (*link, error) {
	asked := time.Now()
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if l := h.live(); l != nil {
		return l, nil
	}
	limit -= time.Since(asked)
	if err := h.failedSince(asked.Add(-counts), limit); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, errAttempt)
	defer cancel()
	l, err := dial(limited, h.place, h.access, h.lines)
	if ctx.Err() != nil {
		if l != nil {
			l.close()
		}
		return nil, context.Cause(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current, h.failure, h.failedAt, h.failedFor = l, err, time.Now(), math.MaxInt64
	if errors.Is(err, errAttempt) {
		h.failedFor = limit
	}
	if err == nil {
		h.givenUpAt = time.Time{}
	}
	return l, err
}

// live returns the connection if there is one.
func (h *Host) live() *link {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current != nil && h.current.alive() {
		return h.current
	}
	return nil
}

// failedSince returns how the last attempt failed, if that was later and it had about as much
// time.
func (h *Host) failedSince(moment time.Time, limit time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failure != nil && h.failedAt.After(moment) && h.failedFor >= limit-time.Second {
		return h.failure
	}
	return nil
}

func (h *Host) close() {
	if l := h.live(); l != nil {
		l.close()
	}
}
