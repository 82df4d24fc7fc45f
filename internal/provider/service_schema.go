package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema describes the resource in the order identity, source, surroundings, inputs, kinds,
// results.
func (r *serviceResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := withIdentity("the service", serviceAttributes())
	maps.Copy(attributes, map[string]schema.Attribute{
		"revision": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Fingerprint of the files: the commit for `git`; for `path` a digest of names, executable bits and contents, " +
				"without `.git` and what engines and interpreters write there. It is resolved in every refresh, so that a moved branch or an edited file is a change of whatever runs the service.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "A definition of something runnable: a script, a Python program, an Ansible playbook or an OpenTofu configuration, in a " +
			"directory or a git repository. It is validated and fingerprinted, and never run by itself: `exec` runs it, with `service` and `inputs`.",
		Attributes: attributes,
	}
}

// nestedServiceAttribute is how exec takes a service: what it needs of one to run it.
func nestedServiceAttribute() schema.SingleNestedAttribute {
	attributes := serviceAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "What messages call the service.",
		},
		"revision": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Fingerprint of its files; a changed one is a changed definition.",
		},
	})
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "What to run instead of `command`: an `exec_service`, given as a whole, like `service = exec_service.backup`. Excludes `connection`.",
		Attributes:          attributes,
	}
}

