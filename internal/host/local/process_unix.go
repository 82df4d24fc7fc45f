//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// process is one run of a command. Its own goroutine, on a thread of its own, starts it,
// waits for it and reaps it; the caller's goroutine stops it if need be.
type process struct {
	ctx     context.Context
	command host.Command
	private []string

	// begun is closed once the start has succeeded or failed, ended once there is no more
	// to know. A stop closes released when it needs the session's number no longer.
	// The command itself is over once gone is closed, whatever it has left behind.
	begun, ended, released, gone chan struct{}
	// settled is set once, by whoever comes first: the start was over in time, or nobody
	// waits for it any more.
	settled atomic.Bool
	// end is decided once: the command ended by itself, or it was stopped.
	end atomic.Int32

	// Up to begun, and after it to be read only.
	launch   *launch
	streams  *streams
	pid      int
	started  time.Time
	startErr error
	// Up to ended.
	over    time.Time
	status  syscall.WaitStatus
	waitErr error
}

const (
	endedItself = iota + 1
	endedByStop
)

func run(ctx context.Context, c host.Command, private []string) (host.Result, error) {
	p := &process{
		ctx: ctx, command: c, private: private,
		begun: make(chan struct{}), ended: make(chan struct{}), released: make(chan struct{}), gone: make(chan struct{}),
	}
	go p.live()
	select {
	case <-p.ended:
	case <-ctx.Done():
		if p.forsake() {
			return host.Result{}, &host.StopError{Cause: context.Cause(ctx)}
		}
		if p.startErr == nil && p.end.CompareAndSwap(0, endedByStop) {
			return p.stop(ctx)
		}
		<-p.ended
	}
	return p.outcome()
}

// forsake waits a moment for the start to be over, and reports whether it was in vain.
// Then what this goroutine has of the process may not be read any more, and whatever
// starts after all is ended at once.
func (p *process) forsake() bool {
	select {
	case <-p.begun:
		return false
	case <-time.After(startGrace):
	}
	if p.settled.CompareAndSwap(false, true) {
		return true
	}
	<-p.begun
	return false
}

// live is the life of the process, from start to reaping.
func (p *process) live() {
	defer close(p.ended)
	// See own: the child dies with the thread that forked it.
	runtime.LockOSThread()
	spoiled, err := p.start()
	if !spoiled {
		// A spoiled thread stays locked, so that it ends with this goroutine.
		defer runtime.UnlockOSThread()
	}
	p.startErr = err
	inTime := p.settled.CompareAndSwap(false, true)
	switch {
	case err != nil:
	case inTime:
		p.streams.begin()
	default:
		p.streams.abandon()
		killSessions([]int{p.pid})
	}
	close(p.begun)
	if err == nil {
		p.bury()
	}
}

// bury waits for the end of the child and reaps it.
func (p *process) bury() {
	c := child{pid: p.pid}
	c.await()
	over := time.Now()
	close(p.gone)
	if !p.end.CompareAndSwap(0, endedItself) {
		<-p.released
	}
	// In this order, where await does not reap: as long as the child is not reaped, its
	// number is given to nobody else, so what the watchdog knows is never a stranger.
	watch.remove(p.pid)
	p.status, p.waitErr = c.reap()
	p.over = over
}

// start finds out what the command means and starts it. It reports whether the thread is
// of no use to anyone else any more.
func (p *process) start() (spoiled bool, err error) {
	spoiled, err = p.prepare()
	if err == nil {
		if err = p.try(); err != nil {
			p.streams.abandon()
		}
	}
	switch {
	case err == nil:
	case p.ctx.Err() != nil:
		err = &host.StopError{Cause: context.Cause(p.ctx)}
	case short(err):
		err = exhausted(p.command.Argv[0], err)
	}
	return spoiled, err
}

func (p *process) prepare() (spoiled bool, err error) {
	if p.launch, err = newLaunch(p.ctx, p.command, p.private); err != nil {
		return false, err
	}
	if p.streams, err = openStreams(p.command); err != nil {
		return false, &host.StartError{Reason: host.StartOther, Subject: p.command.Argv[0], Detail: "no pipe for its input or output", Err: err}
	}
	return p.launch.takeMask(), nil
}

// try tries the files that the program's name may mean until one of them starts.
func (p *process) try() error {
	for {
		program, err := p.launch.program.next()
		if err != nil {
			return err
		}
		p.launch.reach(program)
		p.started = time.Now()
		p.pid, err = p.launch.fork(p.ctx, program, p.streams.child)
		if err == nil || p.ctx.Err() != nil {
			return err
		}
		if err := p.launch.diagnose(program, err); !p.launch.tryNext(err) {
			return err
		}
	}
}

// interrupt has the command end by itself, if it is one that should, and waits for that.
// Its number is its own for as long as nothing is released.
func (p *process) interrupt() {
	if p.command.Interrupt <= 0 {
		return
	}
	_ = syscall.Kill(-p.pid, syscall.SIGINT)
	select {
	case <-p.gone:
	case <-time.After(p.command.Interrupt):
	}
}

// stop ends everything of the command, and judges by that alone.
func (p *process) stop(ctx context.Context) (host.Result, error) {
	after := time.Since(p.started)
	p.interrupt()
	killed := stopSession(p.pid)
	close(p.released)
	r := host.Result{ExitCode: -1, Started: p.started}
	select {
	case <-p.ended:
		r.Ended = p.over
	case <-time.After(killGrace):
		// It hangs in the kernel. Its goroutine waits on.
		r.Ended = time.Now()
	}
	r.OutputHeld = p.streams.finish()
	return r, &host.StopError{Cause: context.Cause(ctx), Killed: killed, After: after}
}

// outcome is what came of a command that was not stopped.
func (p *process) outcome() (host.Result, error) {
	if p.startErr != nil {
		return host.Result{}, p.startErr
	}
	r := host.Result{ExitCode: -1, Started: p.started, Ended: p.over, OutputHeld: p.streams.finish()}
	switch {
	case p.waitErr != nil:
		return r, p.waitErr
	case p.status.Signaled():
		return r, signalled(p.status.Signal())
	}
	r.ExitCode = p.status.ExitStatus()
	return r, nil
}

func signalled(s syscall.Signal) error {
	name := unix.SignalName(s)
	if name == "" {
		// A real-time signal; their names depend on who counts.
		name = fmt.Sprintf("signal %d", int(s))
	}
	return &host.SignalError{Name: name, Number: int(s)}
}

func wait(pid int) (syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(pid, &status, 0, nil)
		switch {
		case err == nil:
			return status, nil
		case !errors.Is(err, syscall.EINTR):
			return status, fmt.Errorf("the exit status was lost: %w", err)
		}
	}
}
