package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// How long things may take once a command has to end. They are those of package local.
const (
	termGrace = 5 * time.Second
	killGrace = 2 * time.Second
	lookPause = 50 * time.Millisecond
)

// keeperLimit is how long the keeper may take for an answer. One that hangs would have
// everybody wait who wants to end a command.
const keeperLimit = 20 * time.Second

// keeper is a program on the other machine that ends commands: when it is told to, and when
// the connection is lost. It is safe for concurrent use.
type keeper struct {
	session *session
	// dismiss ends the connection.
	dismiss func()

	mu      sync.Mutex
	waiting []chan bool
	gone    error
}

func newKeeper(ctx context.Context, l *link) (*keeper, error) {
	s, err := l.start(ctx, l.lines.keep, 0, func() {})
	if err != nil {
		return nil, err
	}
	_, answers, err := s.greeted(ctx)
	if err != nil {
		return nil, err
	}
	drain(s)
	// Without a keeper nothing may run over this connection.
	k := &keeper{session: s, dismiss: l.close}
	go func() {
		k.listen(answers)
		k.dismiss()
	}()
	return k, nil
}

// listen passes on the answers, which come in the order of the questions.
func (k *keeper) listen(answers *bufio.Reader) {
	for {
		line, err := answers.ReadString('\n')
		k.mu.Lock()
		if err != nil {
			k.gone = io.ErrUnexpectedEOF
			for _, w := range k.waiting {
				close(w)
			}
			k.waiting = nil
			k.mu.Unlock()
			return
		}
		if len(k.waiting) > 0 {
			k.waiting[0] <- strings.TrimSpace(line) == "alive"
			k.waiting = k.waiting[1:]
		}
		k.mu.Unlock()
	}
}

// watch has the session ended if the connection is lost from now on: the machine reads this
// before anything that is sent to the session later.
func (k *keeper) watch(pid int) error { return k.tell(fmt.Sprintf("add %d\n", pid), nil) }

// forget lets the session live, whatever becomes of the connection.
func (k *keeper) forget(pid int) { _ = k.tell(fmt.Sprintf("remove %d\n", pid), nil) }

func (k *keeper) tell(line string, answer chan bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone != nil {
		return k.gone
	}
	if answer != nil {
		k.waiting = append(k.waiting, answer)
	}
	_, err := io.WriteString(k.session, line)
	return err
}

// signal sends a signal to all of the session, or to the group of its leader if it is INT.
// It reports whether there was anything alive; 0 only looks.
func (k *keeper) signal(name string, pid int) (alive bool, err error) {
	answer := make(chan bool, 1)
	if err := k.tell(fmt.Sprintf("signal %s %d\n", name, pid), answer); err != nil {
		return false, err
	}
	late := time.AfterFunc(keeperLimit, k.dismiss)
	defer late.Stop()
	alive, ok := <-answer
	if !ok {
		return false, errors.New("the connection was lost")
	}
	return alive, nil
}

// stop ends everything of the session: it asks, waits for all of it, and then insists. It
// reports whether it had to.
func (k *keeper) stop(pid int) (killed bool, err error) {
	alive, err := k.signal("TERM", pid)
	for deadline := time.Now().Add(termGrace); alive && err == nil && time.Now().Before(deadline); {
		time.Sleep(lookPause)
		alive, err = k.signal("0", pid)
	}
	if !alive || err != nil {
		return false, err
	}
	for deadline := time.Now().Add(killGrace); alive && err == nil && time.Now().Before(deadline); {
		// Again in each turn: what forked between the look and the signal got away.
		alive, err = k.signal("KILL", pid)
		if alive {
			time.Sleep(lookPause / 2)
		}
	}
	return true, err
}

// drain reads what a helper of ours has to complain about, so that it is never held up.
func drain(s *session) {
	go func() { _, _ = io.Copy(io.Discard, s.Stderr()) }()
	go func() {
		for r := range s.requests {
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
		s.free()
	}()
}
