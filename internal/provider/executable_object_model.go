package provider

import (
	"context"
	"maps"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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

	executableFacts
}

// executableFacts is what is observed of a program on the machine.
type executableFacts struct {
	Exists       types.Bool   `tfsdk:"exists"`
	ResolvedPath types.String `tfsdk:"resolved_path"`
	SHA256       types.String `tfsdk:"sha256"`
	Version      types.String `tfsdk:"version"`
}

// forget makes everything unknown that is observed on the machine.
func (f *executableFacts) forget() {
	f.Exists = types.BoolUnknown()
	f.ResolvedPath, f.SHA256, f.Version = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
}

// keep takes over what was observed before. What the configuration now asks differently
// is not known until the apply.
func (m *executableObjectModel) keep(before executableObjectModel) {
	if !m.ExecCommand.Equal(before.ExecCommand) || !filepath.IsAbs(m.ExecCommand.ValueString()) && !m.ownPath().Equal(before.ownPath()) {
		m.forget()
		return
	}
	m.executableFacts = before.executableFacts
	if !m.VersionArgs.Equal(before.VersionArgs) {
		m.Version = types.StringUnknown()
	}
}

// ownPath is the PATH that the object sets for whatever runs under it, null if it sets none.
func (m executableObjectModel) ownPath() attr.Value {
	if m.Environment.IsUnknown() {
		return types.StringUnknown()
	}
	if own, ok := m.Environment.Elements()["PATH"]; ok {
		return own
	}
	return types.StringNull()
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

// observeExecutable looks at the program and writes what it sees. What cannot be seen keeps
// its last value, with a warning: a plan or a destroy must not fail of it.
func (s *settings) observeExecutable(ctx context.Context, m *executableObjectModel, runVersion bool) (diags diag.Diagnostics) {
	d := decoder{ctx: ctx, diags: &diags, unknown: unknowns{}}
	look := executableLook{
		command:     m.ExecCommand.ValueString(),
		askVersion:  runVersion && !m.VersionArgs.IsNull(),
		versionArgs: d.texts("version_args", m.VersionArgs),
		environment: d.environment("environment", m.Environment),
	}
	// What runs under the object is looked up in its own PATH, so that is where to look.
	if own, ok := look.environment["PATH"]; ok {
		look.path = filepath.SplitList(own)
	}
	if m.VersionArgs.IsNull() {
		m.Version = types.StringNull()
	}
	for _, u := range s.look(ctx, look, &m.executableFacts) {
		diags.Append(u.kept())
	}
	m.settleUnknown()
	return diags
}

// executableLook says which program to look at, and how.
type executableLook struct {
	command string
	// path is where a bare name is looked for, and the PATH of the program when it is asked
	// for its version; nil is the provider's.
	path []string
	// askVersion says that the program may be run, with versionArgs and environment.
	askVersion  bool
	versionArgs []string
	environment map[string]string
}

// look writes what it sees of a program, and returns what it cannot see, of which it
// changes nothing.
func (s *settings) look(ctx context.Context, l executableLook, f *executableFacts) []unseen {
	search := l.path
	if search == nil {
		search = s.searchPath()
	}
	file, err := executable.Find(l.command, search)
	if err != nil {
		return []unseen{{"Unable to look at executable", path.Root("exec_command"), l.command, err}}
	}
	if file == "" {
		*f = executableFacts{Exists: types.BoolValue(false)}
		return nil
	}
	f.Exists, f.ResolvedPath = types.BoolValue(true), types.StringValue(file)
	var missed []unseen
	if digest, err := s.digest(ctx, file); err != nil {
		missed = append(missed, unseen{"Unable to read executable", path.Root("exec_command"), file, err})
	} else {
		f.SHA256 = types.StringValue(digest)
	}
	if !l.askVersion {
		return missed
	}
	env := maps.Clone(l.environment)
	if l.path != nil {
		env = map[string]string{"PATH": strings.Join(l.path, string(filepath.ListSeparator))}
		maps.Copy(env, l.environment)
	}
	if version, err := s.version(ctx, file, l.versionArgs, env); err != nil {
		missed = append(missed, unseen{"Unable to ask executable for its version", path.Root("version_args"), file, err})
	} else {
		f.Version = types.StringValue(version)
	}
	return missed
}

// settleUnknown turns what is still unknown into null, since no state may hold it.
func (f *executableFacts) settleUnknown() {
	if f.Exists.IsUnknown() {
		f.Exists = types.BoolNull()
	}
	for _, v := range []*types.String{&f.ResolvedPath, &f.SHA256, &f.Version} {
		if v.IsUnknown() {
			*v = types.StringNull()
		}
	}
}
