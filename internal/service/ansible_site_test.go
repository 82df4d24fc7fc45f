package service

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// writeArchive writes a compressed archive of files.
func writeArchive(t *testing.T, path string, files map[string]string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	compressed := gzip.NewWriter(f)
	archive := tar.NewWriter(compressed)
	for name, content := range files {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{archive, compressed, f} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// buildCollection has ansible-galaxy build the collection test.local, with one filter.
func buildCollection(t *testing.T, into, answer string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "galaxy.yml", "namespace: test\nname: local\nversion: 1.0.0\nreadme: README.md\nauthors: [nobody]\n")
	write(t, dir, "README.md", "# A collection\n")
	write(t, dir, "plugins/filter/answer.py", "class FilterModule:\n    def filters(self):\n        return {'answer': lambda _: '"+answer+"'}\n")
	build := exec.CommandContext(t.Context(), "ansible-galaxy", "collection", "build", "--force", "--output-path="+into, dir)
	build.Env = append(os.Environ(), "ANSIBLE_HOME="+t.TempDir())
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestAnsibleGalaxy(t *testing.T) {
	t.Parallel()
	const tasks = "    - debug: msg=\"{{ 'x' | test.local.answer }}\"\n    - include_role:\n        name: greeting\n"
	spec, _, root := onLocalhost(t, tasks, func(root string, k *AnsiblePlaybook) {
		buildCollection(t, root, "forty-two")
		writeArchive(t, filepath.Join(root, "greeting.tar.gz"), map[string]string{
			"greeting/tasks/main.yml": "- debug: msg=hello-from-role\n",
			"greeting/meta/main.yml":  "galaxy_info:\n  author: nobody\n  description: d\n  license: MIT\n  min_ansible_version: '2.9'\ndependencies: []\n",
		})
		write(t, root, "requirements.yml",
			"collections:\n  - name: ./test-local-1.0.0.tar.gz\n    type: file\nroles:\n  - src: greeting.tar.gz\n    name: greeting\n")
		k.GalaxyReqFile = "requirements.yml"
	})
	before := digestOf(t, root)
	for _, answer := range []string{"forty-two", "forty-three"} {
		got := mustRun(t, spec)
		for _, want := range []string{answer, "hello-from-role"} {
			if !strings.Contains(got.Stdout.Text, want) {
				t.Errorf("no %q in:\n%s", want, got.Stdout.Text)
			}
		}
		if after := digestOf(t, root); after != before {
			t.Error("the source was written to")
		}
		buildCollection(t, root, "forty-three")
		before = digestOf(t, root)
	}

	write(t, root, "requirements.yml", "collections:\n  - name: ./nope.tar.gz\n    type: file\n")
	_, err := run(t, spec)
	if step, ok := errors.AsType[*StepError](err); !ok || !strings.Contains(step.Stderr+step.Stdout, "nope.tar.gz") {
		t.Errorf("a missing archive: %+v", step)
	}
}

func TestAnsibleLeavesTheUsersCallbacksAlone(t *testing.T) {
	t.Parallel()
	const plugin = `
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'aggregate'
    CALLBACK_NAME = 'own'
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_stats(self, stats):
        self._display.display('own callback ran')
`
	config := func(root string, k *AnsiblePlaybook) {
		write(t, root, "conf/plugins/own.py", plugin)
		write(t, root, "conf/ansible.cfg", "[defaults]\ncallback_plugins = plugins\ncallbacks_enabled = own\nstdout_callback = oneline\n")
		k.ConfigFile = "conf/ansible.cfg"
	}
	spec, _, root := onLocalhost(t, "    - debug: msg=x\n", config)
	got := mustRun(t, spec)
	wantSame(t, "result", any(map[string]any{"localhost": counts(map[string]string{"ok": "1"})}), got.Result)
	if !strings.Contains(got.Stdout.Text, "own callback ran") || strings.Contains(got.Stdout.Text, "PLAY RECAP") {
		t.Errorf("the configuration is not respected:\n%s", got.Stdout.Text)
	}
	if names, _ := filepath.Glob(filepath.Join(root, "conf", "plugins", "__pycache__")); len(names) > 0 {
		t.Errorf("the source was written to: %v", names)
	}

	hidden, _, _ := onLocalhost(t, "    - debug: msg=x\n", nil)
	hidden.Process.Environment["ANSIBLE_CALLBACK_PLUGINS"] = t.TempDir()
	outcome, err := run(t, hidden)
	if err != nil || !errors.Is(outcome.Run.ResultError, errNoRecap) {
		t.Errorf("Converge() = %v, result error %v", err, outcome.Run.ResultError)
	}
}

func TestAnsibleUnderAPython(t *testing.T) {
	t.Parallel()
	spec, runner, _ := onLocalhost(t, "    - debug: msg=\"{{ ansible_playbook_python }}\"\n", nil)
	program := needs.Program(t, "ansible-playbook")
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	python, _, _ := strings.Cut(strings.TrimPrefix(string(content), "#!"), "\n")
	if python = strings.TrimSpace(python); !filepath.IsAbs(python) {
		needs.Missing(t, "%s that begins with the path of its Python", program)
	}
	runner.Executable = &converge.Executable{Name: "py", Command: python, Args: []string{"-X", "utf8"}}
	got := mustRun(t, spec)
	if !strings.Contains(got.Stdout.Text, `"msg": "`+python) {
		t.Errorf("it did not run under %s:\n%s", python, got.Stdout.Text)
	}
}

// TestAnsibleFromRequirements installs a package that has Ansible's name and prints what it
// was asked for: the real one would have to be fetched.
func TestAnsibleFromRequirements(t *testing.T) {
	t.Parallel()
	spec, runner, root := onLocalhost(t, "", nil)
	wheel := filepath.Join(root, "ansible-0.1-py3-none-any.whl")
	f, err := os.Create(wheel)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(f)
	for name, content := range map[string]string{
		"ansible/__init__.py":                 "",
		"ansible/__main__.py":                 "import sys\nprint(sys.prefix, sys.argv[1:])\nsys.exit(3)\n",
		"ansible-0.1.dist-info/METADATA":      "Metadata-Version: 2.1\nName: ansible\nVersion: 0.1\n",
		"ansible-0.1.dist-info/WHEEL":         "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"ansible-0.1.dist-info/RECORD":        "",
		"ansible-0.1.dist-info/top_level.txt": "ansible\n",
	} {
		w, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	write(t, root, "requirements.txt", "--no-index\n./ansible-0.1-py3-none-any.whl\n")
	runner.Kind = AnsiblePlaybook{Playbooks: []string{"play.yml"}, ReqFile: "requirements.txt"}
	cache := t.TempDir()
	machine, err := sharingCache(runner.Definition, cache).Machine()
	if err != nil {
		t.Fatal(err)
	}
	machine.Identify = func(_ context.Context, c host.Command) (string, string, error) {
		path, err := exec.LookPath(c.Argv[0])
		return path, "digest", err
	}
	runner.Machine = func() (Machine, error) { return machine, nil }
	_, err = run(t, spec)
	failed, ok := errors.AsType[*converge.RunError](err)
	if !ok || failed.Run.ExitCode == nil || *failed.Run.ExitCode != 3 {
		t.Fatalf("Converge() = %v", err)
	}
	want := "['playbook', '" + filepath.Join(root, "play.yml") + "']"
	if out := failed.Run.Stdout.Text; !strings.HasPrefix(out, cache) || !strings.Contains(out, want) {
		t.Errorf("stdout %q, want %s in it, in an environment in the cache", out, want)
	}
}

func TestAnsibleLeavesNothingBehindWhenItIsInterrupted(t *testing.T) {
	needs.Program(t, "ansible-playbook")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	marker := filepath.Join(t.TempDir(), "started")
	spec, runner, _ := onLocalhost(t, "    - command: \"sh -c 'touch {{ marker }}; sleep 60'\"\n", func(_ string, k *AnsiblePlaybook) {
		k.VaultPassword = "hush"
	})
	runner.Inputs = map[string]any{"marker": marker}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(marker); err == nil {
				cancel()
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	_, err := converge.Engine{Host: local.New()}.Converge(ctx, spec, guard.Facts{First: true})
	if _, ok := errors.AsType[*host.StopError](err); !ok {
		t.Fatalf("Converge() = %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, privatePrefix+"*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAnsibleAsAnotherUser(t *testing.T) {
	needs.Root(t)
	needs.Program(t, "ansible-playbook")
	t.Setenv("TMPDIR", "/tmp")
	base := reachable(t)
	root := filepath.Join(base, "source")
	for name, content := range map[string]string{
		"play.yml": localPlay + "    - command: id -un\n      register: me\n    - debug: msg=\"{{ me.stdout }} {{ secret }} {{ 'x' | test.local.answer }}\"\n",
		"vars.yml": "unused: 1\n", "requirements.yml": "collections:\n  - name: ./test-local-1.0.0.tar.gz\n    type: file\n",
	} {
		if err := os.Chmod(write(t, root, name, content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	buildCollection(t, root, "found")
	runner := onThisMachine(t, Definition{Source: Source{Path: root}, Kind: AnsiblePlaybook{
		Playbooks: []string{"play.yml"}, Inventory: []string{"localhost,"}, VaultPassword: "hush", GalaxyReqFile: "requirements.yml",
	}})
	runner.Inputs = map[string]any{"secret": "only-for-nobody"}
	spec := specOf(runner)
	spec.Process.User = "nobody"
	// Its home directory does not exist.
	spec.Process.Environment = map[string]string{"ANSIBLE_REMOTE_TEMP": "/tmp/.exec-test-nobody"}
	t.Cleanup(func() { _ = os.RemoveAll("/tmp/.exec-test-nobody") })
	if got := mustRun(t, spec); !strings.Contains(got.Stdout.Text, "nobody only-for-nobody found") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", got.Stdout.Text, got.Stderr.Text)
	}
}
