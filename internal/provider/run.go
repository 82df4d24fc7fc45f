package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// task is a command, where and why it may run, and what is told of it.
type task struct {
	spec      converge.Spec
	facts     guard.Facts
	logoutput string
	// place is where spec.Target is, nil for this machine, and patience how long to wait for
	// that.
	place    *remote.Place
	patience time.Duration
}

// converge runs the command of a task if it is needed, and reports what came of it. It is
// false if that failed. Everything in this provider that runs a command does so here, but
// for what undoes one.
func (s *settings) converge(ctx context.Context, m messages, t task, diags *diag.Diagnostics) (converge.Outcome, bool) {
	s.equip(t.spec)
	engine, err := s.engine(t.spec.Target, t.place, t.patience)
	if err != nil {
		diags.Append(m.noEngine(err, diag.SeverityError))
		return converge.Outcome{}, false
	}
	// After this there may be nothing for as long as a lock or a slot is awaited.
	tflog.Debug(ctx, "command takes its turn")
	outcome, err := engine.Converge(ctx, t.spec, t.facts)
	if outcome.Run != nil {
		m = m.after(s, t.spec, *outcome.Run)
	}
	m.report(ctx, t.spec, outcome, t.logoutput, diags)
	if err != nil {
		diags.Append(m.failure(err))
		return outcome, false
	}
	return outcome, true
}

// report tells what is no failure and should be heard of.
func (m messages) report(
	ctx context.Context, spec converge.Spec, outcome converge.Outcome, logoutput string, diags *diag.Diagnostics,
) {
	if outcome.Run == nil {
		return
	}
	if err := outcome.Run.ResultError; err != nil {
		diags.Append(m.resultLost(err))
	}
	for _, n := range outcome.Notices {
		diags.Append(m.notice(n, *outcome.Run, spec.OutputLimit))
	}
	fields := map[string]any{"program": m.mask.Mask(outcome.Run.Program), "tries": outcome.Run.Tries, "elapsed": outcome.Run.Elapsed().String()}
	if logoutput == logAlways && !m.silent {
		diags.Append(m.output(*outcome.Run))
		fields["stdout"] = m.mask.MaskPart(outcome.Run.Stdout.Tail)
		fields["stderr"] = m.mask.MaskPart(outcome.Run.Stderr.Tail)
	}
	tflog.Info(ctx, "command ended", fields)
}
