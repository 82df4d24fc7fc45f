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
	launch  *launch
	streams *streams

	// begun is closed once the start has succeeded or failed, ended once there is no more
	// to know. A stop closes released when it needs the session's number no longer.
	begun, ended, released chan struct{}
	// end is decided once: the command ended by itself, or it was stopped.
	end atomic.Int32

	// Up to begun, and after it to be read only.
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
	l, err := newLaunch(c, private)
	if err != nil {
		return host.Result{}, err
	}
	s, err := openStreams(c)
	if err != nil {
		return host.Result{}, &host.StartError{Reason: host.StartOther, Subject: c.Argv[0], Detail: "no pipe for its input or output", Err: err}
	}
	p := &process{
		ctx: ctx, launch: l, streams: s,
		begun: make(chan struct{}), ended: make(chan struct{}), released: make(chan struct{}),
	}
	go p.live()
	select {
	case <-p.ended:
	case <-ctx.Done():
		<-p.begun
		if p.startErr == nil && p.end.CompareAndSwap(0, endedByStop) {
			return p.stop(ctx)
		}
		<-p.ended
	}
	return p.outcome()
}

// live is the life of the process, from start to reaping.
func (p *process) live() {
	// See own: the child dies with the thread that forked it.
	runtime.LockOSThread()
	spoiled, err := withUmask(p.launch.umask, p.start)
	if !spoiled {
		// A spoiled thread stays locked, so that it ends with this goroutine.
		defer runtime.UnlockOSThread()
	}
	if err != nil {
		p.startErr = err
		p.streams.abandon()
		close(p.begun)
		close(p.ended)
		return
	}
	p.streams.begin()
	close(p.begun)

	c := child{pid: p.pid}
	c.await()
	over := time.Now()
	if !p.end.CompareAndSwap(0, endedItself) {
		<-p.released
	}
	// In this order, where await does not reap: as long as the child is not reaped, its
	// number is given to nobody else, so what the watchdog knows is never a stranger.
	watch.remove(p.pid)
	p.status, p.waitErr = c.reap()
	p.over = over
	close(p.ended)
}

// start tries the files that the program's name may mean until one of them starts.
func (p *process) start() error {
	for {
		program, err := p.launch.program.next()
		if err != nil {
			return err
		}
		p.started = time.Now()
		p.pid, err = p.launch.fork(p.ctx, program, p.streams.child)
		if err == nil {
			return nil
		}
		if p.ctx.Err() != nil {
			return &host.StopError{Cause: context.Cause(p.ctx)}
		}
		if err := p.launch.diagnose(program, err); !p.launch.tryNext(err) {
			return err
		}
	}
}

// stop ends everything of the command, and judges by that alone.
func (p *process) stop(ctx context.Context) (host.Result, error) {
	after := time.Since(p.started)
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
