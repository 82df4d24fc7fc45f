//go:build unix

package remote_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// wantUnreachable checks that nobody was reached, and why.
func wantUnreachable(t *testing.T, err error, reason, detail string) {
	t.Helper()
	e, ok := errors.AsType[*host.UnreachableError](err)
	if !ok {
		t.Errorf("error = %v, want an UnreachableError", err)
		return
	}
	if !strings.Contains(e.Reason, reason) || !strings.Contains(e.Detail, detail) {
		t.Errorf("reason %q, detail %q; want %q, %q", e.Reason, e.Detail, reason, detail)
	}
	if !strings.HasPrefix(e.Target, "ssh://") {
		t.Errorf("target = %q", e.Target)
	}
}

func TestWhyNobodyIsReached(t *testing.T) {
	t.Parallel()
	server := hosttest.NewSSHD(t, hosttest.WithPassword("right"), hosttest.WithUser("admin"))
	good := server.Place(t)
	other := hosttest.NewSSHD(t).Place(t)
	at := func(change func(p *remote.Place, a *remote.Access)) (remote.Place, remote.Access) {
		p, a := placeOf(good), remote.Access{PrivateKey: good.PrivateKey}
		p.User = "admin"
		change(&p, &a)
		return p, a
	}
	none := false
	tests := map[string]struct {
		change         func(p *remote.Place, a *remote.Access)
		reason, detail string
	}{
		"the control":    {func(*remote.Place, *remote.Access) {}, "", ""},
		"a known host":   {func(p *remote.Place, a *remote.Access) { p.HostKey, a.KnownHostsFile = "", good.KnownHosts }, "", ""},
		"a password":     {func(_ *remote.Place, a *remote.Access) { *a = remote.Access{Password: "right"} }, "", ""},
		"wrong password": {func(_ *remote.Place, a *remote.Access) { *a = remote.Access{Password: "wrong"} }, "credentials refused", "password"},
		"wrong key":      {func(_ *remote.Place, a *remote.Access) { a.PrivateKey = other.PrivateKey }, "credentials refused", "SHA256:"},
		"wrong user":     {func(p *remote.Place, _ *remote.Access) { p.User = "guest" }, "credentials refused", "private key"},
		"nothing to log in with": {func(_ *remote.Place, a *remote.Access) {
			*a = remote.Access{Agent: &none, Password: "", PrivateKey: ""}
		}, "credentials refused", "tried"},
		"another host key":     {func(p *remote.Place, _ *remote.Access) { p.HostKey = other.HostKey }, "host key changed", "SHA256:"},
		"an unknown host":      {func(p *remote.Place, a *remote.Access) { p.HostKey, a.KnownHostsFile = "", other.KnownHosts }, "unknown host key", "SHA256:"},
		"no known_hosts file":  {func(p *remote.Place, a *remote.Access) { p.HostKey, a.KnownHostsFile = "", "/nonexistent" }, "known_hosts", ""},
		"nobody listens":       {func(p *remote.Place, _ *remote.Access) { p.Port = closedPort(t) }, "no connection", ""},
		"an unknown name":      {func(p *remote.Place, _ *remote.Access) { p.Host = "exec-test.invalid" }, "name of the host", ""},
		"the bastion refuses":  {func(p *remote.Place, _ *remote.Access) { b := *p; b.User = "guest"; p.Bastion = &b }, "credentials refused", "private key"},
		"beyond the bastion":   {func(p *remote.Place, _ *remote.Access) { b := *p; p.Bastion, p.Port = &b, closedPort(t) }, "no connection", ""},
		"through a bastion":    {func(p *remote.Place, _ *remote.Access) { b := *p; p.Bastion = &b }, "", ""},
		"a key of the bastion": {func(p *remote.Place, _ *remote.Access) { b := *p; b.HostKey = other.HostKey; p.Bastion = &b }, "host key changed", "SHA256:"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, a := at(tt.change)
			m := remote.NewMachines(a)
			t.Cleanup(m.Close)
			h := hostAt(t, m, p)
			err := h.Reach(t.Context(), 0)
			if tt.reason == "" {
				if err != nil {
					t.Error(err)
				}
				must(t, h, host.Command{Argv: []string{"true"}})
				return
			}
			wantUnreachable(t, err, tt.reason, tt.detail)
			for _, secret := range []string{"right", "wrong", good.PrivateKey, other.PrivateKey} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds %.20q", secret)
				}
			}
			_, err = h.Run(t.Context(), host.Command{Argv: []string{"true"}})
			wantUnreachable(t, err, tt.reason, tt.detail)
			_, err = exists(t.Context(), h, "/")
			wantUnreachable(t, err, tt.reason, tt.detail)
		})
	}
}

