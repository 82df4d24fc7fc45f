package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// commandModel is what everything that runs a command takes: the command, the process
// around it, and the rules by which it is run and judged.
type commandModel struct {
	Command     types.Dynamic `tfsdk:"command"`
	Shell       types.Bool    `tfsdk:"shell"`
	Interpreter types.List    `tfsdk:"interpreter"`

	Cwd                  types.String `tfsdk:"cwd"`
	Path                 types.List   `tfsdk:"path"`
	Environment          types.Map    `tfsdk:"environment"`
	SensitiveEnvironment types.Map    `tfsdk:"sensitive_environment"`
	InheritEnvironment   types.Bool   `tfsdk:"inherit_environment"`
	Stdin                types.String `tfsdk:"stdin"`
	User                 types.String `tfsdk:"user"`
	Group                types.String `tfsdk:"group"`
	Umask                types.String `tfsdk:"umask"`

	Timeout  duration    `tfsdk:"timeout"`
	Tries    types.Int64 `tfsdk:"tries"`
	TrySleep duration    `tfsdk:"try_sleep"`
	Returns  types.List  `tfsdk:"returns"`

	SensitiveOutput types.Bool `tfsdk:"sensitive_output"`

	Connection types.Object `tfsdk:"connection"`
}

// command returns the part of a spec that everything which runs a command has.
func (d decoder) command(m commandModel) converge.Spec {
	return converge.Spec{
		Command: d.line("command", m.Command),
		Stdin:   d.text("stdin", m.Stdin),
		Process: converge.Process{
			Shell:                d.flag("shell", m.Shell, false),
			Interpreter:          d.texts("interpreter", m.Interpreter),
			Dir:                  d.text("cwd", m.Cwd),
			Path:                 d.texts("path", m.Path),
			Environment:          d.environment("environment", m.Environment),
			SensitiveEnvironment: d.environment("sensitive_environment", m.SensitiveEnvironment),
			CleanEnvironment:     !d.flag("inherit_environment", m.InheritEnvironment, true),
			User:                 d.text("user", m.User),
			Group:                d.text("group", m.Group),
			Umask:                d.umask("umask", m.Umask),
		},
		Timeout:  d.duration("timeout", m.Timeout, converge.EngineTimeout),
		Tries:    d.number("tries", m.Tries, defaultTries),
		TrySleep: d.duration("try_sleep", m.TrySleep, 0),
		Returns:  d.codes("returns", m.Returns, []int{0}),
	}
}

// outputModel is what is kept of a run, where some of it may have to be hidden.
type outputModel struct {
	ExitCode        types.Int64   `tfsdk:"exit_code"`
	Stdout          types.String  `tfsdk:"stdout"`
	Stderr          types.String  `tfsdk:"stderr"`
	SensitiveStdout types.String  `tfsdk:"sensitive_stdout"`
	SensitiveStderr types.String  `tfsdk:"sensitive_stderr"`
	Result          types.Dynamic `tfsdk:"result"`
}

// recordOutput writes what came of a run, the output to the attributes that sensitive
// chooses.
func (m *outputModel) recordOutput(ctx context.Context, run *converge.Run, sensitive bool) {
	*m = outputModel{}
	if run.ExitCode != nil {
		m.ExitCode = types.Int64Value(int64(*run.ExitCode))
	}
	stdout, stderr := types.StringValue(run.Stdout.Text), types.StringValue(run.Stderr.Text)
	if sensitive {
		m.SensitiveStdout, m.SensitiveStderr = stdout, stderr
		return
	}
	m.Stdout, m.Stderr = stdout, stderr
	switch {
	case run.HasResult:
		m.Result = resultOf(ctx, run.Result)
	case !run.Stdout.Cut:
		m.Result = decodeJSON(ctx, run.Stdout.Text)
	}
}

// validateProcess refuses what no process can be started with.
func (m commandModel) validateProcess(diags *diag.Diagnostics) {
	if m.Shell.ValueBool() && given(m.Interpreter) {
		diags.Append(excludes(path.Root("shell"), "interpreter", "only one of them can read a string."))
	}
	plainEnv, secretEnv := givenNames(m.Environment), givenNames(m.SensitiveEnvironment)
	for name, set := range map[string]map[string]bool{"environment": plainEnv, "sensitive_environment": secretEnv} {
		if set["PATH"] && given(m.Path) {
			diags.Append(excludes(path.Root("path"), name+".PATH", bothSayPath))
		}
	}
	for name := range secretEnv {
		if plainEnv[name] {
			diags.Append(variableTwice(path.Root("sensitive_environment").AtMapKey(name), "environment", "sensitive_environment"))
		}
	}
	for name, env := range map[string]types.Map{"environment": m.Environment, "sensitive_environment": m.SensitiveEnvironment} {
		diags.Append(nulBytes(path.Root(name), env)...)
	}
}

// nulBytes refuses what no variable can hold.
func nulBytes(p path.Path, env types.Map) (diags diag.Diagnostics) {
	for key, v := range env.Elements() {
		if s, ok := v.(types.String); ok && strings.ContainsRune(s.ValueString(), 0) {
			diags.Append(nulByte(p.AtMapKey(key)))
		}
	}
	return diags
}

// givenNames returns the variables of an environment that are known to be set.
func givenNames(env types.Map) map[string]bool {
	set := make(map[string]bool, len(env.Elements()))
	for name, v := range env.Elements() {
		if given(v) {
			set[name] = true
		}
	}
	return set
}
