package remote

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// sessionsAtOnce is how many sessions of one connection are open at the same time: as
	// many as OpenSSH allows by default. Another machine may allow fewer.
	sessionsAtOnce = 10
	// roomForLooks is how many of these are left by commands, which may be many and long, for
	// whoever looks at paths.
	roomForLooks = 1
	// refusedPause is how long to wait before a session that the machine refused is asked for
	// again, if none of ours ends before.
	refusedPause = 100 * time.Millisecond
	// refusedLimit is for how long a machine may refuse the only session that is asked for:
	// it may still be busy with the end of the one before.
	refusedLimit = 3 * time.Second
	// pulse is how often a connection is asked for a sign of life, and for how long it may
	// owe one.
	pulse = 15 * time.Second
)

// errRefused means that the machine opens no session although none but the keeper's is open.
var errRefused = errors.New("its MaxSessions may be below 2, or what ran before does not end")

// link is one connection, and what goes on over it. It is safe for concurrent use.
type link struct {
	client *ssh.Client
	hangUp func()
	lines  commandLines
	// lost is closed once there is no connection any more.
	lost   chan struct{}
	keeper *keeper

	mu sync.Mutex
	// open counts the sessions that are there or asked for, granted those that are there.
	open, granted int
	// refusedSince is since when the machine has opened no session although none but the
	// keeper's was there.
	refusedSince time.Time
	freed        chan struct{}
	spares       []*session
	looker       *looker
	// appointing is held by who starts a looker.
	appointing chan struct{}
}

// newLink takes over a connection on which somebody has logged in. The context limits how
// long the machine may take to be of use.
func newLink(ctx context.Context, client *ssh.Client, hangUp func(), lines commandLines) (*link, error) {
	l := &link{client: client, hangUp: hangUp, lines: lines, lost: make(chan struct{}), freed: make(chan struct{}), appointing: make(chan struct{}, 1)}
	go func() {
		_ = client.Wait()
		close(l.lost)
	}()
	stop := context.AfterFunc(ctx, l.close)
	defer stop()
	var err error
	if l.keeper, err = newKeeper(ctx, l); err != nil {
		if l.gone(ctx) {
			err = io.ErrUnexpectedEOF
		}
		l.close()
		return nil, err
	}
	go l.beat()
	return l, nil
}

// close ends the connection. What still runs over it is ended by the machine's keeper. What
// it is made over goes first: to close a way through a bastion takes the bastion's word.
func (l *link) close() {
	l.hangUp()
	_ = l.client.Close()
}

// alive reports that the connection is not known to be lost.
func (l *link) alive() bool {
	select {
	case <-l.lost:
		return false
	default:
		return true
	}
}

// gone reports whether it is the connection that something failed for. Who uses one that is
// lost may see that before it is known as lost, and takes its end for that of a session.
func (l *link) gone(ctx context.Context) bool {
	answered := make(chan error, 1)
	go func() { answered <- l.ping() }()
	select {
	case err := <-answered:
		if err == nil {
			return false
		}
	case <-ctx.Done():
		return false
	}
	l.close()
	<-l.lost
	return true
}

// beat ends the connection when there is no sign of life from the other side.
func (l *link) beat() {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		select {
		case <-l.lost:
			return
		case <-tick.C:
		}
		late := time.AfterFunc(pulse, l.close)
		// The session of the keeper has nothing to say for hours, and some servers end those
		// that are idle.
		err := l.keeper.tell("\n", nil)
		if err == nil {
			err = l.ping()
		}
		late.Stop()
		if err != nil {
			l.close()
			return
		}
	}
}

