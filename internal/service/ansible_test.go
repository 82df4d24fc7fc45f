package service

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// ansibleScene returns a runner of playbooks on a fake host, and that host.
func ansibleScene(t *testing.T, kind AnsiblePlaybook) (*Runner, *hosttest.Fake, *placed) {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{
		"site/a.yml", "site/b.yml", "hosts/inventory.ini", "hosts/group/x", "site/one.yml", "site/two.yml", "site/ansible.cfg", "site/requirements.yml",
	} {
		write(t, root, name, "")
	}
	fake := hosttest.NewFake(t)
	p := &placed{Host: fake, root: root, cache: t.TempDir(), read: map[string]string{}}
	return &Runner{
		Definition: Definition{Source: Source{Path: root}, WorkingDir: "site", Kind: kind},
		Machine: func() (Machine, error) {
			return Machine{Host: p, Cache: source.NewCache(p.cache)}, nil
		},
	}, fake, p
}

func TestAnsiblePlaybookWords(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		kind    AnsiblePlaybook
		program *converge.Executable
		inputs  map[string]any
		want    []string
		files   map[string]string
	}{
		"a playbook": {
			kind: AnsiblePlaybook{Playbooks: []string{"a.yml"}},
			want: []string{"ansible-playbook", "ROOT/site/a.yml"},
		},
		"playbooks in their order": {
			kind: AnsiblePlaybook{Playbooks: []string{"b.yml", "a.yml"}},
			want: []string{"ansible-playbook", "ROOT/site/b.yml", "ROOT/site/a.yml"},
		},
		"the executable is the Python that it runs under": {
			kind:    AnsiblePlaybook{Playbooks: []string{"a.yml"}},
			program: &converge.Executable{Command: "/opt/python", Args: []string{"-X", "dev"}},
			want:    []string{"/opt/python", "-X", "dev", "-m", "ansible", "playbook", "ROOT/site/a.yml"},
		},
		"an inventory of the source, and a list of hosts": {
			kind: AnsiblePlaybook{Playbooks: []string{"a.yml"}, Inventory: []string{"../hosts/inventory.ini", "../hosts/group", "web1,web2", "localhost,"}},
			want: []string{
				"ansible-playbook", "ROOT/site/a.yml", "--inventory=ROOT/hosts/inventory.ini", "--inventory=ROOT/hosts/group",
				"--inventory=web1,web2", "--inventory=localhost,",
			},
		},
		"all options, each one word": {
			kind: AnsiblePlaybook{
				Playbooks: []string{"a.yml"}, Check: true, Diff: true, Forks: 7, Limit: []string{"web*", "!web3"},
				Tags: []string{"-odd", "b"}, SkipTags: []string{"c d"}, Verbosity: 3,
			},
			want: []string{
				"ansible-playbook", "ROOT/site/a.yml", "--limit=web*,!web3", "--tags=-odd,b", "--skip-tags=c d", "--forks=7", "--check", "--diff", "-vvv",
			},
		},
		"inputs win over variables, and they over files, in files alone": {
			kind: AnsiblePlaybook{
				Playbooks: []string{"a.yml"}, ExtraVarsFiles: []string{"one.yml", "two.yml"}, ExtraVars: map[string]any{"a": "v", "b": "v"},
			},
			inputs: map[string]any{"b": "secret", "n": json.Number("1"), "l": []any{true}},
			want: []string{
				"ansible-playbook", "ROOT/site/a.yml", "--extra-vars=@ROOT/site/one.yml", "--extra-vars=@ROOT/site/two.yml", "--extra-vars=@PRIVATE/extra_vars.json",
			},
			files: map[string]string{"--extra-vars=@PRIVATE/extra_vars.json": `{"a":"v","b":"secret","l":[true],"n":1}`},
		},
		"the password of the vault in a file": {
			kind:  AnsiblePlaybook{Playbooks: []string{"a.yml"}, VaultPassword: "hush"},
			want:  []string{"ansible-playbook", "ROOT/site/a.yml", "--vault-password-file=PRIVATE/vault_password"},
			files: map[string]string{"--vault-password-file=PRIVATE/vault_password": "hush"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, _, p := ansibleScene(t, tc.kind)
			runner.Executable, runner.Inputs = tc.program, tc.inputs
			ready, err := runner.Prepare(t.Context(), host.Command{})
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "argv", tc.want, p.words(ready.Argv))
			if tc.files == nil {
				tc.files = map[string]string{}
			}
			wantSame(t, "private files", tc.files, p.read)
			for name, value := range ready.Environment {
				if strings.Contains(value, "hush") || strings.Contains(value, "secret") {
					t.Errorf("the environment holds a secret in %s", name)
				}
			}
			private := filepath.Dir(ready.Environment["ANSIBLE_LOCAL_TEMP"])
			wantPrivate(t, private)
			ready.Close()
			if _, err := os.Stat(private); err == nil {
				t.Errorf("%s is left", private)
			}
		})
	}
}