// Who does not let the machine be reached is the bastion, and it is named.
func TestBastionWithoutForwarding(t *testing.T) {
	t.Parallel()
	bastion := hosttest.NewSSHD(t, hosttest.WithoutTunnels()).Place(t)
	p := placeOf(hosttest.NewSSHD(t).Place(t))
	way := placeOf(bastion)
	p.Bastion = &way
	err := hostAt(t, machines(t, bastion), p).Reach(t.Context(), 0)
	wantUnreachable(t, err, "it does not allow TCP forwarding to 127.0.0.1:", "")
	if e, ok := errors.AsType[*host.UnreachableError](err); !ok || e.Target != way.Target() {
		t.Errorf("%+v, want the target %s", e, way.Target())
	}
}

func TestMachinesThatRunNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		option         hosttest.SSHDOption
		reason, detail string
	}{
		"no shell":         {hosttest.WithShell("/bin/sh", "-c", "echo This account is not available.; exit 1"), "runs no commands", "not available"},
		"a mute one":       {hosttest.WithShell("/bin/false"), "runs no commands", ""},
		"only one session": {hosttest.WithSessionLimit(1), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, h := machine(t, tt.option)
			err := h.Reach(t.Context(), 0)
			if tt.reason != "" {
				wantUnreachable(t, err, tt.reason, tt.detail)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.Run(t.Context(), host.Command{Argv: []string{"true"}})
			wantUnreachable(t, err, "no session", "")
		})
	}
}

func TestBadKeysAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	p := hosttest.NewSSHD(t).Place(t)
	if err := (remote.Access{PrivateKey: p.PrivateKey}).Check(); err != nil {
		t.Errorf("control: %v", err)
	}
	for name, a := range map[string]remote.Access{
		"no key": {PrivateKey: "-----BEGIN"}, "a passphrase alone": {Passphrase: "x"}, "a public key": {PrivateKey: p.HostKey},
	} {
		if err := a.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	m := remote.NewMachines(remote.Access{})
	for _, place := range []remote.Place{
		{Host: "h", Port: 22, User: "u", HostKey: "nonsense"},
		{Host: "h", Port: 22, User: "u", Bastion: &remote.Place{Host: "b", Port: 22, User: "u", HostKey: "nonsense"}},
	} {
		if _, err := m.Host(place); err == nil {
			t.Errorf("%+v: no error", place)
		}
	}
}

