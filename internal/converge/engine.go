package converge

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Engine converges resources on one machine. It is safe for concurrent use.
type Engine struct {
	Host host.Host
	// Reach makes sure that Host can be asked, and may wait until it can; nil means that it
	// always can. It is called at most once for each Observe, Converge and Undo, before
	// something is asked or run, and its time counts towards no limit.
	Reach func(ctx context.Context) error
	// GuardTimeout limits each guard; zero means no limit.
	GuardTimeout time.Duration
	// Timeout limits each try of a spec whose own is [EngineTimeout]; zero means no limit.
	Timeout time.Duration
	// MaxParallel is how many runs may go on at once, over all processes of this user that
	// set it; zero means no limit.
	MaxParallel int
	// Defaults is what surrounds every process where its spec does not say.
	Defaults Defaults
	// Identify finds the program of a command on Host, by the PATH that the command gets,
	// and returns its path and the digest of its content in hexadecimal. An empty path
	// means that there is none. It is asked only where an executable is pinned.
	Identify func(ctx context.Context, c host.Command) (path, sha256 string, err error)

	// reached is Reach for one call; it is called as often as need be.
	reached func() error
}

// Outcome is what an apply came to.
type Outcome struct {
	Decision guard.Decision
	// Run is what ran; nil if nothing did.
	Run *Run
	// Notices are facts that are no failure and that somebody should hear of.
	Notices []Notice
}

// Notice is a fact that is no failure.
type Notice int

// The notices.
const (
	// StillNeeded means that the command succeeded and none of its creates paths exists,
	// so that it will be found needed again.
	StillNeeded Notice = iota
	// OutputHeld means that a process outlived the command and still holds its output.
	OutputHeld
	// OutputCut means that stdout or stderr exceeded the limit.
	OutputCut
	// LogIncomplete means that not all output could be written to the log file.
	LogIncomplete
)

// Observe walks the decision table with the facts. It runs guards and never the command.
// Where the machine is not reached, the first guard gave no answer, for a [*ReachError].
// The error is a [*LineError].
func (e Engine) Observe(ctx context.Context, s Spec, f guard.Facts) (guard.Decision, error) {
	e = e.reaching(ctx)
	defer s.release()
	decision, _, err := e.decide(ctx, e.complete(s), f)
	return decision, err
}

// asked is how guards were asked, for who wants to ask them again.
type asked struct {
	// spec is the one whose guards they are, in the place where they are asked.
	spec   Spec
	guards guard.Set
}

// decide walks the decision table. Guards whose working directory cannot be had give no
// answer; where only what follows a trigger needs it, that is a [*PrepareError].
func (e Engine) decide(ctx context.Context, s Spec, f guard.Facts) (guard.Decision, asked, error) {
	placed, unplaced := s.placed(ctx, f)
	if unplaced != nil && !f.AsksGuards() {
		return guard.Decision{}, asked{}, unplaced
	}
	set, err := placed.surroundings().guardSet(placed.Guards, e.GuardTimeout)
	if err != nil {
		return guard.Decision{}, asked{}, err
	}
	if unplaced != nil {
		return set.Unanswered(errors.Unwrap(unplaced)), asked{}, nil
	}
	if f.AsksGuards() && !set.Empty() {
		if err := e.reached(); err != nil {
			return set.Unanswered(err), asked{}, nil
		}
	}
	return guard.Decide(ctx, e.Host, f, set), asked{placed, set}, nil
}

// Remembered returns the facts that stand without any trigger: what s asks for, and how
// its latest run went.
func (s Spec) Remembered(last Last) guard.Facts {
	return guard.Facts{RefreshOnly: s.RefreshOnly, LastRunFailed: last.Failed(s), Always: s.Always}
}

// Converge decides with the facts and the guards, runs the command if it is needed, and
// verifies the result. The errors are [*GuardError], [*ReachError], [*LockError],
// [*SlotError], [*LogFileError], [*LineError], [*PinError] and [*PrepareError], after which
// nothing ran, and [*RunError] and [*VerifyError], whose Run is in the Outcome too if
// anything was started. A context that ended while a lock or a slot was awaited is an error
// of that.
func (e Engine) Converge(ctx context.Context, s Spec, f guard.Facts) (Outcome, error) {
	e = e.reaching(ctx)
	if e.acts(ctx, s, f) {
		e, s = e.approach(s)
	}
	s, release, err := e.enter(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	defer release()
	defer s.release()
	decision, asked, err := e.decide(ctx, s, f)
	if err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Decision: decision}
	switch decision.Verdict {
	case guard.Skip:
		return outcome, nil
	case guard.Unsure:
		return outcome, unanswered(decision)
	case guard.Run:
	}
	if decision.Refresh && !s.Refresh.IsZero() {
		outcome.Run, err = e.run(ctx, asked.spec.withWriteOnly().job(s.Refresh))
	} else {
		outcome.Run, err = e.execute(ctx, s)
	}
	if outcome.Run != nil {
		outcome.Notices = append(outcome.Notices, outcome.Run.notices()...)
	}
	if err != nil {
		return outcome, err
	}
	if s.Verify {
		if d := asked.guards.Ask(ctx, e.Host); d.Verdict != guard.Skip {
			return outcome, &VerifyError{Run: *outcome.Run, Decision: d}
		}
		return outcome, nil
	}
	if e.stillNeeded(ctx, asked.guards) {
		outcome.Notices = append(outcome.Notices, StillNeeded)
	}
	return outcome, nil
}

