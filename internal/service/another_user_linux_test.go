package service

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

// committed returns a service from a repository that holds the files. It runs on this
// machine, with a cache that only root can enter. Temp is a directory for TMPDIR that everybody can.
func committed(t *testing.T, d Definition, files map[string]string) (runner *Runner, temp string) {
	t.Helper()
	temp = reachable(t)
	r := sourcetest.NewRepository(t)
	d.Source = Source{Git: source.Git{URL: "file://" + r.Dir, Reference: "main"}, Revision: r.Commit(files)}
	client, err := source.NewGitClient(source.GitOptions{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	cache := source.NewCache(filepath.Join(t.TempDir(), "cache"))
	return &Runner{Definition: d, Machine: func() (Machine, error) {
		return Machine{Host: local.New(), Cache: cache, Git: client}, nil
	}}, temp
}

// asNobody returns a resource that runs the service as somebody who may do nothing.
func asNobody(r *Runner) converge.Spec {
	s := specOf(r)
	s.Process.User = "nobody"
	return s
}

// wantEmpty fails the test if something is left in a directory.
func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in %s: %v, %v", dir, left, err)
	}
}

// TestACheckoutForAnotherUser looks at a copy while it is there: its user can read it, no
// other one can, and it is gone afterwards. The cache itself stays closed.
func TestACheckoutForAnotherUser(t *testing.T) {
	needs.Root(t)
	runner, temp := committed(t, Definition{
		WorkingDir: "sub", Kind: Executable{Filename: "run.sh"}, Executable: &converge.Executable{Command: "/bin/sh"},
	}, map[string]string{"sub/run.sh*": "cat ../data", "data": "content", "terraform.tfstate": "kept", "link": "-> data"})
	t.Setenv("TMPDIR", temp)
	machine, err := runner.Machine()
	if err != nil {
		t.Fatal(err)
	}
	reads := func(user, path string) bool {
		t.Helper()
		result, err := machine.Host.Run(t.Context(), host.Command{Argv: []string{"cat", path}, Dir: "/", User: user})
		if err != nil {
			t.Fatal(err)
		}
		return result.ExitCode == 0
	}
	dir, err := runner.Dir(t.Context(), host.Command{User: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	ready, err := runner.Prepare(t.Context(), host.Command{User: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "directory of guards and of the run", dir, ready.Dir)
	for _, name := range []string{"sub/run.sh", "data", "terraform.tfstate", "link"} {
		path := filepath.Join(filepath.Dir(dir), name)
		if !reads("nobody", path) {
			t.Errorf("the user of the run cannot read %s", name)
		}
		if reads("daemon", path) {
			t.Errorf("another user can read %s", name)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "mode of a program", os.FileMode(0o700), info.Mode())
	outer, err := os.Stat(filepath.Dir(filepath.Dir(dir)))
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := outer.Sys().(*syscall.Stat_t); !ok || stat.Uid != 0 || outer.Mode().Perm() != 0o711 {
		t.Errorf("the user of the run can change what is in the private directory: %v", outer.Mode())
	}
	entry, err := machine.Git.Checkout(t.Context(), machine.Cache, runner.Source.Git.URL, runner.Source.Revision)
	if err != nil {
		t.Fatal(err)
	}
	if reads("nobody", filepath.Join(entry, "data")) || !reads("root", filepath.Join(entry, "data")) {
		t.Error("control: it is not the cache's modes that keep the user out")
	}
	runner.Release()
	wantEmpty(t, temp)
}

func TestExecutableFromARepositoryAsAnotherUser(t *testing.T) {
	needs.Root(t)
	runner, temp := committed(t, Definition{
		Kind: Executable{Filename: "run.sh"}, Executable: &converge.Executable{Command: "/bin/sh"},
	}, map[string]string{"run.sh": "id -un; cat data; touch made", "data": "content\n"})
	t.Setenv("TMPDIR", temp)
	spec := asNobody(runner)
	// The guard asks in the directory in which the command runs.
	spec.Guards = converge.Guards{Creates: []string{"made"}, Unless: []converge.Line{{Argv: []string{"test", "!", "-r", "data"}}}}
	spec.Verify = true
	wantSame(t, "stdout", "nobody\ncontent\n", mustRun(t, spec).Stdout.Text)
	wantEmpty(t, temp)
	decision, err := converge.Engine{Host: local.New()}.Observe(t.Context(), spec, spec.Remembered(converge.Last{}))
	if err != nil || decision.Verdict != guard.Run {
		t.Errorf("what the run made went with its copy, and the guards say %v, %v", decision, err)
	}
	wantEmpty(t, temp)

	// The control: root runs in the checkout of the cache.
	spec.Process.User = ""
	wantSame(t, "stdout", "root\ncontent\n", mustRun(t, spec).Stdout.Text)
}

func TestPythonFromARepositoryAsAnotherUser(t *testing.T) {
	needs.Root(t)
	python := needs.Program(t, "/usr/bin/python3") // One that every user can reach.
	wheels := t.TempDir()
	wheel(t, wheels, "1.0", "VERSION = 'one'")
	content, err := os.ReadFile(filepath.Join(wheels, "dep-1.0-py3-none-any.whl"))
	if err != nil {
		t.Fatal(err)
	}
	runner, temp := committed(t, Definition{
		Kind: PythonScript{Filename: "main.py"}, Executable: &converge.Executable{Command: python},
	}, map[string]string{
		"main.py":                  "import dep, getpass, sys\nprint(getpass.getuser(), dep.VERSION, sys.argv[1:])\n",
		"requirements.txt":         "./dep-1.0-py3-none-any.whl\n",
		"dep-1.0-py3-none-any.whl": string(content),
	})
	t.Setenv("TMPDIR", temp)
	runner.Inputs = map[string]any{"to": "a b"}
	spec := asNobody(runner)
	spec.Process.Environment = map[string]string{"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.DevNull, "PIP_NO_CACHE_DIR": "1"}
	wantSame(t, "stdout", "nobody one ['--to=a b']\n", mustRun(t, spec).Stdout.Text)
	wantEmpty(t, temp)
}

func TestAnsibleFromARepositoryAsAnotherUser(t *testing.T) {
	needs.Root(t)
	needs.Program(t, "ansible-playbook")
	built := t.TempDir()
	buildCollection(t, built, "found")
	archive, err := os.ReadFile(filepath.Join(built, "test-local-1.0.0.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	runner, temp := committed(t, Definition{Kind: AnsiblePlaybook{
		Playbooks: []string{"play.yml"}, Inventory: []string{"hosts"}, VaultPassword: "hush", GalaxyReqFile: "requirements.yml",
	}}, map[string]string{
		"play.yml": localPlay + "    - command: id -un\n      register: me\n" +
			"    - debug: msg=\"{{ me.stdout }} {{ secret }} {{ 'x' | test.local.answer }}\"\n",
		"hosts*":                  "#!/bin/sh\necho '{\"all\": {\"hosts\": [\"localhost\"]}}'\n",
		"requirements.yml":        "collections:\n  - name: ./test-local-1.0.0.tar.gz\n    type: file\n",
		"test-local-1.0.0.tar.gz": string(archive),
	})
	t.Setenv("TMPDIR", temp)
	runner.Inputs = map[string]any{"secret": "only-for-nobody"}
	spec := asNobody(runner)
	// Its home directory does not exist.
	remote := filepath.Join(reachable(t), "remote")
	spec.Process.Environment = map[string]string{"ANSIBLE_REMOTE_TEMP": remote}
	got := mustRun(t, spec)
	if !strings.Contains(got.Stdout.Text, "nobody only-for-nobody found") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", got.Stdout.Text, got.Stderr.Text)
	}
	wantSame(t, "recap", any(map[string]any{"localhost": counts(map[string]string{"ok": "2", "changed": "1"})}), got.Result)
	wantEmpty(t, temp)
}

// TestAVaultPasswordForAnotherUser looks at the files of a run before it runs.
func TestAVaultPasswordForAnotherUser(t *testing.T) {
	needs.Root(t)
	runner, temp := committed(t, Definition{Kind: AnsiblePlaybook{Playbooks: []string{"play.yml"}, VaultPassword: "hush"}},
		map[string]string{"play.yml": localPlay})
	t.Setenv("TMPDIR", temp)
	ready, err := runner.Prepare(t.Context(), host.Command{User: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	var file string
	for _, word := range ready.Argv {
		if path, ok := strings.CutPrefix(word, "--vault-password-file="); ok {
			file = path
		}
	}
	for user, want := range map[string]string{"nobody": "hush", "daemon": "", "root": "hush"} {
		var out strings.Builder
		if _, err := local.New().Run(t.Context(), host.Command{Argv: []string{"cat", file}, Dir: "/", User: user, Stdout: &out}); err != nil {
			t.Fatal(err)
		}
		wantSame(t, "what "+user+" reads", want, out.String())
	}
	ready.Close()
	runner.Release()
	wantEmpty(t, temp)
}

func TestAccOpenTofuPlanFromARepositoryAsAnotherUser(t *testing.T) {
	x := engine(t)
	needs.Root(t)
	runner, temp := committed(t, Definition{WorkingDir: "live", Kind: OpenTofuPlan{VarFiles: []string{"../common.tfvars"}}},
		map[string]string{
			"live/main.tf":  "variable \"name\" {}\n\nvariable \"common\" {}\n\noutput \"both\" {\n  value = \"${var.name} ${var.common}\"\n}\n",
			"common.tfvars": "common = \"c\"\n",
		})
	t.Setenv("TMPDIR", temp)
	base := reachable(t)
	content, err := os.ReadFile(x.Command)
	if err != nil {
		t.Fatal(err)
	}
	x.Command = filepath.Join(base, "engine")
	if err := os.WriteFile(x.Command, content, 0o755); err != nil {
		t.Fatal(err)
	}
	runner.Executable = x
	kind, _ := runner.Kind.(OpenTofuPlan)
	kind.StateFile, kind.DestroyOnDelete = filepath.Join(base, "x.tfstate"), true
	runner.Kind = kind
	runner.Inputs = map[string]any{"name": "n"}
	spec := asNobody(runner)
	wantSame(t, "result", any(map[string]any{"both": "n c"}), mustRun(t, spec).Result)
	wantEmpty(t, temp)
	info, err := os.Stat(kind.StateFile)
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid == 0 {
		t.Error("the state was not written by the user of the run")
	}
	if _, err := (converge.Engine{Host: local.New()}).Undo(t.Context(), spec, converge.Last{}); err != nil {
		t.Errorf("Undo() = %v", err)
	}
	wantEmpty(t, temp)
}
