package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// execDataSource runs a command that changes nothing, each time it is read.
type execDataSource struct{ settings *settings }

var (
	_ datasource.DataSourceWithConfigure      = (*execDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*execDataSource)(nil)
)

func newExecDataSource() datasource.DataSource { return &execDataSource{} }

// execDataModel is the exec data source.
type execDataModel struct {
	programModel
	outputModel
}

func (d *execDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName
}

func (d *execDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*settings); ok {
		d.settings = configured
	}
}

func (d *execDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs a command that changes nothing, each time it is read, which is in every plan, and gives what it printed.",
		Attributes:          named(ctx, programAttributes()),
	}
}

// programAttributes are the attributes of [programModel] and [outputModel].
func programAttributes() map[string]schema.Attribute {
	return with(dataAttributes(commandAttributes...), map[string]schema.Attribute{
		"program": schema.ListAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "What to run instead of `command`: a program, as an argv, that reads one JSON object from its standard input and answers " +
				"with one on its standard output, like those of the `external` data source. Any other answer is an error.",
		},
		"query": schema.DynamicAttribute{
			Optional: true,
			MarkdownDescription: "An object that is written to standard input as JSON; numbers, bools and lists stay what they are, and what is null is " +
				"left out. Excludes `stdin`. A `program` without it reads `{}`.",
		},
		"output_limit": schema.Int64Attribute{
			Optional:   true,
			Validators: outputLimits,
			MarkdownDescription: "How many bytes of each of `stdout` and `stderr` are kept; of longer output the head and the tail, and a warning says so. " +
				"A `program` whose answer is longer is an error. Default `1048576`.",
		},
		"exit_code": schema.Int64Attribute{
			Computed:            true,
			MarkdownDescription: "Exit code, one of `returns`.",
		},
		"stdout": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "What was printed to standard output, as UTF-8.",
		},
		"stderr": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "What was printed to standard error, as UTF-8.",
		},
		"sensitive_stdout": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			MarkdownDescription: "`stdout` when `sensitive_output` is set.",
		},
		"sensitive_stderr": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			MarkdownDescription: "`stderr` when `sensitive_output` is set.",
		},
		"result": schema.DynamicAttribute{
			Computed:            true,
			MarkdownDescription: "`stdout` decoded, when it is one JSON value and was not cut; else null.",
		},
	})
}

func (d *execDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	if config, ok := read[execDataModel](ctx, req.Config, &resp.Diagnostics); ok {
		config.validate(ctx, &resp.Diagnostics)
	}
}

// Read runs the command. Engines call it only where all of the configuration is known.
func (d *execDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config, ok := read[execDataModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	spec, _ := config.spec(ctx, &resp.Diagnostics)
	place, _ := config.place(ctx, &resp.Diagnostics)
	switch {
	case d.settings.defaultsUnknown:
		resp.Diagnostics.Append(readTooEarly(config.within()))
	case d.settings.wayUnknown(place):
		resp.Diagnostics.Append(readBeforeWay())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	say := config.messages(d.settings, spec)
	run, ok := config.run(ctx, d.settings, say, spec, &resp.Diagnostics)
	if !ok {
		return
	}
	if !config.SensitiveOutput.ValueBool() && say.findsSecret(*run) {
		resp.Diagnostics.Append(say.secretStored())
	}
	config.recordOutput(ctx, run, config.SensitiveOutput.ValueBool())
	resp.Diagnostics.Append(resp.State.Set(ctx, &config)...)
}
