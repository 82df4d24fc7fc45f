package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
)

// validate refuses what the schema cannot, in a service that is at a path: nowhere if it is
// a resource itself. What is unknown may be anything.
func (m serviceDefinitionModel) validate(ctx context.Context, at path.Path, diags *diag.Diagnostics) {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	m.validateKind(d, at)
	if m.Source.IsNull() || m.Source.IsUnknown() {
		return
	}
	src := objectAs[sourceModel](d, m.Source)
	if src.Path.IsNull() == src.Git.IsNull() && !src.Path.IsUnknown() && !src.Git.IsUnknown() {
		diags.Append(notOneSource(at.AtName("source")))
	}
}

// validateReference refuses a service that only looks like an exec_service, which would
// have been refused itself.
func (m execModel) validateReference(ctx context.Context, diags *diag.Diagnostics) {
	if !given(m.Service) {
		return
	}
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	reference := objectAs[serviceDefinitionModel](d, m.Service)
	at := path.Root("service")
	reference.validate(ctx, at, diags)
	if given(reference.Source) && reference.Revision.IsNull() && given(objectAs[sourceModel](d, reference.Source).Git) {
		diags.Append(needsRevision(at.AtName("revision")))
	}
}

func (m serviceDefinitionModel) validateKind(d decoder, at path.Path) {
	count, unknown := 0, false
	for _, kind := range m.kinds() {
		unknown = unknown || kind.IsUnknown()
		if given(kind) {
			count++
		}
	}
	if count > 1 || count == 0 && !unknown {
		d.diags.Append(notOneKind(at.AtName("executable")))
		return
	}
	if given(m.Executable) && m.ExecutableObject.IsNull() {
		d.diags.Append(needsExecutable(at.AtName("executable_object")))
	}
	if given(m.PythonScript) {
		python := objectAs[pythonModel](d, m.PythonScript)
		if python.Filename.IsNull() == python.Script.IsNull() && !python.Filename.IsUnknown() && !python.Script.IsUnknown() {
			d.diags.Append(notOneProgram(at.AtName("python_script")))
		}
	}
	kind, dir := d.kind(m), d.textAs("service", m.WorkingDir)
	if kind != nil && !d.unknown.any("service") {
		if err := service.CheckPaths(dir, kind); err != nil {
			d.diags.Append(badPath(m.pathOf(at, err), err))
		}
	}
	if k, ok := kind.(service.OpenTofuPlan); ok && !d.unknown.any("service") {
		where := service.Definition{Source: d.source(m.Source, types.StringNull()), WorkingDir: dir}
		if err := k.Check(where); err != nil && !d.unknown.any("service") {
			d.diags.Append(badState(at.AtName("opentofu_plan"), err))
		}
	}
}

// pathOf returns the attribute that a [*service.FileError] is about, in a service that is at
// a path.
func (m serviceDefinitionModel) pathOf(at path.Path, err error) path.Path {
	file, ok := errors.AsType[*service.FileError](err)
	if !ok || file.Attribute == "working_dir" {
		return at.AtName("working_dir")
	}
	for name, kind := range m.kinds() {
		if given(kind) {
			return at.AtName(name).AtName(file.Attribute)
		}
	}
	return at
}
