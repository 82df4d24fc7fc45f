package service

import (
	"errors"
	"testing"
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
