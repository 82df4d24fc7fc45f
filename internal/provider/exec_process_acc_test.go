//go:build linux

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// patience is how long anything may take that is bound to happen soon. Whatever must not
// take that long is measured on its own.
const patience = 2 * time.Minute

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %s still not true: %s", patience, what)
		}
	}
}

// proc is one process; its start time tells it from another one of the same number.
type proc struct {
	pid   int
	start string
}

// stat returns the fields of /proc/PID/stat from the state on, or nil.
func stat(pid int) []string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	text := string(data)
	return strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
}

// alive returns the process of a number; it must be there, so that finding it gone later
// means something.
func alive(t *testing.T, pid int) proc {
	t.Helper()
	fields := stat(pid)
	if fields == nil || fields[0] == "Z" {
		t.Fatalf("process %d does not run", pid)
	}
	return proc{pid: pid, start: fields[19]}
}

func (p proc) gone() bool {
	fields := stat(p.pid)
	return fields == nil || fields[19] != p.start || fields[0] == "Z" || fields[0] == "X"
}

// allAlive returns the processes whose numbers the file lists.
func allAlive(t *testing.T, w *enginetest.Workspace, file string) []proc {
	t.Helper()
	var all []proc
	for _, line := range w.Lines(file) {
		pid, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, alive(t, pid))
	}
	if len(all) == 0 {
		t.Fatalf("%s lists no process", file)
	}
	return all
}

func allGone(all []proc) bool {
	for _, p := range all {
		if !p.gone() {
			return false
		}
	}
	return true
}

// serving returns the provider's process below a running engine.
func serving(t *testing.T, engine *enginetest.Running) proc {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		exe, _ := os.Readlink(filepath.Join(e, "exe"))
		// The binary may have been replaced by the tests of another engine.
		exe = strings.TrimSuffix(exe, " (deleted)")
		if f := stat(pid); f != nil && f[1] == strconv.Itoa(engine.PID()) && filepath.Base(exe) == "terraform-provider-exec" {
			return alive(t, pid)
		}
	}
	t.Fatal("the engine has no provider process")
	return proc{}
}

// tree is a command with a grandchild that ignores SIGTERM. Once both are at work, it
// renames "pids", which holds their numbers, to "ready". With a file "quick" there is
// nothing of that.
const tree = `
[ ! -e quick ] || exit 0
echo before
sh -c 'trap "" TERM; echo $$ >>pids; : >grandchild; while :; do sleep 1; done' &
until [ -e grandchild ]; do sleep 0.02; done
echo $$ >>pids
mv pids ready
wait
`

// growTree prepares a workspace whose resource a runs the tree with the argument "one".
func growTree(t *testing.T, more string) *enginetest.Workspace {
	t.Helper()
	w := enginetest.New(t)
	w.Write("tree.sh", tree)
	w.Config(treeConfig("one", more))
	return w
}

func treeConfig(argument, more string) string {
	return fmt.Sprintf("resource \"exec\" \"a\" {\n  command = [\"sh\", \"tree.sh\", %q]\n  %s\n}\n", argument, more)
}

// ready waits for the tree and returns its processes.
func ready(t *testing.T, w *enginetest.Workspace, engine *enginetest.Running) []proc {
	t.Helper()
	eventually(t, "the command is at work", func() bool {
		if engine.Ended() {
			t.Fatalf("the engine ended early:\n%s", engine.Wait(patience).Output())
		}
		return w.Read("ready") != ""
	})
	return allAlive(t, w, "ready")
}

// interruptLimit is the grace period, and what a busy machine needs beside it.
const interruptLimit = 20 * time.Second

// Ctrl-C during a first run ends the whole tree, and what is left is a tainted resource
// with the output so far, which the next apply makes anew.
func TestAccExecInterruptFirstRun(t *testing.T) {
	t.Parallel()
	w := growTree(t, "")
	engine := w.Start("apply", "-auto-approve")
	processes := ready(t, w, engine)
	engine.Interrupt()
	r := engine.Wait(interruptLimit)
	if !allGone(processes) {
		t.Error("the engine ended before the tree did")
	}
	if r.ExitCode != 1 || !strings.Contains(r.Flat(), "The command was interrupted and ended, and everything in its session with it.") {
		t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
	}
	a := w.State()["exec.a"]
	if v := a.Values; !a.Tainted || v["exit_code"] != nil || v["stdout"] != "before\n" || v["in_sync"] != false || v["run_id"] == nil {
		t.Errorf("tainted is %v, and the state holds %v", a.Tainted, v)
	}
	w.Write("quick", "")
	w.Apply()
	if a := w.State()["exec.a"]; a.Tainted || fmt.Sprint(a.Values["exit_code"]) != "0" {
		t.Errorf("after the next apply tainted is %v, and the state holds %v", a.Tainted, a.Values)
	}
}

// Ctrl-C during a later run keeps the definition that was, so that the change is planned
// again.
func TestAccExecInterruptLaterRun(t *testing.T) {
	t.Parallel()
	w := growTree(t, "")
	w.Write("quick", "")
	w.Apply()
	w.Remove("quick")
	w.Config(treeConfig("two", ""))
	engine := w.Start("apply", "-auto-approve")
	processes := ready(t, w, engine)
	engine.Interrupt()
	r := engine.Wait(interruptLimit)
	if !allGone(processes) {
		t.Error("the engine ended before the tree did")
	}
	if r.ExitCode != 1 {
		t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
	}
	a := w.State()["exec.a"]
	if v := a.Values; a.Tainted || v["exit_code"] != nil || v["stdout"] != "before\n" || v["in_sync"] != false ||
		fmt.Sprint(v["command"]) != "[sh tree.sh one]" {
		t.Errorf("tainted is %v, and the state holds %v", a.Tainted, v)
	}
	if c := w.Plan().Change(t, "exec.a"); c.Action() != "update" || !c.MayRun() {
		t.Errorf("the next plan says %s, may run: %v", c.Action(), c.MayRun())
	}
	w.Write("quick", "")
	w.Apply()
	if v := w.State()["exec.a"].Values; fmt.Sprint(v["exit_code"], v["in_sync"], v["command"]) != "0 true [sh tree.sh two]" {
		t.Errorf("after the next apply the state holds %v", v)
	}
}

