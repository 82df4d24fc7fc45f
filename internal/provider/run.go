package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
)

// converge runs the command of spec if it is needed, and reports what came of it. It is
// false if that failed. Everything in this provider that runs a command does so here, but
// for what undoes one.
func (s *settings) converge(
	ctx context.Context, m messages, spec converge.Spec, f guard.Facts, logoutput string, diags *diag.Diagnostics,
) (converge.Outcome, bool) {
	s.equip(spec)
	engine, known := s.engine(spec.Target)
	if !known {
		diags.Append(m.unknownTarget(diag.SeverityError))
		return converge.Outcome{}, false
	}
	// After this there may be nothing for as long as a lock or a slot is awaited.
	tflog.Debug(ctx, "command takes its turn")
	outcome, err := engine.Converge(ctx, spec, f)
	if outcome.Run != nil {
		m = m.after(s, spec, *outcome.Run)
	}
	m.report(ctx, spec, outcome, logoutput, diags)
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
