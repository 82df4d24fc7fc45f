package guard

import (
	"context"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Change is what became of a value since the last apply.
type Change int

// The changes. Removing a value altogether is no change.
const (
	Unchanged Change = iota
	Changed
	// NotYetKnown occurs in a plan only: whether the value changes shows during apply.
	NotYetKnown
)

// Facts is what the table looks at beside the guards.
type Facts struct {
	// Subscribe and Recheck tell whether a trigger fired. On the first apply a trigger
	// that is set has changed: its value is new.
	Subscribe, Recheck Change
	// RefreshOnly restricts runs to triggers.
	RefreshOnly bool
	// First is the first apply of this resource.
	First bool
	// DefinitionChanged tells that what would be executed differs from what was.
	DefinitionChanged bool
	// LastRunFailed tells that the latest run was no success.
	LastRunFailed bool
	// Always asks for a run on every apply.
	Always bool
}

// AsksGuards reports whether the table comes to the guards at all, if there are any.
func (f Facts) AsksGuards() bool {
	return f.Subscribe == Unchanged && (!f.RefreshOnly || f.Recheck != Unchanged)
}

// Decide walks the decision table. The guards are asked only where the table comes to
// them, so a subscription that fired asks nothing.
//
//	#  condition, first match wins                          verdict
//	1  subscribe changed                                     run, as a refresh
//	2  refresh_only, and recheck_on did not change           skip
//	3  a creates exists, or a removes does not               skip
//	4  an unless exits 0                                     skip
//	5  an onlyif exits non-zero                              skip
//	6  some guard is set, none says skip                     run
//	7  no guard: first apply, changed definition or
//	   recheck_on, last run failed, always                   run
//	8  no guard, none of these                               skip
func Decide(ctx context.Context, h host.Host, f Facts, s Set) Decision {
	switch {
	case f.Subscribe != Unchanged:
		d := decided(Run, Reason{Kind: Subscribe})
		d.Refresh = true
		return d
	case f.RefreshOnly && f.Recheck == Unchanged:
		return decided(Skip, Reason{Kind: RefreshOnly})
	case !s.Empty():
		return s.Ask(ctx, h)
	case f.First:
		return decided(Run, Reason{Kind: FirstApply})
	case f.DefinitionChanged:
		return decided(Run, Reason{Kind: DefinitionChanged})
	case f.Recheck != Unchanged:
		return decided(Run, Reason{Kind: RecheckOn})
	case f.LastRunFailed:
		return decided(Run, Reason{Kind: LastRunFailed})
	case f.Always:
		return decided(Run, Reason{Kind: Always})
	}
	return decided(Skip, Reason{Kind: StateIsGuard})
}

// Outlook is what a plan can know: configuration and state, and nothing that was observed
// after the state was written. Two plans made from the same configuration and state agree.
type Outlook struct {
	Facts
	// Guarded says that guards are configured, or may be.
	Guarded bool
	// GuardsChanged says that what the guards ask, or where and how they ask it, differs
	// from what the state's answer was about, or is not yet known.
	GuardsChanged bool
	// InSync is the answer that the state holds: true means that the guards said skip.
	InSync bool
	// Adopted says that the state holds no definition, so that this apply only fills it in.
	Adopted bool
}

// MayRun tells whether an apply could run the command. False is a promise: no run.
func (o Outlook) MayRun() bool {
	switch {
	case o.Adopted:
		return false
	case o.Subscribe != Unchanged:
		return true
	case o.RefreshOnly && o.Recheck == Unchanged:
		return false
	case o.Guarded:
		return o.GuardsChanged || o.Recheck != Unchanged || !o.InSync
	}
	return o.First || o.DefinitionChanged || o.Recheck != Unchanged || o.LastRunFailed || o.Always
}