// serviceAttributes are what a service and a reference to one have in common.
func serviceAttributes() map[string]schema.Attribute {
	list := func(description string) schema.ListAttribute {
		return schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.NoNullValues()},
			MarkdownDescription: description,
		}
	}
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: description,
		}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
	}
	environment := func(sensitive bool, description string) schema.MapAttribute {
		return schema.MapAttribute{
			Optional: true, Sensitive: sensitive, ElementType: types.StringType,
			Validators: []validator.Map{mapvalidator.KeysAre(variableNames)}, MarkdownDescription: description,
		}
	}
	return map[string]schema.Attribute{
		"source": schema.SingleNestedAttribute{
			Required:            true,
			MarkdownDescription: "Where the files are: exactly one of `path` and `git`.",
			Attributes: map[string]schema.Attribute{
				"path": text("A directory of this machine; a relative one is taken from where the engine runs, so write `path.module` before it."),
				"git": schema.SingleNestedAttribute{
					Optional:            true,
					MarkdownDescription: "A git repository. Credentials belong to the provider or to the machine, never here.",
					Attributes: map[string]schema.Attribute{
						"url": schema.StringAttribute{
							Required:            true,
							Validators:          []validator.String{repositoryURL()},
							MarkdownDescription: "`https://`, `http://`, `ssh://`, `file://`, `user@host:path`, or a path on this machine.",
						},
						"reference": text("A branch, a tag or a commit. Default: the repository's default branch."),
					},
				},
			},
		},
		"working_dir": text("Directory within the source in which it runs, and from which every path below is taken. None of them may leave the source, " +
			"not by a link either. Default: the source's root."),
		"executable_object": executableAttribute("What it runs under: an `exec_executable_object`, given as a whole. Required for `executable`; for the " +
			"other kinds the Python interpreter or the engine to use instead of the one on `PATH`."),
		"environment":           environment(false, "Variables of every run. Those of the executable object are behind them, those of `exec` before them."),
		"sensitive_environment": environment(true, "Like `environment`, for secrets: hidden in plans and masked in messages; stored in the state."),
		"input_schema": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{inputSchema()},
			MarkdownDescription: "JSON Schema of the inputs, as text (`jsonencode`); draft 2020-12 unless `$schema` says otherwise. Inputs are checked in the " +
				"plan when they are known, and its defaults are filled in.",
		},
		"executable": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "A script or any program: `<executable object> <its args> <filename> <inputs>`.",
			Attributes: map[string]schema.Attribute{
				"filename": schema.StringAttribute{
					Required:            true,
					Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					MarkdownDescription: "The file that the executable object gets as its argument.",
				},
				"arg_format": schema.StringAttribute{
					Optional:   true,
					Validators: []validator.String{argFormat()},
					MarkdownDescription: "How each input becomes arguments: a Go template over `.Key` and `.Value`, split into words before anything is put " +
						"into it, so that a value is never split. Default `--{{.Key}} {{.Value}}`.",
				},
			},
		},
		"python_script": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "A Python program in a virtual environment of its own, which is built once for the same requirements and interpreter. " +
				"Each input becomes `--key=value`; `true` becomes `--key`, `false` is left out.",
			Attributes: map[string]schema.Attribute{
				"filename": text("The script to run; exactly one of `filename` and `script`."),
				"script":   text("An entry of `[project.scripts]` in `pyproject.toml`."),
				"req_file": text("`requirements.txt` or `pyproject.toml` that says what to install."),
				"extras":   list("Extras of the project in `pyproject.toml` to install."),
			},
		},
		"ansible_playbook": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Ansible playbooks, run with `ansible-playbook`. Inputs become extra variables with their types. `result` is the recap of each host.",
			Attributes: map[string]schema.Attribute{
				"playbooks": schema.ListAttribute{
					Required: true, ElementType: types.StringType,
					Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues()},
					MarkdownDescription: "The playbooks, in their order.",
				},
				"inventory":        list("Inventory files, directories or programs; or lists of hosts like `\"web1,web2,\"`."),
				"extra_vars":       schema.DynamicAttribute{Optional: true, MarkdownDescription: "Extra variables, an object. Inputs win over them."},
				"extra_vars_files": list("Files of extra variables. `extra_vars` win over them."),
				"check":            flag("Change nothing, and say what would change. Default `false`."),
				"diff":             flag("Show what changes in files. Default `false`."),
				"forks": schema.Int64Attribute{
					Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
					MarkdownDescription: "How many hosts at a time.",
				},
				"limit":     list("Patterns that select hosts of the inventory."),
				"tags":      list("Only tasks with one of these tags."),
				"skip_tags": list("No tasks with one of these tags."),
				"verbosity": schema.Int64Attribute{
					Optional: true, Validators: []validator.Int64{int64validator.Between(0, 6)},
					MarkdownDescription: "How much Ansible says, 0 to 6. Default `0`.",
				},
				"config_file":     text("`ansible.cfg` to use."),
				"req_file":        text("Python requirements, installed into a virtual environment that Ansible then runs in."),
				"galaxy_req_file": text("Requirements of Ansible Galaxy, installed into a cache of their own."),
				"vault_password": schema.StringAttribute{
					Optional: true, Sensitive: true,
					MarkdownDescription: "Password of the vault. Ansible reads it from a file that only the run can read. It is stored in the state.",
				},
			},
		},
		"opentofu_plan": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "An OpenTofu configuration: `tofu init`, then `tofu apply`. Inputs become variables with their types. `result` is its " +
				"outputs without the sensitive ones. Its own plan is not asked: this plan does not know whether an apply would change anything.",
			Attributes: map[string]schema.Attribute{
				"vars":      schema.DynamicAttribute{Optional: true, MarkdownDescription: "Variables, an object. Inputs win over them."},
				"var_files": list("Files of variables. `vars` win over them."),
				"backend_config": schema.MapAttribute{
					Optional: true, ElementType: types.StringType, Validators: []validator.Map{mapvalidator.NoNullValues()},
					MarkdownDescription: "Settings of its backend, as `-backend-config` takes them.",
				},
				"backend_config_files": list("Files of such settings. `backend_config` wins over them."),
				"state_file":           text("Where its state is kept if it has no backend. A relative path is taken from where the engine runs. It may not be in the source."),
				"destroy_on_delete":    flag("Run `tofu destroy` when the `exec` that runs it is destroyed and has no `destroy` block. Default `false`."),
			},
		},
	}
}