// A machine that comes up is awaited.
func TestReachAwaits(t *testing.T) {
	t.Parallel()
	t.Run("its sshd", func(t *testing.T) {
		t.Parallel()
		from := time.Now().Add(1500 * time.Millisecond)
		_, h := machine(t, hosttest.WithLoginsFrom(from))
		wantUnreachable(t, h.Reach(t.Context(), 0), "credentials refused", "")
		if err := h.Reach(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if time.Now().Before(from) {
			t.Error("it was let in too early")
		}
	})
	t.Run("not when it shows another key", func(t *testing.T) {
		t.Parallel()
		server, good := hosttest.NewSSHD(t), hosttest.NewSSHD(t).Place(t)
		p := placeOf(server.Place(t))
		p.HostKey = good.HostKey
		begin := time.Now()
		wantUnreachable(t, hostAt(t, machines(t, good), p).Reach(t.Context(), time.Hour), "host key changed", "")
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	t.Run("not for ever", func(t *testing.T) {
		t.Parallel()
		p := hosttest.NewSSHD(t).Place(t)
		place := placeOf(p)
		place.Port = closedPort(t)
		begin := time.Now()
		wantUnreachable(t, hostAt(t, machines(t, p), place).Reach(t.Context(), 2*time.Second), "no connection", "")
		if took := time.Since(begin); took < time.Second || took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	t.Run("not after an interrupt", func(t *testing.T) {
		t.Parallel()
		_, h := machine(t, hosttest.WithoutAWord())
		reason := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, reason)
		defer cancel()
		begin := time.Now()
		if err := h.Reach(ctx, time.Hour); !errors.Is(err, reason) {
			t.Errorf("error = %v", err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A plan over many resources of a machine that is down asks it once.
func TestOneAttemptStandsForMany(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var attempts atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			attempts.Add(1)
			_, _ = io.WriteString(conn, "SSH-2.0-none\r\nWhat follows is no packet.")
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	p := hosttest.NewSSHD(t).Place(t)
	place := placeOf(p)
	place.Port = portOf(t, listener)
	h := hostAt(t, machines(t, p), place)
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() { wantUnreachable(t, h.Reach(t.Context(), 0), "no connection", "") })
	}
	asking.Wait()
	if n := attempts.Load(); n != 1 {
		t.Errorf("%d attempts for 20 who asked", n)
	}
	// Who has patience tries for itself.
	wantUnreachable(t, h.Reach(t.Context(), 100*time.Millisecond), "", "")
	if n := attempts.Load(); n != 2 {
		t.Errorf("%d attempts, want one more", n)
	}
}

// An apply over many resources of a machine that says nothing waits for it once, and not for
// each of them in turn.
func TestManyAwaitTogether(t *testing.T) {
	t.Parallel()
	p := hosttest.NewSSHD(t, hosttest.WithoutAWord()).Place(t)
	h := hostAt(t, machines(t, p), placeOf(p))
	const patience, many = 2 * time.Second, 10
	begin := time.Now()
	var asking sync.WaitGroup
	for range many {
		asking.Go(func() { wantUnreachable(t, h.Reach(t.Context(), patience), "no answer in time", "") })
	}
	asking.Wait()
	if took := time.Since(begin); took > patience*many/2 {
		t.Errorf("it took %v", took)
	}
}

// Once somebody has waited in vain, the next resource of the machine does not wait as long
// again.
func TestWaitInVainStandsForOthers(t *testing.T) {
	t.Parallel()
	p := hosttest.NewSSHD(t).Place(t)
	place := placeOf(p)
	place.Port = closedPort(t)
	h := hostAt(t, machines(t, p), place)
	wantUnreachable(t, h.Reach(t.Context(), 2*time.Second), "no connection", "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wantUnreachable(t, h.Reach(ctx, time.Hour), "no connection", "")
}

// Nor does each of them ask once more, for 30 seconds, whether it is let in: a machine may
// well shut somebody out who is refused that often.
func TestRefusalInVainStandsForOthers(t *testing.T) {
	t.Parallel()
	server := hosttest.NewSSHD(t, hosttest.WithLoginsFrom(time.Now().Add(time.Hour)))
	p := server.Place(t)
	m := machines(t, p)
	m.UseRefusal(time.Second)
	h := hostAt(t, m, placeOf(p))
	wantUnreachable(t, h.Reach(t.Context(), time.Hour), "credentials refused", "")
	before := server.Refusals.Load()
	for range 20 {
		wantUnreachable(t, h.Reach(t.Context(), time.Hour), "credentials refused", "")
	}
	if n := server.Refusals.Load() - before; before < 2 || n > 2 {
		t.Errorf("it was asked %d times, and %d times more", before, n)
	}
}

// A machine that says nothing holds up a whole attempt, which is as long as a failure counts.
func TestSilenceInVainStandsForOthers(t *testing.T) {
	t.Parallel()
	_, h := machine(t, hosttest.WithoutAWord())
	wantUnreachable(t, h.Reach(t.Context(), 2*time.Second), "no answer in time", "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wantUnreachable(t, h.Reach(ctx, time.Hour), "no answer in time", "")
	begin := time.Now()
	wantUnreachable(t, h.Reach(ctx, time.Hour), "no answer in time", "")
	if took := time.Since(begin); took > time.Second {
		t.Errorf("one more took %v", took)
	}
}

// What a machine is given to know whom to let in counts from when it is up.
func TestReachAwaitsLogins(t *testing.T) {
	t.Parallel()
	// It is called after 0, 0.5, 1.5, 3.5 and 7.5 seconds.
	up := time.Now().Add(3200 * time.Millisecond)
	server := hosttest.NewSSHD(t, hosttest.WithLoginsFrom(up.Add(2*time.Second)))
	p := server.Place(t)
	m := machines(t, p)
	m.UseRefusal(3 * time.Second)
	place := placeOf(p)
	place.Port = closedPort(t)
	start := time.AfterFunc(time.Until(up), func() { newFreezerAt(t, place.Port, server.Addr) })
	defer start.Stop()
	if err := hostAt(t, m, place).Reach(t.Context(), time.Hour); err != nil {
		t.Error(err)
	}
	if n := server.Refusals.Load(); n == 0 {
		t.Error("control: nobody was refused")
	}
}

// A machine that is busy with the logins of others hangs up, and is called again.
func TestAttemptAtABusyMachine(t *testing.T) {
	t.Parallel()
	server := hosttest.NewSSHD(t)
	p := server.Place(t)
	between := newFreezer(t, server.Addr)
	between.refuses.Store(2)
	place := placeOf(p)
	place.Port = portOf(t, between)
	if err := hostAt(t, machines(t, p), place).Reach(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if n := between.refuses.Load(); n >= 0 {
		t.Errorf("control: it would have hung up %d times more", n)
	}
}

// An attempt that had no time says nothing of the machine to whoever has more.
func TestShortAttemptStandsForNobody(t *testing.T) {
	t.Parallel()
	server := hosttest.NewSSHD(t)
	way := server.Place(t)
	between := newFreezer(t, server.Addr)
	between.frozen.Store(true)
	place := placeOf(way)
	place.Port = portOf(t, between)
	h := hostAt(t, machines(t, way), place)
	wantUnreachable(t, h.Reach(t.Context(), 100*time.Millisecond), "no answer in time", "")
	between.frozen.Store(false)
	if err := h.Reach(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

func TestOneConnectionForAll(t *testing.T) {
	t.Parallel()
	server := hosttest.NewSSHD(t)
	p := server.Place(t)
	m := machines(t, p)
	var asking sync.WaitGroup
	for range 40 {
		asking.Go(func() {
			h := hostAt(t, m, placeOf(p))
			if out := must(t, h, host.Command{Argv: []string{"echo", "x"}}); out != "x\n" {
				t.Errorf("stdout = %q", out)
			}
			if found, err := exists(t.Context(), h, "/"); err != nil || !found {
				t.Errorf("Exists = %v, %v", found, err)
			}
		})
	}
	asking.Wait()
	if n := server.Logins.Load(); n != 1 {
		t.Errorf("%d logins", n)
	}
	if n := server.MostSessions.Load(); n > 10 || n < 3 {
		t.Errorf("%d sessions at once", n)
	}
}

// A machine may allow fewer sessions than most do.
func TestFewSessions(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{2, 3} {
		server, h := machine(t, hosttest.WithSessionLimit(limit))
		var asking sync.WaitGroup
		for range 20 {
			asking.Go(func() {
				must(t, h, host.Command{Argv: []string{"true"}})
				if found, err := exists(t.Context(), h, "/"); err != nil || !found {
					t.Errorf("Exists = %v, %v", found, err)
				}
			})
		}
		asking.Wait()
		if n := server.MostSessions.Load(); n > int64(limit) {
			t.Errorf("%d sessions at once", n)
		}
	}
}

// With room for the keeper alone nothing can be asked or run, which takes a while to see for
// the first and no time for the others.
func TestNoRoomForSessions(t *testing.T) {
	t.Parallel()
	_, h := machine(t, hosttest.WithSessionLimit(1))
	ask := func() {
		var asking sync.WaitGroup
		for range 6 {
			asking.Go(func() {
				_, _, _, err := run(t.Context(), h, host.Command{Argv: []string{"true"}})
				wantUnreachable(t, err, "it opens no session", "")
			})
			asking.Go(func() {
				_, err := exists(t.Context(), h, "/")
				wantUnreachable(t, err, "it opens no session", "")
			})
		}
		asking.Wait()
	}
	ask()
	begin := time.Now()
	ask()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the second time took %v", took)
	}
}

func TestBastion(t *testing.T) {
	t.Parallel()
	p := hosttest.NewOpenSSH(t).Place(t)
	place := placeOf(p)
	bastion := hosttest.NewSSHD(t, hosttest.WithClientKey(p.PrivateKey))
	way := bastion.Place(t)
	place.Bastion = &remote.Place{Host: way.Host, Port: way.Port, User: way.User, HostKey: way.HostKey}
	m := machines(t, p)
	h := hostAt(t, m, place)
	if out := must(t, h, host.Command{Argv: []string{"echo", "through"}}); out != "through\n" {
		t.Errorf("stdout = %q", out)
	}
	if n := bastion.Tunnels.Load(); n != 1 {
		t.Errorf("%d tunnels", n)
	}
	if n := bastion.Sessions.Load(); n != 0 {
		t.Errorf("%d sessions on the bastion", n)
	}
}

func portOf(t *testing.T, l net.Listener) int {
	t.Helper()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("%v is no TCP address", l.Addr())
	}
	return addr.Port
}

// closedPort is a port that nobody listens on.
func closedPort(t *testing.T) int {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return portOf(t, l)
}

// Whoever uses a connection that was just lost, and may not be known as lost, gets another.
func TestLostConnectionIsMadeAnew(t *testing.T) {
	t.Parallel()
	server, h := machine(t)
	for i := range 40 {
		must(t, h, host.Command{Argv: []string{"true"}})
		if i%4 == 0 {
			// Now there is one who is asked about paths.
			if _, err := exists(t.Context(), h, "/"); err != nil {
				t.Fatal(err)
			}
		}
		server.Cut()
		if i%2 == 0 {
			if found, err := exists(t.Context(), h, "/"); err != nil || !found {
				t.Errorf("%d: Exists = %v, %v", i, found, err)
			}
		} else {
			must(t, h, host.Command{Argv: []string{"true"}})
		}
	}
}
