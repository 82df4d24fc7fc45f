package service

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

func TestArgFormat(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		format string
		inputs map[string]any
		want   []string
	}{
		"the default is two words for each input, in the order of names": {
			inputs: map[string]any{"b": "2", "a": "1"}, want: []string{"--a", "1", "--b", "2"},
		},
		"a value is one word whatever it contains": {
			inputs: map[string]any{"v": `a 'b' "c" $d; e`}, want: []string{"--v", `a 'b' "c" $d; e`},
		},
		"an empty value stays": {
			inputs: map[string]any{"v": ""}, want: []string{"--v", ""},
		},
		"a value that looks like a template is not one": {
			inputs: map[string]any{"v": "{{.Key}}"}, want: []string{"--v", "{{.Key}}"},
		},
		"key and value in one word": {
			format: "{{.Key}}={{.Value}}", inputs: map[string]any{"v": "x y"}, want: []string{"v=x y"},
		},
		"quotes in the format keep its blanks together": {
			format: `-D '{{.Key}}: {{.Value}}'`, inputs: map[string]any{"v": "x"}, want: []string{"-D", "v: x"},
		},
		"blanks and quotes inside an action separate nothing": {
			format: `{{ printf "%s = %s" .Key .Value }}`, inputs: map[string]any{"v": "x"}, want: []string{"v = x"},
		},
		"a conditional word that is empty is left out": {
			format: `{{if ne .Value "no"}}--{{.Key}}{{end}}`, inputs: map[string]any{"a": "no", "b": "yes"}, want: []string{"--b"},
		},
		"numbers, bools, lists and objects are JSON": {
			format: "{{.Value}}",
			inputs: map[string]any{"a": 1.5, "b": true, "c": []any{"<", 1.0}, "d": map[string]any{"k": nil}},
			want:   []string{"1.5", "true", `["<",1]`, `{"k":null}`},
		},
		"no inputs are no arguments": {want: nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			format, err := ParseArgFormat(tc.format)
			if err != nil {
				t.Fatal(err)
			}
			got, err := format.Render(tc.inputs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Render() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestArgFormatRefusesWhatItCannotRender(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]string{
		"an action that is not closed":          "--{{.Key",
		"an action over several words":          "{{if .Value}} --{{.Key}} {{end}}",
		"a shell's syntax":                      "--{{.Key}} > {{.Value}}",
		"an unterminated quote":                 "'{{.Key}}",
		"a function that templates do not have": "{{env .Key}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseArgFormat(format); err == nil {
				t.Errorf("ParseArgFormat(%q) accepts it", format)
			}
		})
	}
}

// machine returns what makes services run on a host.
func machine(h host.Host) func() (Machine, error) {
	return func() (Machine, error) { return Machine{Host: h}, nil }
}