// ping returns once the other side has answered, after all that it had sent before.
func (l *link) ping() error {
	_, _, err := l.client.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// session is one program on the other machine, from its greeting on.
type session struct {
	ssh.Channel
	requests <-chan *ssh.Request
	free     func()
}

// close ends the session and makes room for another one. It may be called more than once.
func (s *session) close() {
	_ = s.Close()
	s.free()
}

// start opens a session and has the machine run the line. Where there is no room for
// another session, and as many more as are to be left, it waits until one ends; then it is
// its turn.
func (l *link) start(ctx context.Context, line string, leaves int, turn func()) (*session, error) {
	s, err := l.openSession(ctx, leaves)
	if err != nil {
		return nil, err
	}
	turn()
	err = s.within(ctx, func() error {
		accepted, err := s.SendRequest("exec", true, ssh.Marshal(struct{ Line string }{line}))
		if err == nil && !accepted {
			err = errors.New("the machine does not let this user run commands")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// within does something with the session, and closes it if that fails or takes longer than
// ctx allows. Then it does not wait for it: whoever speaks over a session that was closed is
// held up until the other side has closed it as well, which OpenSSH's server does only once
// the program has ended.
func (s *session) within(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if err != nil {
			s.close()
		}
		return err
	case <-ctx.Done():
		// Nor for a connection that takes nothing more.
		go s.close()
		return context.Cause(ctx)
	}
}

// greeted passes over what comes before the greeting, and returns the process number of the
// script and what comes after.
func (s *session) greeted(ctx context.Context) (pid int, rest *bufio.Reader, err error) {
	type greeted struct {
		pid  int
		rest *bufio.Reader
	}
	heard := make(chan greeted, 1)
	err = s.within(ctx, func() error {
		from := bufio.NewReader(s)
		pid, err := greet(from)
		heard <- greeted{pid, from}
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	g := <-heard
	return g.pid, g.rest, nil
}

func (l *link) openSession(ctx context.Context, leaves int) (*session, error) {
	for {
		freed, ok := l.takeRoom(leaves)
		if ok {
			channel, requests, err := l.openChannel(ctx)
			if err == nil {
				l.useRoom()
				return &session{Channel: channel, requests: requests, free: sync.OnceFunc(l.leaveRoom)}, nil
			}
			hopeless := l.giveUpRoom()
			if _, refused := errors.AsType[*ssh.OpenChannelError](err); !refused {
				return nil, err
			}
			if hopeless {
				return nil, errors.Join(errRefused, err)
			}
		}
		// Only one that was refused is in need of the looker's room.
		l.makeRoom(ok)
		select {
		case <-freed:
		case <-time.After(refusedPause):
		case <-l.lost:
			return nil, io.ErrUnexpectedEOF
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// openChannel does not wait for the other side longer than ctx allows.
func (l *link) openChannel(ctx context.Context) (ssh.Channel, <-chan *ssh.Request, error) {
	type opened struct {
		channel  ssh.Channel
		requests <-chan *ssh.Request
		err      error
	}
	done := make(chan opened, 1)
	go func() {
		var o opened
		o.channel, o.requests, o.err = l.client.OpenChannel("session", nil)
		done <- o
	}()
	select {
	case o := <-done:
		return o.channel, o.requests, o.err
	case <-ctx.Done():
		go func() {
			if o := <-done; o.err == nil {
				_ = o.channel.Close()
			}
		}()
		return nil, nil, context.Cause(ctx)
	}
}

// takeRoom reports whether there is room for one more session, which it takes, and as many
// more as are to be left beside a looker. It returns what is closed when there is more.
func (l *link) takeRoom(leaves int) (freed <-chan struct{}, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looker != nil {
		leaves = 0
	}
	if l.open+leaves < sessionsAtOnce {
		l.open++
		ok = true
	}
	return l.freed, ok
}

// useRoom notes that the machine has opened a session for which there was room.
func (l *link) useRoom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.granted++
	l.refusedSince = time.Time{}
}

// leaveRoom tells everybody who waits that there is room.
func (l *link) leaveRoom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	l.granted--
	l.refusedSince = time.Time{}
	close(l.freed)
	l.freed = make(chan struct{})
}

// giveUpRoom is leaveRoom for a session that was refused, which makes no room for another.
// It reports whether sessions have been refused for too long that nothing of ours was in the
// way of.
func (l *link) giveUpRoom() (hopeless bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	// The keeper is there as long as the connection is.
	if l.granted > 1 || l.granted == 1 && l.keeper == nil {
		l.refusedSince = time.Time{}
		return false
	}
	if l.refusedSince.IsZero() {
		l.refusedSince = time.Now()
	}
	return time.Since(l.refusedSince) >= refusedLimit
}

// spare hands over a session that nobody needs any more and that ends only when something
// else does. It stays until its room is needed.
func (l *link) spare(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spares = append(l.spares, s)
}

// makeRoom closes a session that nobody needs: the longest spared one, else, if it must be,
// the idle looker.
func (l *link) makeRoom(must bool) {
	l.mu.Lock()
	end := func() {}
	switch {
	case len(l.spares) > 0:
		end, l.spares = l.spares[0].close, l.spares[1:]
	case must && l.looker != nil && l.looker.idle():
		end, l.looker = l.looker.end, nil
	}
	l.mu.Unlock()
	end()
}
