//go:build unix

package remote_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// Whatever shell somebody has, and whatever it says at its start, the command runs as told.
func TestLoginShells(t *testing.T) {
	t.Parallel()
	odd := "a 'b' \"c\" $d `e` \\f !g\n*h"
	tests := map[string][]hosttest.SSHDOption{
		"tcsh": {hosttest.WithShell(needs.Program(t, "tcsh"), "-c")},
		"fish": {hosttest.WithShell(needs.Program(t, "fish"), "-c")},
		"bash": {hosttest.WithShell(needs.Program(t, "bash"), "-c")},
		"one that chatters": {
			hosttest.WithChatter("Welcome!\nterraform-provider-exec is here\nNo line break", "Beware\n"),
		},
		"one that says a lot": {hosttest.WithChatter(strings.Repeat("Welcome! ", 10_000), strings.Repeat("Beware ", 10_000))},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, h := machine(t, options...)
			stdout, stderr, r, err := run(t.Context(), h, host.Command{
				Argv: sh(`printf '%s|%s|' "$1" "$EXEC_TEST"; cat; echo err >&2; exit 7`, odd), Env: map[string]string{"EXEC_TEST": odd}, Stdin: odd,
			})
			if err != nil || r.ExitCode != 7 || stderr != "err\n" {
				t.Errorf("exit code %d, %v, stderr %.100q", r.ExitCode, err, stderr)
			}
			if diff := cmp.Diff(odd+"|"+odd+"|"+odd, stdout); diff != "" {
				t.Error(diff)
			}
			if found, err := exists(t.Context(), h, "/"); err != nil || !found {
				t.Errorf("Exists = %v, %v", found, err)
			}
			_, err = h.Run(t.Context(), host.Command{Argv: []string{"/nonexistent/x"}})
			if e, ok := errors.AsType[*host.StartError](err); !ok || e.Reason != host.ProgramNotFound {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// Every byte that a word, a variable or the input can hold arrives.
func TestBytesArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	var b []byte
	for i := 1; i < 256; i++ {
		b = append(b, byte(i), 'x')
	}
	all := string(b)
	for _, shell := range []string{"/bin/sh", needs.Program(t, "bash"), needs.Program(t, "busybox")} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			p := hosttest.NewSSHD(t).Place(t)
			m := machines(t, p)
			m.UseShell(linked(t, shell))
			h := hostAt(t, m, placeOf(p))
			c := host.Command{Argv: []string{"printf", "%s", all}, Env: map[string]string{"EXEC_TEST": all}}
			if diff := cmp.Diff(all, must(t, h, c)); diff != "" {
				t.Errorf("a word (-want +got):\n%s", diff)
			}
			c.Argv = []string{"printenv", "EXEC_TEST"}
			if diff := cmp.Diff(all+"\n", must(t, h, c)); diff != "" {
				t.Errorf("a variable (-want +got):\n%s", diff)
			}
			c.Argv, c.Stdin = []string{"cat"}, all+"\x00"+all
			if diff := cmp.Diff(c.Stdin, must(t, h, c)); diff != "" {
				t.Errorf("the input (-want +got):\n%s", diff)
			}
		})
	}
}

// Variables that a shell keeps for itself arrive as well.
func TestVariablesOfShells(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"UID": "1", "EUID": "2", "PPID": "3", "RANDOM": "4", "SECONDS": "5", "LINENO": "6", "IFS": "7", "OPTIND": "8", "BASHOPTS": "9",
		"GROUPS": "10", "SHLVL": "11", "PS4": "12", "LC_ALL": "xx_XX", "a.b": "13", "_exec_word": "14", "ENV": "/nonexistent", "TMPDIR": "/nonexistent",
	}
	for _, name := range []string{"dash", "bash"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := hosttest.NewSSHD(t).Place(t)
			m := machines(t, p)
			m.UseShell(needs.Program(t, name))
			h := hostAt(t, m, placeOf(p))
			for _, clean := range []bool{false, true} {
				stdout, stderr, _, err := run(t.Context(), h, host.Command{Argv: []string{"env"}, Env: env, CleanEnv: clean})
				if err != nil || stderr != "" {
					t.Fatalf("error %v, stderr %q", err, stderr)
				}
				got := map[string]string{}
				for line := range strings.Lines(stdout) {
					name, value, _ := strings.Cut(quiet(line), "=")
					got[name] = value
				}
				want := maps.Clone(env)
				want["PATH"] = got["PATH"]
				if !clean {
					maps.DeleteFunc(got, func(name, _ string) bool { return want[name] == "" })
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("clean %v (-want +got):\n%s", clean, diff)
				}
			}
		})
	}
}

