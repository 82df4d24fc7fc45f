package remote

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Run implements [host.Host]. With a ctx that is already done it starts nothing.
//
// What belongs to a command is its session on the machine, as on this one, where Linux lists
// the members of a session; elsewhere it is the process group. If the connection is lost
// while the command runs or is stopped, the machine ends it when it notices, and the error is
// a [*host.LostError].
func (h *Host) Run(ctx context.Context, c host.Command) (host.Result, error) {
	if ctx.Err() != nil {
		return host.Result{}, &host.StopError{Cause: context.Cause(ctx)}
	}
	if err := c.Check(); err != nil {
		return host.Result{}, err
	}
	r, err := h.begin(ctx, c)
	switch {
	case err != nil && ctx.Err() != nil:
		return host.Result{}, &host.StopError{Cause: context.Cause(ctx)}
	case err != nil:
		return host.Result{}, err
	}
	defer r.leave()
	select {
	case <-r.over:
		return r.outcome()
	case <-ctx.Done():
	}
	select {
	case <-r.over:
		return r.outcome()
	default:
		return r.stop(ctx)
	}
}

// run is one command on the machine.
type run struct {
	target  string
	command host.Command
	link    *link
	session *session
	pid     int
	story   *story
	// told is when the script was told what to run.
	told   time.Time
	stdout *stream
	stderr *stream
	// complaint is the end of what was said on stderr, before the command began and after.
	complaint *host.Capture

	// stopping says that all of the command is being ended, and not only its own process.
	stopping atomic.Bool
	// over is closed once the command has ended, or nobody can know any more.
	over   chan struct{}
	ended  time.Time
	status uint32
	signal string
	// lost is why it is not known how the command ended; nil if it is.
	lost error
	held bool
}

// begin starts the script on the machine and tells it what to run. A connection that turns
// out to be lost before anything was asked for is made anew once.
func (h *Host) begin(ctx context.Context, c host.Command) (*run, error) {
	for try := 1; ; try++ {
		l, err := h.link(ctx)
		if err != nil {
			return nil, err
		}
		r := &run{target: h.place.Target(), command: c, link: l, over: make(chan struct{}), complaint: host.NewTail(messageLimit)}
		err = r.begin(ctx)
		if err == nil {
			return r, nil
		}
		switch gone := l.gone(ctx); {
		case gone && try == 1:
			continue
		case gone:
			return nil, &host.LostError{Target: h.place.Target(), Err: err}
		}
		return nil, h.notBegun(c, err)
	}
}

// notBegun words why the script did not even read what it should run.
func (h *Host) notBegun(c host.Command, err error) error {
	if silent, ok := errors.AsType[*silentError](err); ok {
		return &host.StartError{Reason: host.StartOther, Subject: c.Argv[0], Detail: silent.Error()}
	}
	if errors.Is(err, errRefused) {
		return unreachable(h.place, err)
	}
	return &host.LostError{Target: h.place.Target(), Err: err}
}

func (r *run) begin(ctx context.Context) error {
	s, err := r.link.start(ctx, r.link.lines.run, roomForLooks, r.command.TakeTurn)
	if err != nil {
		return err
	}
	pid, stdout, err := s.greeted(ctx)
	if err != nil {
		return err
	}
	if err := s.within(ctx, func() error { return r.link.keeper.watch(pid) }); err != nil {
		return err
	}
	r.session, r.pid = s, pid
	j := newJob(r.command)
	r.story = newStory(j.word)
	turn := new(sync.Mutex)
	r.stdout = newStream(stdout, r.command.Stdout, turn, r.story.hear)
	r.stderr = newStream(io.TeeReader(s.Stderr(), r.complaint), r.command.Stderr, turn, passOver(j.word+"\n"))
	go r.stdout.pump()
	go r.stderr.pump()
	go r.await()
	r.told = time.Now()
	go r.feed(j.lines())
	return nil
}

// feed writes what the script reads, and after it what the command can read. A command that
// does not read it all holds it up until the session ends.
func (r *run) feed(job string) {
	if _, err := io.WriteString(r.session, job); err != nil {
		return
	}
	if _, err := io.WriteString(r.session, r.command.Stdin); err == nil {
		_ = r.session.CloseWrite()
	}
}

