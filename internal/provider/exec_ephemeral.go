package provider

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// execEphemeral runs a command whose output is stored nowhere.
type execEphemeral struct{ settings *settings }

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*execEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*execEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose          = (*execEphemeral)(nil)
)

func newExecEphemeral() ephemeral.EphemeralResource { return &execEphemeral{} }

// execEphemeralModel is the exec ephemeral resource.
type execEphemeralModel struct {
	programModel
	Close types.Object `tfsdk:"close"`

	ExitCode types.Int64   `tfsdk:"exit_code"`
	Stdout   types.String  `tfsdk:"stdout"`
	Stderr   types.String  `tfsdk:"stderr"`
	Result   types.Dynamic `tfsdk:"result"`
}

// closeModel is the close attribute.
type closeModel struct {
	Command types.Dynamic `tfsdk:"command"`
	Timeout duration      `tfsdk:"timeout"`
	Returns types.List    `tfsdk:"returns"`
}

// defaultCloseTimeout ends a close command before OpenTofu, which waits for ten seconds,
// says no more than that it did.
const defaultCloseTimeout = 8 * time.Second

// closingKey is where Open leaves for Close what it needs.
const closingKey = "closing"

// closing is what Close needs, which gets no configuration. Engines keep it in memory.
type closing struct {
	// ID tells one opening from another.
	ID string
	// Place is where it runs, nil for this machine.
	Place   *remote.Place
	Process converge.Process
	Close   converge.Destroy
	Last    converge.Last
	// Secrets are what messages must not show, beside those of the Process.
	Secrets []string
	Silent  bool
}

func (e *execEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (e *execEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		e.settings = configured
	}
}

func (e *execEphemeral) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	config, ok := read[execEphemeralModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	spec, unknown := config.validate(ctx, &resp.Diagnostics)
	d := decoder{ctx: ctx, diags: &resp.Diagnostics, unknown: unknown}
	if undo := d.closing("close", config.Close); undo != nil && !resp.Diagnostics.HasError() && !unknown.any("shell", "interpreter") {
		validateLine(spec.Process, attributePath("close.command"), undo.Command, &resp.Diagnostics)
	}
}

// closing decodes what closes; nil if nothing does.
func (d decoder) closing(name string, v types.Object) *converge.Destroy {
	if !d.set(name, v) {
		return nil
	}
	m := objectAs[closeModel](d, v)
	return &converge.Destroy{
		Command: d.line(name+".command", m.Command),
		Timeout: d.duration(name+".timeout", m.Timeout, defaultCloseTimeout),
		Returns: d.codes(name+".returns", m.Returns, []int{0}),
	}
}

// Open runs the command. One that was started and failed may have opened something, and
// engines close only what was opened; so that is closed here.
func (e *execEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	config, ok := read[execEphemeralModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	spec, unknown := config.spec(ctx, &resp.Diagnostics)
	d := decoder{ctx: ctx, diags: &resp.Diagnostics, unknown: unknown}
	undo := d.closing("close", config.Close)
	place, _ := config.place(ctx, &resp.Diagnostics)
	switch {
	case e.settings.defaultsUnknown:
		resp.Diagnostics.Append(openedTooEarly(config.within()))
	case e.settings.wayUnknown(place):
		resp.Diagnostics.Append(openedBeforeWay())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	say := config.messages(e.settings, spec)
	say.secretStdout = true
	run, ok := config.run(ctx, e.settings, say, spec, &resp.Diagnostics)
	var c closing
	if run != nil && undo != nil {
		c = closing{
			ID: newID(), Place: place, Process: spec.Process, Close: *undo, Last: converge.Last{Ran: true, ExitCode: run.ExitCode, Stdout: run.Stdout.Text},
			Secrets: printedSecrets(run.Stdout), Silent: say.silent,
		}
	}
	if !ok {
		resp.Diagnostics.Append(e.settings.close(ctx, c, false)...)
		return
	}
	if undo != nil {
		text, err := json.Marshal(c)
		if err != nil {
			resp.Diagnostics.Append(say.failure(err)) // Only plain data is marshalled here, so that cannot be.
			return
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, closingKey, text)...)
		e.settings.openings.add(c.ID, func() diag.Diagnostics { return e.settings.close(ctx, c, true) })
	}
	var out outputModel
	out.recordOutput(ctx, run, false)
	config.ExitCode, config.Stdout, config.Stderr, config.Result = out.ExitCode, out.Stdout, out.Stderr, out.Result
	resp.Diagnostics.Append(resp.Result.Set(ctx, &config)...)
}

// Close runs the close command, if there is one.
func (e *execEphemeral) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	text, diags := req.Private.GetKey(ctx, closingKey)
	resp.Diagnostics.Append(diags...)
	if text == nil || diags.HasError() {
		return
	}
	var c closing
	if err := json.Unmarshal(text, &c); err != nil {
		resp.Diagnostics.Append(messages{target: targetLocal, within: attributePath("close.command")}.closeFailed(err, true))
		return
	}
	e.settings.openings.remove(c.ID)
	resp.Diagnostics.Append(e.settings.close(ctx, c, true)...)
}

// close runs a close command, whatever becomes of ctx: an interrupt is a reason to close
// what is open, and none to leave it. Its own time limit ends it.
func (s *settings) close(ctx context.Context, c closing, opened bool) (diags diag.Diagnostics) {
	if c.Close.Command.IsZero() {
		return nil
	}
	spec := converge.Spec{Target: targetOf(c.Place), ReadOnly: true, Process: c.Process, Destroy: &c.Close, OutputLimit: converge.KeepNothing}
	m := messages{
		mask: s.masker(spec, c.Secrets...), target: spec.Target, within: attributePath("close.command"),
		silent: c.Silent, stateless: true, secretStdout: true,
	}
	engine, err := s.engine(spec.Target, c.Place, oneAttempt)
	if err != nil {
		diags.Append(m.noEngine(err, diag.SeverityError))
		return diags
	}
	outcome, err := engine.Undo(context.WithoutCancel(ctx), spec, c.Last)
	m.report(ctx, spec, outcome, logNever, &diags)
	if err != nil {
		diags.Append(m.closeFailed(err, opened))
	}
	return diags
}
