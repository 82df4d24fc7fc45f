//go:build unix

package hosttest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// privilegeDir must exist where OpenSSH's server is started by root.
const privilegeDir = "/run/sshd"

// OpenSSH is OpenSSH's own server, which lets in the user of this process.
type OpenSSH struct {
	// Addr is its host and port.
	Addr string

	hostKey   ssh.PublicKey
	clientKey string

	tb              testing.TB
	program, config string
	server          *exec.Cmd
	// drained is closed once nobody holds the server's log any more.
	drained chan struct{}
}

// NewOpenSSH starts a server on a free port of 127.0.0.1, which ends with the test, and its
// connections with it. Where it is not installed the test is skipped, unless CI=true
// promises that it is.
func NewOpenSSH(tb testing.TB) *OpenSSH {
	tb.Helper()
	// Users other than root seldom have its directory on PATH.
	program := needs.Program(tb, "sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd")
	if os.Geteuid() == 0 {
		if err := os.MkdirAll(privilegeDir, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	hostKey, hostPrivate := sshtest.NewKey(tb, "")
	client, clientPrivate := sshtest.NewKey(tb, "")
	dir := tb.TempDir()
	hostFile := writeText(tb, filepath.Join(dir, "host_key"), hostPrivate)
	authorized := writeText(tb, filepath.Join(dir, "authorized_keys"), sshtest.PublicLine(client.PublicKey())+"\n")
	o := &OpenSSH{hostKey: hostKey.PublicKey(), clientKey: clientPrivate, tb: tb, program: program}
	tb.Cleanup(o.Stop)
	var err error
	// Another process may take the port between the question for a free one and the start.
	for range 5 {
		o.Addr = freeAddr(tb)
		_, port := splitAddr(tb, o.Addr)
		o.config = writeText(tb, filepath.Join(dir, "sshd_config"), strings.Join([]string{
			"ListenAddress 127.0.0.1", fmt.Sprintf("Port %d", port), "HostKey " + hostFile, "AuthorizedKeysFile " + authorized,
			"StrictModes no", "UsePAM no", "PidFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
			"PermitRootLogin yes", "UseDNS no", "MaxStartups 200", "",
		}, "\n"))
		if err = o.Start(); err == nil {
			return o
		}
	}
	tb.Fatal(err)
	return nil
}

// Place returns what a user tells of the server.
func (o *OpenSSH) Place(tb testing.TB) Place {
	tb.Helper()
	p := Place{
		User: thisAccount(tb).Username, PrivateKey: o.clientKey,
		KnownHosts: writeKnownHosts(tb, "", o.Addr, o.hostKey), HostKey: sshtest.PublicLine(o.hostKey),
	}
	p.Host, p.Port = splitAddr(tb, o.Addr)
	return p
}

func writeText(tb testing.TB, file, text string) string {
	tb.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// Start starts the server again after [OpenSSH.Stop], and returns nil once it listens. Any
// goroutine may call it, but not beside another one.
func (o *OpenSSH) Start() error {
	// The test's context ends before its cleanup, which has to end the connections first.
	cmd := exec.CommandContext(context.WithoutCancel(o.tb.Context()), o.program, "-D", "-e", "-f", o.config)
	log, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(log)
	var said strings.Builder
	for {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if strings.Contains(line, "Server listening on") {
			break
		}
		if err != nil {
			return errors.Join(fmt.Errorf("sshd did not start: %s", said.String()), cmd.Wait())
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, lines)
	}()
	o.server, o.drained = cmd, drained
	return nil
}

// Stop ends the server and its connections, as a machine does that goes down. Without a
// server it does nothing.
func (o *OpenSSH) Stop() {
	o.tb.Helper()
	if o.server == nil {
		return
	}
	connections := childrenOf(o.tb, o.server.Process.Pid)
	_ = o.server.Process.Signal(syscall.SIGTERM)
	for _, pid := range connections {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	// Each of them holds the log, and no command does.
	select {
	case <-o.drained:
		_ = o.server.Wait()
	case <-time.After(Patience):
		o.tb.Error("a process of sshd did not end")
	}
	o.server = nil
}

// childrenOf returns the processes that the process has started itself.
func childrenOf(tb testing.TB, parent int) []int {
	tb.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(tb.Context()), "ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		tb.Errorf("ps: %v", err)
	}
	var children []int
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(fields[0]); err == nil {
			children = append(children, pid)
		}
	}
	return children
}