// Nobody who lists the processes of the machine sees what belongs to a command.
func TestNoSecretInWordsOfProcesses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dash", "bash"} {
		for _, c := range []host.Command{{}, {CleanEnv: true}, {Group: "0"}} {
			t.Run(fmt.Sprintf("%s %v %v", name, c.CleanEnv, c.Group), func(t *testing.T) {
				t.Parallel()
				p := hosttest.NewSSHD(t).Place(t)
				m := machines(t, p)
				m.UseShell(needs.Program(t, name))
				const secret = "hunter2-of-the-test"
				c.Argv = sh(`for f in /proc/[0-9]*/cmdline; do tr '\0' ' ' <$f; echo; done 2>/dev/null; echo $TEST_SECRET; cat`)
				c.Env, c.Stdin = map[string]string{"TEST_SECRET": secret}, secret
				stdout := must(t, hostAt(t, m, placeOf(p)), c)
				if n := strings.Count(stdout, secret); n != 2 {
					t.Errorf("the secret is there %d times, and should be printed twice:\n%s", n, stdout)
				}
				if !strings.Contains(stdout, "/proc/[0-9]*") {
					t.Error("control: the words of the command itself are not there")
				}
				for _, line := range m.Chosen() {
					if strings.Contains(line, secret) {
						t.Error("the secret is in the line that the machine is given")
					}
				}
			})
		}
	}
}

// A lost connection ends what ran over it, on the machine as well.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	server, h := machine(t)
	w := hosttest.NewWitness(t)
	ended := make(chan error, 1)
	var r host.Result
	go func() {
		var err error
		r, err = h.Run(t.Context(), host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; sleep 600 & exec sleep 600`, w.Path)})
		ended <- err
	}()
	w.Await("ready")
	if !w.Alive() {
		t.Fatal("control: it does not live")
	}
	time.Sleep(10 * time.Millisecond)
	server.Cut()
	err := <-ended
	e, ok := errors.AsType[*host.LostError](err)
	if !ok {
		t.Fatalf("error = %v", err)
	}
	if e.After <= 0 || e.Target == "" || r.Started.IsZero() || r.Ended.Before(r.Started) {
		t.Errorf("%+v, %+v", e, r)
	}
	if !w.AwaitGone(hosttest.Patience) {
		t.Error("something of it lives on")
	}
	if out := must(t, h, host.Command{Argv: []string{"echo", "again"}}); out != "again\n" {
		t.Errorf("stdout = %q", out)
	}
	if n := server.Logins.Load(); n != 2 {
		t.Errorf("%d logins", n)
	}
}

// lateWords is a machine of which everything is heard late.
func lateWords() hosttest.SSHDOption {
	return hosttest.WithShell("/bin/sh", "-c", `sh -c "$0" | while IFS= read -r line; do sleep 0.1; printf "%s\n" "$line"; done`)
}

// Of a command that was told to a machine which is gone before it has said anything, nobody
// knows that it did not run.
func TestALossThatOvertakesTheBeginning(t *testing.T) {
	t.Parallel()
	server, h := machine(t, lateWords())
	w := hosttest.NewWitness(t)
	var r host.Result
	ended := make(chan error, 1)
	go func() {
		var err error
		r, err = h.Run(t.Context(), host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; exec sleep 600`, w.Path)})
		ended <- err
	}()
	w.Await("ready")
	server.Cut()
	if e, ok := errors.AsType[*host.LostError](<-ended); !ok || r.Started.IsZero() || e.After < 0 || r.Ended.Before(r.Started) {
		t.Errorf("%+v, %+v", e, r)
	}
	if !w.AwaitGone(hosttest.Patience) {
		t.Error("it is alive")
	}
}

