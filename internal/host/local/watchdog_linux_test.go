package local_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// soon is long enough for what must happen, and short enough to fail a test.
const soon = 20 * time.Second

// running is a helper that plays the provider.
type running struct {
	*exec.Cmd
	stdin  io.Closer
	stdout *os.File
}

func startProvider(t *testing.T, name string, w *hosttest.Witness, leaked ...*os.File) running {
	t.Helper()
	return start(t, helperCommand(t, name, w.Path), w, leaked...)
}

// start starts a helper and returns when its grandchild is ready.
func start(t *testing.T, c *exec.Cmd, w *hosttest.Witness, leaked ...*os.File) running {
	t.Helper()
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout, c.Stderr, c.ExtraFiles = write, write, leaked
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		_ = read.Close()
	})
	w.Await("ready")
	if !w.Alive() {
		t.Fatal("control: the grandchild is not alive")
	}
	return running{Cmd: c, stdin: stdin, stdout: read}
}

func TestNothingOutlivesAProviderThatDies(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, running){
		"killed":     func(_ *testing.T, p running) { _ = p.Process.Kill() },
		"terminated": func(_ *testing.T, p running) { _ = p.Process.Signal(syscall.SIGTERM) },
		"crashed":    func(_ *testing.T, p running) { _ = p.Process.Signal(syscall.SIGQUIT) },
		"ended":      func(_ *testing.T, p running) { _ = p.stdin.Close() },
		"killed after its watchdog": func(t *testing.T, p running) {
			t.Helper()
			first := watchdogOf(t, p.Process.Pid)
			_ = syscall.Kill(first, syscall.SIGKILL)
			eventually(t, "another watchdog", func() bool {
				second := findWatchdog(p.Process.Pid)
				return second != 0 && second != first
			})
			_ = p.Process.Kill()
		},
		"killed with its watchdog asked to go": func(t *testing.T, p running) {
			t.Helper()
			pid := watchdogOf(t, p.Process.Pid)
			for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM} {
				_ = syscall.Kill(pid, s)
			}
			_ = p.Process.Kill()
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := hosttest.NewWitness(t)
			p := startProvider(t, "provider", w)
			end(t, p)
			// Whoever waits for the end of the provider's output is not kept waiting.
			_ = p.stdout.SetReadDeadline(time.Now().Add(soon))
			if out, err := io.ReadAll(p.stdout); err != nil {
				t.Errorf("something holds the provider's output: %v, %s", err, out)
			}
			if !w.AwaitGone(soon) {
				t.Error("the grandchild is alive")
			}
		})
	}
}

// A directory that was kept goes with the provider, however that ends and whatever became of
// its first watchdog. One that nobody asked about stays.
func TestAKeptDirectoryDoesNotOutliveTheProvider(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, running){
		"killed": func(_ *testing.T, p running) { _ = p.Process.Kill() },
		"ended":  func(_ *testing.T, p running) { _ = p.stdin.Close() },
		"killed after its watchdog": func(t *testing.T, p running) {
			t.Helper()
			first := watchdogOf(t, p.Process.Pid)
			_ = syscall.Kill(first, syscall.SIGKILL)
			eventually(t, "another watchdog", func() bool {
				second := findWatchdog(p.Process.Pid)
				return second != 0 && second != first
			})
			_ = p.Process.Kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, base := hosttest.NewWitness(t), t.TempDir()
			kept, released, other := filepath.Join(base, "kept"), filepath.Join(base, "released"), filepath.Join(base, "other")
			p := start(t, helperCommand(t, "keeper", w.Path, kept, released, other), w)
			watchdog := watchdogOf(t, p.Process.Pid)
			if _, err := os.Stat(filepath.Join(kept, "sub", "secret")); err != nil {
				t.Fatalf("control: %v", err)
			}
			end(t, p)
			_ = p.Wait()
			eventually(t, "the removal", func() bool {
				_, err := os.Stat(kept)
				return errors.Is(err, fs.ErrNotExist)
			})
			eventually(t, "the end of the watchdog", func() bool { return statOf(watchdog) == nil })
			for _, dir := range []string{released, other} {
				if _, err := os.Stat(filepath.Join(dir, "sub", "secret")); err != nil {
					t.Errorf("what was not kept any more is gone: %v", err)
				}
			}
		})
	}
}

