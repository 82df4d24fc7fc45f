// Package sshauth is what both ends of an SSH connection prove: the server by its host
// key, the client by the ways to log in.
//
// It promises that a host key is good only if somebody vouched for it beforehand, in a
// known_hosts file ([KnownHosts]) or in the configuration ([HostKey]), that a refused login
// is told apart from a broken connection ([Login.Explain]), and that no error holds a
// credential.
//
// It never asks a person for anything and never writes to a known_hosts file. Who connects
// to what, how long that may take, and what is said over the connection it refuses to know.
package sshauth
