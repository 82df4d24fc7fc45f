package converge

import (
	"context"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Engine converges resources on one machine. It is safe for concurrent use.
type Engine struct {
	Host host.Host
	// GuardTimeout limits each guard; zero means no limit.
	GuardTimeout time.Duration
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
// The error is a [*LineError].
func (e Engine) Observe(ctx context.Context, s Spec, f guard.Facts) (guard.Decision, error) {
	set, err := s.Process.guardSet(s.Guards, e.GuardTimeout)
	if err != nil {
		return guard.Decision{}, err
	}
	return guard.Decide(ctx, e.Host, f, set), nil
}

// Remembered returns the facts that stand without any trigger: what s asks for, and how
// its latest run went.
func (s Spec) Remembered(last Last) guard.Facts {
	return guard.Facts{RefreshOnly: s.RefreshOnly, LastRunFailed: last.Failed(s), Always: s.Always}
}

// Converge decides with the facts and the guards, runs the command if it is needed, and
// verifies the result. The errors are [*GuardError], [*LockError], [*LogFileError] and
// [*LineError], after which nothing ran, and [*RunError] and [*VerifyError], whose Run is
// in the Outcome too; a context that ended while the lock was awaited is a LockError.
func (e Engine) Converge(ctx context.Context, s Spec, f guard.Facts) (Outcome, error) {
	set, err := s.Process.guardSet(s.Guards, e.GuardTimeout)
	if err != nil {
		return Outcome{}, err
	}
	release, err := acquire(ctx, s.Lock)
	if err != nil {
		return Outcome{}, err
	}
	defer release()
	outcome := Outcome{Decision: guard.Decide(ctx, e.Host, f, set)}
	switch outcome.Decision.Verdict {
	case guard.Skip:
		return outcome, nil
	case guard.Unsure:
		return outcome, &GuardError{Reason: outcome.Decision.Reasons[0]}
	case guard.Run:
	}
	line := s.Command
	if outcome.Decision.Refresh && !s.Refresh.IsZero() {
		line = s.Refresh
	}
	outcome.Run, err = e.run(ctx, s.job(line))
	if outcome.Run != nil {
		outcome.Notices = append(outcome.Notices, outcome.Run.notices()...)
	}
	if err != nil {
		return outcome, err
	}
	if s.Verify {
		if d := set.Ask(ctx, e.Host); d.Verdict != guard.Skip {
			return outcome, &VerifyError{Run: *outcome.Run, Decision: d}
		}
		return outcome, nil
	}
	if e.stillNeeded(ctx, set) {
		outcome.Notices = append(outcome.Notices, StillNeeded)
	}
	return outcome, nil
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
	if s.Destroy == nil {
		return Outcome{}, nil
	}
	s.Process = s.Process.with(last.environment())
	set, err := s.Process.guardSet(Guards{Unless: s.Destroy.Unless, OnlyIf: s.Destroy.OnlyIf}, e.GuardTimeout)
	if err != nil {
		return Outcome{}, err
	}
	release, err := acquire(ctx, s.Lock)
	if err != nil {
		return Outcome{}, err
	}
	defer release()
	var outcome Outcome
	if !set.Empty() {
		outcome.Decision = set.Ask(ctx, e.Host)
		switch outcome.Decision.Verdict {
		case guard.Skip:
			return outcome, nil
		case guard.Unsure:
			return outcome, &GuardError{Reason: outcome.Decision.Reasons[0]}
		case guard.Run:
		}
	}
	outcome.Run, err = e.run(ctx, s.undoJob())
	if outcome.Run != nil {
		outcome.Notices = append(outcome.Notices, outcome.Run.notices()...)
	}
	return outcome, err
}
