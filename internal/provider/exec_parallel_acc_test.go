//go:build linux

package provider_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// atOnce returns how many of the commands that wrote "begin" and "end" into the file were
// at work at once, at most.
func atOnce(w *enginetest.Workspace, file string) int {
	n, most := 0, 0
	for _, line := range w.Lines(file) {
		if line == "begin" {
			n++
		} else {
			n--
		}
		most = max(most, n)
	}
	return most
}

// measured are commands that can be seen to overlap, in a file that all engines share.
func measured(w *enginetest.Workspace, count int, file, more string) string {
	return fmt.Sprintf(`
		resource "exec" "a" {
			count   = %d
			shell   = true
			command = "echo begin >>'%[2]s'; sleep 0.3; echo end >>'%[2]s'"
			always  = true
			%s
		}
	`, count, w.Path(file), more)
}

// At most so many commands run at once, over all engines, whichever they are.
func TestAccMaxParallel(t *testing.T) {
	t.Parallel()
	w, other := enginetest.New(t), enginetest.New(t)
	other.Other()
	both := func(settings, file string) {
		t.Helper()
		for _, each := range []*enginetest.Workspace{w, other} {
			each.Config(settings + measured(w, 4, file, `timeout = "1s"`))
		}
		second := other.Start("apply", "-auto-approve")
		w.Apply()
		if r := second.Wait(patience); r.ExitCode != 0 {
			t.Fatalf("the second engine:\n%s", r.Output())
		}
		equal(t, "how much ran", len(w.Lines(file)), 16)
	}
	both(`provider "exec" { max_parallel = 2 }`, "limited")
	if got := atOnce(w, "limited"); got > 2 {
		t.Errorf("%d commands ran at once, want at most 2", got)
	}
	// The variable wins, and switches it off: the control.
	w.Setenv("EXEC_MAX_PARALLEL", "0")
	other.Setenv("EXEC_MAX_PARALLEL", "0")
	both(`provider "exec" { max_parallel = 2 }`, "free")
	if got := atOnce(w, "free"); got <= 2 {
		t.Errorf("without a limit %d commands ran at once, so this test proves nothing", got)
	}
}

// A command may run an engine whose own commands are limited too. They belong to the place
// that the command has; waiting for another one would never end.
func TestAccMaxParallelOfAnEngineInsideOfARun(t *testing.T) {
	t.Parallel()
	inner, w := enginetest.New(t), enginetest.New(t)
	inner.Config(`
		provider "exec" { max_parallel = 1 }
		resource "exec" "inner" {
			count   = 3
			command = "true"
		}
	`)
	config := func(without, timeout string) {
		w.Config(fmt.Sprintf(`
			provider "exec" { max_parallel = 1 }
			resource "exec" "outer" {
				command = ["env", %q, %q, "apply", "-auto-approve", "-no-color"]
				cwd     = %q
				always  = true
				timeout = %q
			}
		`, without, w.Engine(), inner.Dir, timeout))
	}
	config("-uEXEC_SLOT", "4s")
	w.MustFail([]string{"still running after 4s"}, "apply", "-auto-approve")
	inner.Remove("terraform.tfstate")
	inner.Remove(".terraform.tfstate.lock.info")
	config("-uUNHEARD_OF", "1m")
	w.Apply()
	equal(t, "what the inner engine made", len(inner.State()), 3)
}

// holding is what keeps a command of another engine from running, here and there.
var holding = map[string]struct{ settings, own, refusal string }{
	"a lock":     {own: `lock = "LOCK"`, refusal: "Unable to acquire lock"},
	"a place":    {settings: `provider "exec" { max_parallel = 1 }`, refusal: "Unable to wait for other commands"},
	"both of it": {settings: `provider "exec" { max_parallel = 1 }`, own: `lock = "LOCK"`, refusal: "Unable to acquire lock"},
}