// What the machine says may come late, but a command that has begun is no command that never did.
func TestAStopThatOvertakesTheBeginning(t *testing.T) {
	t.Parallel()
	_, h := machine(t, lateWords())
	w := hosttest.NewWitness(t)
	ctx, cancel := context.WithCancel(t.Context())
	var r host.Result
	ended := make(chan error, 1)
	go func() {
		var err error
		r, err = h.Run(ctx, host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; exec sleep 600`, w.Path)})
		ended <- err
	}()
	w.Await("ready")
	cancel()
	if e, ok := errors.AsType[*host.StopError](<-ended); !ok || r.Started.IsZero() || e.After < 0 || r.Ended.Before(r.Started) {
		t.Errorf("%+v, %+v", e, r)
	}
	if w.Alive() {
		t.Error("it is alive")
	}
}

// A connection that is lost while a command is being stopped is no way out for those who
// outlive its own process.
func TestLostConnectionWhileItStops(t *testing.T) {
	t.Parallel()
	server, h := machine(t)
	w := hosttest.NewWitness(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, host.Command{Argv: sh(`
			exec 9>"$1"
			trap 'echo leaves >&9; exit' TERM
			sh -c 'trap "" TERM; echo ready >&9; while :; do sleep 1; done' &
			wait`, w.Path)})
		ended <- err
	}()
	w.Await("ready")
	cancel()
	w.Await("leaves")
	// By then the end of the process has been heard of.
	must(t, h, host.Command{Argv: []string{"true"}})
	server.Cut()
	if _, ok := errors.AsType[*host.LostError](<-ended); !ok {
		t.Error("it is said to be stopped, which nobody saw")
	}
	if !w.AwaitGone(hosttest.Patience) {
		t.Error("something of it lives on")
	}
}

// What a command that has ended left behind outlives the connection, too.
func TestSurvivorsOutliveTheConnection(t *testing.T) {
	t.Parallel()
	server, h := machine(t)
	w := hosttest.NewWitness(t)
	must(t, h, host.Command{Argv: sh(`sh -c 'exec 9>"$1"; echo $$ >&9; echo ready >&9; exec sleep 30' sh "$1" >/dev/null 2>&1 &`, w.Path)})
	pid := w.AwaitNumber()
	t.Cleanup(func() { _ = endProcess(pid) })
	server.Cut()
	if w.AwaitGone(2 * time.Second) {
		t.Error("it was ended with the connection")
	}
}

// Commands that leave somebody behind who holds their output use up no room for others.
func TestManySurvivors(t *testing.T) {
	t.Parallel()
	_, h := machine(t)
	for i := range 25 {
		stdout, _, r, err := run(t.Context(), h, host.Command{Argv: sh(`sleep 20 & echo end`)})
		if err != nil || stdout != "end\n" || !r.OutputHeld {
			t.Fatalf("%d: %v, stdout %q, held %v", i, err, stdout, r.OutputHeld)
		}
	}
}

// What a command may take counts from its turn, however long the wait for room was.
func TestWaitForRoomIsNoTimeOfTheCommand(t *testing.T) {
	t.Parallel()
	_, h := machine(t, hosttest.WithSessionLimit(2))
	w := hosttest.NewWitness(t)
	first := make(chan error, 1)
	go func() {
		_, err := h.Run(t.Context(), host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; exec sleep 3`, w.Path)})
		first <- err
	}()
	w.Await("ready")
	limited, begin, release := host.Limit(t.Context(), 2*time.Second, errors.New("too long"))
	defer release()
	if _, err := h.Run(limited, host.Command{Argv: []string{"true"}, Turn: begin}); err != nil {
		t.Error(err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	limited, begin, release = host.Limit(t.Context(), 2*time.Second, errors.New("too long"))
	defer release()
	if _, err := h.Run(limited, host.Command{Argv: []string{"sleep", "60"}, Turn: begin}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("control: error = %v", err)
	}
}

// However many commands run, paths can be looked at.
func TestLooksFindRoomBesideCommands(t *testing.T) {
	t.Parallel()
	_, h := machine(t)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 12 {
		running.Go(func() { _, _ = h.Run(ctx, host.Command{Argv: []string{"sleep", "600"}}) })
	}
	limited, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	time.Sleep(500 * time.Millisecond)
	if found, err := exists(limited, h, "/"); err != nil || !found {
		t.Errorf("Exists = %v, %v", found, err)
	}
	cancel()
	running.Wait()
}

func TestStopWhileItWaitsForRoom(t *testing.T) {
	t.Parallel()
	_, h := machine(t, hosttest.WithSessionLimit(2))
	w := hosttest.NewWitness(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; exec sleep 600`, w.Path)})
		first <- err
	}()
	w.Await("ready")
	limited, done := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer done()
	r, err := h.Run(limited, host.Command{Argv: []string{"true"}})
	if e, ok := errors.AsType[*host.StopError](err); !ok || !errors.Is(e, context.DeadlineExceeded) || !r.Started.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
	cancel()
	if e, ok := errors.AsType[*host.StopError](<-first); !ok {
		t.Errorf("error = %v", e)
	}
	must(t, h, host.Command{Argv: []string{"true"}})
}

// Some servers leave commands in their own session. Each gets one all the same, so that all
// of it is ended and nobody else.
func TestServerWithoutSessions(t *testing.T) {
	t.Parallel()
	server, h := machine(t, hosttest.WithoutOwnSession())
	start := func(ctx context.Context) (*hosttest.Witness, <-chan error) {
		w := hosttest.NewWitness(t)
		ended := make(chan error, 1)
		go func() {
			_, err := h.Run(ctx, host.Command{Argv: sh(`exec 9>"$1"; sleep 600 & echo ready >&9; exec sleep 600`, w.Path)})
			ended <- err
		}()
		w.Await("ready")
		return w, ended
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped, first := start(ctx)
	cut, second := start(t.Context())
	cancel()
	if e, ok := errors.AsType[*host.StopError](<-first); !ok || !stopped.AwaitGone(hosttest.Patience) {
		t.Errorf("%v, and something of it lives on", e)
	}
	if !cut.Alive() {
		t.Error("another command was stopped with it")
	}
	server.Cut()
	if e, ok := errors.AsType[*host.LostError](<-second); !ok || !cut.AwaitGone(hosttest.Patience) {
		t.Errorf("%v, and something of it outlives the connection", e)
	}
}

// What the login shell leaves behind may hold the output for ever. That a command was not
// started is known all the same.
func TestStartErrorWhileSomebodyHoldsTheOutput(t *testing.T) {
	t.Parallel()
	_, h := machine(t, hosttest.WithShell("/bin/sh", "-c", `sleep 30 & eval "$1"`, "sh"))
	for name, tt := range map[string]struct {
		argv   []string
		reason host.StartReason
	}{
		"before it began": {[]string{"/nonexistent/x"}, host.ProgramNotFound},
		"when it began":   {[]string{"/bin/echo", strings.Repeat("x", 1<<20)}, host.ArgumentsTooLong},
	} {
		r, err := h.Run(t.Context(), host.Command{Argv: tt.argv})
		if e, ok := errors.AsType[*host.StartError](err); !ok || e.Reason != tt.reason {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	stdout, _, r, err := run(t.Context(), h, host.Command{Argv: []string{"echo", "x"}})
	if err != nil || stdout != "x\n" || !r.OutputHeld {
		t.Errorf("control: %+v, %v, stdout %q", r, err, stdout)
	}
}

// Where there is no getent the files tell who somebody is, and a number is nobody else's group.
func TestUsersWithoutGetent(t *testing.T) {
	t.Parallel()
	needs.Root(t)
	p := hosttest.NewSSHD(t).Place(t)
	m := machines(t, p)
	dir := filepath.Dir(linked(t, "/bin/sh")) + "/tools"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "tr", "ls", "od", "setpriv", "printf"} {
		if err := os.Symlink(needs.Program(t, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	shell := filepath.Join(dir, "sh")
	if err := os.WriteFile(shell, []byte("#!/bin/sh\nPATH="+dir+" exec /bin/sh \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	m.UseShell(shell)
	h := hostAt(t, m, placeOf(p))
	accounts, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]bool{}
	for line := range strings.Lines(string(accounts)) {
		users[strings.Split(line, ":")[2]] = true
	}
	for line := range strings.Lines(string(accounts)) {
		fields := strings.Split(line, ":")
		if group := fields[3]; !users[group] {
			_, _, _, err := run(t.Context(), h, host.Command{Argv: []string{"/usr/bin/id", "-u"}, User: group})
			if e, ok := errors.AsType[*host.StartError](err); !ok || e.Reason != host.UserUnknown {
				t.Errorf("%s is the group of %s and no user: %v", group, fields[0], err)
			}
		}
	}
	if got := must(t, h, host.Command{Argv: []string{"/usr/bin/id", "-u"}, User: "1"}); got != "1\n" {
		t.Errorf("user 1 is %q", got)
	}
}
