// Package guard decides whether a command is needed: from what triggered it, from what
// its guards say on the machine, and from what is remembered of its last run.
//
// The decision table stands in [Decide] (during apply and when a machine is observed) and
// [Outlook] (in a plan, from configuration and state alone). A question that got no answer
// is never read as yes or no: it comes back as [Unsure].
package guard

import (
	"context"
	"errors"
	"iter"
	"path"
	"path/filepath"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Set is the guards of one command.
type Set struct {
	// Creates are paths of which none may exist for the command to be needed.
	Creates []string
	// Removes are paths that must all exist for the command to be needed.
	Removes []string
	// Unless are commands of which none may exit 0 for the command to be needed.
	Unless []Check
	// OnlyIf are commands that must all exit 0 for the command to be needed.
	OnlyIf []Check
	// Dir is what relative paths are taken from; empty means the host's default.
	Dir string
	// Timeout limits each command, and the look at all the paths; zero means no limit.
	Timeout time.Duration
}

// Check is a guard command.
type Check struct {
	Command host.Command
	// UnderShell says that a shell interprets the command, so that exit code 126 or 127
	// together with an error message means that the shell could not run it.
	UnderShell bool
}

// Empty reports that there is nothing to ask.
func (s Set) Empty() bool {
	return len(s.Creates) == 0 && len(s.Removes) == 0 && len(s.Unless) == 0 && len(s.OnlyIf) == 0
}

// Verdict is what a decision comes to.
type Verdict int

// The verdicts.
const (
	// Skip means that the command is not needed.
	Skip Verdict = iota
	// Run means that the command is needed.
	Run
	// Unsure means that a guard gave no answer.
	Unsure
)

func (v Verdict) String() string {
	switch v {
	case Skip:
		return "skip"
	case Run:
		return "run"
	case Unsure:
	}
	return "unsure"
}

// Kind is which rule a reason speaks of.
type Kind int

// The kinds of reason, in the order of the decision table.
const (
	Subscribe Kind = iota
	RefreshOnly
	Creates
	Removes
	Unless
	OnlyIf
	FirstApply
	DefinitionChanged
	RecheckOn
	LastRunFailed
	Always
	StateIsGuard
)

// Reason is one fact that a decision rests on.
type Reason struct {
	Kind Kind
	// Path is the path of a Creates or Removes reason, and Exists what was found there.
	Path   string
	Exists bool
	// Index is the position of the guard in its list.
	Index int
	// ExitCode is what an Unless or OnlyIf guard exited with.
	ExitCode int
	// Refused says that the shell which reads the guard could not run it: no answer.
	Refused bool
	// Stderr is the end of what a guard without an answer had to say.
	Stderr string
	// Err is why a guard gave no answer otherwise; nil beside an answer.
	Err error
}

// Decision is a verdict and what it rests on.
type Decision struct {
	Verdict Verdict
	// Reasons is never empty. One reason is enough to skip or to be unsure; to run
	// because of guards takes one of each guard.
	Reasons []Reason
	// Refresh says that a changed subscription is the reason to run.
	Refresh bool
}

func decided(v Verdict, r ...Reason) Decision { return Decision{Verdict: v, Reasons: r} }

// lastWords is how much of a guard's stderr is kept for a message, in bytes.
const lastWords = 2048

// Ask puts the guards to the host: rows 3 to 6 of the table. Cheap questions come first,
// and none is asked once the answer is known. It must not be called with an empty set.
func (s Set) Ask(ctx context.Context, h host.Host) Decision {
	var reasons []Reason
	for r, v := range s.answers(ctx, h) {
		if v != Run {
			return decided(v, r)
		}
		reasons = append(reasons, r)
	}
	return decided(Run, reasons...)
}

// Unanswered is what asking comes to where none of the guards can be asked, for err. It must
// not be called with an empty set.
func (s Set) Unanswered(err error) Decision {
	r := Reason{Kind: OnlyIf, Err: err}
	switch {
	case len(s.Creates) > 0:
		r.Kind, r.Path = Creates, s.Creates[0]
	case len(s.Removes) > 0:
		r.Kind, r.Path = Removes, s.Removes[0]
	case len(s.Unless) > 0:
		r.Kind = Unless
	}
	return decided(Unsure, r)
}

// answers asks in the order of the table, each question when its answer is wanted, and
// yields with each answer what it comes to alone: Run means that this guard has no objection.
func (s Set) answers(ctx context.Context, h host.Host) iter.Seq2[Reason, Verdict] {
	return func(yield func(Reason, Verdict) bool) {
		if s.look(ctx, h, yield) && s.check(ctx, h, Unless, s.Unless, yield) {
			s.check(ctx, h, OnlyIf, s.OnlyIf, yield)
		}
	}
}

// look asks about all the paths at once, and reports whether to go on.
func (s Set) look(ctx context.Context, h host.Host, yield func(Reason, Verdict) bool) bool {
	asked := make([]Reason, 0, len(s.Creates)+len(s.Removes))
	for i, p := range s.Creates {
		asked = append(asked, Reason{Kind: Creates, Path: p, Index: i})
	}
	for i, p := range s.Removes {
		asked = append(asked, Reason{Kind: Removes, Path: p, Index: i})
	}
	if len(asked) == 0 {
		return true
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	next := 0
	for exists, err := range h.Exists(ctx, s.locate(asked)...) {
		r := asked[next]
		r.Exists, r.Err = exists, err
		next++
		if !yield(r, r.onPath()) {
			return false
		}
	}
	if next < len(asked) {
		r := asked[next]
		r.Err = errNotTold
		return yield(r, Unsure)
	}
	return true
}

// errNotTold is a host that left out a path, which must not be taken for no objection.
var errNotTold = errors.New("the machine did not say whether it exists")

// locate returns the paths of the reasons as the host is to look for them.
func (s Set) locate(asked []Reason) []string {
	paths := make([]string, len(asked))
	for i, r := range asked {
		paths[i] = r.Path
		if s.Dir != "" && !absolute(r.Path) {
			paths[i] = join(s.Dir, r.Path)
		}
	}
	return paths
}

// The host may be of another system than this program: from Windows, one whose paths have
// slashes alone.

func absolute(name string) bool { return filepath.IsAbs(name) || path.IsAbs(name) }

func join(dir, name string) string {
	if path.IsAbs(dir) {
		return path.Join(dir, name)
	}
	return filepath.Join(dir, name)
}

// onPath returns what one path comes to: it may not exist if it is to be created, and must
// if it is to be removed.
func (r Reason) onPath() Verdict {
	switch {
	case r.Err != nil:
		return Unsure
	case r.Exists == (r.Kind == Creates):
		return Skip
	}
	return Run
}

// check runs guard commands one after the other, and reports whether to go on.
func (s Set) check(ctx context.Context, h host.Host, kind Kind, checks []Check, yield func(Reason, Verdict) bool) bool {
	for i, c := range checks {
		if r := s.run(ctx, h, c, Reason{Kind: kind, Index: i}); !yield(r, r.onCommand()) {
			return false
		}
	}
	return true
}

// onCommand returns what one command comes to: exit 0 skips if it is an unless, and anything
// else if it is an onlyif.
func (r Reason) onCommand() Verdict {
	switch {
	case r.Err != nil || r.Refused:
		return Unsure
	case (r.ExitCode == 0) == (r.Kind == Unless):
		return Skip
	}
	return Run
}

// run runs one guard command. It has answered if it ran to an exit status, unless that
// status is a shell's way to say that it could not run it (POSIX, 2.8.2) and the shell
// said so: `command -v x` exits 127 in silence in some shells, and that is an answer.
func (s Set) run(ctx context.Context, h host.Host, c Check, r Reason) Reason {
	ctx, begin, release := host.Limit(ctx, s.Timeout, errGuardTimeout)
	defer release()
	stderr := host.NewTail(lastWords)
	c.Command.Stderr, c.Command.Turn = stderr, begin
	result, err := h.Run(ctx, c.Command)
	if err != nil {
		r.Err, r.Stderr = err, stderr.Text()
		return r
	}
	r.ExitCode = result.ExitCode
	if c.UnderShell && (r.ExitCode == 126 || r.ExitCode == 127) && stderr.Total() > 0 {
		r.Refused, r.Stderr = true, stderr.Text()
	}
	return r
}

// errGuardTimeout is the cause of a guard that was stopped for its time limit.
var errGuardTimeout = errors.New("guard timed out")

func (s Set) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, s.Timeout, errGuardTimeout)
}

// TimedOut reports that err is a guard that did not answer within its time limit.
func TimedOut(err error) bool { return errors.Is(err, errGuardTimeout) }
