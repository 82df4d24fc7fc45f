package provider

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// serviceModel is the exec_service resource.
type serviceModel struct {
	ID          types.String `tfsdk:"id"`
	Description types.String `tfsdk:"description"`
	Tags        types.Set    `tfsdk:"tags"`
	serviceDefinitionModel
}

// serviceDefinitionModel is what a service and a reference to one have in common.
type serviceDefinitionModel struct {
	Name                 types.String `tfsdk:"name"`
	Source               types.Object `tfsdk:"source"`
	WorkingDir           types.String `tfsdk:"working_dir"`
	ExecutableObject     types.Object `tfsdk:"executable_object"`
	Environment          types.Map    `tfsdk:"environment"`
	SensitiveEnvironment types.Map    `tfsdk:"sensitive_environment"`
	InputSchema          types.String `tfsdk:"input_schema"`

	Executable      types.Object `tfsdk:"executable"`
	PythonScript    types.Object `tfsdk:"python_script"`
	AnsiblePlaybook types.Object `tfsdk:"ansible_playbook"`
	OpenTofuPlan    types.Object `tfsdk:"opentofu_plan"`

	Revision types.String `tfsdk:"revision"`
}

type sourceModel struct {
	Path types.String `tfsdk:"path"`
	Git  types.Object `tfsdk:"git"`
}

type gitModel struct {
	URL       types.String `tfsdk:"url"`
	Reference types.String `tfsdk:"reference"`
}

type executableKindModel struct {
	Filename  types.String `tfsdk:"filename"`
	ArgFormat types.String `tfsdk:"arg_format"`
}

type pythonModel struct {
	Filename types.String `tfsdk:"filename"`
	Script   types.String `tfsdk:"script"`
	ReqFile  types.String `tfsdk:"req_file"`
	Extras   types.List   `tfsdk:"extras"`
}

type ansibleModel struct {
	Playbooks      types.List    `tfsdk:"playbooks"`
	Inventory      types.List    `tfsdk:"inventory"`
	ExtraVars      types.Dynamic `tfsdk:"extra_vars"`
	ExtraVarsFiles types.List    `tfsdk:"extra_vars_files"`
	Check          types.Bool    `tfsdk:"check"`
	Diff           types.Bool    `tfsdk:"diff"`
	Forks          types.Int64   `tfsdk:"forks"`
	Limit          types.List    `tfsdk:"limit"`
	Tags           types.List    `tfsdk:"tags"`
	SkipTags       types.List    `tfsdk:"skip_tags"`
	Verbosity      types.Int64   `tfsdk:"verbosity"`
	ConfigFile     types.String  `tfsdk:"config_file"`
	ReqFile        types.String  `tfsdk:"req_file"`
	GalaxyReqFile  types.String  `tfsdk:"galaxy_req_file"`
	VaultPassword  types.String  `tfsdk:"vault_password"`
}

type tofuModel struct {
	Vars            types.Dynamic `tfsdk:"vars"`
	VarFiles        types.List    `tfsdk:"var_files"`
	BackendConfig   types.Map     `tfsdk:"backend_config"`
	BackendFiles    types.List    `tfsdk:"backend_config_files"`
	StateFile       types.String  `tfsdk:"state_file"`
	DestroyOnDelete types.Bool    `tfsdk:"destroy_on_delete"`
}

// kinds returns the attributes that say how a service runs, exactly one of which is set.
func (m serviceDefinitionModel) kinds() map[string]types.Object {
	return map[string]types.Object{
		"executable": m.Executable, "python_script": m.PythonScript,
		"ansible_playbook": m.AnsiblePlaybook, "opentofu_plan": m.OpenTofuPlan,
	}
}

// definition decodes a service. What is unknown is left out; whoever runs it must look at
// the decoder's unknowns first.
func (d decoder) definition(m serviceDefinitionModel) service.Definition {
	return service.Definition{
		Name:                 d.textAs("service", m.Name),
		Source:               d.source(m.Source, m.Revision),
		WorkingDir:           d.textAs("service", m.WorkingDir),
		Executable:           d.executable("service", m.ExecutableObject),
		Environment:          d.environment("service", m.Environment),
		SensitiveEnvironment: d.environment("service", m.SensitiveEnvironment),
		Kind:                 d.kind(m),
	}
}

func (d decoder) source(v types.Object, revision types.String) service.Source {
	out := service.Source{Revision: d.textAs("service", revision)}
	if !d.set("service", v) {
		return out
	}
	m := objectAs[sourceModel](d, v)
	out.Path = d.textAs("service", m.Path)
	if d.set("service", m.Git) {
		git := objectAs[gitModel](d, m.Git)
		out.Git = source.Git{URL: d.textAs("service", git.URL), Reference: d.textAs("service", git.Reference)}
	}
	return out
}

