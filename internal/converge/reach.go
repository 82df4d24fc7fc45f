package converge

import (
	"context"
	"errors"
	"sync"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// ReachError means that the machine was not reached when it was needed, so nothing ran.
type ReachError struct{ Err error }

func (e *ReachError) Error() string { return e.Err.Error() }

func (e *ReachError) Unwrap() error { return e.Err }

// reaching returns e for one call: whatever that asks or runs first reaches the machine,
// and the rest takes it as reached.
func (e Engine) reaching(ctx context.Context) Engine {
	reach := e.Reach
	if reach == nil {
		reach = func(context.Context) error { return nil }
	}
	e.reached = sync.OnceValue(func() error {
		if err := reach(ctx); err != nil {
			return &ReachError{Err: err}
		}
		return nil
	})
	return e
}

// acts reports whether the machine is needed at all: to ask a guard, or to run something
// without asking.
func (e Engine) acts(ctx context.Context, s Spec, f guard.Facts) bool {
	return f.AsksGuards() && !s.Guards.Empty() || guard.Decide(ctx, e.Host, f, guard.Set{}).Verdict == guard.Run
}

// approach reaches the machine before anything else is waited for, so that who waits for a
// machine takes neither a lock nor a slot from who could use it. Where the machine is not
// reached nothing will run, and nobody has to wait for that.
func (e Engine) approach(s Spec) (Engine, Spec) {
	if e.reached() != nil {
		s.Lock, e.MaxParallel = "", 0
	}
	return e, s
}

// ask puts guards to the machine. One that is not reached leaves the first of them without
// an answer.
func (e Engine) ask(ctx context.Context, set guard.Set) guard.Decision {
	if err := e.reached(); err != nil {
		return set.Unanswered(err)
	}
	return set.Ask(ctx, e.Host)
}

// unanswered returns the error of a decision for want of an answer.
func unanswered(d guard.Decision) error {
	reason := d.Reasons[0]
	if unreached, ok := errors.AsType[*ReachError](reason.Err); ok {
		return unreached
	}
	return &GuardError{Reason: reason}
}

// lost reports that nobody knows whether the command still runs, so that another try might
// run beside it.
func lost(err error) bool {
	_, ok := errors.AsType[*host.LostError](err)
	return ok
}