// await notes how the command ended.
func (r *run) await() {
	known := false
	for request := range r.session.requests {
		if request.WantReply {
			_ = request.Reply(false, nil)
		}
		if known {
			continue
		}
		var exit struct{ Status uint32 }
		var signal struct {
			Name    string
			Core    bool
			Message string
			Tag     string
		}
		switch {
		case request.Type == "exit-status" && ssh.Unmarshal(request.Payload, &exit) == nil:
			r.status = exit.Status
		case request.Type == "exit-signal" && ssh.Unmarshal(request.Payload, &signal) == nil:
			r.signal = signal.Name
		default:
			continue
		}
		known = true
		r.ended = time.Now()
		// What it left behind lives on, unless that is to be ended as well: then the machine
		// has to see to it if the connection is lost meanwhile.
		if !r.stopping.Load() {
			r.link.keeper.forget(r.pid)
		}
		close(r.over)
	}
	if !known {
		r.ended = time.Now()
		r.lost = errors.New("the machine said no more")
		close(r.over)
	}
}

// outcome is what came of a command that was not stopped.
func (r *run) outcome() (host.Result, error) {
	if r.lost != nil {
		// What has arrived may not have been read yet, such as that it began at all.
		<-r.stdout.ended
		<-r.stderr.ended
		if failure, failed := r.story.failure(); failed {
			return host.Result{}, r.startError(failure)
		}
		e := &host.LostError{Target: r.target, Err: r.lost}
		result := host.Result{ExitCode: -1}
		result.Started, _ = r.mayHaveBegun()
		result.Ended = r.endedAfter(result.Started)
		e.After = result.Ended.Sub(result.Started)
		return result, e
	}
	r.held = finish(r.link.ping, r.stdout, r.stderr)
	started, ok := r.begun()
	// The script may have taken back that the command had begun.
	if failure, failed := r.story.failure(); failed || !ok {
		return host.Result{}, r.startError(failure)
	}
	result := host.Result{ExitCode: -1, Started: started, Ended: r.endedAfter(started), OutputHeld: r.held}
	if r.signal != "" {
		return result, signalled(r.signal)
	}
	if r.envFailed() {
		return host.Result{}, r.startError("exec")
	}
	result.ExitCode = int(r.status)
	return result, nil
}

// begun returns when the command began, if it did.
func (r *run) begun() (time.Time, bool) {
	select {
	case <-r.story.began:
		return r.story.started, true
	default:
		return time.Time{}, false
	}
}

// mayHaveBegun is begun for a command of which nothing more will be heard: unless the script
// has said that it could not be started, it counts as one that was.
func (r *run) mayHaveBegun() (time.Time, bool) {
	if _, failed := r.story.failure(); failed {
		return time.Time{}, false
	}
	if started, ok := r.begun(); ok {
		return started, true
	}
	return r.told, true
}

// endedAfter returns when the command ended. Its end may be heard of before its beginning.
func (r *run) endedAfter(started time.Time) time.Time {
	if r.ended.Before(started) {
		return started
	}
	return r.ended
}

// stop ends everything of the command, and judges by that alone.
func (r *run) stop(ctx context.Context) (host.Result, error) {
	result := host.Result{ExitCode: -1}
	e := &host.StopError{Cause: context.Cause(ctx)}
	told := time.Now()
	r.stopping.Store(true)
	r.interrupt()
	var lost error
	e.Killed, lost = r.link.keeper.stop(r.pid)
	select {
	case <-r.over:
	case <-time.After(killGrace):
	}
	r.held = finish(r.link.ping, r.stdout, r.stderr)
	r.link.keeper.forget(r.pid)
	// Only now everything has arrived that was sent before, such as that it began.
	started, begun := r.begun()
	if lost != nil {
		started, begun = r.mayHaveBegun()
	}
	if begun {
		if started.After(told) {
			started = told
		}
		result.Started, e.After = started, told.Sub(started)
		result.Ended = time.Now()
		result.OutputHeld = r.held
	}
	if lost != nil {
		// Nobody said that it was stopped.
		return result, &host.LostError{Target: r.target, After: e.After, Err: lost}
	}
	return result, e
}

// interrupt has the command end by itself, if it is one that should, and waits for that.
func (r *run) interrupt() {
	if r.command.Interrupt <= 0 {
		return
	}
	if _, err := r.link.keeper.signal("INT", r.pid); err != nil {
		return
	}
	select {
	case <-r.over:
	case <-time.After(r.command.Interrupt):
	}
}

// leave gives up the session, unless somebody still writes to it: then it is read until its
// room is needed, so that who writes does not die of it.
func (r *run) leave() {
	if r.held && r.link.alive() {
		r.link.spare(r.session)
		return
	}
	r.session.close()
}
