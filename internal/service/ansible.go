package service

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// AnsiblePlaybook is a list of playbooks that ansible-playbook runs. The executable is the
// Python that it runs under: "<python> <its arguments> -m ansible playbook"; without one it
// is the ansible-playbook on PATH. Inputs are extra variables with their types, and as
// everywhere in Ansible a "{{" in one is a template.
type AnsiblePlaybook struct {
	Playbooks []string
	// Inventory are files, directories and programs of the source; an entry with a comma
	// is a list of hosts, as it is for Ansible.
	Inventory []string
	// ExtraVars are extra variables. Inputs win over them, and they over ExtraVarsFiles, of
	// which a later one wins over an earlier one.
	ExtraVars      map[string]any
	ExtraVarsFiles []string
	Check          bool
	// Diff shows what changes in the files of the hosts.
	Diff bool `json:"-"`
	// Forks is how many hosts are worked on at a time; zero is Ansible's own default.
	Forks                 int `json:"-"`
	Limit, Tags, SkipTags []string
	// Verbosity is how many "v" Ansible is given.
	Verbosity int `json:"-"`
	// ConfigFile is the ansible.cfg to use; empty means the one that Ansible finds.
	ConfigFile string
	// ReqFile lists what a Python environment for Ansible is made of, Ansible included.
	ReqFile string
	// GalaxyReqFile lists roles and collections.
	GalaxyReqFile string
	VaultPassword string `json:"-"`
}

func (AnsiblePlaybook) kind() string { return "ansible_playbook" }

// secrets are the values that no message may show.
func (k AnsiblePlaybook) secrets() []string {
	if k.VaultPassword == "" {
		return nil
	}
	return []string{k.VaultPassword}
}

func (k AnsiblePlaybook) prepare(ctx context.Context, s *Site) (*converge.Prepared, error) {
	words, err := k.words(s)
	if err != nil {
		return nil, err
	}
	p, err := s.private()
	if err != nil {
		return nil, err
	}
	ready, err := k.ready(ctx, s, p, words)
	if err != nil {
		p.remove()
		return nil, err
	}
	return ready, nil
}

// words returns the arguments that are known without any preparation. All files that the
// definition names are looked for, before anything is installed.
func (k AnsiblePlaybook) words(s *Site) ([]string, error) {
	inventory, err := k.inventory(s)
	if err != nil {
		return nil, err
	}
	variables, err := s.filesOf("extra_vars_files", k.ExtraVarsFiles)
	if err != nil {
		return nil, err
	}
	playbooks, err := s.filesOf("playbooks", k.Playbooks)
	if err != nil {
		return nil, err
	}
	for _, one := range []struct{ attribute, name string }{
		{"config_file", k.ConfigFile}, {"req_file", k.ReqFile}, {"galaxy_req_file", k.GalaxyReqFile},
	} {
		if one.name != "" {
			if _, err := s.file(one.attribute, one.name); err != nil {
				return nil, err
			}
		}
	}
	args := slices.Concat(playbooks, prefixed("--inventory=", inventory), k.options(), prefixed("--extra-vars=@", variables))
	return args, nil
}

