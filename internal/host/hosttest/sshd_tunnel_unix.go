//go:build unix

package hosttest

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// tunnel connects a client to elsewhere, as a bastion does.
func (s *SSHD) tunnel(offered ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if s.tunnelless {
		_ = offered.Reject(ssh.Prohibited, "open failed")
		return
	}
	if err := ssh.Unmarshal(offered.ExtraData(), &to); err != nil {
		_ = offered.Reject(ssh.ConnectionFailed, "open failed")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(to.Host, strconv.FormatUint(uint64(to.Port), 10)))
	if err != nil {
		_ = offered.Reject(ssh.ConnectionFailed, "Connection refused")
		return
	}
	defer func() { _ = conn.Close() }()
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	s.Tunnels.Add(1)
	go func() {
		ssh.DiscardRequests(requests)
		// The client has closed the tunnel: who still waits for the other end need not.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	}()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(conn, channel)
		if half, ok := conn.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
	})
	both.Go(func() {
		_, _ = io.Copy(channel, conn)
		_ = channel.CloseWrite()
	})
	both.Wait()
	_ = channel.Close()
}