// kind decodes the one kind that is set; nil if none is, or it is not known yet.
func (d decoder) kind(m serviceDefinitionModel) service.Kind {
	switch {
	case d.set("service", m.Executable):
		k := objectAs[executableKindModel](d, m.Executable)
		return service.Executable{Filename: d.textAs("service", k.Filename), ArgFormat: d.textAs("service", k.ArgFormat)}
	case d.set("service", m.PythonScript):
		k := objectAs[pythonModel](d, m.PythonScript)
		return service.PythonScript{
			Filename: d.textAs("service", k.Filename), Script: d.textAs("service", k.Script),
			ReqFile: d.textAs("service", k.ReqFile), Extras: d.texts("service", k.Extras),
		}
	case d.set("service", m.AnsiblePlaybook):
		k := objectAs[ansibleModel](d, m.AnsiblePlaybook)
		return service.AnsiblePlaybook{
			Playbooks: d.texts("service", k.Playbooks), Inventory: d.texts("service", k.Inventory),
			ExtraVars: d.object("service", k.ExtraVars), ExtraVarsFiles: d.texts("service", k.ExtraVarsFiles),
			Check: d.flag("service", k.Check, false), Diff: d.flag("service", k.Diff, false),
			Forks: d.number("service", k.Forks, 0), Limit: d.texts("service", k.Limit),
			Tags: d.texts("service", k.Tags), SkipTags: d.texts("service", k.SkipTags),
			Verbosity: d.number("service", k.Verbosity, 0), ConfigFile: d.textAs("service", k.ConfigFile),
			ReqFile: d.textAs("service", k.ReqFile), GalaxyReqFile: d.textAs("service", k.GalaxyReqFile),
			VaultPassword: d.textAs("service", k.VaultPassword),
		}
	case d.set("service", m.OpenTofuPlan):
		k := objectAs[tofuModel](d, m.OpenTofuPlan)
		return service.OpenTofuPlan{
			Vars: d.object("service", k.Vars), VarFiles: d.texts("service", k.VarFiles),
			BackendConfig: d.environment("service", k.BackendConfig), BackendConfigFiles: d.texts("service", k.BackendFiles),
			StateFile:       d.textAs("service", k.StateFile),
			DestroyOnDelete: d.flag("service", k.DestroyOnDelete, false),
		}
	}
	return nil
}

// objectAs turns an object into its model.
func objectAs[T any](d decoder, v types.Object) T {
	var m T
	d.diags.Append(v.As(d.ctx, &m, basetypes.ObjectAsOptions{})...)
	return m
}

// object decodes an object or a map into values of encoding/json. What is null at its top
// is left out: it is not set.
func (d decoder) object(name string, v types.Dynamic) map[string]any {
	value := underlying(v)
	if !d.set(name, value) {
		return nil
	}
	fields, ok := members(value)
	if !ok {
		d.diags.Append(notAnObject(attributePath(name)))
		return nil
	}
	out := make(map[string]any, len(fields))
	for key, e := range fields {
		if e = underlying(e); e.IsNull() {
			continue
		}
		if plain, known := inputs.fold(e); known {
			out[key] = plain
		} else {
			d.unknown[name] = true
		}
	}
	return out
}

// inputs are values as encoding/json would decode them, with numbers kept exact.
var inputs = folding{
	number: func(f *big.Float) any { return json.Number(f.Text('f', -1)) },
	object: func(fields map[string]any) any { return fields },
	set:    func(values []any) any { return values },
}

// revision resolves what the source holds. An answer of a repository may be as old as
// maxAge; zero asks anew.
func (s *settings) revision(ctx context.Context, src service.Source, maxAge time.Duration) (string, error) {
	if src.Path != "" {
		return service.Revision(ctx, s.digests, src.Path)
	}
	if s.credentialsUnknown {
		return "", errCredentialsUnknown
	}
	git, err := s.git()
	if err != nil {
		return "", err
	}
	return git.Resolve(ctx, src.Git, maxAge)
}

// errCredentialsUnknown means that a repository was not asked, for the plan does not know
// the credentials yet. It is no failure: the apply will know them.
var errCredentialsUnknown = errors.New("git_credentials are not known yet")

// keep takes over the revision that was resolved before, unless the source itself changed.
func (m *serviceModel) keep(before serviceModel) {
	m.Revision = before.Revision
	if !m.Source.Equal(before.Source) {
		m.Revision = types.StringUnknown()
	}
}

// service decodes a reference to a service and its inputs; nil if something of the service
// is not known yet, or of the wrong form. Inputs that are not known yet are left out. The
// defaults of the schema are filled in.
func (d decoder) service(v types.Object, inputs types.Dynamic) *service.Runner {
	if !d.set("service", v) {
		return nil
	}
	m := objectAs[serviceDefinitionModel](d, v)
	values := d.inputs(m, inputs)
	if unknownBeyond(v, "sha256") {
		d.unknown["service"] = true
		return nil
	}
	runner := &service.Runner{Definition: d.definition(m), Inputs: values}
	if runner.Kind == nil {
		return nil
	}
	return runner
}

// inputs decodes the inputs of a service. As soon as they and the schema are known they are
// checked, whatever else of the service is not, and the defaults are filled in.
func (d decoder) inputs(m serviceDefinitionModel, v types.Dynamic) map[string]any {
	fields := d.object("inputs", v)
	if d.unknown.any("inputs") || !given(m.InputSchema) {
		return fields
	}
	schema, err := service.ParseSchema(m.InputSchema.ValueString())
	if err != nil {
		d.diags.Append(notSchema(path.Root("service").AtName("input_schema"), err))
		return nil
	}
	complete, wrong := schema.Apply(fields)
	for _, v := range wrong {
		d.diags.Append(inputViolates(v))
	}
	return complete
}

// unknownBeyond reports whether something in v is unknown beside the fields of that name,
// at any depth.
func unknownBeyond(v attr.Value, name string) bool {
	v = underlying(v)
	if v.IsUnknown() {
		return true
	}
	if fields, ok := members(v); ok {
		for key, e := range fields {
			if key != name && unknownBeyond(e, name) {
				return true
			}
		}
		return false
	}
	list, _ := elements(v, true)
	return slices.ContainsFunc(list, func(e attr.Value) bool { return unknownBeyond(e, name) })
}
