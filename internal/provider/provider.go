// Package provider is the boundary to OpenTofu and Terraform: schemas, models, lifecycle,
// and every message. It decides nothing about commands and runs none; package converge
// does. It is the only package that knows the plugin framework.
package provider

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// providerName is the name of the provider, and of the resource that is named like it.
const providerName = "exec"

// execProvider is the provider.
type execProvider struct {
	version string
	local   host.Host
	digests source.Digester
	// configured is what Configure made, for calls that the framework does not serve; nil
	// before that.
	configured atomic.Pointer[settings]
}

var (
	_ provider.ProviderWithEphemeralResources = (*execProvider)(nil)
	_ provider.ProviderWithFunctions          = (*execProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*execProvider)(nil)
	_ provider.ProviderWithActions            = (*execProvider)(nil)
)

// New returns what makes the provider; version is what it reports of itself.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return newProvider(version) }
}

func newProvider(version string) *execProvider {
	return &execProvider{version: version, local: local.New(private...)}
}

type providerModel struct {
	Guards       types.String `tfsdk:"guards"`
	GuardTimeout duration     `tfsdk:"guard_timeout"`

	Path        types.List  `tfsdk:"path"`
	Environment types.Map   `tfsdk:"environment"`
	Timeout     duration    `tfsdk:"timeout"`
	MaxParallel types.Int64 `tfsdk:"max_parallel"`

	GitCredentials types.List `tfsdk:"git_credentials"`

	Password       types.String `tfsdk:"password"`
	PrivateKey     types.String `tfsdk:"private_key"`
	Passphrase     types.String `tfsdk:"passphrase"`
	Agent          types.Bool   `tfsdk:"agent"`
	KnownHostsFile types.String `tfsdk:"known_hosts_file"`
	ConnectTimeout duration     `tfsdk:"connect_timeout"`
}

type gitCredentialModel struct {
	URLPrefix  types.String `tfsdk:"url_prefix"`
	Username   types.String `tfsdk:"username"`
	Password   types.String `tfsdk:"password"`
	PrivateKey types.String `tfsdk:"private_key"`
	Passphrase types.String `tfsdk:"passphrase"`
}

func (p *execProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = providerName
	resp.Version = p.version
}

