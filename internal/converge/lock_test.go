package converge_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// lockName returns a name that no other test and no other run of this one uses.
func lockName(t *testing.T) string {
	t.Helper()
	return t.Name() + time.Now().String()
}

func TestRunsUnderOneLockNeverOverlap(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lock    string
		overlap bool
	}{
		"with a lock":               {lockName(t), false},
		"without one, as a control": {"", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const runs = 4
			var inside atomic.Int32
			var overlapped atomic.Bool
			together := make(chan struct{})
			h := hosttest.NewFake(t)
			h.On("job").Do(func(context.Context, host.Command) error {
				n := inside.Add(1)
				defer inside.Add(-1)
				if n > 1 {
					overlapped.Store(true)
				}
				if !tc.overlap {
					return nil
				}
				// All of them get here at once, or the control hangs.
				if n == runs {
					close(together)
				}
				<-together
				return nil
			})
			spec := oneJob()
			spec.Lock = tc.lock
			var all sync.WaitGroup
			for range runs {
				all.Go(func() {
					if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got := overlapped.Load(); got != tc.overlap {
				t.Errorf("some of %d runs overlapped: %v, want %v", runs, got, tc.overlap)
			}
		})
	}
}

func TestLockIsHeldAcrossProcesses(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, func(), interface{ Kill() error }){
		"until the holder is done":   func(_ *testing.T, release func(), _ interface{ Kill() error }) { release() },
		"until the holder is killed": func(t *testing.T, _ func(), p interface{ Kill() error }) { t.Helper(); _ = p.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lock := lockName(t)
			release, process := startHolder(t, lock)
			h := hosttest.NewFake(t)
			h.On("job")
			h.File("/c", false)
			spec := oneJob()
			spec.Lock = lock
			spec.Guards.Creates = []string{"/c"}

			waiting, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			outcome, err := converge.Engine{Host: h}.Converge(waiting, spec, guard.Facts{First: true})
			var refused *converge.LockError
			if !errors.As(err, &refused) || !errors.Is(err, context.DeadlineExceeded) || outcome.Run != nil {
				t.Fatalf("while another process holds the lock: %v, %v", outcome, err)
			}
			if got := h.Log(); len(got) > 0 {
				t.Fatalf("without the lock %v was asked", got)
			}

			end(t, release, process)
			if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"exists /c", "run job", "exists /c"}, h.Log()); diff != "" {
				t.Errorf("the control, with the lock (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitingForALockOfThisProcessCanBeCancelled(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	h.On("job").Do(func(context.Context, host.Command) error {
		close(entered)
		<-leave
		return nil
	})
	spec := oneJob()
	spec.Lock = lockName(t)
	done := make(chan error, 1)
	go func() {
		_, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
		done <- err
	}()
	<-entered
	cancelled, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupt")
	cancel(why)
	_, err := converge.Engine{Host: h}.Converge(cancelled, spec, guard.Facts{First: true})
	var refused *converge.LockError
	if !errors.As(err, &refused) || !errors.Is(err, why) || refused.Name != spec.Lock {
		t.Errorf("a cancelled wait returns %v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"run job"}, h.Log()); diff != "" {
		t.Errorf("what ran (-want +got):\n%s", diff)
	}
}

func TestOtherLocksAndObserversDoNotWait(t *testing.T) {
	t.Parallel()
	lock := lockName(t)
	startHolder(t, lock)
	h := hosttest.NewFake(t)
	h.On("job")
	h.File("/c", false)
	spec := oneJob()
	spec.Lock = lock
	spec.Guards.Creates = []string{"/c"}
	if _, err := (converge.Engine{Host: h}).Observe(t.Context(), spec, guard.Facts{}); err != nil {
		t.Errorf("an observer: %v", err)
	}
	spec.Lock += "another"
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{}); err != nil {
		t.Errorf("another lock: %v", err)
	}
}
