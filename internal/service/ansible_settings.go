package service

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
)

// A variable of the environment replaces what an ansible.cfg says. So whoever adds a
// directory to one of Ansible's lists has to know what the list would be otherwise.

// pathSetting is one of Ansible's settings that is a list of directories.
type pathSetting struct {
	// variables and keys are its names in the environment and in the section [defaults];
	// a later one wins.
	variables, keys []string
	// inHome, which is relative to Ansible's home directory, and standard are what it is
	// where nobody says.
	inHome   string
	standard []string
}

var (
	callbackPlugins = pathSetting{
		variables: []string{"ANSIBLE_CALLBACK_PLUGINS"}, keys: []string{"callback_plugins"},
		inHome: "plugins/callback", standard: []string{"/usr/share/ansible/plugins/callback"},
	}
	collectionsPath = pathSetting{
		variables: []string{"ANSIBLE_COLLECTIONS_PATHS", "ANSIBLE_COLLECTIONS_PATH"},
		keys:      []string{"collections_paths", "collections_path"},
		inHome:    "collections", standard: []string{"/usr/share/ansible/collections"},
	}
	rolesPath = pathSetting{
		variables: []string{"ANSIBLE_ROLES_PATH"}, keys: []string{"roles_path"},
		inHome: "roles", standard: []string{"/usr/share/ansible/roles", "/etc/ansible/roles"},
	}
)

// ansibleSettings is what Ansible would find for a run.
type ansibleSettings struct {
	site *Site
	// dir is where its configuration file is; empty if it has none.
	dir string
	// defaults is the section of that name in the file, digest that of all of it.
	defaults map[string]string
	digest   string
}

// variable returns a variable of the run's environment, before the service adds its own.
func (s *Site) variable(name string) (string, bool) {
	if value, ok := s.Base.Env[name]; ok || s.Base.CleanEnv {
		return value, ok
	}
	return os.LookupEnv(name)
}

// ansibleSettings reads the configuration file that Ansible would: the first that can be
// read of the one configured, that in the working directory, the user's, the system's. One
// that cannot be read is left for Ansible to complain about.
func (s *Site) ansibleSettings(configured string) ansibleSettings {
	for _, path := range s.ansibleConfigFiles(configured) {
		if content, err := os.ReadFile(path); err == nil {
			return ansibleSettings{
				site: s, dir: filepath.Dir(path), defaults: section(string(content), "defaults"), digest: digest(content),
			}
		}
	}
	return ansibleSettings{site: s}
}

func (s *Site) ansibleConfigFiles(configured string) []string {
	var paths []string
	if value, ok := s.variable("ANSIBLE_CONFIG"); ok && (configured == "" || s.Base.Env["ANSIBLE_CONFIG"] != "") {
		configured = s.absolute(s.Base.Dir, value)
	}
	if configured != "" {
		if info, err := os.Stat(configured); err == nil && info.IsDir() {
			configured = filepath.Join(configured, "ansible.cfg")
		}
		paths = append(paths, configured)
	}
	// Ansible trusts no directory that everybody may write to.
	if info, err := os.Stat(s.Base.Dir); err == nil && info.Mode().Perm()&0o002 == 0 {
		paths = append(paths, filepath.Join(s.Base.Dir, "ansible.cfg"))
	}
	return append(paths, s.absolute("", "~/.ansible.cfg"), "/etc/ansible/ansible.cfg")
}

// with returns the value of the setting with a directory before all that it would hold
// otherwise.
func (a ansibleSettings) with(dir string, setting pathSetting) string {
	return strings.Join(append([]string{dir}, a.paths(setting)...), string(filepath.ListSeparator))
}

func (a ansibleSettings) paths(setting pathSetting) []string {
	for _, name := range slices.Backward(setting.variables) {
		if value, ok := a.site.variable(name); ok {
			return filepath.SplitList(value)
		}
	}
	for _, key := range slices.Backward(setting.keys) {
		if value, ok := a.defaults[key]; ok {
			return a.relative(filepath.SplitList(value))
		}
	}
	home := "~/.ansible"
	if value, ok := a.site.variable("ANSIBLE_HOME"); ok {
		home = value
	} else if value, ok := a.defaults["home"]; ok {
		home = a.relative([]string{value})[0]
	}
	return append([]string{home + "/" + setting.inHome}, setting.standard...)
}

// relative makes entries of the configuration file independent of it: there a relative one
// is taken from the file, in a variable from the working directory. What begins with a
// macro, Ansible expands in both.
func (a ansibleSettings) relative(entries []string) []string {
	out := make([]string, 0, len(entries))
	for _, entry := range entries {
		entry = strings.TrimSpace(entry)
		if entry != "" && !filepath.IsAbs(entry) && !strings.ContainsAny(entry[:1], "~$") && !strings.HasPrefix(entry, "{{") {
			entry = filepath.Join(a.dir, entry)
		}
		out = append(out, entry)
	}
	return out
}

// absolute expands a path as Ansible does, with the variables and the home of the run.
func (s *Site) absolute(dir, path string) string {
	get := func(name string) string {
		value, _ := s.variable(name)
		return value
	}
	path = os.Expand(path, get)
	if path == "~" || strings.HasPrefix(path, "~/") {
		return filepath.Join(s.home(), path[1:])
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path
}

// home returns the home directory of the run's user; empty if there is none.
func (s *Site) home() string {
	if home, ok := s.variable("HOME"); ok && (s.Base.User == "" || s.Base.Env["HOME"] != "") {
		return home
	}
	find := user.Current
	if s.Base.User != "" {
		find = func() (*user.User, error) { return user.Lookup(s.Base.User) }
	}
	account, err := find()
	if err != nil {
		return ""
	}
	return account.HomeDir
}

// section returns the settings in one section of an INI file, as Python's configparser
// reads them: names in lower case, "=" or ":" between name and value, and further lines of
// a value indented.
func section(text, name string) map[string]string {
	settings := map[string]string{}
	current, last := "", ""
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, " ;")
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case line[0] == ' ' || line[0] == '\t':
			if last != "" {
				settings[last] += "\n" + trimmed
			}
		case trimmed[0] == '[':
			current, last = strings.Trim(trimmed, "[]"), ""
		case current == name:
			if i := strings.IndexAny(trimmed, "=:"); i > 0 {
				last = strings.ToLower(strings.TrimSpace(trimmed[:i]))
				settings[last] = strings.TrimSpace(trimmed[i+1:])
			}
		}
	}
	return settings
}
