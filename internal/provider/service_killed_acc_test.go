//go:build linux

package provider_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// A provider or an engine that is killed while Ansible runs cannot clean up, and the
// password of the vault must not stay behind all the same.
func TestAccServiceKilled(t *testing.T) {
	t.Parallel()
	needs.Program(t, "ansible-playbook")
	for name, kill := range map[string]func(*testing.T, *enginetest.Running){
		"the provider": func(t *testing.T, engine *enginetest.Running) {
			t.Helper()
			if err := syscall.Kill(serving(t, engine).pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		},
		"the engine": func(t *testing.T, engine *enginetest.Running) { t.Helper(); engine.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, temp := enginetest.New(t), t.TempDir()
			w.Setenv("TMPDIR", temp)
			w.Setenv("EXEC_CACHE_DIR", t.TempDir())
			w.Setenv("ANSIBLE_HOME", t.TempDir())
			w.Write("play/play.yml", "- hosts: all\n  connection: local\n  gather_facts: false\n  tasks:\n"+
				"    - shell: touch {{ ready }}; exec sleep 600\n")
			w.Config(`
resource "exec_service" "play" {
  name   = "play"
  source = { path = "${path.module}/play" }
  ansible_playbook = {
    playbooks      = ["play.yml"]
    inventory      = ["localhost,"]
    vault_password = "hush-hush"
  }
}
resource "exec" "play" {
  service     = exec_service.play
  inputs      = { ready = abspath("ready") }
  environment = { ANSIBLE_REMOTE_TEMP = abspath("remote") }
}
`)
			engine := w.Start("apply", "-auto-approve")
			eventually(t, "ansible runs", func() bool { _, err := os.Stat(w.Path("ready")); return err == nil })
			files, err := filepath.Glob(filepath.Join(temp, "terraform-provider-exec-*", "vault_password"))
			if err != nil || len(files) != 1 {
				t.Fatalf("control: while it runs, the password is in %q, %v", files, err)
			}
			content, err := os.ReadFile(files[0])
			if string(content) != "hush-hush" {
				t.Fatalf("control: while it runs, the file holds %q, %v", content, err)
			}
			kill(t, engine)
			eventually(t, "the private directory is gone", func() bool {
				left, err := filepath.Glob(filepath.Join(temp, "terraform-provider-exec-*"))
				return err == nil && len(left) == 0
			})
		})
	}
}
