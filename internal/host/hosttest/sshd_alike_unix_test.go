//go:build unix

package hosttest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// What OpenSSH's server does is what the one in this process has to do, so both go through
// the same cases.
func TestSSHServersAreAlike(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(testing.TB) Place{
		"in this process": func(tb testing.TB) Place { tb.Helper(); return NewSSHD(tb).Place(tb) },
		"OpenSSH":         func(tb testing.TB) Place { tb.Helper(); return NewOpenSSH(tb).Place(tb) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := serve(t)
			for name, test := range map[string]func(*testing.T, Place){
				"answers":                     sshAnswers,
				"a session of its own":        sshOwnSession,
				"the limit of sessions":       sshSessionLimit,
				"a survivor holds the output": sshSurvivor,
				"the output ends early":       sshEarlyEndOfOutput,
				"stdin that nobody wants":     sshUnwantedInput,
				"a client that is gone":       sshGoneClient,
				"a session that is closed":    sshClosedSession,
				"requests":                    sshRequests,
				"a tunnel":                    sshTunnel,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, p)
				})
			}
		})
	}
}

func sshAnswers(t *testing.T, p Place) {
	t.Helper()
	account := thisAccount(t)
	client := mustLogIn(t, p)
	for name, c := range map[string]struct {
		line, stdin string
		want        answer
	}{
		"status 0":          {line: "exit 0", want: answer{Exit: "status 0"}},
		"status 7":          {line: "exit 7", want: answer{Exit: "status 7"}},
		"status 255":        {line: "exit 255", want: answer{Exit: "status 255"}},
		"not found":         {line: "/nonexistent/program 2>/dev/null", want: answer{Exit: "status 127"}},
		"streams":           {line: "cat; echo err >&2", stdin: "in\n", want: answer{Stdout: "in\n", Stderr: "err\n", Exit: "status 0"}},
		"SIGKILL":           {line: "kill -KILL $$", want: answer{Exit: "signal KILL"}},
		"SIGTERM":           {line: "kill -TERM $$", want: answer{Exit: "signal TERM"}},
		"SIGUSR1":           {line: "kill -USR1 $$", want: answer{Exit: "signal USR1"}},
		"a signal unknown":  {line: "ulimit -c 0; kill -BUS $$", want: answer{Exit: "signal SIG@openssh.com"}},
		"no terminal":       {line: "test -t 0 || test -t 1 || test -t 2 || (: </dev/tty) 2>/dev/null || echo none", want: answer{Stdout: "none\n", Exit: "status 0"}},
		"pipes":             {line: "test -p /dev/fd/0 && test -p /dev/fd/1 && test -p /dev/fd/2", want: answer{Exit: "status 0"}},
		"at home":           {line: `test "$(pwd -P)" = "$(cd "$HOME" && pwd -P)" && echo "$HOME"`, want: answer{Stdout: account.HomeDir + "\n", Exit: "status 0"}},
		"who it is":         {line: `echo "$USER $LOGNAME"`, want: answer{Stdout: account.Username + " " + account.Username + "\n", Exit: "status 0"}},
		"whence":            {line: `set -- $SSH_CONNECTION; echo "$# $1 $3 $4"`, want: answer{Stdout: fmt.Sprintf("4 127.0.0.1 127.0.0.1 %d\n", p.Port), Exit: "status 0"}},
		"lines left open":   {line: "printf x; printf y >&2", want: answer{Stdout: "x", Stderr: "y", Exit: "status 0"}},
		"much output":       {line: `head -c 3000000 /dev/zero | tr '\0' x`, want: answer{Stdout: strings.Repeat("x", 3000000), Exit: "status 0"}},
		"lines of a script": {line: "a=1\nb=2\necho \"$a$b\"\n", want: answer{Stdout: "12\n", Exit: "status 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, ask(t, client, c.line, c.stdin)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func sshOwnSession(t *testing.T, p Place) {
	t.Helper()
	w := NewWitness(t)
	r := start(t, mustLogIn(t, p), fmt.Sprintf("exec 9>%s; echo $$ >&9; echo ready >&9; cat", w.Path))
	pid := w.AwaitNumber()
	session, err := unix.Getsid(pid)
	if err != nil || session != pid {
		t.Errorf("process %d is in session %d, %v", pid, session, err)
	}
	_ = r.CloseWrite()
	r.wantStatus(t, 0)
}

func sshSessionLimit(t *testing.T, p Place) {
	t.Helper()
	client := mustLogIn(t, p)
	var open []*running
	for range 10 {
		open = append(open, start(t, client, "cat"))
	}
	for range 20 {
		_, err := client.NewSession()
		refused, _ := errors.AsType[*ssh.OpenChannelError](err)
		if diff := cmp.Diff(&ssh.OpenChannelError{Reason: ssh.ConnectionFailed, Message: "open failed"}, refused); diff != "" {
			t.Fatalf("one too many (-want +got):\n%s", diff)
		}
		_ = open[0].CloseWrite()
		open[0].wantStatus(t, 0)
		open[0].wantClosed(t)
		open = append(open[1:], start(t, client, "cat"))
	}
	if got := ask(t, mustLogIn(t, p), "echo fine", ""); got.Stdout != "fine\n" {
		t.Errorf("another connection: %+v", got)
	}
	// One that the client has closed counts while its command runs.
	w := NewWitness(t)
	_ = open[0].CloseWrite()
	open[0].wantStatus(t, 0)
	open[0].wantClosed(t)
	gate := newGate(t)
	stays := start(t, client, fmt.Sprintf("exec 9>%s; echo ready >&9; read x <%s", w.Path, gate.path))
	w.Await("ready")
	_ = stays.Close()
	if _, err := client.NewSession(); err == nil {
		t.Error("a session is free although its command runs")
	}
	gate.open(t)
	if !w.AwaitGone(Patience) {
		t.Fatal("the command did not end")
	}
}

func sshSurvivor(t *testing.T, p Place) {
	t.Helper()
	gate := newGate(t)
	r := start(t, mustLogIn(t, p), fmt.Sprintf("{ read x <%s; echo late; } & exit 3", gate.path))
	r.wantStatus(t, 3)
	ended := make(chan string, 1)
	go func() {
		out, _ := io.ReadAll(r)
		ended <- string(out)
	}()
	select {
	case out := <-ended:
		t.Fatalf("the output has ended, with %q, although somebody holds it", out)
	case <-time.After(100 * time.Millisecond):
	}
	gate.open(t)
	if out := <-ended; out != "late\n" {
		t.Errorf("output %q", out)
	}
	r.wantClosed(t)
}

func sshEarlyEndOfOutput(t *testing.T, p Place) {
	t.Helper()
	r := start(t, mustLogIn(t, p), "echo out; exec >&- 2>&-; read x; exit 5")
	if out, err := io.ReadAll(r); err != nil || string(out) != "out\n" {
		t.Errorf("output %q, %v", out, err)
	}
	if _, err := io.WriteString(r, "go on\n"); err != nil {
		t.Fatal(err)
	}
	r.wantStatus(t, 5)
	r.wantClosed(t)
}

func sshUnwantedInput(t *testing.T, p Place) {
	t.Helper()
	gate, w := newGate(t), NewWitness(t)
	r := start(t, mustLogIn(t, p), fmt.Sprintf("exec <&-; exec 9>%s; echo ready >&9; read x <%s; echo out; exit 4", w.Path, gate.path))
	w.Await("ready")
	// More than fits into any window, so somebody has to take it.
	if _, err := r.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	gate.open(t)
	if out, err := io.ReadAll(r); err != nil || string(out) != "out\n" {
		t.Errorf("output %q, %v", out, err)
	}
}

// lingering is a command line that tells the witness what becomes of its pipes.
func lingering(w *Witness) string {
	return fmt.Sprintf("trap '' PIPE HUP; exec 9>%s; echo ready >&9; cat >/dev/null; echo eof >&9; "+
		"while echo x 2>/dev/null; do sleep 0.01; done; echo broken >&9", w.Path)
}

func sshGoneClient(t *testing.T, p Place) {
	t.Helper()
	w := NewWitness(t)
	client := mustLogIn(t, p)
	start(t, client, lingering(w))
	w.Await("ready")
	_ = client.Close()
	w.Await("eof")
	w.Await("broken")
}

func sshClosedSession(t *testing.T, p Place) {
	t.Helper()
	w := NewWitness(t)
	client := mustLogIn(t, p)
	r := start(t, client, lingering(w))
	w.Await("ready")
	_ = r.Close()
	w.Await("eof")
	w.Await("broken")
	if got := ask(t, client, "echo fine", ""); got.Stdout != "fine\n" {
		t.Errorf("another session: %+v", got)
	}
}

func sshRequests(t *testing.T, p Place) {
	t.Helper()
	client := mustLogIn(t, p)
	if ok, _, err := client.SendRequest("keepalive@openssh.com", true, nil); ok || err != nil {
		t.Errorf("keepalive: %v, %v", ok, err)
	}
	r := start(t, client, "cat")
	for name, payload := range map[string]any{
		"exec":      struct{ Line string }{"echo twice"},
		"env":       struct{ Name, Value string }{"NAME", "value"},
		"subsystem": struct{ Name string }{"none"},
		"unheard":   struct{ Of string }{"it"},
	} {
		if r.request(t, name, payload) {
			t.Errorf("the server agrees to %q", name)
		}
	}
	_ = r.CloseWrite()
	r.wantStatus(t, 0)
	if _, _, err := client.OpenChannel("unheard", nil); err == nil {
		t.Error("the server opens what it cannot know")
	}
}

func sshTunnel(t *testing.T, p Place) {
	t.Helper()
	bastion := mustLogIn(t, p)
	conn, err := bastion.DialContext(t.Context(), "tcp", net.JoinHostPort(p.Host, strconv.Itoa(p.Port)))
	if err != nil {
		t.Fatal(err)
	}
	client, err := logInOver(t, conn, p)
	if err != nil {
		t.Fatal(err)
	}
	want := answer{Stdout: "through\n", Exit: "status 0"}
	if diff := cmp.Diff(want, ask(t, client, "cat", "through\n")); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	_, err = bastion.DialContext(t.Context(), "tcp", freeAddr(t))
	refused, ok := errors.AsType[*ssh.OpenChannelError](err)
	if !ok || refused.Reason != ssh.ConnectionFailed {
		t.Errorf("where nobody listens: %v", err)
	}
	_ = client.Close()
	if got := ask(t, bastion, "echo fine", ""); got.Stdout != "fine\n" {
		t.Errorf("the bastion itself: %+v", got)
	}
}

// gate is a named pipe at which a command waits for a line.
type gate struct{ path string }

func newGate(t *testing.T) gate {
	t.Helper()
	g := gate{path: filepath.Join(t.TempDir(), "gate")}
	if err := unix.Mkfifo(g.path, 0o600); err != nil {
		t.Fatal(err)
	}
	return g
}

// open lets the command pass that waits, now or as soon as it does.
func (g gate) open(t *testing.T) {
	t.Helper()
	pipe, err := os.OpenFile(g.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	if _, err := io.WriteString(pipe, "go\n"); err != nil {
		t.Fatal(err)
	}
}
