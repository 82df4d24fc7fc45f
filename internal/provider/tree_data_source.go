package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// treeDataSource takes the digest of a directory. It changes nothing and runs nothing.
type treeDataSource struct{ settings *settings }

var _ datasource.DataSourceWithConfigure = (*treeDataSource)(nil)

func newTreeDataSource() datasource.DataSource { return &treeDataSource{} }

type treeModel struct {
	Path     types.String `tfsdk:"path"`
	Excludes types.List   `tfsdk:"excludes"`
	SHA256   types.String `tfsdk:"sha256"`
}

func (s *treeDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tree"
}

func (s *treeDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		s.settings = configured
	}
}

func (s *treeDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Digest of the files in a directory: their names, executable bits and contents. It is the same wherever the directory is and " +
			"whenever it was checked out, and changes with every change of its files, so a command can subscribe to it.",
		Attributes: map[string]schema.Attribute{
			"path": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "The directory; a relative one is taken from where the engine runs, so write `path.module` before it.",
			},
			"excludes": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.ValueStringsAre(excludePattern{})},
				MarkdownDescription: "Patterns of what does not count, like `[\"node_modules\", \"*.pyc\", \"/dist\"]`. A directory that matches is left out with " +
					"everything in it. `.git` never counts.",
			},
			"sha256": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "The digest, as 64 hexadecimal digits. To run something when the files change, subscribe to it: " +
					"`subscribe = [data.exec_tree.src.sha256]`.",
			},
		},
	}
}

// Read takes the digest. There is no last one that could stand for it, so whatever cannot
// be read is an error: nobody may take it for another content.
func (s *treeDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	m, ok := read[treeModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	d := decoder{ctx: ctx, diags: &resp.Diagnostics, unknown: unknowns{}}
	digest, err := s.settings.digests.Tree(ctx, m.Path.ValueString(), d.texts("excludes", m.Excludes)...)
	if err != nil {
		resp.Diagnostics.Append(treeUnread(err))
		return
	}
	m.SHA256 = types.StringValue(strings.TrimPrefix(digest, "sha256:"))
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// excludePattern accepts patterns of what to leave out of a tree.
type excludePattern struct{}

func (excludePattern) Description(context.Context) string { return "must be a pattern" }

func (v excludePattern) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v excludePattern) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsUnknown() {
		return
	}
	if req.ConfigValue.IsNull() {
		resp.Diagnostics.Append(nullElement(req.Path))
		return
	}
	if err := source.CheckExclude(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(notPattern(req.Path, err))
	}
}
