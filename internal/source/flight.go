package source

import (
	"context"
	"sync"
)

// flights let concurrent callers that want the same thing share one attempt. The zero
// value is ready.
type flights[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*flight[V]
}

type flight[V any] struct {
	done  chan struct{}
	value V
	err   error
	// abandoned means that the attempt ended for a reason of its own caller, which is no
	// answer for others: a context that ended, a panic.
	abandoned bool
}

// do returns what work returns, called by this caller or by a concurrent one with the same
// key. A failure is shared as well, unless it is that the other caller's context ended:
// then somebody who still waits tries again. Work runs in the goroutine and with the
// context of the caller whose turn it is. A caller whose own context ends stops waiting
// and gets its cause.
func (f *flights[K, V]) do(ctx context.Context, key K, work func(context.Context) (V, error)) (V, error) {
	for {
		f.mu.Lock()
		call, ok := f.calls[key]
		if !ok {
			call = &flight[V]{done: make(chan struct{}), abandoned: true}
			if f.calls == nil {
				f.calls = map[K]*flight[V]{}
			}
			f.calls[key] = call
			f.mu.Unlock()
			return f.lead(ctx, key, call, work)
		}
		f.mu.Unlock()
		select {
		case <-call.done:
			if !call.abandoned {
				return call.value, call.err
			}
		case <-ctx.Done():
			var none V
			return none, context.Cause(ctx)
		}
	}
}

func (f *flights[K, V]) lead(ctx context.Context, key K, call *flight[V], work func(context.Context) (V, error)) (V, error) {
	defer func() {
		f.mu.Lock()
		delete(f.calls, key)
		f.mu.Unlock()
		close(call.done)
	}()
	call.value, call.err = work(ctx)
	call.abandoned = call.err != nil && ctx.Err() != nil
	return call.value, call.err
}
