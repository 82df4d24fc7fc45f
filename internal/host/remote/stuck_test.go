//go:build unix

package remote_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// OpenSSH's server ends a session only once its program has ended, whoever has closed it.
func TestStuckLookOverOpenSSH(t *testing.T) {
	t.Parallel()
	p := hosttest.NewOpenSSH(t).Place(t)
	m := machines(t, p)
	m.UseLooker(stuckLooker)
	h := hostAt(t, m, placeOf(p))
	limited, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := exists(limited, h, "/stuck"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v", err)
	}
	patient, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	if found, err := exists(patient, h, "/there"); err != nil || !found {
		t.Errorf("somebody else: %v, %v", found, err)
	}
}

// A login shell that hangs holds nobody up for longer than they want to wait.
func TestStuckLoginShell(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]hosttest.Place{"OpenSSH": hosttest.NewOpenSSH(t).Place(t), "ours": hosttest.NewSSHD(t).Place(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			shell, stuck := filepath.Join(dir, "sh"), filepath.Join(dir, "stuck")
			text := "#!/bin/sh\ncase $* in *_exec_run*) if [ -e " + stuck + " ]; then exec sleep 30; fi ;; esac\nexec /bin/sh \"$@\"\n"
			if err := os.WriteFile(shell, []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
			m := machines(t, p)
			m.UseShell(shell)
			h := hostAt(t, m, placeOf(p))
			must(t, h, host.Command{Argv: []string{"true"}})
			if err := os.WriteFile(stuck, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			limited, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			begin := time.Now()
			_, err := h.Run(limited, host.Command{Argv: []string{"true"}})
			if _, ok := errors.AsType[*host.StopError](err); !ok {
				t.Errorf("error = %v", err)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// One that hangs from the beginning is told from a machine that does not answer.
func TestLoginShellThatSaysNothing(t *testing.T) {
	t.Parallel()
	_, h := machine(t, hosttest.WithShell("/bin/sh", "-c", "sleep 5"))
	err := h.Reach(t.Context(), time.Second)
	wantUnreachable(t, err, "no answer in time", "")
	if cause := errors.Unwrap(err); cause == nil || !strings.Contains(cause.Error(), "after the login") {
		t.Errorf("cause = %v", cause)
	}
}

// Without an answer of who ends commands, it is not known that one was ended.
func TestStuckKeeper(t *testing.T) {
	t.Parallel()
	p := hosttest.NewSSHD(t).Place(t)
	m := machines(t, p)
	m.UseKeeper(`printf "\nterraform-provider-exec %s\n" "$$"; exec sleep 60`)
	h := hostAt(t, m, placeOf(p))
	w := hosttest.NewWitness(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; exec sleep 40`, w.Path)})
		ended <- err
	}()
	w.Await("ready")
	cancel()
	select {
	case err := <-ended:
		if _, ok := errors.AsType[*host.LostError](err); !ok || !w.Alive() {
			t.Errorf("error = %v, alive %v", err, w.Alive())
		}
	case <-time.After(time.Minute):
		t.Error("it waits for ever")
	}
}

// freezer passes on what two sides of a connection say, until it is told to hold it all back.
type freezer struct {
	net.Listener
	frozen atomic.Bool
	// refuses is how many connections it will end before anything was said.
	refuses atomic.Int64
}

func newFreezer(t *testing.T, to string) *freezer {
	t.Helper()
	return newFreezerAt(t, 0, to)
}

// newFreezerAt is newFreezer at a certain port.
func newFreezerAt(t *testing.T, port int, to string) *freezer {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() { _ = l.Close() })
	f := &freezer{Listener: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if f.refuses.Add(-1) >= 0 {
				_ = conn.Close()
				continue
			}
			var dialer net.Dialer
			other, err := dialer.DialContext(t.Context(), "tcp", to)
			if err != nil {
				_ = conn.Close()
				return
			}
			go f.pass(conn, other)
			go f.pass(other, conn)
		}
	}()
	return f
}

func (f *freezer) pass(to io.WriteCloser, from io.Reader) {
	defer func() { _ = to.Close() }()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if f.frozen.Load() {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// A bastion may fall silent while the machine behind it is spoken with.
func TestBastionFallsSilent(t *testing.T) {
	t.Parallel()
	bastion := hosttest.NewSSHD(t)
	way := bastion.Place(t)
	between := newFreezer(t, bastion.Addr)
	place := placeOf(hosttest.NewSSHD(t, hosttest.WithoutAWord()).Place(t))
	place.Bastion = &remote.Place{Host: way.Host, Port: portOf(t, between), User: way.User, HostKey: way.HostKey}
	h := hostAt(t, machines(t, way), place)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- h.Reach(ctx, time.Hour) }()
	for bastion.Tunnels.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	between.frozen.Store(true)
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
	case <-time.After(hosttest.Patience):
		t.Error("it waits for ever")
	}
}
