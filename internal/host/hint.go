package host

import (
	"fmt"
	"slices"
	"strings"
)

// The words below are the Detail of a [StartError], so that every host says the same.

// What kind of file it is that a system cannot execute.
const (
	FormatEmpty   = "the file is empty, or cannot be read"
	FormatUnnamed = `its "#!" line names no program`
	FormatScript  = `a script needs a first line such as "#!/bin/sh", or an interpreter that is given it`
	FormatForeign = "it was built for another kind of machine"
)

// DeniedElsewhere is for a program that may not be executed although its mode allows it.
const DeniedElsewhere = "although its mode allows it to somebody: the user, a directory on the way or a noexec mount forbids it"

// LinkTo is for a program that is a link to nothing.
func LinkTo(target string) string { return fmt.Sprintf("it is a link to %q", target) }

// InterpreterDenied is for a program whose interpreter may not be executed.
func InterpreterDenied(interpreter string) string {
	return fmt.Sprintf("its interpreter %q is not", interpreter)
}

// MissingInterpreter is for a program whose interpreter does not exist.
func MissingInterpreter(interpreter string) string {
	if strings.HasSuffix(interpreter, "\r") {
		return fmt.Sprintf("%q: its first line ends as on Windows", interpreter)
	}
	return fmt.Sprintf("%q", interpreter)
}

// FoundThroughRelative is for a program that only a relative entry of PATH leads to, at file.
func FoundThroughRelative(entry, file string) string {
	return fmt.Sprintf("PATH finds it through the relative entry %q, which is never used; write it as %q if it is meant", entry, "./"+file)
}

// SearchedPath is for a program that is not on PATH.
func SearchedPath(name, path string) string {
	detail := "PATH is empty"
	if path != "" {
		detail = "searched PATH " + path
	}
	if hint := ProgramHint(name); hint != "" {
		detail += "; " + hint
	}
	return detail
}

// builtins are words that a shell understands and that are mostly no programs.
var builtins = []string{
	".", "alias", "bg", "break", "cd", "command", "continue", "declare", "eval", "exec",
	"exit", "export", "fc", "fg", "function", "getopts", "hash", "if", "jobs", "local", "popd",
	"pushd", "read", "readonly", "return", "set", "shift", "shopt", "source", "times", "trap",
	"type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
}

// ProgramHint says what may be meant with the name of a program that does not exist; empty
// if there is no idea.
func ProgramHint(name string) string {
	switch {
	case slices.Contains(builtins, name):
		return fmt.Sprintf("%s is part of the shell and no program of its own, so it needs a shell", name)
	case strings.ContainsAny(name, " \t\n"):
		return "the name holds a space: each argument is a word of its own"
	}
	return ""
}
