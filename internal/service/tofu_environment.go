package service

import (
	"maps"
	"runtime"
	"slices"
	"strings"
)

// engineVariables is how the names of the engine's own variables begin: those that control
// it, and those by which it and its plugins speak to each other.
var engineVariables = []string{"TF_", "PLUGIN_"}

// tofuEnvironment returns what the processes of OpenTofu get in place of what they would
// inherit, variables in the form of os.Environ, beside what was configured: everything but the variables by which the engine
// that runs this provider is itself controlled. Those are left out and not emptied, since
// an empty TF_VAR_x is a value. What the service or its exec sets is not touched.
func (s *Site) tofuEnvironment(inherited []string) map[string]string {
	env := map[string]string{}
	if !s.Base.CleanEnv {
		for _, entry := range inherited {
			name, value, _ := strings.Cut(entry, "=")
			if name != "" && !isEngineVariable(name) && !s.followsUser(name) {
				env[name] = value
			}
		}
	}
	env["TF_IN_AUTOMATION"] = "1"
	maps.DeleteFunc(env, func(name, _ string) bool {
		_, configured := s.Base.Env[name]
		return configured || sameVariable(name, "PATH") || sameVariable(name, "PWD")
	})
	return env
}

func isEngineVariable(name string) bool {
	return slices.ContainsFunc(engineVariables, func(prefix string) bool {
		return len(name) >= len(prefix) && sameVariable(name[:len(prefix)], prefix)
	})
}

// followsUser reports that a variable describes whoever the process runs as, so that the
// host sets it.
func (s *Site) followsUser(name string) bool {
	return s.Base.User != "" && (name == "HOME" || name == "USER" || name == "LOGNAME")
}

// sameVariable reports that two names mean one variable on this system.
func sameVariable(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}
