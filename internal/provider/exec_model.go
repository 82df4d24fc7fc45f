package provider

import (
	"context"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// execModel is the exec resource in the order of its schema.
type execModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`

	commandModel
	WriteOnly        types.Object `tfsdk:"write_only"`
	WriteOnlyVersion types.String `tfsdk:"write_only_version"`

	Executable types.Object  `tfsdk:"executable"`
	Args       types.List    `tfsdk:"args"`
	Service    types.Object  `tfsdk:"service"`
	Inputs     types.Dynamic `tfsdk:"inputs"`

	Creates types.Dynamic `tfsdk:"creates"`
	Removes types.Dynamic `tfsdk:"removes"`
	Unless  types.Dynamic `tfsdk:"unless"`
	OnlyIf  types.Dynamic `tfsdk:"onlyif"`

	RefreshOnly types.Bool    `tfsdk:"refresh_only"`
	Subscribe   types.Dynamic `tfsdk:"subscribe"`
	RecheckOn   types.Dynamic `tfsdk:"recheck_on"`
	Refresh     types.Dynamic `tfsdk:"refresh"`
	Always      types.Bool    `tfsdk:"always"`

	UnchangedReturns types.List   `tfsdk:"unchanged_returns"`
	Verify           types.Bool   `tfsdk:"verify"`
	Lock             types.String `tfsdk:"lock"`

	LogOutput   types.String `tfsdk:"logoutput"`
	LogFile     types.String `tfsdk:"log_file"`
	OutputLimit types.Int64  `tfsdk:"output_limit"`

	Destroy types.Object `tfsdk:"destroy"`

	Target      types.String `tfsdk:"target"`
	InSync      types.Bool   `tfsdk:"in_sync"`
	NoopMessage types.String `tfsdk:"noop_message"`
	RunID       types.String `tfsdk:"run_id"`
	outputModel
	StartTime   types.String  `tfsdk:"start_time"`
	EndTime     types.String  `tfsdk:"end_time"`
	ElapsedTime types.Float64 `tfsdk:"elapsed_time"`
}

// destroyModel is the destroy attribute.
type destroyModel struct {
	Command types.Dynamic `tfsdk:"command"`
	Unless  types.Dynamic `tfsdk:"unless"`
	OnlyIf  types.Dynamic `tfsdk:"onlyif"`
	Timeout duration      `tfsdk:"timeout"`
	Returns types.List    `tfsdk:"returns"`
}

// What null means.
const (
	defaultTimeout     = 5 * time.Minute
	defaultTries       = 1
	defaultOutputLimit = 4096
)

// The values of logoutput.
const (
	logOnFailure = "on_failure"
	logAlways    = "true"
	logNever     = "false"
)

// Attributes that are decoded together with others are named by these lists. What they
// hold of a plan that is not known yet decides what the plan can promise.
var (
	processAttributes = []string{
		"shell", "interpreter", "cwd", "path", "environment", "sensitive_environment",
		"inherit_environment", "user", "group", "umask",
	}
	definitionAttributes = append([]string{"command", "executable", "args", "service", "inputs", "stdin", "write_only_version", "target"}, processAttributes...)
	guardAttributes      = []string{"creates", "removes", "unless", "onlyif", "refresh_only", "cwd", "target"}
)

// adopted reports that the state holds nothing to run: the resource was imported or moved
// and never applied.
func (m execModel) adopted() bool {
	return nothing(m.Command) && m.Executable.IsNull() && m.Service.IsNull() && m.Name.IsNull()
}

// spec returns what the engine reads. Unknown values are left out and named in unknowns;
// values of the wrong form are reported. Null means the default here and nowhere else.
func (m execModel) spec(ctx context.Context, diags *diag.Diagnostics) (converge.Spec, unknowns) {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	spec := d.command(m.commandModel)
	spec.Target = d.text("target", m.Target)
	spec.WriteOnlyVersion = d.text("write_only_version", m.WriteOnlyVersion)
	spec.Executable = d.executable("executable", m.Executable)
	spec.Args = d.texts("args", m.Args)
	spec.Guards = converge.Guards{
		Creates: d.paths("creates", m.Creates),
		Removes: d.paths("removes", m.Removes),
		Unless:  d.lines("unless", m.Unless),
		OnlyIf:  d.lines("onlyif", m.OnlyIf),
	}
	spec.RefreshOnly = d.flag("refresh_only", m.RefreshOnly, false)
	spec.Always = d.flag("always", m.Always, false)
	spec.Verify = d.flag("verify", m.Verify, false)
	spec.UnchangedReturns = d.codes("unchanged_returns", m.UnchangedReturns, nil)
	spec.Lock = d.text("lock", m.Lock)
	spec.LogFile = d.text("log_file", m.LogFile)
	spec.OutputLimit = d.number("output_limit", m.OutputLimit, defaultOutputLimit)
	spec.Refresh = d.line("refresh", m.Refresh)
	spec.Destroy = d.destroy("destroy", m.Destroy)
	switch {
	case !nothing(m.Command):
	case !m.Service.IsNull():
		if runner := d.service(m.Service, m.Inputs); runner != nil {
			spec.Service = runner
		}
	case m.Executable.IsNull():
		spec.Command = converge.Line{Text: d.textAs("command", m.Name)}
	}
	return spec, d.unknown
}

// label is how messages call the resource; empty if its name is the command itself.
func (m execModel) label() string {
	if nothing(m.Command) && m.Executable.IsNull() && m.Service.IsNull() {
		return ""
	}
	return m.Name.ValueString()
}

// last returns what the state remembers of the latest run.
func (m execModel) last() converge.Last {
	last := converge.Last{
		Ran:    m.StartTime.ValueString() != "",
		RunID:  m.RunID.ValueString(),
		Stdout: m.Stdout.ValueString(),
	}
	if m.Stdout.IsNull() {
		last.Stdout = m.SensitiveStdout.ValueString()
	}
	if !m.ExitCode.IsNull() {
		code := int(m.ExitCode.ValueInt64())
		last.ExitCode = &code
	}
	return last
}

// failed reports that the latest run was no success by the rules it ran under. Those may
// not be the ones in spec: a failed apply keeps the definition from before it, and an
// edited returns judges no run that is over. Where no guard has a say in in_sync, that is
// what the run left there.
func (m execModel) failed(spec converge.Spec) bool {
	if spec.Guards.Empty() && !spec.Always && !spec.RefreshOnly && !m.InSync.IsNull() {
		return !m.InSync.ValueBool()
	}
	return m.last().Failed(spec)
}

// record writes what came of a run. A run that changed nothing keeps the run_id of the
// one before, so that nothing that refers to it is triggered.
func (m *execModel) record(run *converge.Run, before execModel, id string) {
	m.RunID = types.StringValue(id)
	if run.Unchanged && !before.ID.IsNull() {
		m.RunID = before.RunID
	}
	m.StartTime = types.StringValue(run.Started.UTC().Format(time.RFC3339Nano))
	m.EndTime = types.StringValue(run.Ended.UTC().Format(time.RFC3339Nano))
	m.ElapsedTime = types.Float64Value(run.Elapsed().Round(time.Millisecond).Seconds())
}

// keepOutputs takes over the outputs of before. Where sensitive_output was switched on,
// what was printed moves to the sensitive attributes; where it was switched off, there is
// nothing to show until the next run. Where it is not known yet, neither is the output.
func (m *execModel) keepOutputs(before execModel) {
	m.RunID, m.ExitCode = before.RunID, before.ExitCode
	m.StartTime, m.EndTime, m.ElapsedTime = before.StartTime, before.EndTime, before.ElapsedTime
	switch {
	case m.SensitiveOutput.IsUnknown():
		m.forgetOutput()
	case m.SensitiveOutput.ValueBool():
		m.Stdout, m.Stderr, m.Result = types.StringNull(), types.StringNull(), types.DynamicNull()
		m.SensitiveStdout = firstSet(before.Stdout, before.SensitiveStdout)
		m.SensitiveStderr = firstSet(before.Stderr, before.SensitiveStderr)
	default:
		m.Stdout, m.Stderr, m.Result = before.Stdout, before.Stderr, before.Result
		m.SensitiveStdout, m.SensitiveStderr = types.StringNull(), types.StringNull()
	}
}

func firstSet(a, b types.String) types.String {
	if a.IsNull() {
		return b
	}
	return a
}

// forget makes everything unknown that a run decides.
func (m *execModel) forget() {
	m.RunID, m.ExitCode = types.StringUnknown(), types.Int64Unknown()
	m.StartTime, m.EndTime = types.StringUnknown(), types.StringUnknown()
	m.ElapsedTime = types.Float64Unknown()
	m.forgetOutput()
}

// forgetOutput makes the output unknown where it will be. Which attributes that is follows
// from the configuration alone, so the plan need not print the others.
func (m *execModel) forgetOutput() {
	open, sensitive := types.StringUnknown(), types.StringUnknown()
	m.Result = types.DynamicUnknown()
	if !m.SensitiveOutput.IsUnknown() {
		if m.SensitiveOutput.ValueBool() {
			open, m.Result = types.StringNull(), types.DynamicNull()
		} else {
			sensitive = types.StringNull()
		}
	}
	m.Stdout, m.Stderr = open, open
	m.SensitiveStdout, m.SensitiveStderr = sensitive, sensitive
}

// clearOutputs writes that nothing ever ran.
func (m *execModel) clearOutputs() { m.keepOutputs(execModel{}) }

// settle writes that state and machine agree, which is what every plan promises.
func (m *execModel) settle() {
	m.InSync, m.NoopMessage = types.BoolValue(true), types.StringNull()
}

// unknowns names the attributes whose values are not known yet.
type unknowns map[string]bool

func (u unknowns) any(names ...string) bool {
	for _, name := range names {
		if u[name] {
			return true
		}
	}
	return false
}

// decoder turns attributes into plain Go. It notes what is unknown and reports what has
// the wrong form, so that the list in spec reads as one.
type decoder struct {
	ctx     context.Context
	diags   *diag.Diagnostics
	unknown unknowns
}

// set reports that there is a value to decode.
func (d decoder) set(name string, v attr.Value) bool {
	if v.IsUnknown() {
		d.unknown[name] = true
		return false
	}
	return !v.IsNull()
}

func (d decoder) text(name string, v types.String) string { return d.textAs(name, v) }

// textAs decodes v on behalf of the attribute name.
func (d decoder) textAs(name string, v types.String) string {
	d.set(name, v)
	return v.ValueString()
}

func (d decoder) flag(name string, v types.Bool, null bool) bool {
	if !d.set(name, v) {
		return null
	}
	return v.ValueBool()
}

func (d decoder) number(name string, v types.Int64, null int) int {
	if !d.set(name, v) {
		return null
	}
	return int(v.ValueInt64())
}

func (d decoder) duration(name string, v duration, null time.Duration) time.Duration {
	if !d.set(name, v) {
		return null
	}
	value, diags := v.ValueGoDuration()
	d.diags.Append(diags...)
	return value
}

// umask decodes an octal string; nil means unchanged.
func (d decoder) umask(name string, v types.String) *uint32 {
	if !d.set(name, v) {
		return nil
	}
	n, err := strconv.ParseUint(v.ValueString(), 8, 12)
	if err != nil {
		return nil // The schema's validator has said so.
	}
	mask := uint32(n)
	return &mask
}

func (d decoder) texts(name string, v types.List) []string {
	var out []string
	if d.set(name, v) {
		for _, e := range v.Elements() {
			if s, ok := e.(types.String); ok && d.set(name, s) {
				out = append(out, s.ValueString())
			}
		}
	}
	return out
}

func (d decoder) codes(name string, v types.List, null []int) []int {
	if !d.set(name, v) {
		return null
	}
	var out []int
	for _, e := range v.Elements() {
		if n, ok := e.(types.Int64); ok && d.set(name, n) {
			out = append(out, int(n.ValueInt64()))
		}
	}
	return out
}

// environment decodes a map; a null value is a variable that is not set.
func (d decoder) environment(name string, v types.Map) map[string]string {
	var out map[string]string
	if d.set(name, v) {
		for key, e := range v.Elements() {
			if s, ok := e.(types.String); ok && d.set(name, s) {
				if out == nil {
					out = map[string]string{}
				}
				out[key] = s.ValueString()
			}
		}
	}
	return out
}

func (d decoder) destroy(name string, v types.Object) *converge.Destroy {
	if !d.set(name, v) {
		return nil
	}
	var m destroyModel
	for _, fault := range v.As(d.ctx, &m, basetypes.ObjectAsOptions{}) {
		d.diags.Append(below(path.Root(name), fault))
	}
	return &converge.Destroy{
		Command: d.line(name+".command", m.Command),
		Unless:  d.lines(name+".unless", m.Unless),
		OnlyIf:  d.lines(name+".onlyif", m.OnlyIf),
		Timeout: d.duration(name+".timeout", m.Timeout, converge.EngineTimeout),
		Returns: d.codes(name+".returns", m.Returns, []int{0}),
	}
}
