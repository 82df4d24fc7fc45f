//go:build unix

package hosttest

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// sshdConn is one client's connection. Its sessions are opened by one goroutine.
type sshdConn struct {
	sshd *SSHD
	conn *ssh.ServerConn
	open []*sshdSession
}

func (c *sshdConn) openSession(offered ssh.NewChannel) {
	c.open = slices.DeleteFunc(c.open, (*sshdSession).over)
	if len(c.open) >= c.sshd.limit {
		_ = offered.Reject(ssh.ConnectionFailed, "open failed")
		return
	}
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	session := &sshdSession{sshd: c.sshd, conn: c.conn, channel: channel, requests: requests, gone: make(chan struct{})}
	c.open = append(c.open, session)
	c.sshd.Sessions.Add(1)
	for {
		most := c.sshd.MostSessions.Load()
		if int64(len(c.open)) <= most || c.sshd.MostSessions.CompareAndSwap(most, int64(len(c.open))) {
			break
		}
	}
	go session.serve()
}

// sshdSession is one session, which runs at most one command.
type sshdSession struct {
	sshd     *SSHD
	conn     *ssh.ServerConn
	channel  ssh.Channel
	requests <-chan *ssh.Request
	// gone is closed when the client has closed the session, or is gone itself.
	gone chan struct{}

	mu sync.Mutex
	// ended is closed when the command has ended; it is nil if none was started.
	ended chan struct{}
}

// over reports that the session does not count any more. The client's next session comes
// after it closed this one, so it must not be judged by what another goroutine has got
// round to noticing: the requests end at the moment at which the client's word arrives.
func (s *sshdSession) over() bool {
	for closed := false; !closed; {
		select {
		case request, more := <-s.requests:
			if more {
				s.handle(request)
			}
			closed = !more
		default:
			return false
		}
	}
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended == nil {
		return true
	}
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

func (s *sshdSession) serve() {
	defer close(s.gone)
	for request := range s.requests {
		s.handle(request)
	}
}

func (s *sshdSession) handle(request *ssh.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var command struct{ Line string }
	if request.Type != "exec" || s.ended != nil || ssh.Unmarshal(request.Payload, &command) != nil {
		_ = request.Reply(false, nil)
		return
	}
	s.ended = make(chan struct{})
	run := s.start(command.Line)
	_ = request.Reply(true, nil)
	go run()
}

// start starts the command and returns what serves it until the session ends.
func (s *sshdSession) start(line string) (serve func()) {
	pipes, err := newPipes()
	if err != nil {
		return func() { s.fail(err) }
	}
	cmd := s.sshd.command(line, s.conn)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pipes.theirs[0], pipes.theirs[1], pipes.theirs[2]
	err = cmd.Start()
	closeAll(pipes.theirs[:])
	if err != nil {
		closeAll(pipes.ours[:])
		return func() { s.fail(err) }
	}
	return func() { s.tend(cmd, pipes.ours) }
}

// fail ends a session whose command could not be started.
func (s *sshdSession) fail(err error) {
	_, _ = io.WriteString(s.channel.Stderr(), err.Error()+"\n")
	close(s.ended)
	s.sendStatus(1)
	_ = s.channel.Close()
}

// tend serves the command. Its end is told at once, the session's waits for everybody who
// holds the command's output.
func (s *sshdSession) tend(cmd *exec.Cmd, ours [3]*os.File) {
	finished := make(chan struct{})
	go func() {
		// The command of a client that is gone loses its pipes, and no more.
		select {
		case <-s.gone:
			closeAll(ours[:])
		case <-finished:
		}
	}()
	go func() {
		_, _ = io.Copy(ours[0], s.channel)
		_ = ours[0].Close()
		// What a command does not want is dropped: the client's window stays open.
		_, _ = io.Copy(io.Discard, s.channel)
	}()
	told := make(chan struct{})
	go func() {
		defer close(told)
		_ = cmd.Wait()
		_ = ours[0].Close()
		close(s.ended)
		s.tell(cmd.ProcessState)
	}()
	var output sync.WaitGroup
	output.Go(func() { carry(s.channel, ours[1]) })
	output.Go(func() { carry(s.channel.Stderr(), ours[2]) })
	output.Wait()
	_ = s.channel.CloseWrite()
	<-told
	close(finished)
	_ = s.channel.Close()
}

// carry copies output until one side is at its end. A writer whose reader is gone is told.
func carry(to io.Writer, from *os.File) {
	_, _ = io.Copy(to, from)
	_ = from.Close()
}

// tell sends how the command ended.
func (s *sshdSession) tell(state *os.ProcessState) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		s.sendStatus(uint32(state.ExitCode()))
		return
	}
	name, known := signalNames[status.Signal()]
	if !known {
		name = "SIG@openssh.com"
	}
	_, _ = s.channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
		Name       string
		CoreDumped bool
		Message    string
		Language   string
	}{Name: name, CoreDumped: status.CoreDump()}))
}

func (s *sshdSession) sendStatus(status uint32) {
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
}

// signalNames are the signals that RFC 4254 has names for.
var signalNames = map[syscall.Signal]string{
	unix.SIGABRT: "ABRT", unix.SIGALRM: "ALRM", unix.SIGFPE: "FPE", unix.SIGHUP: "HUP", unix.SIGILL: "ILL",
	unix.SIGINT: "INT", unix.SIGKILL: "KILL", unix.SIGPIPE: "PIPE", unix.SIGQUIT: "QUIT", unix.SIGSEGV: "SEGV",
	unix.SIGTERM: "TERM", unix.SIGUSR1: "USR1", unix.SIGUSR2: "USR2",
}