// This is why there is a watchdog, and why it is not started by a program that would only
// start over.
func TestWithoutAWatchdogAGrandchildOutlivesTheProvider(t *testing.T) {
	t.Parallel()
	w := hosttest.NewWitness(t)
	p := startProvider(t, "unwatched", w)
	children := childrenOf(p.Process.Pid)
	if len(children) != 1 {
		t.Fatalf("%d children, and not just the command", len(children))
	}
	_ = p.Process.Kill()
	_ = p.Wait()
	// The command itself dies by the parent-death signal.
	eventually(t, "the end of the command", func() bool { return statOf(children[0]) == nil })
	if !w.Alive() {
		t.Error("the grandchild is gone, so the other test proves nothing")
	}
	endSession(t, children[0])
	if !w.AwaitGone(soon) {
		t.Error("the grandchild cannot be ended")
	}
}

func TestWhatACommandLeftBehindOutlivesTheProvider(t *testing.T) {
	t.Parallel()
	w := hosttest.NewWitness(t)
	p := startProvider(t, "leaver", w)
	pid := w.Number()
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	watchdog := watchdogOf(t, p.Process.Pid)
	_ = p.Process.Kill()
	_ = p.Wait()
	eventually(t, "the end of the watchdog", func() bool { return statOf(watchdog) == nil })
	if !w.Alive() {
		t.Error("the daemon was killed")
	}
}

func TestTheWatchdogHoldsNothing(t *testing.T) {
	t.Parallel()
	leaked, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = leaked.Close() }()
	w := hosttest.NewWitness(t)
	p := startProvider(t, "provider", w, leaked, leaked)
	pid := watchdogOf(t, p.Process.Pid)
	proc := "/proc/" + strconv.Itoa(pid)

	var open []string
	eventually(t, "closed descriptors", func() bool {
		open = nil
		entries, err := os.ReadDir(proc + "/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			target, _ := os.Readlink(proc + "/fd/" + e.Name())
			if !strings.HasPrefix(target, "anon_inode:") {
				kind, _, _ := strings.Cut(target, ":")
				open = append(open, e.Name()+" "+kind)
			}
		}
		return len(open) <= 4
	})
	slices.Sort(open)
	if diff := cmp.Diff([]string{"0 /dev/null", "1 /dev/null", "2 /dev/null", "3 pipe"}, open); diff != "" {
		t.Error(diff)
	}
	if n := len(findLinks(t, "/proc/"+strconv.Itoa(p.Process.Pid)+"/fd", leaked.Name())); n != 2 {
		t.Errorf("control: the provider has %d leaked descriptors", n)
	}
	environ, err := os.ReadFile(proc + "/environ")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(environ), "\x00"); n != 1 {
		t.Errorf("environment: %q", environ)
	}
	if dir, _ := os.Readlink(proc + "/cwd"); dir != "/" {
		t.Errorf("working directory: %s", dir)
	}
	if s := statOf(pid); s == nil || s.session != pid {
		t.Errorf("not in a session of its own: %+v", s)
	}
	status, _ := os.ReadFile(proc + "/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "RssAnon") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	if err := await(what, is); err != nil {
		t.Fatal(err)
	}
}

// stat is what the test needs of /proc/<pid>/stat; it does its own reading.
type stat struct{ parent, session int }

// statOf returns nil for a process that has ended, be it reaped or not.
func statOf(pid int) *stat {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	_, after, _ := strings.Cut(string(line), ") ")
	fields := strings.Fields(after)
	if len(fields) < 4 || fields[0] == "Z" {
		return nil
	}
	parent, _ := strconv.Atoi(fields[1])
	session, _ := strconv.Atoi(fields[3])
	return &stat{parent, session}
}

func allProcesses() []int {
	var pids []int
	names, _ := filepath.Glob("/proc/[1-9]*")
	for _, name := range names {
		if pid, err := strconv.Atoi(filepath.Base(name)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func childrenOf(parent int) []int {
	return slices.DeleteFunc(allProcesses(), func(pid int) bool {
		s := statOf(pid)
		return s == nil || s.parent != parent
	})
}

func endSession(t *testing.T, session int) {
	t.Helper()
	for _, pid := range allProcesses() {
		if s := statOf(pid); s != nil && s.session == session {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// findWatchdog returns the watchdog of a provider once it is at work, or 0.
func findWatchdog(provider int) int {
	for _, pid := range childrenOf(provider) {
		if name, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); string(name) == "exec-watchdog\n" {
			return pid
		}
	}
	return 0
}

func watchdogOf(t *testing.T, provider int) (pid int) {
	t.Helper()
	eventually(t, "a watchdog", func() bool {
		pid = findWatchdog(provider)
		return pid != 0
	})
	return pid
}

func findLinks(t *testing.T, dir, target string) []string {
	t.Helper()
	links, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(links, func(link string) bool {
		to, _ := os.Readlink(link)
		return to != target
	})
}
