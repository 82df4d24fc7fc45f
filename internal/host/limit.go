package host

import (
	"context"
	"sync"
	"time"
)

// Limit returns a context for a command that may take this long, from when it is its turn:
// begin is for [Command.Turn]. Zero means no limit. The context then ends with the cause.
func Limit(ctx context.Context, d time.Duration, cause error) (limited context.Context, begin func(), release context.CancelFunc) {
	limited, cancel := context.WithCancelCause(ctx)
	if d <= 0 {
		return limited, func() {}, func() { cancel(nil) }
	}
	var timer *time.Timer
	var mu sync.Mutex
	begin = func() {
		mu.Lock()
		defer mu.Unlock()
		if timer == nil {
			timer = time.AfterFunc(d, func() { cancel(cause) })
		}
	}
	release = func() {
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel(nil)
	}
	return limited, begin, release
}

// TakeTurn tells whoever limits the time of the command that it is its turn.
func (c Command) TakeTurn() {
	if c.Turn != nil {
		c.Turn()
	}
}
