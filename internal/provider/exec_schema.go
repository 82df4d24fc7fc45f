package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// maxOutputLimit keeps a state file of a few resources readable and far below what the
// plugin protocol can carry.
const maxOutputLimit = 16 << 20

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	octalMask    = regexp.MustCompile(`^[0-7]{1,4}$`)
)

// Schema describes the exec resource.
func (r *execResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = describeExec()
	resp.Schema.Attributes = named(ctx, resp.Schema.Attributes)
}

// describeExec returns the schema, in the order identity, what to run, process, guards,
// when, limits, output, where, results. No attribute has a default: null means it, and a
// default that only restates that would cost time on both sides of the wire.
func describeExec() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Runs a command when it is needed. The plan asks the guards and shows a change exactly " +
			"when the command would run, and why; the apply runs it.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Identifies the resource; made at creation and never changed.",
			},
			"name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What messages call this resource. It is the command itself when none of `command`, `executable` and `service` is set.",
			},

			"command": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "What to run: a string, or a list of strings that is the argv. A string is split " +
					"into words by POSIX quoting rules, without a shell; one that needs a shell is refused unless `shell` or " +
					"`interpreter` is set. A list is never interpreted.",
			},
			"executable": executableAttribute("What to run instead of `command`: an `exec_executable_object`, given as a whole, like " +
				"`executable = exec_executable_object.bash`. A changed content of its file is shown, and runs nothing by itself."),
			"args": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{listvalidator.NoNullValues()},
				MarkdownDescription: "Arguments after those of the `executable`; only together with it.",
			},
			"service": nestedServiceAttribute(),
			"inputs": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Inputs of the `service`, an object of any values; only together with it. Null ones are not set. How they reach the " +
					"service depends on its kind.",
			},
			"shell": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Have `/bin/sh -c` read commands that are written as a string. Default `false`. " +
					"Excludes `interpreter`.",
			},
			"interpreter": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues()},
				MarkdownDescription: "What reads commands that are written as a string, which becomes its last argument, like " +
					"`[\"/bin/bash\", \"-euo\", \"pipefail\", \"-c\"]`.",
			},

			"cwd": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: workingDirectory + "; for a service its own working directory.",
			},
			"path": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(absolutePath{})},
				MarkdownDescription: "Absolute directories that replace `PATH`: programs are looked up there, and " +
					"get it as their `PATH`. Default: the provider's `path`, else the engine's `PATH`, over a `connection` that of the login.",
			},
			"environment": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.Map{variablesAreNamed},
				MarkdownDescription: "Variables added to the inherited environment, and to those of the provider. A null value adds none. " +
					"`PATH` here and `path` exclude each other.",
			},
			"sensitive_environment": schema.MapAttribute{
				Optional:    true,
				Sensitive:   true,
				ElementType: types.StringType,
				Validators:  []validator.Map{variablesAreNamed},
				MarkdownDescription: "Like `environment`, for secrets: hidden in plans, and values of 4 bytes or more are " +
					"masked in messages and in the provider's log. They are stored in the state.",
			},
			"write_only": writeOnlyAttribute(),
			"write_only_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Stands for `write_only` in the definition, which nobody can compare: any text, and a changed one is a changed " +
					"definition.",
			},
			"inherit_environment": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether the engine's environment is passed on, over a `connection` that of the login. Default `true`; with `false` " +
					"only `PATH` and what is set here and by the provider.",
			},
			"stdin": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What the command can read from its standard input. Default: nothing.",
			},
			"user": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "User, by name or number, to run as; `HOME`, `USER` and " +
					"`LOGNAME` follow unless set. Needs the right to switch, over a `connection` for the user who logs in. POSIX only.",
			},
			"group": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Group, by name or number, to run as. POSIX only.",
			},
			"umask": schema.StringAttribute{
				Optional: true,
				Validators: []validator.String{
					stringvalidator.RegexMatches(octalMask, "must be an octal number of 1 to 4 digits, like \"022\""),
				},
				MarkdownDescription: "File mode creation mask, in octal. POSIX only.",
			},

			"creates": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "A path, or a list of paths: the command is not needed if **any** of them exists. Links " +
					"are followed; relative paths are taken from `cwd`.",
			},
			"removes": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "A path, or a list of paths: the command is not needed unless **all** of them exist. " +
					"Relative paths are taken from `cwd`.",
			},
			"unless": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "A command, or a list of commands, each a string or an argv: the command is not needed if " +
					"**any** of them exits 0. It is asked in every plan, so it must change nothing.",
			},
			"onlyif": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "A command, or a list of commands, each a string or an argv: the command is not needed " +
					"unless **all** of them exit 0. Alone, it lets the command run on every apply while it holds.",
			},

			"refresh_only": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Run only when `subscribe` or `recheck_on` triggers. Default `false`. With guards it " +
					"needs `recheck_on`, or the guards would never be asked.",
			},
			"subscribe": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Any value, mostly a list of references: when it changed since the last apply, or is not " +
					"known yet, the command runs **whatever the guards say**. Values are compared by value, so a list equals a tuple. " +
					"On the first apply it counts as changed; removing it is no change.",
			},
			"recheck_on": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Like `subscribe`, but the guards may veto: when it changed, or is not known yet, the " +
					"guards are asked again during the apply.",
			},
			"refresh": schema.DynamicAttribute{
				Optional:            true,
				MarkdownDescription: "What to run instead of `command` when `subscribe` is the reason; a string or an argv.",
			},
			"always": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Run on every apply: a permanent difference in the plan, on purpose. Default `false`. " +
					"Excludes guards.",
			},

			"timeout": schema.StringAttribute{
				Optional:   true,
				CustomType: durationType{},
				MarkdownDescription: "How long each try may take, like `\"90s\"` or `\"1h30m\"`; after that the command and " +
					"everything in its session is ended. Default: the provider's `timeout`, else `\"5m\"`; `\"0s\"` is no limit.",
			},
			"tries": schema.Int64Attribute{
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "How often to try until it succeeds. Default `1`.",
			},
			"try_sleep": schema.StringAttribute{
				Optional:            true,
				CustomType:          durationType{},
				MarkdownDescription: "How long to wait between two tries. Default `\"0s\"`.",
			},
			"returns": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.Int64Type,
				Validators:          exitCodes,
				MarkdownDescription: "Exit codes that are a success, each 0 to 255. Default `[0]`.",
			},
			"unchanged_returns": schema.ListAttribute{
				Optional:    true,
				ElementType: types.Int64Type,
				Validators:  exitCodes,
				MarkdownDescription: "Further exit codes that are a success and mean \"ran, changed nothing\": `run_id` is " +
					"kept, so that nothing which refers to it is triggered.",
			},
			"verify": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Ask the guards again after the run, and fail unless they now say that the command is " +
					"not needed. Default `false`.",
			},
			"lock": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Name of a lock: runs that share it never overlap, across resources and across processes " +
					"on the machine of the engine, also over a `connection`. Waiting for it does not count towards `timeout`. Plans take no lock.",
			},

			"logoutput": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(logOnFailure, logAlways, logNever)},
				MarkdownDescription: "Where output is shown beside the state: `\"on_failure\"`, in the error of a failed run; " +
					"`\"true\"`, always, as a warning and in the provider's log; `\"false\"`, nowhere. Default `\"on_failure\"`.",
			},
			"log_file": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "File to which output is appended while the command runs, unmasked but for the values of " +
					"`write_only`. " + logFileMode,
			},
			"output_limit": schema.Int64Attribute{
				Optional:   true,
				Validators: outputLimits,
				MarkdownDescription: "How many bytes of each of `stdout` and `stderr` are kept; of longer output the head and " +
					"the tail, with a line between that says how much is missing, and a warning. Default `4096`.",
			},
			"sensitive_output": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Put output into `sensitive_stdout` and `sensitive_stderr` and nowhere else: no message, " +
					"no `result`. Default `false`.",
			},

			"destroy": schema.SingleNestedAttribute{
				Optional: true,
				MarkdownDescription: "What to run when the resource is destroyed or replaced, in the same place and environment. " +
					"It can read `EXEC_EXIT_CODE`, `EXEC_STDOUT` and `EXEC_RUN_ID` of the last run from its environment.",
				Attributes: map[string]schema.Attribute{
					"command": schema.DynamicAttribute{
						Required:            true,
						MarkdownDescription: "What to run; a string or an argv.",
					},
					"unless": schema.DynamicAttribute{
						Optional:            true,
						MarkdownDescription: "Guard commands: nothing runs if **any** of them exits 0.",
					},
					"onlyif": schema.DynamicAttribute{
						Optional:            true,
						MarkdownDescription: "Guard commands: nothing runs unless **all** of them exit 0.",
					},
					"timeout": schema.StringAttribute{
						Optional:            true,
						CustomType:          durationType{},
						MarkdownDescription: "How long it may take. Default: the provider's `timeout`, else `\"5m\"`; `\"0s\"` is no limit.",
					},
					"returns": schema.ListAttribute{
						Optional:            true,
						ElementType:         types.Int64Type,
						Validators:          exitCodes,
						MarkdownDescription: "Exit codes that are a success. Default `[0]`.",
					},
				},
			},

			"connection": connectionAttribute(),

			"target": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "The machine the command runs on: `local`, or `ssh://user@host:port` of its `connection`. Nothing ever runs anywhere " +
					"else than the planned or stored one.",
			},
			"in_sync": schema.BoolAttribute{
				Computed: true,
				MarkdownDescription: "What the last refresh observed: `true`, the command is not needed; `false`, it is; null, " +
					"the guards were not asked or one gave no answer. Every plan sets it back to `true`.",
			},
			"noop_message": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Why the command is needed, when it is.",
			},
			"run_id": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "New for every execution, failed ones too, except those that `unchanged_returns` speaks of; " +
					"null before the first. Known in a plan: the command does not run. Not known yet: it will, or may.",
			},
			"exit_code": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "Exit code of the last run; null if a signal, the timeout or an interrupt ended it.",
			},
			"stdout": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "What the last run printed to standard output, as UTF-8.",
			},
			"stderr": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "What the last run printed to standard error, as UTF-8.",
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
			"start_time": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the last run started (RFC 3339, UTC).",
			},
			"end_time": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the last run ended (RFC 3339, UTC).",
			},
			"elapsed_time": schema.Float64Attribute{
				Computed:            true,
				MarkdownDescription: "How many seconds the last run took, all tries and the time between them.",
			},
			"result": schema.DynamicAttribute{
				Computed:            true,
				MarkdownDescription: "`stdout` decoded, when it is one JSON value and was not cut; else null. For a service what its kind says.",
			},
		},
	}
}

var (
	outputLimits      = []validator.Int64{int64validator.Between(0, maxOutputLimit)}
	variablesAreNamed = mapvalidator.KeysAre(variableNames)

	variableNames = stringvalidator.RegexMatches(variableName, "must be a name of letters, digits and underscores that does not start with a digit")
	exitCodes     = []validator.List{
		listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(),
		listvalidator.ValueInt64sAre(int64validator.Between(0, 255)),
	}
)
