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

// Slots belong to the user, and other processes may hold some of them meanwhile: that
// makes these tests wait, and none of them fail.

// What runs far away has the slots of that machine to itself.
func TestASlotIsNotMarkedElsewhere(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(context.Context) error{
		"there": func(context.Context) error { return nil }, "here, the control": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job")
			engine := converge.Engine{Host: h, MaxParallel: 8, Reach: reach}
			if _, err := engine.Converge(t.Context(), oneJob(), guard.Facts{First: true}); err != nil {
				t.Fatal(err)
			}
			if _, marked := h.Commands()[0].Env["EXEC_SLOT"]; marked != (reach == nil) {
				t.Errorf("the run is marked: %v", marked)
			}
		})
	}
}

func TestNoMoreRunsThanSlots(t *testing.T) {
	t.Parallel()
	const runs = 6
	for name, tc := range map[string]struct {
		limit int
		// atOnce is how many runs wait for each other inside, so the test hangs if that many
		// cannot be there.
		atOnce, most int32
	}{
		"two slots":                {2, 2, 2},
		"no limit, as the control": {0, runs, runs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var inside, peak atomic.Int32
			together := make(chan struct{})
			var once sync.Once
			h := hosttest.NewFake(t)
			h.On("job").Do(func(context.Context, host.Command) error {
				n := inside.Add(1)
				defer inside.Add(-1)
				for seen := peak.Load(); n > seen; seen = peak.Load() {
					_ = peak.CompareAndSwap(seen, n)
				}
				if n >= tc.atOnce {
					once.Do(func() { close(together) })
				}
				<-together
				return nil
			})
			engine := converge.Engine{Host: h, MaxParallel: tc.limit}
			var all sync.WaitGroup
			for range runs {
				all.Go(func() {
					if _, err := engine.Converge(t.Context(), oneJob(), guard.Facts{First: true}); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got := peak.Load(); got != tc.most {
				t.Errorf("%d runs at once, want %d", got, tc.most)
			}
		})
	}
}

// A slot is held by a process, waited for without asking anything, and free once that
// process is done or dead.
func TestSlotIsHeldAcrossProcesses(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(func(), interface{ Kill() error }) error{
		"until the holder is done":   func(release func(), _ interface{ Kill() error }) error { release(); return nil },
		"until the holder is killed": func(_ func(), p interface{ Kill() error }) error { return p.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			release, process := startSlotHolder(t)
			h := hosttest.NewFake(t)
			h.On("job")
			h.On("undo")
			h.File("/c", false)
			spec := oneJob()
			spec.Guards.Creates = []string{"/c"}
			spec.Destroy = &converge.Destroy{Command: argv("undo"), Returns: []int{0}}
			engine := converge.Engine{Host: h, MaxParallel: 1}

			why := errors.New("interrupt")
			for what, call := range map[string]func(context.Context) error{
				"a run": func(ctx context.Context) error {
					_, err := engine.Converge(ctx, spec, guard.Facts{First: true})
					return err
				},
				"an undo": func(ctx context.Context) error { _, err := engine.Undo(ctx, spec, converge.Last{}); return err },
			} {
				waiting, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, why)
				err := call(waiting)
				cancel()
				var refused *converge.SlotError
				if !errors.As(err, &refused) || !errors.Is(err, why) || refused.Limit != 1 {
					t.Fatalf("%s while another process holds the slot: %v", what, err)
				}
			}
			if _, err := engine.Observe(t.Context(), spec, guard.Facts{}); err != nil {
				t.Errorf("an observer takes no slot: %v", err)
			}
			reader := oneJob()
			reader.ReadOnly = true
			if _, err := engine.Converge(t.Context(), reader, guard.Facts{First: true}); err != nil {
				t.Errorf("a command that only reads takes no slot: %v", err)
			}
			if diff := cmp.Diff([]string{"exists /c", "run job"}, h.Log()); diff != "" {
				t.Fatalf("what was asked and run without a slot (-want +got):\n%s", diff)
			}

			h.Forget()
			if err := end(release, process); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"exists /c", "run job", "exists /c"}, h.Log()); diff != "" {
				t.Errorf("the control, with the slot (-want +got):\n%s", diff)
			}
		})
	}
}

// The lock comes first: who waits for a lock takes no slot from who could use it.
func TestWaitingForALockHoldsNoSlot(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job")
	lock := lockName(t)
	startHolder(t, lock)
	engine := converge.Engine{Host: h, MaxParallel: 1}
	locked := oneJob()
	locked.Lock = lock
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() {
		_, err := engine.Converge(ctx, locked, guard.Facts{First: true})
		waiting <- err
	}()
	for range 3 {
		if _, err := engine.Converge(t.Context(), oneJob(), guard.Facts{First: true}); err != nil {
			t.Error(err)
		}
	}
	cancel()
	var refused *converge.LockError
	if err := <-waiting; !errors.As(err, &refused) {
		t.Errorf("the run that waits for the lock: %v", err)
	}
	if diff := cmp.Diff([]string{"run job", "run job", "run job"}, h.Log()); diff != "" {
		t.Errorf("what ran (-want +got):\n%s", diff)
	}
}

// A command may run an engine itself. What that runs belongs to the slot that the command
// holds; it could wait for another one for ever.
func TestARunInsideOfARunTakesNoSlot(t *testing.T) {
	h := hosttest.NewFake(t)
	engine := converge.Engine{Host: h, MaxParallel: 1}
	h.On("inner")
	h.On("job").Do(func(ctx context.Context, c host.Command) error {
		mark, ok := c.Env["EXEC_SLOT"]
		if !ok {
			t.Error("the run is not marked")
		}
		inner := oneJob()
		inner.Command = argv("inner")
		unmarked, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		var refused *converge.SlotError
		if _, err := engine.Converge(unmarked, inner, guard.Facts{First: true}); !errors.As(err, &refused) {
			t.Errorf("the control, without the mark: %v", err)
		}
		t.Setenv("EXEC_SLOT", mark) // As the engine that the command starts has it.
		_, err := engine.Converge(ctx, inner, guard.Facts{First: true})
		return err
	})
	if _, err := engine.Converge(t.Context(), oneJob(), guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"run job", "run inner"}, h.Log()); diff != "" {
		t.Errorf("what ran (-want +got):\n%s", diff)
	}
}

// Without a limit nothing is marked, or an engine below would take no slot of its own.
func TestNoSlotNoMark(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job")
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), oneJob(), guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if _, ok := h.Commands()[0].Env["EXEC_SLOT"]; ok {
		t.Error("the run is marked")
	}
}

// A service that runs an engine is marked too, and so is what makes it ready.
func TestServicesAreMarkedAsWell(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("tofu", "apply")
	var base host.Command
	spec := oneJob()
	spec.Command = converge.Line{}
	spec.Service = serving{prepare: func(c host.Command) *converge.Prepared {
		base = c
		return &converge.Prepared{Argv: []string{"tofu", "apply"}, CleanEnvironment: true}
	}}
	if _, err := (converge.Engine{Host: h, MaxParallel: 1}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	for what, env := range map[string]map[string]string{"the service": h.Commands()[0].Env, "what makes it ready": base.Env} {
		if env["EXEC_SLOT"] == "" {
			t.Errorf("%s is not marked", what)
		}
	}
}
