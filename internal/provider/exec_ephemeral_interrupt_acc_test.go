//go:build linux

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// Ctrl-C while the command runs ends all of it, and what it may have opened is closed.
func TestAccExecEphemeralInterruptOpen(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Ephemeral)
	w.Write("tree.sh", tree)
	w.Config(ephemeralConfig(`["sh", "tree.sh"]`, `["true"]`))
	// An apply that makes its own plan does not listen to anybody while it does.
	engine := w.Start("plan")
	processes := ready(t, w, engine)
	engine.Interrupt()
	r := engine.Wait(interruptLimit)
	if !allGone(processes) {
		t.Error("the engine ended before the tree did")
	}
	if r.ExitCode != 1 || strings.Contains(r.Output(), "before") {
		t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
	}
	equal(t, "what closed it", w.Read("closed"), "closed before\n")
}

// Ctrl-C while something that uses the output runs ends that, and what is open is closed.
func TestAccExecEphemeralInterruptWhileOpen(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Needs(enginetest.Ephemeral)
	w.Write("tree.sh", tree)
	w.Config(ephemeralConfig(`["echo", "before"]`, `["sh", "tree.sh"]`))
	engine := w.Start("apply", "-auto-approve")
	processes := ready(t, w, engine)
	equal(t, "what was closed so far, by the plan", w.Read("closed"), "closed before\n")
	engine.Interrupt()
	r := engine.Wait(interruptLimit)
	if !allGone(processes) {
		t.Error("the engine ended before the tree did")
	}
	if r.ExitCode != 1 {
		t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
	}
	equal(t, "what was closed", w.Read("closed"), "closed before\nclosed before\n")
}

func ephemeralConfig(opens, runs string) string {
	return `
		ephemeral "exec" "x" {
			command = ` + opens + `
			close   = { command = ["sh", "-c", "echo closed $EXEC_STDOUT >> closed"] }
		}
		provider "exec" {
			alias           = "used"
			git_credentials = [{ url_prefix = "https://git.example.com", password = ephemeral.exec.x.stdout }]
		}
		resource "exec" "r" {
			provider = exec.used
			command  = ` + runs + `
		}
	`
}
