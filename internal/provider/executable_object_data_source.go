package provider

import (
	"context"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// executableObjectDataSource looks an executable up. It changes nothing, and runs the
// program only to ask for its version.
type executableObjectDataSource struct{ settings *settings }

var _ datasource.DataSourceWithConfigure = (*executableObjectDataSource)(nil)

func newExecutableObjectDataSource() datasource.DataSource { return &executableObjectDataSource{} }

type executableLookUpModel struct {
	ExecCommand types.String `tfsdk:"exec_command"`
	Path        types.List   `tfsdk:"path"`
	VersionArgs types.List   `tfsdk:"version_args"`
	executableFacts
}

func (s *executableObjectDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_executable_object"
}

func (s *executableObjectDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		s.settings = configured
	}
}

func (s *executableObjectDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks an executable up on the machine: whether it exists, where, with which content, of which version. To run something " +
			"under it, pin it or give it arguments of its own, use the resource of that name.",
		Attributes: map[string]schema.Attribute{
			"exec_command": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{programName()},
				MarkdownDescription: aboutExecCommand + " It need not exist.",
			},
			"path": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(absolutePath{})},
				MarkdownDescription: "Absolute directories in which a bare name is looked up, instead of `PATH`, in that order. They are also the `PATH` of the " +
					"executable when it is asked for its version.",
			},
			"version_args": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.NoNullValues()},
				MarkdownDescription: aboutVersionArgs + " It is run with them whenever the data source is read, whatever the provider's `guards` setting " +
					"says.",
			},
			"exists": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether it was found.",
			},
			"resolved_path": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: aboutResolvedPath,
			},
			"sha256": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: aboutSHA256 + "`subscribe = [data.exec_executable_object.python.sha256]`.",
			},
			"version": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: aboutVersion,
			},
		},
	}
}

// Read looks the executable up. There is nothing that was seen before, so whatever cannot
// be seen is an error: null would say that it is not there.
func (s *executableObjectDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	m, ok := read[executableLookUpModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	if s.settings.defaultsUnknown && m.needsDefaults() {
		resp.Diagnostics.Append(readTooEarly(path.Root("exec_command")))
		return
	}
	d := decoder{ctx: ctx, diags: &resp.Diagnostics, unknown: unknowns{}}
	missed := s.settings.look(ctx, executableLook{
		command:     m.ExecCommand.ValueString(),
		path:        d.texts("path", m.Path),
		askVersion:  !m.VersionArgs.IsNull(),
		versionArgs: d.texts("version_args", m.VersionArgs),
	}, &m.executableFacts)
	for _, u := range missed {
		resp.Diagnostics.Append(u.refused())
	}
	if len(missed) == 0 {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}

// needsDefaults reports whether what the provider sets for every command has a say: in where
// a bare name is looked up, and in what an executable says of its version.
func (m executableLookUpModel) needsDefaults() bool {
	return !m.VersionArgs.IsNull() || m.Path.IsNull() && !filepath.IsAbs(m.ExecCommand.ValueString())
}
