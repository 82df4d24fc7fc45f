package service

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

func TestCheckPaths(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		dir  string
		kind Kind
		// want is the attribute at fault; empty if there is none.
		want string
	}{
		"within":                            {kind: Executable{Filename: "bin/run.sh"}},
		"beside the working directory":      {dir: "live", kind: OpenTofuPlan{VarFiles: []string{"../common/x.tfvars"}}},
		"above the root":                    {kind: OpenTofuPlan{VarFiles: []string{"x.tfvars", "../x.tfvars"}}, want: "var_files"},
		"above the root, through its child": {dir: "a/b", kind: Executable{Filename: "../../../run.sh"}, want: "filename"},
		"an absolute path":                  {kind: PythonScript{Filename: "/srv/main.py"}, want: "filename"},
		"a working directory above":         {dir: "a/../..", kind: Executable{Filename: "run.sh"}, want: "working_dir"},
		"requirements":                      {kind: PythonScript{Script: "x", ReqFile: "../requirements.txt"}, want: "req_file"},
		"a file of backend settings":        {kind: OpenTofuPlan{BackendConfigFiles: []string{"../x"}}, want: "backend_config_files"},
		"hosts are no path":                 {kind: AnsiblePlaybook{Playbooks: []string{"x.yml"}, Inventory: []string{"../a,b"}}},
		"an inventory":                      {kind: AnsiblePlaybook{Inventory: []string{"../hosts"}}, want: "inventory"},
		"a file of variables":               {kind: AnsiblePlaybook{ExtraVarsFiles: []string{"../x"}}, want: "extra_vars_files"},
		"a configuration of Ansible":        {kind: AnsiblePlaybook{ConfigFile: "../ansible.cfg"}, want: "config_file"},
		"requirements of Galaxy":            {kind: AnsiblePlaybook{GalaxyReqFile: "../x.yml"}, want: "galaxy_req_file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := CheckPaths(tt.dir, tt.kind)
			got := ""
			if file, ok := errors.AsType[*FileError](err); ok {
				got = file.Attribute
			} else if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "attribute at fault", tt.want, got)
		})
	}
}

// A source that is gone is at fault itself, and not the working directory in it.
func TestFindPathsOfASourceThatIsGone(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, c := range map[string]struct{ root, dir, want string }{
		"a source that is gone":               {filepath.Join(root, "gone"), "", "source.path"},
		"a directory in one that is gone":     {filepath.Join(root, "gone"), "live", "source.path"},
		"a directory that is not in a source": {root, "live", "working_dir"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, ok := errors.AsType[*FileError](FindPaths(c.root, c.dir, Executable{}))
			if !ok || file.Attribute != c.want {
				t.Fatalf("%+v, want the fault at %s", file, c.want)
			}
			if path, ok := errors.AsType[*source.PathError](file.Err); !ok || path.Path == "" {
				t.Errorf("%+v, which names no path", file.Err)
			}
		})
	}
}