// enter waits until s may run: for its lock, and then for a slot, so that no run holds a
// slot while it waits for another one. It returns s as it is run, and what lets the next
// one in.
func (e Engine) enter(ctx context.Context, s Spec) (entered Spec, leave func(), err error) {
	unlock, err := acquire(ctx, s.Lock)
	if err != nil {
		return s, nil, err
	}
	slots := e.MaxParallel
	if s.ReadOnly {
		slots = 0
	}
	vacate, mark, err := takeSlot(ctx, slots)
	if err != nil {
		unlock()
		return s, nil, err
	}
	s = e.complete(s)
	if mark != nil && e.Reach == nil {
		// The slots of another machine are others.
		s.Process = s.Process.with(mark)
	}
	return s, func() {
		vacate()
		unlock()
	}, nil
}

// execute runs what the spec says.
func (e Engine) execute(ctx context.Context, s Spec) (*Run, error) {
	s = s.withWriteOnly()
	if s.Service != nil {
		return e.serve(ctx, s, s.Service.Prepare)
	}
	line := s.line()
	if err := e.checkPin(ctx, s, line); err != nil {
		return nil, err
	}
	return e.run(ctx, s.job(line))
}

type prepareFunc func(ctx context.Context, base host.Command) (*Prepared, error)

// serve makes a service ready, runs it, and reads its result. The Run is nil if nothing
// was started, and if there was nothing to run.
func (e Engine) serve(ctx context.Context, s Spec, prepare prepareFunc) (*Run, error) {
	ready, err := prepare(ctx, s.surroundings().base())
	if err != nil {
		return nil, &PrepareError{Err: err}
	}
	if ready == nil {
		return nil, nil
	}
	if ready.Close != nil {
		defer ready.Close()
	}
	run, err := e.run(ctx, s.prepared(ready))
	if run != nil && ready.Result != nil {
		run.Result, run.ResultError = ready.Result(ctx, *run)
		run.HasResult = run.ResultError == nil
		run.Result = maskedValue(s.WriteOnly.masker(), run.Result)
	}
	return run, err
}

// checkPin refuses to run under an executable whose content is not what was expected. One
// that does not exist is left to fail at its start, which says so better.
func (e Engine) checkPin(ctx context.Context, s Spec, l Line) error {
	if s.Executable == nil || s.Executable.SHA256 == "" {
		return nil
	}
	command, err := s.surroundings().command(l)
	if err != nil {
		return &LineError{Kind: Command, Err: err}
	}
	if err := e.reached(); err != nil {
		return err
	}
	path, digest, err := e.Identify(ctx, command)
	if path == "" && err == nil || err == nil && digest == s.Executable.SHA256 {
		return nil
	}
	return &PinError{Name: s.Executable.Name, Path: path, Want: s.Executable.SHA256, Got: digest, Err: err}
}

// stillNeeded reports that a creates path should exist by now and none does. Where a path
// cannot be looked at there is nothing to report.
func (e Engine) stillNeeded(ctx context.Context, set guard.Set) bool {
	created := guard.Set{Creates: set.Creates, Dir: set.Dir, Timeout: set.Timeout}
	return !created.Empty() && created.Ask(ctx, e.Host).Verdict == guard.Run
}

// Undo runs the destroy command, if there is one and its guards do not say skip. The
// errors are those of Converge. Its environment holds what is remembered of the last run.
func (e Engine) Undo(ctx context.Context, s Spec, last Last) (Outcome, error) {
	e = e.reaching(ctx)
	if s.Destroy == nil && s.Service == nil {
		return Outcome{}, nil
	}
	if s.Destroy == nil {
		return e.undoService(ctx, s)
	}
	e, s = e.approach(s)
	s, release, err := e.enter(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	defer release()
	defer s.release()
	if s, err = s.locate(ctx); err != nil {
		return Outcome{}, err
	}
	s.Process = s.Process.with(last.environment())
	set, err := s.surroundings().guardSet(Guards{Unless: s.Destroy.Unless, OnlyIf: s.Destroy.OnlyIf}, e.GuardTimeout)
	if err != nil {
		return Outcome{}, err
	}
	var outcome Outcome
	if !set.Empty() {
		outcome.Decision = e.ask(ctx, set)
		switch outcome.Decision.Verdict {
		case guard.Skip:
			return outcome, nil
		case guard.Unsure:
			return outcome, unanswered(outcome.Decision)
		case guard.Run:
		}
	}
	outcome.Run, err = e.run(ctx, s.undoJob())
	if outcome.Run != nil {
		outcome.Notices = append(outcome.Notices, outcome.Run.notices()...)
	}
	return outcome, err
}

// undoService runs what undoes a service for which no destroy command is configured.
func (e Engine) undoService(ctx context.Context, s Spec) (Outcome, error) {
	s, release, err := e.enter(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	defer release()
	defer s.release()
	s.OutputLimit = KeepNothing
	run, err := e.serve(ctx, s, s.Service.PrepareUndo)
	outcome := Outcome{Run: run}
	if run != nil {
		outcome.Notices = run.notices()
	}
	return outcome, err
}