// wantPrivate fails the test if somebody else could read what is in a directory.
func wantPrivate(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{dir}
	for _, entry := range entries {
		names = append(names, filepath.Join(dir, entry.Name()))
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestAnsiblePlaybookNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	with := func(edit func(k *AnsiblePlaybook)) AnsiblePlaybook {
		k := AnsiblePlaybook{Playbooks: []string{"a.yml"}}
		edit(&k)
		return k
	}
	cases := map[string]struct {
		kind AnsiblePlaybook
		want string
	}{
		"a playbook":                    {with(func(k *AnsiblePlaybook) { k.Playbooks = []string{"a.yml", "nope.yml"} }), "playbooks"},
		"a playbook outside":            {with(func(k *AnsiblePlaybook) { k.Playbooks = []string{"../../a.yml"} }), "playbooks"},
		"an inventory":                  {with(func(k *AnsiblePlaybook) { k.Inventory = []string{"localhost"} }), "inventory"},
		"an absolute inventory":         {with(func(k *AnsiblePlaybook) { k.Inventory = []string{"/etc/hosts"} }), "inventory"},
		"a file of variables":           {with(func(k *AnsiblePlaybook) { k.ExtraVarsFiles = []string{"nope"} }), "extra_vars_files"},
		"a configuration":               {with(func(k *AnsiblePlaybook) { k.ConfigFile = "nope.cfg" }), "config_file"},
		"a file of Galaxy requirements": {with(func(k *AnsiblePlaybook) { k.GalaxyReqFile = "nope.yml" }), "galaxy_req_file"},
		"a file of Python requirements": {with(func(k *AnsiblePlaybook) { k.ReqFile = "nope.txt" }), "req_file"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, _, _ := ansibleScene(t, tc.kind)
			_, err := runner.Prepare(t.Context(), host.Command{})
			if file, ok := errors.AsType[*FileError](err); !ok || file.Attribute != tc.want {
				t.Errorf("Prepare() = %v, want a FileError of %s", err, tc.want)
			}
		})
	}
}

