package converge

import (
	"context"
	"fmt"
	"os"
	"time"
)

// slotPoll is how often slots that other runs hold are tried again. A run of this process
// that ends wakes nobody up: who waits in another process has the same chance.
const slotPoll = 10 * time.Millisecond

// slotVariable marks the environment of a run that holds a slot. A command may run an
// engine of its own, whose runs belong to that slot: waiting for another one they would
// wait for the run that waits for them.
const slotVariable = "EXEC_SLOT"

// slotTurn holds back the runs of this process, so that only one of them at a time polls.
var slotTurn = make(chan struct{}, 1)

// takeSlot waits for one of as many slots as limit says, which all processes of this user
// share, and returns what gives it back and how the run that holds it is marked. Zero is no
// limit. The kernel frees the slot of a process that dies. The error is a [*SlotError];
// that of a context that ended wraps its cause.
func takeSlot(ctx context.Context, limit int) (release func(), mark map[string]string, err error) {
	if limit <= 0 || os.Getenv(slotVariable) != "" {
		return func() {}, nil, nil
	}
	select {
	case slotTurn <- struct{}{}:
		defer func() { <-slotTurn }()
	case <-ctx.Done():
		return nil, nil, &SlotError{Limit: limit, Err: context.Cause(ctx)}
	}
	poll := time.NewTicker(slotPoll)
	defer poll.Stop()
	for ctx.Err() == nil {
		for n := range limit {
			name := fmt.Sprintf("slot-%d-%d", os.Getuid(), n)
			file, err := lockFile(name)
			locked := false
			if err == nil {
				locked, err = file.TryLock()
			}
			if err != nil {
				return nil, nil, &SlotError{Limit: limit, Err: err}
			}
			if locked {
				return func() { _ = file.Unlock() }, map[string]string{slotVariable: name}, nil
			}
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
		}
	}
	return nil, nil, &SlotError{Limit: limit, Err: context.Cause(ctx)}
}
