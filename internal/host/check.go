package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check refuses what no system call could carry, with the reason in words: the
// system would only say "invalid argument". Values never appear in a message. The error is a
// [*StartError].
func (c Command) Check() error {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return &StartError{Reason: ProgramNotFound, Detail: "no program was given"}
	}
	refuse := func(detail string) error {
		return &StartError{Reason: StartOther, Subject: c.Argv[0], Detail: detail}
	}
	for i, word := range c.Argv {
		if strings.ContainsRune(word, 0) {
			return refuse(fmt.Sprintf("word %d of the command holds a NUL byte", i))
		}
	}
	if strings.ContainsRune(c.Dir, 0) {
		return refuse("the working directory holds a NUL byte")
	}
	for _, dir := range c.Path {
		if strings.ContainsRune(dir, 0) {
			return refuse("the path holds a NUL byte")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		switch {
		case name == "" || strings.ContainsAny(name, "=\x00"):
			return refuse(fmt.Sprintf("%q cannot name an environment variable", name))
		case strings.ContainsRune(c.Env[name], 0):
			return refuse(fmt.Sprintf("the environment variable %s holds a NUL byte", name))
		}
	}
	return nil
}