// tree writes files below a new directory and returns it.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestExecutablePreparesItsArgv(t *testing.T) {
	t.Parallel()
	root := tree(t, "jobs/backup.sh")
	runner := &Runner{
		Definition: Definition{
			Source: Source{Path: root}, WorkingDir: "jobs",
			Executable: &converge.Executable{Command: "bash", Args: []string{"-eu"}},
			Kind:       Executable{Filename: "backup.sh"},
		},
		Inputs:  map[string]any{"to": "/srv/my backups"},
		Machine: machine(hosttest.NewFake(t)),
	}
	ready, err := runner.Prepare(t.Context(), host.Command{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bash", "-eu", filepath.Join(root, "jobs", "backup.sh"), "--to", "/srv/my backups"}
	if diff := cmp.Diff(want, ready.Argv); diff != "" {
		t.Errorf("argv (-want +got):\n%s", diff)
	}
	if got, want := ready.Dir, filepath.Join(root, "jobs"); got != want {
		t.Errorf("dir %q, want %q", got, want)
	}
}

func TestPrepareRefusesPathsThatLeaveTheSource(t *testing.T) {
	t.Parallel()
	outside := tree(t, "secret")
	root := tree(t, "jobs/a.sh")
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(root, "jobs", "link")); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		dir, file string
		attribute string
	}{
		"a working directory above the source": {dir: "..", file: "a.sh", attribute: "working_dir"},
		"an absolute working directory":        {dir: outside, file: "secret", attribute: "working_dir"},
		"a missing working directory":          {dir: "nope", file: "a.sh", attribute: "working_dir"},
		"a file above the source":              {dir: "jobs", file: "../../secret", attribute: "filename"},
		"an absolute file":                     {dir: "jobs", file: filepath.Join(outside, "secret"), attribute: "filename"},
		"a link that leads out":                {dir: "jobs", file: "link", attribute: "filename"},
		"a missing file":                       {dir: "jobs", file: "b.sh", attribute: "filename"},
	}
	prepare := func(t *testing.T, dir, file string) error {
		t.Helper()
		runner := &Runner{
			Definition: Definition{
				Source: Source{Path: root}, WorkingDir: dir,
				Executable: &converge.Executable{Command: "bash"}, Kind: Executable{Filename: file},
			},
			Machine: machine(hosttest.NewFake(t)),
		}
		_, err := runner.Prepare(t.Context(), host.Command{})
		return err
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := prepare(t, tc.dir, tc.file)
			file, ok := errors.AsType[*FileError](err)
			if !ok || file.Attribute != tc.attribute {
				t.Errorf("Prepare() = %v, want a FileError of %s", err, tc.attribute)
			}
		})
	}
	t.Run("control: a file above the working directory and within the source", func(t *testing.T) {
		t.Parallel()
		if err := prepare(t, "jobs", "../jobs/a.sh"); err != nil {
			t.Error(err)
		}
	})
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	base := func() *Runner {
		return &Runner{
			Definition: Definition{
				Name: "n", Source: Source{Path: "/a", Revision: "r"}, WorkingDir: "w",
				Executable:           &converge.Executable{Name: "x", Command: "bash", Args: []string{"-e"}, SHA256: "s"},
				Environment:          map[string]string{"A": "1"},
				SensitiveEnvironment: map[string]string{"B": "2"},
				Kind:                 Executable{Filename: "f"},
			},
			Inputs: map[string]any{"i": "1"},
		}
	}
	cases := map[string]struct {
		edit func(r *Runner)
		same bool
	}{
		"the name is a label":                      {func(r *Runner) { r.Name = "other" }, true},
		"the place of the files does not count":    {func(r *Runner) { r.Source.Path = "/b" }, true},
		"the executable's name is a label":         {func(r *Runner) { r.Executable.Name = "other" }, true},
		"the place of a repository does not count": {func(r *Runner) { r.Source.Git.URL = "u" }, true},
		"the revision":                             {func(r *Runner) { r.Source.Revision = "other" }, false},
		"the working directory":                    {func(r *Runner) { r.WorkingDir = "other" }, false},
		"the executable's command":                 {func(r *Runner) { r.Executable.Command = "other" }, false},
		"the executable's arguments":               {func(r *Runner) { r.Executable.Args = nil }, false},
		"the environment":                          {func(r *Runner) { r.Definition.Environment["A"] = "2" }, false},
		"the sensitive environment":                {func(r *Runner) { r.SensitiveEnvironment["B"] = "3" }, false},
		"the kind's attributes":                    {func(r *Runner) { r.Kind = Executable{Filename: "g"} }, false},
		"the inputs":                               {func(r *Runner) { r.Inputs = map[string]any{"i": "2"} }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edited := base()
			tc.edit(edited)
			if same := edited.Fingerprint() == base().Fingerprint(); same != tc.same {
				t.Errorf("same fingerprint: %t, want %t", same, tc.same)
			}
		})
	}
}

// Where no revision stands for the files, the place that they come from does.
func TestFingerprintWithoutARevision(t *testing.T) {
	t.Parallel()
	repository := source.Git{URL: "u", Reference: "main"}
	cases := map[string]struct {
		before, after Source
		same          bool
	}{
		"nothing is edited":         {Source{Path: "/a"}, Source{Path: "/a"}, true},
		"another path":              {Source{Path: "/a"}, Source{Path: "/b"}, false},
		"another URL":               {Source{Git: repository}, Source{Git: source.Git{URL: "v", Reference: "main"}}, false},
		"another reference":         {Source{Git: repository}, Source{Git: source.Git{URL: "u", Reference: "next"}}, false},
		"a URL of the path's words": {Source{Path: "/a"}, Source{Git: source.Git{URL: "/a"}}, false},
		"a revision is there now":   {Source{Path: "/a"}, Source{Path: "/a", Revision: "r"}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := func(s Source) string {
				return (&Runner{Definition: Definition{Source: s, Kind: Executable{Filename: "f"}}}).Fingerprint()
			}
			if same := of(tc.before) == of(tc.after); same != tc.same {
				t.Errorf("same fingerprint: %t, want %t", same, tc.same)
			}
		})
	}
}

// What decides nothing about what is run is no part of a definition.
func TestFingerprintOfKinds(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		before, after Kind
		same          bool
	}{
		"what the output of Ansible looks like": {AnsiblePlaybook{}, AnsiblePlaybook{Diff: true, Verbosity: 2}, true},
		"on how many hosts Ansible works":       {AnsiblePlaybook{}, AnsiblePlaybook{Forks: 20}, true},
		"another password of the vault":         {AnsiblePlaybook{VaultPassword: "a"}, AnsiblePlaybook{VaultPassword: "b"}, true},
		"on which hosts Ansible works":          {AnsiblePlaybook{}, AnsiblePlaybook{Limit: []string{"web"}}, false},
		"whether Ansible only checks":           {AnsiblePlaybook{}, AnsiblePlaybook{Check: true}, false},
		"what becomes of it in the end":         {OpenTofuPlan{}, OpenTofuPlan{DestroyOnDelete: true}, true},
		"another state":                         {OpenTofuPlan{}, OpenTofuPlan{StateFile: "/x"}, false},
		"another kind":                          {AnsiblePlaybook{}, OpenTofuPlan{}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := func(k Kind) string { return (&Runner{Definition: Definition{Kind: k}}).Fingerprint() }
			if same := of(tc.before) == of(tc.after); same != tc.same {
				t.Errorf("same fingerprint: %t, want %t", same, tc.same)
			}
		})
	}
}
