package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
)

// validate refuses what the schema cannot. What is unknown may be anything.
func (m serviceDefinitionModel) validate(ctx context.Context, diags *diag.Diagnostics) {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	m.validateKind(d)
	if m.Source.IsNull() || m.Source.IsUnknown() {
		return
	}
	src := objectAs[sourceModel](d, m.Source)
	if src.Path.IsNull() == src.Git.IsNull() && !src.Path.IsUnknown() && !src.Git.IsUnknown() {
		diags.Append(notOneSource(path.Root("source")))
	}
}

func (m serviceDefinitionModel) validateKind(d decoder) {
	count, unknown := 0, false
	for _, kind := range m.kinds() {
		unknown = unknown || kind.IsUnknown()
		if given(kind) {
			count++
		}
	}
	if count > 1 || count == 0 && !unknown {
		d.diags.Append(notOneKind(path.Root("executable")))
		return
	}
	if given(m.Executable) && m.ExecutableObject.IsNull() {
		d.diags.Append(needsExecutable(path.Root("executable_object")))
	}
	if given(m.PythonScript) {
		python := objectAs[pythonModel](d, m.PythonScript)
		if python.Filename.IsNull() == python.Script.IsNull() && !python.Filename.IsUnknown() && !python.Script.IsUnknown() {
			d.diags.Append(notOneProgram(path.Root("python_script")))
		}
	}
	kind, dir := d.kind(m), d.textAs("service", m.WorkingDir)
	if kind != nil && !d.unknown.any("service") {
		if err := service.CheckPaths(dir, kind); err != nil {
			d.diags.Append(badPath(m.pathOf(err), err))
		}
	}
	if k, ok := kind.(service.OpenTofuPlan); ok && !d.unknown.any("service") {
		where := service.Definition{Source: d.source(m.Source, types.StringNull()), WorkingDir: dir}
		if err := k.Check(where); err != nil && !d.unknown.any("service") {
			d.diags.Append(badState(path.Root("opentofu_plan"), err))
		}
	}
}

// pathOf returns the attribute that a [*service.FileError] is about.
func (m serviceDefinitionModel) pathOf(err error) path.Path {
	file, ok := errors.AsType[*service.FileError](err)
	if !ok || file.Attribute == "working_dir" {
		return path.Root("working_dir")
	}
	for name, kind := range m.kinds() {
		if given(kind) {
			return path.Root(name).AtName(file.Attribute)
		}
	}
	return path.Empty()
}
