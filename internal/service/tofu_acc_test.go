package service

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// engine returns the engine that acceptance tests run, as an executable.
func engine(t *testing.T) *converge.Executable {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run only with TF_ACC set, as `make test` does, in CI too")
	}
	for _, name := range []string{"TF_ACC_TERRAFORM_PATH", "EXEC_TEST_TOFU"} {
		if path := os.Getenv(name); path != "" {
			found, err := exec.LookPath(path)
			if err != nil {
				t.Fatal(err)
			}
			full, err := filepath.Abs(found)
			if err != nil {
				t.Fatal(err)
			}
			return &converge.Executable{Name: "tofu", Command: full}
		}
	}
	t.Fatal("neither TF_ACC_TERRAFORM_PATH nor EXEC_TEST_TOFU names an engine")
	return nil
}

// configuration uses nothing that would have to be fetched.
const configuration = `
variable "name" {
  type = string
}

variable "numbers" {
  type    = list(number)
  default = [0]
}

variable "flag" {
  type    = bool
  default = false
}

variable "from_file" {
  type    = string
  default = "default"
}

resource "terraform_data" "this" {
  input = { name = var.name, numbers = var.numbers, flag = var.flag }

  provisioner "local-exec" {
    when    = destroy
    command = "echo ${self.input.name} > ${path.module}/../destroyed"
  }
}

module "beside" {
  source = "../beside"
}

output "all" {
  value = terraform_data.this.output
}

output "from_file" {
  value = var.from_file
}

output "secret" {
  value     = "hidden"
  sensitive = true
}

output "cwd" {
  value = path.cwd
}

output "beside" {
  value = module.beside.text
}
`

func writeConfiguration(t *testing.T, extra string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "live/main.tf", configuration+extra)
	write(t, root, "live/a.tfvars", "from_file = \"a\"\nname = \"a\"\n")
	write(t, root, "live/b.tfvars", "from_file = \"b\"\n")
	write(t, root, "beside/main.tf", "output \"text\" {\n  value = file(\"${path.module}/text\")\n}\n")
	write(t, root, "beside/text", "beside")
	return root
}

func TestAccOpenTofuPlan(t *testing.T) {
	t.Parallel()
	x, root, state := engine(t), writeConfiguration(t, ""), filepath.Join(t.TempDir(), "new", "x.tfstate")
	before := digestOf(t, root)
	runner := onThisMachine(t, Definition{
		Source: Source{Path: root}, WorkingDir: "live", Executable: x,
		Kind: OpenTofuPlan{
			StateFile: state, DestroyOnDelete: true,
			Vars: map[string]any{"name": "vars", "numbers": []any{json.Number("1"), json.Number("2.5")}}, VarFiles: []string{"a.tfvars", "b.tfvars"},
		},
	})
	runner.Inputs = map[string]any{"name": `inputs ${x} "é"`, "flag": true}
	got := mustRun(t, specOf(runner))
	wantSame(t, "result", any(map[string]any{
		"all": map[string]any{
			"name": `inputs ${x} "é"`, "flag": true, "numbers": []any{json.Number("1"), json.Number("2.5")},
		},
		"from_file": "b", "cwd": filepath.Join(root, "live"), "beside": "beside",
	}), got.Result)
	if strings.Contains(got.Stdout.Text, "hidden") {
		t.Errorf("the sensitive output is shown:\n%s", got.Stdout.Text)
	}
	if !strings.Contains(got.Stdout.Text, "1 added") {
		t.Errorf("nothing was applied:\n%s", got.Stdout.Text)
	}
	if again := mustRun(t, specOf(runner)); !strings.Contains(again.Stdout.Text, "0 added, 0 changed") {
		t.Errorf("the second run changes something:\n%s", again.Stdout.Text)
	}

	holds := func() bool {
		content, err := os.ReadFile(state)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(content), "terraform_data")
	}
	wantSame(t, "control: the state holds the resource", true, holds())
	if _, err := (converge.Engine{Host: local.New()}).Undo(t.Context(), specOf(runner), converge.Last{Ran: true}); err != nil {
		t.Fatalf("Undo() = %v", err)
	}
	wantSame(t, "the state holds the resource", false, holds())
	if after := digestOf(t, root); after != before {
		t.Error("the source was written to")
	}
}

func TestAccOpenTofuPlanInheritsNothingOfTheEngine(t *testing.T) {
	x := engine(t)
	t.Setenv("TF_VAR_from_file", "parent")
	t.Setenv("TF_VAR_name", "")
	t.Setenv("TF_CLI_ARGS", "-no-such-option")
	t.Setenv("TF_DATA_DIR", "/nonexistent/data")
	t.Setenv("TF_WORKSPACE", "parent")
	t.Setenv("TF_REATTACH_PROVIDERS", "no JSON")
	t.Setenv("TF_LOG", "trace")
	t.Setenv("TF_CLI_CONFIG_FILE", "/nonexistent/rc")
	t.Setenv("TF_PLUGIN_CACHE_DIR", "/nonexistent/plugins")
	root := writeConfiguration(t, "")
	runner := onThisMachine(t, Definition{
		Source: Source{Path: root}, WorkingDir: "live", Executable: x,
		Kind: OpenTofuPlan{StateFile: filepath.Join(t.TempDir(), "x.tfstate")},
	})
	runner.Inputs = map[string]any{"name": "n"}
	fromFile := func(s converge.Spec) any {
		got := mustRun(t, s)
		if got.Stderr.Text != "" {
			t.Errorf("stderr:\n%s", got.Stderr.Text)
		}
		values, _ := got.Result.(map[string]any)
		return values["from_file"]
	}
	wantSame(t, "from_file", any("default"), fromFile(specOf(runner)))

	control := specOf(runner)
	control.Process.Environment = map[string]string{"TF_VAR_from_file": "explicit"}
	wantSame(t, "from_file that the exec sets", any("explicit"), fromFile(control))
}

