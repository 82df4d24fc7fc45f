package local

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

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
