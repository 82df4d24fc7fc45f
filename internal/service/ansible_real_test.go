package service

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// localPlay is the head of a play on this machine.
const localPlay = "- hosts: all\n  connection: local\n  gather_facts: false\n  tasks:\n"

// onLocalhost returns a resource that plays the tasks on localhost, and the root of its
// source. The edit adds to the definition.
func onLocalhost(t *testing.T, tasks string, edit func(root string, k *AnsiblePlaybook)) (converge.Spec, *Runner, string) {
	t.Helper()
	needs.Program(t, "ansible-playbook")
	root := t.TempDir()
	write(t, root, "play.yml", localPlay+tasks)
	write(t, root, "ansible.cfg", "")
	kind := AnsiblePlaybook{Playbooks: []string{"play.yml"}, Inventory: []string{"localhost,"}}
	if edit != nil {
		edit(root, &kind)
	}
	runner := onThisMachine(t, Definition{Source: Source{Path: root}, Kind: kind})
	spec := specOf(runner)
	spec.Process.Environment = map[string]string{"ANSIBLE_REMOTE_TEMP": t.TempDir(), "ANSIBLE_HOME": t.TempDir()}
	return spec, runner, root
}

// counts returns the recap of one host; what is not given is zero.
func counts(given map[string]string) map[string]any {
	all := map[string]any{}
	for _, name := range []string{"ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored"} {
		all[name] = json.Number("0")
	}
	for name, n := range given {
		all[name] = json.Number(n)
	}
	return all
}

func TestAnsibleRecap(t *testing.T) {
	t.Parallel()
	const tasks = `
    - command: "true"
    - debug: msg=hello
    - debug: msg=never
      when: false
    - command: "false"
      ignore_errors: true
    - block:
        - command: "false"
      rescue:
        - debug: msg=rescued
`
	spec, _, root := onLocalhost(t, tasks, func(root string, k *AnsiblePlaybook) {
		write(t, root, "second.yml", "- hosts: b\n  connection: local\n  gather_facts: false\n  tasks:\n    - debug: msg=second\n")
		k.Playbooks, k.Inventory = []string{"play.yml", "second.yml"}, []string{"a,b"}
	})
	before := digestOf(t, root)
	got := mustRun(t, spec)
	wantSame(t, "result", any(map[string]any{
		"a": counts(map[string]string{"ok": "4", "changed": "2", "skipped": "1", "ignored": "1", "rescued": "1"}),
		"b": counts(map[string]string{"ok": "5", "changed": "2", "skipped": "1", "ignored": "1", "rescued": "1"}),
	}), got.Result)
	if !strings.Contains(got.Stdout.Text, "PLAY RECAP") || strings.Contains(got.Stdout.Text, "\x1b") {
		t.Errorf("the user's output is not as usual:\n%s", got.Stdout.Text)
	}
	if after := digestOf(t, root); after != before {
		t.Error("the source was written to")
	}
}

func TestAnsibleShowsWhyItFails(t *testing.T) {
	t.Parallel()
	t.Run("a task", func(t *testing.T) {
		t.Parallel()
		spec, _, _ := onLocalhost(t, "    - fail: msg=\"the disk is full\"\n", nil)
		outcome, err := run(t, spec)
		failed, ok := errors.AsType[*converge.RunError](err)
		if !ok || failed.Run.ExitCode == nil || *failed.Run.ExitCode != 2 || !strings.Contains(failed.Run.Stdout.Tail, "the disk is full") {
			t.Fatalf("Converge() = %v", err)
		}
		wantSame(t, "result", any(map[string]any{"localhost": counts(map[string]string{"failed": "1"})}), outcome.Run.Result)
	})
	t.Run("a playbook that is none", func(t *testing.T) {
		t.Parallel()
		spec, _, _ := onLocalhost(t, "", func(root string, _ *AnsiblePlaybook) { write(t, root, "play.yml", "{") })
		outcome, err := run(t, spec)
		if _, ok := errors.AsType[*converge.RunError](err); !ok {
			t.Fatalf("Converge() = %v", err)
		}
		if outcome.Run.Result != nil || outcome.Run.ResultError != nil {
			t.Errorf("result %v, %v", outcome.Run.Result, outcome.Run.ResultError)
		}
	})
	t.Run("a host that cannot be reached", func(t *testing.T) {
		t.Parallel()
		spec, _, _ := onLocalhost(t, "    - ping:\n", func(root string, k *AnsiblePlaybook) {
			write(t, root, "play.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n    - ping:\n")
			write(t, root, "hosts.ini", "away ansible_host=127.0.0.1 ansible_port=1\n")
			k.Inventory = []string{"hosts.ini"}
		})
		outcome, err := run(t, spec)
		if err == nil {
			t.Fatal("it succeeds")
		}
		wantSame(t, "result", any(map[string]any{"away": counts(map[string]string{"unreachable": "1"})}), outcome.Run.Result)
	})
}

const printVariables = "    - copy:\n        content: \"{{ {'a': a, 'b': b, 'c': c} | to_json }}\"\n        dest: \"{{ out }}\"\n"

