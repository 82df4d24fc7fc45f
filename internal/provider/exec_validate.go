package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// validateConfig refuses what the schema cannot: forms of dynamic values, strings that
// need a shell, and combinations. Engines call it again whenever unknown values became
// known, so what is unknown here is refused later and before anything runs.
func (r *execResource) validateConfig(ctx context.Context, req execRequest, resp *execResponse) {
	config, ok := read[execModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	spec, unknown := config.spec(ctx, &resp.Diagnostics)
	config.validateCombinations(&resp.Diagnostics)
	config.validateReference(ctx, &resp.Diagnostics)
	config.validateProcess(&resp.Diagnostics)
	config.validateWriteOnly(ctx, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() && !unknown.any("shell", "interpreter") {
		validateLines(spec, config.commandPath(), unknown, &resp.Diagnostics)
	}
}

func (m execModel) guarded() bool {
	return !nothing(m.Creates) || !nothing(m.Removes) || !nothing(m.Unless) || !nothing(m.OnlyIf)
}

// given reports that v is known to be set. What is not known yet may turn out to be null,
// and is refused, if it has to be, when that is known.
func given(v attr.Value) bool {
	v = underlying(v)
	return !v.IsNull() && !v.IsUnknown()
}

func (m execModel) guardGiven() bool {
	return given(m.Creates) || given(m.Removes) || given(m.Unless) || given(m.OnlyIf)
}

// commandPath is the attribute that holds the command.
func (m execModel) commandPath() path.Path {
	switch {
	case !nothing(m.Command):
	case !m.Executable.IsNull():
		return path.Root("executable")
	case !m.Service.IsNull():
		return path.Root("service")
	case !m.Name.IsNull():
		return path.Root("name")
	}
	return path.Root("command")
}

func (m execModel) validateCombinations(diags *diag.Diagnostics) {
	switch {
	case given(m.Command) && given(m.Executable):
		diags.Append(excludes(path.Root("executable"), "command", "both say what to run."))
	case given(m.Command) && given(m.Service):
		diags.Append(excludes(path.Root("service"), "command", "both say what to run."))
	case given(m.Executable) && given(m.Service):
		diags.Append(excludes(path.Root("service"), "executable", "both say what to run."))
	case !nothing(m.Command) || !m.Executable.IsNull() || !m.Service.IsNull():
	case m.Name.IsNull():
		diags.Append(nothingToRun(path.Root("command")))
	case m.Name.Equal(types.StringValue("")):
		diags.Append(emptyCommand(path.Root("name")))
	}
	if given(m.Connection) && given(m.Service) {
		diags.Append(excludes(connectionPath, "service", serviceStaysHere))
	}
	if !m.Args.IsNull() && m.Executable.IsNull() {
		diags.Append(argsAlone(path.Root("args")))
	}
	if given(m.Inputs) && m.Service.IsNull() {
		diags.Append(inputsAlone(path.Root("inputs")))
	}
	if m.RefreshOnly.ValueBool() {
		// A null with a type was referred to, like the run_id of what never ran: it is a
		// trigger that is set, and may fire later.
		switch {
		case m.Subscribe.IsNull() && m.RecheckOn.IsNull():
			diags.Append(noTrigger(path.Root("refresh_only")))
		case m.guardGiven() && m.RecheckOn.IsNull():
			diags.Append(guardsNeverAsked(path.Root("refresh_only")))
		}
	}
	if m.Always.ValueBool() && m.guardGiven() {
		diags.Append(excludes(path.Root("always"), "guards", "with a guard, the guard decides."))
	}
	if m.Verify.ValueBool() && !m.guarded() {
		diags.Append(nothingToVerify(path.Root("verify")))
	}
}

// validateLines refuses strings that cannot be split into words where no shell reads them,
// and words that no process can be given.
func validateLines(s converge.Spec, command path.Path, unknown unknowns, diags *diag.Diagnostics) {
	check := func(p path.Path, l converge.Line) { validateLine(s.Process, p, l, diags) }
	checkAll := func(name string, lines []converge.Line) {
		if unknown.any(name) {
			return // Positions would be wrong, and what is left out is checked later.
		}
		for i, l := range lines {
			p := attributePath(name)
			if len(lines) > 1 || len(l.Argv) > 0 {
				p = p.AtListIndex(i)
			}
			check(p, l)
		}
	}
	check(command, s.Command)
	check(path.Root("refresh"), s.Refresh)
	checkAll("unless", s.Guards.Unless)
	checkAll("onlyif", s.Guards.OnlyIf)
	if s.Destroy != nil {
		check(attributePath("destroy.command"), s.Destroy.Command)
		checkAll("destroy.unless", s.Destroy.Unless)
		checkAll("destroy.onlyif", s.Destroy.OnlyIf)
	}
}

func validateLine(s converge.Process, p path.Path, l converge.Line, diags *diag.Diagnostics) {
	if l.IsZero() {
		return
	}
	if err := s.Check(l); err != nil {
		diags.Append(refusedLine(p, err))
	}
}

// refusedLine words an error of package words.
func refusedLine(p path.Path, err error) diag.Diagnostic {
	var shell *words.ShellError
	switch {
	case errors.Is(err, words.ErrEmpty):
		return emptyCommand(p)
	case errors.Is(err, converge.ErrNUL):
		return nulByte(p)
	case errors.As(err, &shell):
		return needsShell(p, shell.Construct)
	}
	return badSyntax(p, err.Error())
}
