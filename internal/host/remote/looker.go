package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// errLookerGone means that the looker ended before it had answered, so that another one has
// to be asked.
var errLookerGone = errors.New("whoever was asked is gone")

// looker is a program on the other machine that says whether paths exist. One serves the
// whole connection: questions of all resources go to it as they come, many in one packet,
// and without waiting for each other's answers. It is safe for concurrent use.
type looker struct {
	session *session
	// remove has the program ended, whatever it is stuck at.
	remove func()

	// asking keeps questions in the order in which they are noted.
	asking  sync.Mutex
	mu      sync.Mutex
	waiting []*question
	gone    bool
}

// question is one path that is asked about. Its answer comes once, and is errLookerGone if
// there will be none.
type question struct {
	path     string
	answered chan struct{}
	exists   bool
	err      error
}

// lookerOf returns the looker of the connection, which it starts where there is none.
func (l *link) lookerOf(ctx context.Context) (*looker, error) {
	select {
	case l.appointing <- struct{}{}:
		defer func() { <-l.appointing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	l.mu.Lock()
	k := l.looker
	l.mu.Unlock()
	if k != nil && !k.ended() {
		return k, nil
	}
	k, err := newLooker(ctx, l)
	if err == nil {
		l.mu.Lock()
		l.looker = k
		l.mu.Unlock()
	}
	return k, err
}

func newLooker(ctx context.Context, l *link) (*looker, error) {
	s, err := l.start(ctx, l.lines.look, 0, func() {})
	if err != nil {
		return nil, err
	}
	pid, answers, err := s.greeted(ctx)
	if err == nil {
		err = s.within(ctx, func() error { return l.keeper.watch(pid) })
	}
	if err != nil {
		return nil, err
	}
	drain(s)
	k := &looker{session: s, remove: sync.OnceFunc(func() {
		go func() {
			_, _ = l.keeper.signal("KILL", pid)
			l.keeper.forget(pid)
		}()
	})}
	go k.listen(answers)
	return k, nil
}

// listen passes on the answers, which come in the order of the questions.
func (k *looker) listen(answers *bufio.Reader) {
	for {
		line, err := answers.ReadString('\n')
		if err != nil {
			k.end()
			return
		}
		k.mu.Lock()
		if len(k.waiting) > 0 {
			k.waiting[0].answer(read(strings.TrimSuffix(line, "\n")))
			k.waiting = k.waiting[1:]
		}
		k.mu.Unlock()
	}
}

// read returns what an answer of the looker says.
func read(line string) (exists bool, err error) {
	switch said, ok := strings.CutPrefix(line, "unknown "); {
	case line == "yes":
		return true, nil
	case line == "no":
		return false, nil
	case ok && said != "":
		return false, errors.New(strings.ToLower(said[:1]) + said[1:])
	}
	return false, fmt.Errorf("the machine gave the answer %q", line)
}

func (q *question) answer(exists bool, err error) {
	q.exists, q.err = exists, err
	close(q.answered)
}

// ask puts the questions, all in one go.
func (k *looker) ask(questions []*question) error {
	var b strings.Builder
	for _, q := range questions {
		b.WriteString(quoted(q.path) + "\n")
	}
	k.asking.Lock()
	defer k.asking.Unlock()
	k.mu.Lock()
	gone := k.gone
	if !gone {
		k.waiting = append(k.waiting, questions...)
	}
	k.mu.Unlock()
	if gone {
		return errLookerGone
	}
	// What cannot be written is not answered either, which is where it is noticed.
	_, _ = io.WriteString(k.session, b.String())
	return nil
}

// abandon is called by who waits no longer for an answer. The looker goes on, unless that is
// the very question at which it is stuck: then it would hold up everybody else.
func (k *looker) abandon(q *question) {
	k.mu.Lock()
	stuck := len(k.waiting) > 0 && k.waiting[0] == q
	k.mu.Unlock()
	if stuck {
		k.end()
	}
}

// end has nobody wait for an answer any more. A looker that is stuck does not notice that its
// session was closed, and OpenSSH's server closes it only once the looker has ended.
func (k *looker) end() {
	k.mu.Lock()
	k.gone = true
	for _, q := range k.waiting {
		q.answer(false, errLookerGone)
	}
	k.waiting = nil
	k.mu.Unlock()
	k.session.close()
	k.remove()
}

func (k *looker) ended() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gone
}

// idle reports that nobody waits for an answer.
func (k *looker) idle() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.waiting) == 0
}
