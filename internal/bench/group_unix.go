//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// isolate gives a command a process group of its own: the terminal's interrupt reaches
// this program alone, which passes it on once. A second one would make an engine leave its
// provider behind.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends what is left of the group that isolate made.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