// contend starts a command that is at work until the file "done" exists, and a second
// engine of the other kind whose command waits for it.
func contend(t *testing.T, settings, own string) (w, other *enginetest.Workspace, first, second *enginetest.Running) {
	t.Helper()
	w, other = enginetest.New(t), enginetest.New(t)
	other.Other()
	own = strings.Replace(own, "LOCK", w.Dir, 1)
	w.Config(fmt.Sprintf(`
		%s
		resource "exec" "holder" {
			shell   = true
			command = "echo $$ >pids; mv pids ready; until [ -e done ]; do sleep 0.02; done; echo holder >>'%s'"
			%s
		}
	`, settings, w.Path("ran"), own))
	other.Config(fmt.Sprintf(`
		%s
		resource "exec" "waits" {
			shell   = true
			command = "echo waiter >>'%s'"
			creates = "absent"
			timeout = "20s"
			%s
		}
	`, settings, w.Path("ran"), own))
	other.Setenv("TF_LOG", "trace")
	other.Setenv("TF_LOG_PATH", other.Path("log"))
	first = w.Start("apply", "-auto-approve")
	eventually(t, "the holder is at work", func() bool { return w.Read("ready") != "" || first.Ended() })
	second = other.Start("apply", "-auto-approve")
	eventually(t, "the waiter is about to wait", func() bool {
		return strings.Contains(other.Read("log"), "command takes its turn") || second.Ended()
	})
	return w, other, first, second
}

// Who waits is held by another engine in another directory, runs once that is done, and not
// before.
func TestAccExecWaits(t *testing.T) {
	t.Parallel()
	for name, by := range holding {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, first, second := contend(t, by.settings, by.own)
			w.Write("done", "")
			for _, engine := range []*enginetest.Running{first, second} {
				if r := engine.Wait(patience); r.ExitCode != 0 {
					t.Errorf("an engine exits %d:\n%s", r.ExitCode, r.Output())
				}
			}
			equal(t, "what ran", strings.Join(w.Lines("ran"), " "), "holder waiter")
		})
	}
}

// Who waits can be interrupted: nothing of it ran, nothing is stored, and the next apply
// makes up for it.
func TestAccExecInterruptedWhileItWaits(t *testing.T) {
	t.Parallel()
	for name, by := range holding {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, other, first, second := contend(t, by.settings, by.own)
			provider := serving(t, second)
			second.Interrupt()
			r := second.Wait(patience)
			if r.ExitCode != 1 || !strings.Contains(r.Flat(), by.refusal) {
				t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
			}
			eventually(t, "its provider is gone", provider.gone)
			equal(t, "what is stored", len(other.State()), 0)
			equal(t, "what ran", w.Read("ran"), "")
			w.Write("done", "")
			if r := first.Wait(patience); r.ExitCode != 0 {
				t.Errorf("the holder's engine exits %d:\n%s", r.ExitCode, r.Output())
			}
			other.Apply()
			equal(t, "what ran after that", strings.Join(w.Lines("ran"), " "), "holder waiter")
		})
	}
}

// Who dies holds nothing any more.
func TestAccExecKilledWhileItHolds(t *testing.T) {
	t.Parallel()
	for name, by := range holding {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, first, second := contend(t, by.settings, by.own)
			held := allAlive(t, w, "ready")
			equal(t, "what ran", w.Read("ran"), "")
			if err := syscall.Kill(serving(t, first).pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if r := second.Wait(patience); r.ExitCode != 0 {
				t.Errorf("the engine that waited exits %d:\n%s", r.ExitCode, r.Output())
			}
			eventually(t, "the holder is gone", func() bool { return allGone(held) })
			if r := first.Wait(patience); r.ExitCode == 0 {
				t.Errorf("the holder's engine exits 0 and prints:\n%s", r.Output())
			}
			equal(t, "what ran", strings.Join(w.Lines("ran"), " "), "waiter")
		})
	}
}