func TestAccOpenTofuPlanKeepsItsStateInABackend(t *testing.T) {
	t.Parallel()
	x := engine(t)
	root := writeConfiguration(t, "terraform {\n  backend \"local\" {}\n}\n")
	state := filepath.Join(t.TempDir(), "x.tfstate")
	runnerWith := func(path string) *Runner {
		r := onThisMachine(t, Definition{
			Source: Source{Path: root}, WorkingDir: "live", Executable: x,
			Kind: OpenTofuPlan{BackendConfig: map[string]string{"path": path}},
		})
		r.Inputs = map[string]any{"name": "n"}
		return r
	}
	got := mustRun(t, specOf(runnerWith(state)))
	if values, _ := got.Result.(map[string]any); values["beside"] != "beside" {
		t.Errorf("result: %v", got.Result)
	}
	if _, err := os.Stat(state); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]StateReason{
		"x.tfstate":                              StateRelative,
		filepath.Join(root, "live", "x.tfstate"): StateInSource,
	} {
		_, err := run(t, specOf(runnerWith(path)))
		if fault, ok := errors.AsType[*StateError](err); !ok || fault.Reason != want {
			t.Errorf("with the path %q: %v, want %v", path, err, want)
		}
	}
}

func TestAccOpenTofuPlanFollowsItsSource(t *testing.T) {
	t.Parallel()
	x, root := engine(t), t.TempDir()
	state := filepath.Join(t.TempDir(), "x.tfstate")
	runner := onThisMachine(t, Definition{Source: Source{Path: root}, Executable: x, Kind: OpenTofuPlan{StateFile: state}})
	write(t, root, "main.tf", "output \"a\" {\n  value = 1\n}\n")
	write(t, root, "extra/more.tf", "output \"c\" {\n  value = 3\n}\n")
	write(t, root, "more.tf", "output \"b\" {\n  value = fileexists(\"${path.module}/kept\")\n}\n")
	write(t, root, "write.tf", "resource \"terraform_data\" \"w\" {\n  provisioner \"local-exec\" {\n    command = \"touch ${abspath(path.module)}/kept\"\n  }\n}\n")
	wantSame(t, "first", any(map[string]any{"a": json.Number("1"), "b": false}), mustRun(t, specOf(runner)).Result)
	wantSame(t, "what it wrote beside itself is kept", any(map[string]any{"a": json.Number("1"), "b": true}), mustRun(t, specOf(runner)).Result)
	if err := os.Remove(filepath.Join(root, "more.tf")); err != nil {
		t.Fatal(err)
	}
	write(t, root, "main.tf", "output \"a\" {\n  value = 2\n}\n")
	wantSame(t, "edited", any(map[string]any{"a": json.Number("2")}), mustRun(t, specOf(runner)).Result)
}

func TestAccOpenTofuPlanRunsOneAtATime(t *testing.T) {
	t.Parallel()
	x, root, cache := engine(t), writeConfiguration(t, ""), t.TempDir()
	d := Definition{
		Source: Source{Path: root}, WorkingDir: "live", Executable: x,
		Kind: OpenTofuPlan{StateFile: filepath.Join(t.TempDir(), "x.tfstate")},
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			r := sharingCache(d, cache)
			r.Inputs = map[string]any{"name": "n"}
			if outcome, err := run(t, specOf(r)); err != nil {
				t.Errorf("Converge() = %v\n%+v", err, outcome.Run)
			}
		})
	}
	group.Wait()
}

func TestAccOpenTofuPlanShowsWhyItFails(t *testing.T) {
	t.Parallel()
	x := engine(t)
	state := filepath.Join(t.TempDir(), "x.tfstate")
	prepare := func(main string) error {
		root := t.TempDir()
		write(t, root, "main.tf", main)
		_, err := run(t, specOf(onThisMachine(t, Definition{Source: Source{Path: root}, Executable: x, Kind: OpenTofuPlan{StateFile: state}})))
		return err
	}
	step, ok := errors.AsType[*StepError](prepare("module \"m\" {\n  source = \"./nope\"\n}\n"))
	if !ok || !strings.Contains(step.Stderr, "nope") {
		t.Errorf("a missing module: %+v", step)
	}
	failed, ok := errors.AsType[*converge.RunError](prepare("variable \"must\" {\n  type = string\n}\n"))
	if !ok || !strings.Contains(failed.Run.Stderr.Tail, "must") {
		t.Errorf("a missing variable: %+v", failed)
	}
}

func TestAccOpenTofuPlanAsAnotherUser(t *testing.T) {
	x := engine(t)
	needs.Root(t)
	t.Setenv("TMPDIR", "/tmp")
	base := reachable(t)
	// The user needs to get to the engine, not to the source's files: those are copied.
	content, err := os.ReadFile(x.Command)
	if err != nil {
		t.Fatal(err)
	}
	x.Command = filepath.Join(base, "engine")
	if err := os.WriteFile(x.Command, content, 0o755); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(base, "source")
	write(t, root, "main.tf", "variable \"name\" {\n  type = string\n}\n\noutput \"name\" {\n  value = var.name\n}\n")
	runner := onThisMachine(t, Definition{
		Source: Source{Path: root}, Executable: x, Kind: OpenTofuPlan{StateFile: filepath.Join(base, "x.tfstate")},
	})
	runner.Inputs = map[string]any{"name": "n"}
	spec := specOf(runner)
	spec.Process.User = "nobody"
	wantSame(t, "result", any(map[string]any{"name": "n"}), mustRun(t, spec).Result)
	if left, _ := filepath.Glob(filepath.Join("/tmp", privatePrefix+"*", "place")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