func TestAnsiblePlaybookInstallsGalaxyRequirementsOnce(t *testing.T) {
	t.Parallel()
	runner, fake, p := ansibleScene(t, AnsiblePlaybook{Playbooks: []string{"a.yml"}, GalaxyReqFile: "requirements.yml"})
	install := fake.On("ansible-galaxy", "install", "--role-file=ROOT/site/requirements.yml")
	prepare := func() *converge.Prepared {
		ready, err := runner.Prepare(t.Context(), host.Command{Env: map[string]string{"HOME": t.TempDir(), "ANSIBLE_ROLES_PATH": "/own/roles"}})
		if err != nil {
			t.Fatal(err)
		}
		ready.Close()
		return ready
	}
	first, second := prepare(), prepare()
	if n := len(fake.Commands()); n != 1 {
		t.Fatalf("installed %d times", n)
	}
	for name, want := range map[string]string{
		"ANSIBLE_COLLECTIONS_PATH": "CACHE/collections:~/.ansible/collections:/usr/share/ansible/collections",
		"ANSIBLE_ROLES_PATH":       "CACHE/roles:/own/roles",
	} {
		wantSame(t, name, want, p.fixed(first.Environment[name]))
		wantSame(t, name+" of the second run", first.Environment[name], second.Environment[name])
	}
	step := fake.Commands()[0]
	wantSame(t, "directory of the installation", "ROOT/site", p.fixed(step.Dir))
	if !strings.HasSuffix(step.Env["ANSIBLE_COLLECTIONS_PATH"], "/collections") || strings.Contains(step.Env["ANSIBLE_ROLES_PATH"], ":") {
		t.Errorf("installed into %q and %q", step.Env["ANSIBLE_COLLECTIONS_PATH"], step.Env["ANSIBLE_ROLES_PATH"])
	}

	write(t, p.root, "site/requirements.yml", "# edited\n")
	if prepare(); len(fake.Commands()) != 2 {
		t.Error("edited requirements are not installed")
	}
	write(t, p.root, "site/requirements.yml", "# edited\n- src: ./role.tar.gz\n")
	write(t, p.root, "site/role.tar.gz", "1")
	prepare()
	write(t, p.root, "site/role.tar.gz", "2")
	if prepare(); len(fake.Commands()) != 4 {
		t.Error("an edited archive is not installed")
	}

	write(t, p.root, "site/requirements.yml", "# edited again\n")
	install.Exit(1).Stderr("ERROR! no such role\n")
	_, err := runner.Prepare(t.Context(), host.Command{})
	if step, ok := errors.AsType[*StepError](err); !ok || step.Stderr != "ERROR! no such role\n" || step.Doing != installGalaxy {
		t.Errorf("Prepare() = %#v", err)
	}
}

func TestAnsibleSettings(t *testing.T) {
	t.Parallel()
	const standard = ":/usr/share/ansible/plugins/callback"
	cases := map[string]struct {
		env    map[string]string
		config string
		own    string
		want   string
	}{
		"nobody says":                {want: "~/.ansible/plugins/callback" + standard},
		"a home of its own":          {env: map[string]string{"ANSIBLE_HOME": "/h"}, want: "/h/plugins/callback" + standard},
		"a home in the file":         {config: "[defaults]\nhome = ./h\n", want: "ROOT/h/plugins/callback" + standard},
		"the environment":            {env: map[string]string{"ANSIBLE_CALLBACK_PLUGINS": "/a:b"}, config: "[defaults]\ncallback_plugins=/c\n", want: "/a:b"},
		"the file":                   {config: "# x\n[other]\ncallback_plugins=/no\n[defaults]\nCallback_Plugins : plugins:/c:~/d ; comment\n", want: "ROOT/plugins:/c:~/d"},
		"the file that is asked for": {config: "[defaults]\ncallback_plugins=/c\n", own: "[defaults]\ncallback_plugins=e\n", want: "ROOT/own/e"},
		"a file that the environment names": {
			env: map[string]string{"ANSIBLE_CONFIG": "own"}, config: "[defaults]\ncallback_plugins=/c\n", own: "[defaults]\ncallback_plugins=e\n", want: "ROOT/own/e",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			// Always there, so that none of the machine's own is read.
			write(t, root, "ansible.cfg", tc.config)
			configured := ""
			if tc.own != "" {
				path := write(t, root, "own/ansible.cfg", tc.own)
				if tc.env == nil {
					configured = path
				}
			}
			s := &Site{Base: host.Command{Dir: root, Env: map[string]string{"HOME": t.TempDir()}, CleanEnv: true}}
			maps.Copy(s.Base.Env, tc.env)
			got := s.ansibleSettings(configured).with("/first", callbackPlugins)
			if diff := cmp.Diff("/first:"+tc.want, strings.ReplaceAll(got, root, "ROOT")); diff != "" {
				t.Errorf("with() (-want +got):\n%s", diff)
			}
		})
	}
}
