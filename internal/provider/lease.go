package provider

import (
	"context"
	"sync/atomic"
	"time"
)

// lease is the context of one call, which it lets go of when the call has ended; from then
// on it is a context that is over and holds nothing.
//
// The framework keeps the context of every call until the provider stops, and with it the
// loggers, the stream and the buffers of the call: with thousands of resources, more memory
// than everything else together.
type lease struct {
	of atomic.Pointer[context.Context]
}

var _ context.Context = (*lease)(nil)

// over is a context that has ended.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// leased returns a context for a call into the framework, and what is to be called at the
// end of that.
func leased(ctx context.Context) (context.Context, func()) {
	l := &lease{}
	l.of.Store(&ctx)
	return l, func() { l.of.Store(&over) }
}

func (l *lease) Deadline() (time.Time, bool) { return (*l.of.Load()).Deadline() }
func (l *lease) Done() <-chan struct{}       { return (*l.of.Load()).Done() }
func (l *lease) Err() error                  { return (*l.of.Load()).Err() }
func (l *lease) Value(key any) any           { return (*l.of.Load()).Value(key) }
