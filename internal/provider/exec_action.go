package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// execAction runs a command each time it is invoked, and tells its output while it runs.
type execAction struct{ settings *settings }

var (
	_ action.ActionWithConfigure      = (*execAction)(nil)
	_ action.ActionWithValidateConfig = (*execAction)(nil)
)

func newExecAction() action.Action { return &execAction{} }

// execActionModel is the exec action.
type execActionModel struct {
	commandModel
	Lock    types.String `tfsdk:"lock"`
	LogFile types.String `tfsdk:"log_file"`
}

func (a *execAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (a *execAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		a.settings = configured
	}
}

func (a *execAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	config, ok := read[execActionModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	spec, unknown := config.spec(ctx, &resp.Diagnostics)
	config.validateProcess(&resp.Diagnostics)
	if !resp.Diagnostics.HasError() && !unknown.any("shell", "interpreter") {
		validateLine(spec.Process, path.Root("command"), spec.Command, &resp.Diagnostics)
	}
}

// spec returns what the engine reads; see execModel.spec.
func (m execActionModel) spec(ctx context.Context, diags *diag.Diagnostics) (converge.Spec, unknowns) {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	spec := d.command(m.commandModel)
	spec.Target = m.target(ctx, diags).ValueString()
	spec.Lock = d.text("lock", m.Lock)
	spec.LogFile = d.text("log_file", m.LogFile)
	spec.OutputLimit = converge.KeepNothing
	return spec, d.unknown
}

// Invoke runs the command.
func (a *execAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	config, ok := read[execActionModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	spec, _ := config.spec(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	m := messages{
		mask: a.settings.masker(spec), target: spec.Target, within: path.Root("command"),
		silent: config.SensitiveOutput.ValueBool(), stateless: true,
	}
	if !m.silent {
		told := tellProgress(ctx, resp.SendProgress)
		defer told.close()
		spec.Progress, spec.ProgressMask = told.tell, m.mask
	}
	place, _ := config.place(ctx, &resp.Diagnostics)
	t := task{spec: spec, facts: once, logoutput: logOnFailure, place: place, patience: a.settings.connectTimeout}
	a.settings.converge(ctx, m, t, &resp.Diagnostics)
}

// progressEvents hands lines to an engine. The framework waits for ever where an engine has
// stopped listening; a command that is to be ended must not.
type progressEvents struct {
	ctx   context.Context
	lines chan string
	ended chan struct{}
}

func tellProgress(ctx context.Context, send func(action.InvokeProgressEvent)) *progressEvents {
	p := &progressEvents{ctx: ctx, lines: make(chan string), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		for line := range p.lines {
			send(action.InvokeProgressEvent{Message: line})
		}
	}()
	return p
}

// tell hands on a line, or drops it if the call is over.
func (p *progressEvents) tell(line string) {
	select {
	case p.lines <- line:
	case <-p.ctx.Done():
	}
}

// close waits until the last line was taken.
func (p *progressEvents) close() {
	close(p.lines)
	select {
	case <-p.ended:
	case <-p.ctx.Done():
	}
}