func (p *execProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs commands when they are needed, and shows in the plan which ones that are, and why.",
		Attributes: map[string]schema.Attribute{
			"guards": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(guardsInPlan, guardsInApply)},
				MarkdownDescription: "When guards are asked: `\"plan\"`, in plans and in applies; `\"apply\"`, in applies only, so that a " +
					"plan asks none and says \"may run\". Default `\"plan\"`. The environment variable `EXEC_GUARDS` overrules it.",
			},
			"guard_timeout": schema.StringAttribute{
				Optional:            true,
				CustomType:          durationType{},
				MarkdownDescription: "How long each guard may take to answer. Default `\"30s\"`; `\"0s\"` is no limit.",
			},
			"path": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(absolutePath{})},
				MarkdownDescription: "Absolute directories that replace `PATH` for every command and guard, also over connections, whose resource sets neither `path` " +
					"nor `PATH` in an environment. Programs are looked up there too, also those of executable objects. Default: the engine's `PATH`.",
			},
			"environment": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.Map{mapvalidator.KeysAre(variableNames)},
				MarkdownDescription: "Variables added to the environment of every command, guard and destroy command, also over connections, and stored nowhere. What a resource, its " +
					"service or its executable sets wins. `PATH` here and `path` exclude each other. Values are not masked in messages.",
			},
			"timeout": schema.StringAttribute{
				Optional:   true,
				CustomType: durationType{},
				MarkdownDescription: "How long each try of a run, and each destroy command, may take where the resource does not set its own `timeout`. " +
					"Default `\"5m\"`; `\"0s\"` is no limit.",
			},
			"max_parallel": schema.Int64Attribute{
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(0)},
				MarkdownDescription: "How many commands this machine may run at once, here and over connections, over all engines of this user that set it. " +
					"Others wait, which does not count towards `timeout`. Default `0`, which is no limit but the engine's own `-parallelism`.",
			},
			"git_credentials": schema.ListNestedAttribute{
				Optional: true,
				MarkdownDescription: "Ways into git repositories that services come from. The entry with the longest prefix that covers a URL is used; " +
					"elsewhere the machine's: its ssh-agent and keys, its git credential helpers. They are never stored in the state.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"url_prefix": schema.StringAttribute{
						Required:   true,
						Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
						MarkdownDescription: "What it is for, like `https://git.example.com/team`: scheme, host and whole names of the path. It covers " +
							"`…/team/repo`, and neither `…/teammates` nor another host.",
					},
					"username": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "User name. Default: the URL's, or `git`.",
					},
					"password": schema.StringAttribute{
						Optional: true, Sensitive: true,
						MarkdownDescription: "Password or token.",
					},
					"private_key": schema.StringAttribute{
						Optional: true, Sensitive: true,
						MarkdownDescription: "Private key for SSH, in PEM or OpenSSH form.",
					},
					"passphrase": schema.StringAttribute{
						Optional: true, Sensitive: true,
						MarkdownDescription: "What decrypts `private_key`.",
					},
				}},
			},
			"password": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Password with which to log in to the machines of `connection` attributes, and to their bastions. Nothing of the way in is " +
					"stored, and a changed one runs nothing. `EXEC_PASSWORD` overrules it.",
			},
			"private_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Private key with which to log in there, in PEM or OpenSSH form: the key itself, and not the name of its file. Default, where " +
					"there is no `password` either: the usual keys in `~/.ssh` that have no passphrase. `EXEC_PRIVATE_KEY` overrules it.",
			},
			"passphrase": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "What decrypts `private_key`. `EXEC_PASSPHRASE` overrules it.",
			},
			"agent": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether the keys of the ssh-agent are tried there too. Default: only where neither `password` nor `private_key` is set. " +
					"`EXEC_AGENT` overrules it.",
			},
			"known_hosts_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "File of the host keys that are trusted where a `connection` has no `host_key`. Default: `~/.ssh/known_hosts`, and that of " +
					"the system. `EXEC_KNOWN_HOSTS_FILE` overrules it.",
			},
			"connect_timeout": schema.StringAttribute{
				Optional:   true,
				CustomType: durationType{},
				MarkdownDescription: "How long an apply waits for a machine to come up. Default `\"5m\"`; `\"0s\"` is one attempt, which is what a plan makes. " +
					"`EXEC_CONNECT_TIMEOUT` overrules it.",
			},
		},
	}
}

// ValidateConfig refuses what the schema cannot.
func (p *execProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	if config, ok := read[providerModel](ctx, req.Config, &resp.Diagnostics); ok {
		config.validate(&resp.Diagnostics)
	}
}

// Configure reads the settings. One that is not known yet counts as the careful choice: no
// guard is asked by a plan that does not know whether it may, or where.
func (p *execProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	config, ok := read[providerModel](ctx, req.Config, &resp.Diagnostics)
	if !ok {
		return
	}
	s := &settings{local: p.local, digests: &p.digests, openings: &ofProcess}
	var credentials []gitCredentialModel
	if s.credentialsUnknown = unknownBeyond(config.GitCredentials, ""); !s.credentialsUnknown {
		resp.Diagnostics.Append(config.GitCredentials.ElementsAs(ctx, &credentials, false)...)
	}
	for _, c := range credentials {
		s.credentials = append(s.credentials, source.Credential{
			URLPrefix: c.URLPrefix.ValueString(), Username: c.Username.ValueString(), Password: c.Password.ValueString(),
			PrivateKey: c.PrivateKey.ValueString(), Passphrase: c.Passphrase.ValueString(),
		})
	}
	s.machine = s.newMachine()
	if _, err := source.NewGitClient(source.GitOptions{Credentials: s.credentials}); err != nil {
		resp.Diagnostics.Append(badCredential(err))
		return
	}
	resp.Diagnostics.Append(s.read(config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s.reachMachines()
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ActionData = s, s, s, s
	p.configured.Store(s)
}

func (p *execProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newExecResource, newExecutableObjectResource, newServiceResource}
}

func (p *execProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newExecDataSource, newExecutableObjectDataSource, newTreeDataSource}
}

func (p *execProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newShellQuoteFunction, newShellSplitFunction}
}

func (p *execProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newExecEphemeral}
}

func (p *execProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newExecAction}
}