func (k AnsiblePlaybook) inventory(s *Site) ([]string, error) {
	var entries []string
	for _, entry := range k.Inventory {
		if !strings.Contains(entry, ",") {
			path, err := s.file("inventory", entry)
			if err != nil {
				return nil, err
			}
			entry = path
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// options are the arguments that are no files. Each is one word, so that a value that
// begins with "-" stays a value.
func (k AnsiblePlaybook) options() []string {
	var args []string
	for _, option := range []struct {
		name   string
		values []string
	}{{"limit", k.Limit}, {"tags", k.Tags}, {"skip-tags", k.SkipTags}} {
		if len(option.values) > 0 {
			args = append(args, "--"+option.name+"="+strings.Join(option.values, ","))
		}
	}
	if k.Forks > 0 {
		args = append(args, "--forks="+strconv.Itoa(k.Forks))
	}
	if k.Check {
		args = append(args, "--check")
	}
	if k.Diff {
		args = append(args, "--diff")
	}
	if k.Verbosity > 0 {
		args = append(args, "-"+strings.Repeat("v", k.Verbosity))
	}
	return args
}

func prefixed(prefix string, words []string) []string {
	var out []string
	for _, word := range words {
		out = append(out, prefix+word)
	}
	return out
}

// ready installs what is required and writes what the run reads.
func (k AnsiblePlaybook) ready(ctx context.Context, s *Site, p *private, words []string) (*converge.Prepared, error) {
	a, err := k.ansible(ctx, s, p)
	if err != nil {
		return nil, err
	}
	if k.GalaxyReqFile != "" {
		if err := a.installGalaxy(ctx, k.GalaxyReqFile); err != nil {
			return nil, err
		}
	}
	recap, err := a.enableRecap()
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	maps.Copy(values, k.ExtraVars)
	maps.Copy(values, s.Inputs)
	if len(values) > 0 {
		file, err := p.writeJSON("extra_vars.json", values)
		if err != nil {
			return nil, err
		}
		words = append(words, "--extra-vars=@"+file)
	}
	if k.VaultPassword != "" {
		file, err := p.write("vault_password", []byte(k.VaultPassword))
		if err != nil {
			return nil, err
		}
		words = append(words, "--vault-password-file="+file)
	}
	return &converge.Prepared{
		Argv:        slices.Concat(a.program("playbook"), words),
		Environment: a.environment,
		Result:      recap.result,
		Close:       p.remove,
	}, nil
}

// ansible is an installation of Ansible, and how its tools are run for one run.
type ansible struct {
	site *Site
	own  *private
	// python is the interpreter with its arguments; nil means the tools on PATH.
	python []string
	// environment is added to that of the site.
	environment map[string]string
	settings    ansibleSettings
}

func (k AnsiblePlaybook) ansible(ctx context.Context, s *Site, p *private) (*ansible, error) {
	a := &ansible{site: s, own: p, environment: map[string]string{}}
	if x := s.Executable; x != nil {
		a.python = slices.Concat([]string{x.Command}, x.Args)
	}
	if k.ReqFile != "" {
		req, err := s.requirements(k.ReqFile)
		if err != nil {
			return nil, err
		}
		venv, err := s.virtualEnv(ctx, req, p)
		if err != nil {
			return nil, err
		}
		a.python = append([]string{venv.python()}, s.pythonCommand()[1:]...)
		maps.Copy(a.environment, venv.environment(s))
	}
	temp, err := p.mkdir("tmp")
	if err != nil {
		return nil, err
	}
	// Modules of the source would leave their compiled form in it.
	a.preset("PYTHONDONTWRITEBYTECODE", "1")
	a.preset("ANSIBLE_NOCOWS", "1")
	a.preset("ANSIBLE_LOCAL_TEMP", temp)
	if _, forced := s.variable("ANSIBLE_FORCE_COLOR"); !forced {
		a.preset("ANSIBLE_NOCOLOR", "1")
	}
	configured := ""
	if k.ConfigFile != "" {
		if configured, err = s.file("config_file", k.ConfigFile); err != nil {
			return nil, err
		}
		// Unlike a preset, the attribute says more than what this process inherited.
		if _, set := s.Base.Env["ANSIBLE_CONFIG"]; !set {
			a.environment["ANSIBLE_CONFIG"] = configured
		}
	}
	a.settings = s.ansibleSettings(configured)
	return a, nil
}

// preset sets a variable that neither the configuration nor the environment of this
// process sets.
func (a *ansible) preset(name, value string) {
	if _, set := a.site.variable(name); !set {
		a.environment[name] = value
	}
}

// program returns the words that run one of Ansible's tools.
func (a *ansible) program(tool string) []string {
	if a.python == nil {
		return []string{"ansible-" + tool}
	}
	return slices.Concat(a.python, []string{"-m", "ansible", tool})
}

// process returns a command that runs one of Ansible's tools as the run itself does.
func (a *ansible) process(tool string, args ...string) host.Command {
	c := a.site.command(slices.Concat(a.program(tool), args)...)
	c.Env = maps.Clone(a.environment)
	maps.Copy(c.Env, a.site.Base.Env)
	return c
}
