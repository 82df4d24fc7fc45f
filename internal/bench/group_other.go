//go:build !unix

package main

import "os/exec"

// isolate does nothing where there are no process groups.
func isolate(*exec.Cmd) {}

// killGroup does nothing where there are no process groups.
func killGroup(int) {}