// Ctrl-C during a plan ends a guard that is at work, and leaves the state alone.
func TestAccExecInterruptPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ inState bool }{
		"a guard of a resource that is to be created": {},
		"a guard of a resource that is in the state":  {inState: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Write("tree.sh", tree)
			w.Config(`resource "exec" "a" {
  command = ["sh", "-c", "echo a >>ran"]
  unless  = [["sh", "tree.sh"]]
}
`)
			if test.inState {
				w.Write("quick", "")
				w.Apply()
				w.Remove("quick")
			}
			before := w.State()
			engine := w.Start("plan")
			processes := ready(t, w, engine)
			engine.Interrupt()
			r := engine.Wait(interruptLimit)
			if !allGone(processes) {
				t.Error("the engine ended before the guard did")
			}
			if r.ExitCode != 1 {
				t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
			}
			if diff := cmp.Diff(before, w.State()); diff != "" {
				t.Errorf("the state changed (-before +after):\n%s", diff)
			}
			w.Write("quick", "")
			w.Apply()
			if ran := w.Read("ran"); ran != "" {
				t.Errorf("the guard said skip, and the command ran: %q", ran)
			}
		})
	}
}

// Nothing of a command survives the death of those who would end it.
func TestAccExecKilled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kill func(t *testing.T, engine *enginetest.Running)
	}{
		"the provider is killed": {kill: func(t *testing.T, engine *enginetest.Running) {
			t.Helper()
			if err := syscall.Kill(serving(t, engine).pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}},
		"the engine is killed": {kill: func(t *testing.T, engine *enginetest.Running) {
			t.Helper()
			provider := serving(t, engine)
			engine.Kill()
			t.Cleanup(func() { eventually(t, "the provider ends", provider.gone) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := growTree(t, "")
			engine := w.Start("apply", "-auto-approve")
			processes := ready(t, w, engine)
			test.kill(t, engine)
			eventually(t, "the command and its grandchild are gone", func() bool { return allGone(processes) })
			if r := engine.Wait(patience); r.ExitCode == 0 {
				t.Errorf("the engine exits 0 and prints:\n%s", r.Output())
			}
			w.Write("quick", "")
			w.Apply()
			if v := w.State()["exec.a"].Values; fmt.Sprint(v["exit_code"]) != "0" {
				t.Errorf("after the next apply the state holds %v", v)
			}
		})
	}
}

// A time limit ends the whole tree too.
func TestAccExecTimeout(t *testing.T) {
	t.Parallel()
	w := growTree(t, `timeout = "4s"`)
	engine := w.Start("apply", "-auto-approve")
	processes := ready(t, w, engine)
	r := engine.Wait(patience)
	if !allGone(processes) {
		t.Error("the engine ended before the tree did")
	}
	if r.ExitCode != 1 || !strings.Contains(r.Flat(), "The command was still running after 4s") {
		t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
	}
	if v := w.State()["exec.a"].Values; v["exit_code"] != nil || v["stdout"] != "before\n" {
		t.Errorf("the state holds %v", v)
	}
}

// A daemon survives the apply that started it, and the apply does not wait for it.
func TestAccExecDaemon(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start string
		warns bool
	}{
		"that redirects its output":        {start: "sh daemon.sh >/dev/null 2>&1 &"},
		"that holds the output":            {start: "sh daemon.sh &", warns: true},
		"that opens a session of its own":  {start: "setsid sh daemon.sh >/dev/null 2>&1 &"},
		"whose own parent is gone as well": {start: "(sh daemon.sh >/dev/null 2>&1 & echo $! >pid) ; :"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			// It is waited for, since until it runs it is a copy of the shell, with its output.
			w.Write("daemon.sh", "touch up\nexec sleep 300\n")
			w.Write("start.sh", test.start+"\n[ -e pid ] || echo $! >pid\nuntil [ -e up ]; do sleep 0.01; done\necho started\n")
			w.Config(`resource "exec" "a" {
  command = ["sh", "start.sh"]
}
`)
			r := w.Apply()
			daemon := allAlive(t, w, "pid")
			t.Cleanup(func() {
				for _, p := range daemon {
					_ = syscall.Kill(p.pid, syscall.SIGKILL)
				}
			})
			if warned := strings.Contains(r.Flat(), "Background process holds the output"); warned != test.warns {
				t.Errorf("warned: %v, want %v:\n%s", warned, test.warns, r.Output())
			}
			if v := w.State()["exec.a"].Values; v["stdout"] != "started\n" {
				t.Errorf("the state holds %v", v)
			}
		})
	}
}

// A command that a signal ended is a failure that names the signal.
func TestAccExecSignal(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`resource "exec" "a" {
  command = ["sh", "-c", "echo before; kill -SEGV $$"]
  returns = [0, 139]
}
`)
	w.MustFail([]string{"The command was killed by SIGSEGV, which no list of exit codes accepts.", "Exit code: none"}, "apply", "-auto-approve")
	if a := w.State()["exec.a"]; !a.Tainted || a.Values["exit_code"] != nil || a.Values["stdout"] != "before\n" {
		t.Errorf("tainted is %v, and the state holds %v", a.Tainted, a.Values)
	}
}
