package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// The examples are what people copy, so they work as they stand: plan, apply, an empty
// plan, destroy.
func TestAccExecExamples(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from  string // A file, or a directory of which all is needed.
		needs []string
		since enginetest.Feature // What the engine must have; the zero value is nothing.
		made  string             // What proves that something ran.
		gone  bool               // Whether destroying it removes that.
		token string             // What the example asks for.
	}{
		"the resource":           {from: "resources/exec/resource.tf", made: "site.tar", gone: true},
		"the import":             {from: "resources/exec/import.tf"},
		"the move":               {since: enginetest.Moves, from: "resources/exec/moved.tf", made: "app.installed"},
		"the executable object":  {from: "resources/exec_executable_object/resource.tf"},
		"the service":            {from: "resources/exec_service"},
		"the look-up":            {from: "data-sources/exec_executable_object/data-source.tf", made: "empty.tar"},
		"the tree":               {from: "data-sources/exec_tree", made: "site.tar"},
		"shell_quote":            {since: enginetest.Functions, from: "functions/shell_quote/function.tf", made: "names.txt"},
		"shell_split":            {since: enginetest.Functions, from: "functions/shell_split/function.tf"},
		"the data source":        {from: "data-sources/exec/data-source.tf"},
		"the provider":           {from: "provider/provider.tf", made: "site"},
		"moving, run once":       {since: enginetest.Moves, from: "moving/run-once", made: "app.db"},
		"moving, triggers":       {from: "moving/triggers", made: "settings.conf"},
		"moving, every time":     {from: "moving/every-time", made: "schema.version-7"},
		"moving, destroy":        {from: "moving/destroy", made: "registered", gone: true},
		"moving, external":       {from: "moving/external"},
		"moving, shell_script":   {from: "moving/shell-script", made: "queue.json", gone: true},
		"the quickstart":         {from: "quickstart", needs: []string{"go", "openssl"}, made: ".run/greeter", gone: true},
		"the action's twin":      {from: "actions/exec/resource.tf", made: "app.log"},
		"the ephemeral resource": {since: enginetest.Ephemeral, from: "ephemeral-resources/exec/ephemeral-resource.tf"},
		"what is written only":   {since: enginetest.WriteOnly, from: "resources/exec/write_only.tf", made: "token", gone: true, token: "secret-of-the-example"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Needs(test.since)
			for _, tool := range test.needs {
				needs.Program(t, tool)
			}
			w.Setenv("TF_VAR_token", test.token)
			root, err := enginetest.Root()
			if err != nil {
				t.Fatal(err)
			}
			from := filepath.Join(root, "examples", test.from)
			if filepath.Ext(from) == ".tf" {
				content, err := os.ReadFile(from)
				if err != nil {
					t.Fatal(err)
				}
				w.Config(string(content))
			} else if err := os.CopyFS(w.Dir, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			// What a demonstration left behind there is no part of the example.
			w.Remove(".run")

			exists := func() bool {
				_, err := os.Stat(w.Path(test.made))
				return test.made != "" && err == nil
			}
			equal(t, "the plan has changes", w.Plan().ExitCode, 2)
			equal(t, "the plan ran something", exists(), false)
			w.Must("apply", "tfplan")
			equal(t, "the apply ran something", exists(), test.made != "")
			if test.token != "" {
				equal(t, "what was made", w.Read(test.made), test.token)
				equal(t, "the state holds the token", strings.Contains(w.Read("terraform.tfstate"), test.token), false)
			}
			if test.made == "" {
				stage(t, w.Dir, "+app.installed") // The imported one is only adopted so far.
			}
			settled(t, w)
			w.Must("destroy", "-auto-approve")
			equal(t, "resources left", len(w.State()), 0)
			equal(t, "what was made is there", exists(), test.made != "" && !test.gone)
		})
	}
}
