package service

import (
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

func TestRevision(t *testing.T) {
	t.Parallel()
	const link = "-> /usr/bin/python3"
	cases := map[string]struct {
		name, content string
		same          bool
	}{
		"a state":                              {"terraform.tfstate", "{}", true},
		"its backup":                           {"terraform.tfstate.backup", "{}", true},
		"another backup":                       {"terraform.tfstate.1700000000.backup", "{}", true},
		"its lock":                             {".terraform.tfstate.lock.info", "{}", true},
		"a state of a name of its own":         {"live/prod.tfstate", "{}", true},
		"a state of a workspace":               {"terraform.tfstate.d/dev/terraform.tfstate", "{}", true},
		"what init installs":                   {".terraform/providers/p", "", true},
		"a virtual environment":                {".venv/bin/python", link, true},
		"one further down":                     {"tools/.venv/bin/python", link, true},
		"what Python compiles":                 {"tools/__pycache__/a.pyc", "", true},
		"a script":                             {"more.sh", "", false},
		"a configuration":                      {"live/more.tf", "", false},
		"the lock file of the dependencies":    {".terraform.lock.hcl", "", false},
		"a file called like an ending":         {"tfstate", "", false},
		"a file about a state":                 {"tfstate.md", "", false},
		"compiled Python beside its source":    {"a.pyc", "", false},
		"a virtual environment of other names": {"venv/x", "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			sourcetest.WriteFiles(t, root, map[string]string{"run.sh": "true", "live/main.tf": ""})
			revision := func() string {
				got, err := Revision(t.Context(), &source.Digester{}, root)
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			before := revision()
			sourcetest.WriteFiles(t, root, map[string]string{tc.name: tc.content})
			if same := revision() == before; same != tc.same {
				t.Errorf("same revision: %t, want %t", same, tc.same)
			}
		})
	}
}
