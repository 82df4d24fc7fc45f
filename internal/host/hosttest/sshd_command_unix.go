//go:build unix

package hosttest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// chatty prints its first two arguments and becomes the rest.
const chatty = `printf %s "$1"; printf %s "$2" >&2; shift 2; exec "$@"`

// command returns the login shell with the line. It outlives every context: OpenSSH leaves
// commands alone whose client is gone.
func (s *SSHD) command(line string, conn *ssh.ServerConn) *exec.Cmd {
	argv := append(append([]string(nil), s.shell...), line)
	if s.chatter != [2]string{} {
		argv = append([]string{"/bin/sh", "-c", chatty, "sh", s.chatter[0], s.chatter[1]}, argv...)
	}
	dir := s.account.HomeDir
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = "/"
	}
	return &exec.Cmd{
		Path: argv[0], Args: argv, Dir: dir,
		Env: []string{
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"HOME=" + s.account.HomeDir, "USER=" + s.account.Username, "LOGNAME=" + s.account.Username, "SHELL=" + s.shell[0],
			"SSH_CLIENT=" + ends(conn.RemoteAddr(), conn.LocalAddr(), false),
			"SSH_CONNECTION=" + ends(conn.RemoteAddr(), conn.LocalAddr(), true),
		},
		SysProcAttr: &syscall.SysProcAttr{Setsid: !s.sessionless},
	}
}

// ends names both ends of a connection as SSH_CONNECTION does, or as the older SSH_CLIENT.
func ends(remote, local net.Addr, full bool) string {
	host, port, _ := net.SplitHostPort(remote.String())
	ourHost, ourPort, _ := net.SplitHostPort(local.String())
	if !full {
		return fmt.Sprintf("%s %s %s", host, port, ourPort)
	}
	return fmt.Sprintf("%s %s %s %s", host, port, ourHost, ourPort)
}

// pipes are a command's stdin, stdout and stderr, in this order.
type pipes struct{ ours, theirs [3]*os.File }

func newPipes() (*pipes, error) {
	p := &pipes{}
	for i := range p.ours {
		read, write, err := os.Pipe()
		if err != nil {
			closeAll(p.ours[:])
			closeAll(p.theirs[:])
			return nil, err
		}
		p.ours[i], p.theirs[i] = read, write
		if i == 0 {
			p.ours[i], p.theirs[i] = write, read
		}
	}
	return p, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}
