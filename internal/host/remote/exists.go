package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// lookers is how many lookers are asked in turn about one path. Each that is gone without an
// answer may have been stuck at somebody else's.
const lookers = 3

// Exists implements [host.Host]. All paths are asked about in one message, over a session
// that all who use the connection share.
func (h *Host) Exists(ctx context.Context, paths ...string) iter.Seq2[bool, error] {
	return func(yield func(bool, error) bool) {
		asked := h.ask(ctx, paths)
		for i, path := range paths {
			exists, err := asked.answer(ctx, i)
			for try := 1; errors.Is(err, errLookerGone) && try < lookers; try++ {
				again := h.ask(ctx, paths[i:])
				asked.questions = append(asked.questions[:i:i], again.questions...)
				asked.looker, asked.err = again.looker, again.err
				exists, err = asked.answer(ctx, i)
			}
			if err != nil {
				err = fmt.Errorf("look at %q: %w", path, err)
			}
			if !yield(exists, err) {
				return
			}
		}
	}
}

// inquiry is what was asked of a looker together. Err is why nothing was.
type inquiry struct {
	looker    *looker
	questions []*question
	err       error
}

// ask puts a question for each path, if the machine can be asked at all.
func (h *Host) ask(ctx context.Context, paths []string) inquiry {
	a := inquiry{questions: make([]*question, len(paths))}
	put := make([]*question, 0, len(paths))
	for i, path := range paths {
		a.questions[i] = &question{path: path, answered: make(chan struct{})}
		if strings.ContainsRune(path, 0) {
			a.questions[i].answer(false, errors.New("it holds a NUL byte"))
			continue
		}
		put = append(put, a.questions[i])
	}
	if len(put) == 0 {
		return a
	}
	if ctx.Err() != nil {
		a.err = context.Cause(ctx)
		return a
	}
	if a.looker, a.err = h.looker(ctx); a.err == nil {
		a.err = a.looker.ask(put)
	}
	return a
}

// looker returns whom to ask. A connection that turns out to be lost is made anew once.
func (h *Host) looker(ctx context.Context) (*looker, error) {
	for try := 1; ; try++ {
		l, err := h.link(ctx)
		if err != nil {
			return nil, err
		}
		k, err := l.lookerOf(ctx)
		if err == nil {
			return k, nil
		}
		switch gone := l.gone(ctx); {
		case gone && try == 1:
			continue
		case gone:
			return nil, &host.LostError{Target: h.place.Target(), Err: err}
		case errors.Is(err, errRefused):
			return nil, unreachable(h.place, err)
		}
		return nil, err
	}
}

// answer waits for the answer to one of the questions.
func (a inquiry) answer(ctx context.Context, i int) (bool, error) {
	if a.err != nil {
		return false, a.err
	}
	q := a.questions[i]
	select {
	case <-q.answered:
		return q.exists, q.err
	case <-ctx.Done():
		a.looker.abandon(q)
		return false, context.Cause(ctx)
	}
}
