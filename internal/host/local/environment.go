package local

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// checkCommand refuses what no system call could carry, with the reason in words: the
// kernel would only say "invalid argument". Values never appear in a message.
func checkCommand(c host.Command) error {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return &host.StartError{Reason: host.ProgramNotFound, Detail: "no program was given"}
	}
	refuse := func(detail string) error {
		return &host.StartError{Reason: host.StartOther, Subject: c.Argv[0], Detail: detail}
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

// environment returns what c's process gets: what is inherited beside private variables, or
// PATH of it; then
// account, which describes the user; then PWD, because the inherited one would name
// another directory; then Env; and Path before all of them.
func environment(c host.Command, account map[string]string, private []string) []string {
	set := make(map[string]string, len(account)+len(c.Env)+2)
	maps.Copy(set, account)
	if c.Dir != "" && !c.CleanEnv && runtime.GOOS != "windows" {
		if dir, err := filepath.Abs(c.Dir); err == nil {
			set["PWD"] = dir
		}
	}
	maps.Copy(set, c.Env)
	if len(c.Path) > 0 {
		set["PATH"] = strings.Join(c.Path, string(os.PathListSeparator))
	}

	inherited := os.Environ()
	env := make([]string, 0, len(inherited)+len(set))
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := lookUpName(set, name); replaced || c.CleanEnv && !sameName(name, "PATH") || slices.Contains(private, name) {
			continue
		}
		env = append(env, entry)
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		env = append(env, name+"="+set[name])
	}
	return env
}

// variable returns the value of a variable in env, and whether there is one.
func variable(env []string, name string) (string, bool) {
	for _, entry := range slices.Backward(env) {
		if n, value, ok := strings.Cut(entry, "="); ok && sameName(n, name) {
			return value, true
		}
	}
	return "", false
}

func lookUpName(set map[string]string, name string) (string, bool) {
	if value, ok := set[name]; ok {
		return value, true
	}
	for n, value := range set {
		if sameName(n, name) {
			return value, true
		}
	}
	return "", false
}
