package provider

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
)

// programModel is what reads something by running it: a command, or a program that answers
// a question in JSON, as those of the external data source do.
type programModel struct {
	commandModel
	Program     types.List    `tfsdk:"program"`
	Query       types.Dynamic `tfsdk:"query"`
	OutputLimit types.Int64   `tfsdk:"output_limit"`
}

// defaultAnswerLimit is what null means for output_limit where no plan prints the output.
const defaultAnswerLimit = 1 << 20

// once are the facts by which the command of a spec without guards runs, whatever was
// before: what is read, opened or invoked remembers nothing.
var once = guard.Facts{First: true}

// spec returns what the engine reads; see execModel.spec.
func (m programModel) spec(ctx context.Context, diags *diag.Diagnostics) (converge.Spec, unknowns) {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	spec := d.command(m.commandModel)
	spec.Target, spec.ReadOnly = m.target(ctx, diags).ValueString(), true
	spec.OutputLimit = d.number("output_limit", m.OutputLimit, defaultAnswerLimit)
	if d.set("program", m.Program) {
		spec.Command = converge.Line{Argv: d.argv("program", path.Root("program"), m.Program.Elements())}
	}
	if query := d.object("query", m.Query); query != nil || !m.Program.IsNull() {
		spec.Stdin = queryText(query)
	}
	return spec, d.unknown
}

// queryText is what a program reads: an object, also where nothing is asked.
func queryText(query map[string]any) string {
	if query == nil {
		return "{}"
	}
	text, err := json.Marshal(query)
	if err != nil {
		return "{}" // Only plain data is marshalled here, so that cannot be.
	}
	return string(text)
}

// within is the attribute that holds what runs.
func (m programModel) within() path.Path {
	if m.Program.IsNull() {
		return path.Root("command")
	}
	return path.Root("program")
}

// validate refuses what the schema cannot. What is unknown may be anything.
func (m programModel) validate(ctx context.Context, diags *diag.Diagnostics) (converge.Spec, unknowns) {
	spec, unknown := m.spec(ctx, diags)
	switch {
	case given(m.Command) && given(m.Program):
		diags.Append(excludes(path.Root("program"), "command", "both say what to run."))
	case nothing(m.Command) && m.Program.IsNull():
		diags.Append(nothingToRead(path.Root("command")))
	}
	switch {
	case given(m.Query) && given(m.Stdin):
		diags.Append(excludes(path.Root("query"), "stdin", "both are what the command reads."))
	case given(m.Program) && given(m.Stdin):
		diags.Append(excludes(path.Root("stdin"), "program", "a program reads its query."))
	}
	m.validateProcess(diags)
	if !diags.HasError() && !unknown.any("shell", "interpreter") {
		validateLine(spec.Process, m.within(), spec.Command, diags)
	}
	return spec, unknown
}

// messages returns what words the messages about this run.
func (m programModel) messages(s *settings, spec converge.Spec) messages {
	return messages{
		mask: s.masker(spec), target: spec.Target, within: m.within(),
		silent: m.SensitiveOutput.ValueBool(), stateless: true,
	}
}

// run runs the command, and judges the answer where it is a program. It is false if either
// failed.
func (m programModel) run(
	ctx context.Context, s *settings, say messages, spec converge.Spec, diags *diag.Diagnostics,
) (*converge.Run, bool) {
	place, _ := m.place(ctx, diags)
	outcome, ok := s.converge(ctx, say, task{spec: spec, facts: once, logoutput: logOnFailure, place: place, patience: oneAttempt}, diags)
	if !ok || m.Program.IsNull() {
		return outcome.Run, ok
	}
	if err := checkAnswer(ctx, *outcome.Run); err != nil {
		diags.Append(say.after(s, spec, *outcome.Run).badAnswer(*outcome.Run, spec.OutputLimit, err))
		return outcome.Run, false
	}
	return outcome.Run, true
}

// Why what a program printed is no answer.
var (
	errOutputCut     = errors.New("it was cut")
	errNotObject     = errors.New("it is another JSON value")
	errInexpressible = errors.New("it holds a number that is too large or is nested too deeply")
)

// checkAnswer reports why the output of a program is not one JSON object.
func checkAnswer(ctx context.Context, run converge.Run) error {
	if run.Stdout.Cut {
		return errOutputCut
	}
	value, err := parseJSON(run.Stdout.Text)
	if err != nil {
		return err
	}
	if _, ok := value.(map[string]any); !ok {
		return errNotObject
	}
	if resultOf(ctx, value).IsNull() {
		return errInexpressible
	}
	return nil
}