func TestAnsibleVariablesKeepTheirTypes(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	spec, runner, _ := onLocalhost(t, printVariables, func(root string, k *AnsiblePlaybook) {
		write(t, root, "one.yml", "a: file\nb: file\nc: file\n")
		write(t, root, "two.json", `{"a": "two", "b": "two"}`)
		k.ExtraVarsFiles = []string{"one.yml", "two.json"}
		k.ExtraVars = map[string]any{"a": "vars", "out": out}
	})
	runner.Inputs = map[string]any{
		"a": map[string]any{"n": json.Number("1.5"), "s": "yes 'and' \"no\"", "l": []any{true, nil, "1"}},
		"b": json.Number("9007199254740993"),
	}
	mustRun(t, spec)
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "variables", `{"a": {"l": [true, null, "1"], "n": 1.5, "s": "yes 'and' \"no\""}, "b": 9007199254740993, "c": "file"}`, string(content))
}

func TestAnsibleInventories(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		inventory []string
		limit     []string
		want      []string
	}{
		"a file":               {inventory: []string{"hosts.ini"}, want: []string{"file1", "file2"}},
		"a program":            {inventory: []string{"hosts.sh"}, want: []string{"dynamic"}},
		"a directory":          {inventory: []string{"dir"}, want: []string{"indir"}},
		"several":              {inventory: []string{"hosts.ini", "hosts.sh", "listed,"}, want: []string{"file1", "file2", "dynamic", "listed"}},
		"limited to some":      {inventory: []string{"hosts.ini", "hosts.sh"}, limit: []string{"file*", "!file2"}, want: []string{"file1"}},
		"limited to two hosts": {inventory: []string{"hosts.ini", "hosts.sh"}, limit: []string{"file1", "dynamic"}, want: []string{"file1", "dynamic"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, _, _ := onLocalhost(t, "    - debug: msg=x\n", func(root string, k *AnsiblePlaybook) {
				write(t, root, "hosts.ini", "[g]\nfile1\nfile2\n")
				write(t, root, "dir/hosts.yml", "all:\n  hosts:\n    indir:\n")
				program := write(t, root, "hosts.sh", "#!/bin/sh\nprintf '{\"g\": {\"hosts\": [\"dynamic\"]}, \"_meta\": {\"hostvars\": {}}}\\n'\n")
				if err := os.Chmod(program, 0o700); err != nil {
					t.Fatal(err)
				}
				k.Inventory, k.Limit, k.Forks = tc.inventory, tc.limit, 2
			})
			want := map[string]any{}
			for _, host := range tc.want {
				want[host] = counts(map[string]string{"ok": "1"})
			}
			wantSame(t, "result", any(want), mustRun(t, spec).Result)
		})
	}
}

func TestAnsibleTags(t *testing.T) {
	t.Parallel()
	const tasks = "    - debug: msg=one\n      tags: [x]\n    - debug: msg=two\n      tags: [x, y]\n    - debug: msg=three\n"
	spec, _, _ := onLocalhost(t, tasks, func(_ string, k *AnsiblePlaybook) {
		k.Tags, k.SkipTags, k.Verbosity = []string{"x", "z"}, []string{"y"}, 1
	})
	got := mustRun(t, spec)
	wantSame(t, "result", any(map[string]any{"localhost": counts(map[string]string{"ok": "1"})}), got.Result)
	if strings.Contains(got.Stdout.Text, "two") || !strings.Contains(got.Stdout.Text, "one") {
		t.Errorf("other tasks ran:\n%s", got.Stdout.Text)
	}
}

func TestAnsibleCheckChangesNothing(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]bool{"check": true, "control": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out")
			spec, runner, _ := onLocalhost(t, "    - copy:\n        content: \"new line\\n\"\n        dest: \"{{ out }}\"\n", func(_ string, k *AnsiblePlaybook) {
				k.Check, k.Diff = check, true
			})
			runner.Inputs = map[string]any{"out": out}
			got := mustRun(t, spec)
			if !strings.Contains(got.Stdout.Text, "+new line") {
				t.Errorf("no diff:\n%s", got.Stdout.Text)
			}
			wantSame(t, "result", any(map[string]any{"localhost": counts(map[string]string{"ok": "1", "changed": "1"})}), got.Result)
			if _, err := os.Stat(out); (err == nil) == check {
				t.Errorf("the file: %v", err)
			}
		})
	}
}

func TestAnsibleVault(t *testing.T) {
	t.Parallel()
	needs.Program(t, "ansible-playbook")
	const password = "correct horse"
	root := t.TempDir()
	file := write(t, root, "secret.yml", "inside: unlocked\n")
	encrypt := exec.CommandContext(t.Context(), "ansible-vault", "encrypt", "--vault-password-file="+write(t, root, "password", password), file)
	if out, err := encrypt.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	encrypted, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	play := func(password string) (converge.Outcome, error) {
		spec, _, _ := onLocalhost(t, "    - debug: var=inside\n", func(root string, k *AnsiblePlaybook) {
			write(t, root, "secret.yml", string(encrypted))
			k.ExtraVarsFiles, k.VaultPassword = []string{"secret.yml"}, password
		})
		return run(t, spec)
	}
	outcome, err := play(password)
	if err != nil || !strings.Contains(outcome.Run.Stdout.Text, "unlocked") {
		t.Errorf("Converge() = %v\n%+v", err, outcome.Run)
	}
	if _, err := play("wrong"); err == nil {
		t.Error("a wrong password opens it")
	}
}
