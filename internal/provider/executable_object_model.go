package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/executable"
)

// executableObjectModel is the exec_executable_object resource in the order of its schema.
type executableObjectModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Tags        types.Set    `tfsdk:"tags"`

	ExecCommand    types.String `tfsdk:"exec_command"`
	Args           types.List   `tfsdk:"args"`
	Environment    types.Map    `tfsdk:"environment"`
	VersionArgs    types.List   `tfsdk:"version_args"`
	ExpectedSHA256 types.String `tfsdk:"expected_sha256"`

	Exists       types.Bool   `tfsdk:"exists"`
	ResolvedPath types.String `tfsdk:"resolved_path"`
	SHA256       types.String `tfsdk:"sha256"`
	Version      types.String `tfsdk:"version"`
}

// forget makes everything unknown that is observed on the machine.
func (m *executableObjectModel) forget() {
	m.Exists = types.BoolUnknown()
	m.ResolvedPath, m.SHA256, m.Version = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
}

// keep takes over what was observed before. What the configuration now asks differently
// is not known until the apply.
func (m *executableObjectModel) keep(before executableObjectModel) {
	if !m.ExecCommand.Equal(before.ExecCommand) {
		m.forget()
		return
	}
	m.Exists, m.ResolvedPath, m.SHA256, m.Version = before.Exists, before.ResolvedPath, before.SHA256, before.Version
	if !m.VersionArgs.Equal(before.VersionArgs) {
		m.Version = types.StringUnknown()
	}
}

// executableModel is the executable attribute of exec: what it takes from an object.
type executableModel struct {
	Name           types.String `tfsdk:"name"`
	ExecCommand    types.String `tfsdk:"exec_command"`
	Args           types.List   `tfsdk:"args"`
	Environment    types.Map    `tfsdk:"environment"`
	ExpectedSHA256 types.String `tfsdk:"expected_sha256"`
	SHA256         types.String `tfsdk:"sha256"`
}

// executable decodes a reference to an executable object; nil if there is none. The digest
// that was observed is for a reader of the plan, and no part of the definition.
func (d decoder) executable(name string, v types.Object) *converge.Executable {
	if !d.set(name, v) {
		return nil
	}
	var m executableModel
	d.diags.Append(v.As(d.ctx, &m, basetypes.ObjectAsOptions{})...)
	return &converge.Executable{
		Name:        d.textAs(name, m.Name),
		Command:     d.textAs(name, m.ExecCommand),
		Args:        d.texts(name, m.Args),
		Environment: d.environment(name, m.Environment),
		SHA256:      d.textAs(name, m.ExpectedSHA256),
	}
}

// observe looks at the program and writes what it sees. What cannot be seen keeps its last
// value, with a warning: a plan or a destroy must not fail of it.
func (s *settings) observeExecutable(ctx context.Context, m *executableObjectModel, runVersion bool) (diags diag.Diagnostics) {
	path, err := executable.Find(m.ExecCommand.ValueString(), s.searchPath())
	if err != nil {
		m.settleUnknown()
		diags.Append(executableUnseen("Unable to look at executable", m.ExecCommand.ValueString(), err))
		return diags
	}
	if path == "" {
		m.Exists = types.BoolValue(false)
		m.ResolvedPath, m.SHA256, m.Version = types.StringNull(), types.StringNull(), types.StringNull()
		return nil
	}
	m.Exists, m.ResolvedPath = types.BoolValue(true), types.StringValue(path)
	if digest, err := s.digest(ctx, path); err != nil {
		diags.Append(executableUnseen("Unable to read executable", path, err))
	} else {
		m.SHA256 = types.StringValue(digest)
	}
	switch {
	case m.VersionArgs.IsNull():
		m.Version = types.StringNull()
	case runVersion:
		d := decoder{ctx: ctx, diags: &diags, unknown: unknowns{}}
		version, err := s.version(ctx, path, d.texts("version_args", m.VersionArgs), d.environment("environment", m.Environment))
		if err != nil {
			diags.Append(executableUnseen("Unable to ask executable for its version", path, err))
		} else {
			m.Version = types.StringValue(version)
		}
	}
	m.settleUnknown()
	return diags
}

// settleUnknown turns what is still unknown into null, since no state may hold it.
func (m *executableObjectModel) settleUnknown() {
	if m.Exists.IsUnknown() {
		m.Exists = types.BoolNull()
	}
	for _, v := range []*types.String{&m.ResolvedPath, &m.SHA256, &m.Version} {
		if v.IsUnknown() {
			*v = types.StringNull()
		}
	}
}
