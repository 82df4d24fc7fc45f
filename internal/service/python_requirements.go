package service

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

const (
	requirementsName = "requirements.txt"
	projectName      = "pyproject.toml"
)

// requirements is what a virtual environment holds.
type requirements struct {
	// file is the file that lists it, absolute.
	file string
	// project says that the file is a pyproject.toml, whose project is installed with the
	// extras.
	project bool
	extras  []string
	// lines are those of the file and of all that it includes which say anything.
	lines []string
	// local says that some of it is built from the files of the source, and editable that
	// it needs those files as long as it exists.
	local, editable bool
	// secrets are those that stand in the addresses of the lines.
	secrets []string
}

// requirements returns what the definition requires; nil means nothing.
func (k PythonScript) requirements(s *Site) (*requirements, error) {
	if k.Script != "" && !isPlainName(k.Script) {
		return nil, &FileError{Attribute: "script", Err: &source.PathError{Reason: source.PathLeaves, Path: k.Script}}
	}
	name := k.ReqFile
	if name == "" {
		name = k.usualFile(s)
	}
	switch {
	case name == "" && k.Script != "":
		return nil, &FileError{Attribute: "script", Err: &source.PathError{
			Reason: source.PathMissing, Path: k.Script, Err: fmt.Errorf("there is neither a %s with a project nor a %s that would install it", projectName, requirementsName),
		}}
	case name == "" && len(k.Extras) > 0:
		return nil, &FileError{Attribute: "extras", Err: &source.PathError{Reason: source.PathMissing, Path: projectName}}
	case name == "":
		return nil, nil
	}
	req, err := s.requirements(name)
	if err != nil {
		return nil, err
	}
	if len(k.Extras) > 0 && !req.project {
		return nil, &FileError{Attribute: "extras", Err: &source.PathError{
			Reason: source.PathOther, Path: name, Err: errors.New("extras are those of a project, and this is no " + projectName),
		}}
	}
	req.extras = k.Extras
	return req, nil
}

// usualFile returns the file of the working directory that says what is required where the
// definition names none; empty if there is none.
func (k PythonScript) usualFile(s *Site) string {
	isFile := func(name string) bool {
		info, err := os.Stat(filepath.Join(s.Dir, name))
		return err == nil && info.Mode().IsRegular()
	}
	isProject := isFile(projectName) && describesProject(filepath.Join(s.Dir, projectName))
	switch {
	case isProject && (k.Script != "" || len(k.Extras) > 0 || !isFile(requirementsName)):
		return projectName
	case isFile(requirementsName):
		return requirementsName
	}
	return ""
}

// projectTable is the head of a table by which a pyproject.toml is more than the settings
// of tools.
var projectTable = regexp.MustCompile(`(?m)^[ \t]*\[[ \t]*(project|build-system)[ \t]*[.\]]`)

// describesProject reports that a pyproject.toml is about something to install. One that
// cannot be read is left for pip to complain about.
func describesProject(path string) bool {
	content, err := os.ReadFile(path)
	return err != nil || projectTable.Match(content)
}

// requirements reads the file that req_file names, relative to the working directory.
func (s *Site) requirements(name string) (*requirements, error) {
	const attribute = "req_file"
	file, err := s.file(attribute, name)
	if err != nil {
		return nil, err
	}
	r := &requirements{file: file}
	if strings.EqualFold(filepath.Base(file), projectName) {
		r.project, r.local = true, true
		return r, regularFile(attribute, name, file)
	}
	rel, err := filepath.Rel(s.Root, file)
	if err != nil {
		return nil, &FileError{Attribute: attribute, Err: err}
	}
	reader := requirementsReader{site: s, attribute: attribute, into: r, read: map[string]bool{}}
	if err := reader.file(filepath.ToSlash(rel)); err != nil {
		return nil, err
	}
	return r, nil
}

func regularFile(attribute, name, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return unreadable(attribute, name, err)
	}
	if !info.Mode().IsRegular() {
		return &FileError{Attribute: attribute, Err: &source.PathError{Reason: source.PathIrregular, Path: name}}
	}
	return nil
}

func unreadable(attribute, name string, err error) error {
	return &FileError{Attribute: attribute, Err: &source.PathError{Reason: source.PathOther, Path: name, Err: err}}
}

// requirementsReader reads a file of requirements and the files that it includes, by the
// rules of pip's requirements file format.
type requirementsReader struct {
	site      *Site
	attribute string
	into      *requirements
	read      map[string]bool
}

var (
	comment  = regexp.MustCompile(`(^|\s+)#.*$`)
	included = regexp.MustCompile(`^(?:-[rc]|--(?:requirement|constraint)\b)[\s=]*["']?([^\s"'=].*?)["']?$`)
	editable = regexp.MustCompile(`^(?:-e|--editable\b)[\s=]*["']?([^\s"'=].*?)["']?$`)
	links    = regexp.MustCompile(`^(?:-f|--find-links\b)[\s=]*["']?([^\s"'=].*?)["']?$`)
	variable = regexp.MustCompile(`\$\{[A-Z0-9_]+\}`)
)

// file takes in the file at rel, which is slash-separated and relative to the root of the
// source, and what it includes.
func (r requirementsReader) file(rel string) error {
	if r.read[rel] {
		return nil
	}
	r.read[rel] = true
	full, err := source.Within(r.site.Root, rel)
	if err != nil {
		return &FileError{Attribute: r.attribute, Err: err}
	}
	if err := regularFile(r.attribute, rel, full); err != nil {
		return err
	}
	content, err := os.ReadFile(full)
	if err != nil {
		return unreadable(r.attribute, rel, err)
	}
	for line := range strings.Lines(joinLines(string(content))) {
		if err := r.line(rel, strings.TrimSpace(comment.ReplaceAllString(strings.TrimRight(line, "\r\n"), ""))); err != nil {
			return err
		}
	}
	// What follows a file of constraints is none.
	r.into.lines = append(r.into.lines, "# end")
	return nil
}

// joinLines joins lines that end with a backslash with the next one.
func joinLines(text string) string {
	return strings.NewReplacer("\\\r\n", "", "\\\n", "").Replace(text)
}

func (r requirementsReader) line(rel, line string) error {
	if line == "" {
		return nil
	}
	line = variable.ReplaceAllStringFunc(line, func(name string) string {
		if value, ok := r.site.variable(name[2 : len(name)-1]); ok && value != "" {
			return value
		}
		return name
	})
	r.into.secrets = append(r.into.secrets, credentials(line)...)
	r.into.lines = append(r.into.lines, withoutCredentials(line))
	if m := included.FindStringSubmatch(line); m != nil {
		if strings.Contains(m[1], "://") {
			return nil
		}
		name := filepath.ToSlash(m[1])
		if !path.IsAbs(name) && !filepath.IsAbs(m[1]) {
			name = path.Join(path.Dir(rel), name)
		}
		return r.file(name)
	}
	if m := editable.FindStringSubmatch(line); m != nil {
		if isLocal(m[1], true) {
			r.into.local, r.into.editable = true, true
		}
		return nil
	}
	if m := links.FindStringSubmatch(line); m != nil {
		r.into.local = r.into.local || isLocal(m[1], true)
		return nil
	}
	r.into.local = r.into.local || !strings.HasPrefix(line, "-") && isLocal(line, false)
	return nil
}

// isLocal reports that a requirement, or the place of one, is among the files of the
// source: a relative path. Anything is one where a path is expected.
func isLocal(text string, isPath bool) bool {
	if _, location, ok := strings.Cut(text, "@ "); ok {
		text = strings.TrimSpace(location)
	}
	if rest, ok := strings.CutPrefix(text, "file:"); ok {
		return !strings.HasPrefix(rest, "/")
	}
	if strings.Contains(text, "://") || filepath.IsAbs(text) {
		return false
	}
	word := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t;[", r) })
	if isPath || len(word) == 0 {
		return isPath
	}
	archive := slices.ContainsFunc([]string{".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz"}, func(suffix string) bool {
		return strings.HasSuffix(strings.ToLower(word[0]), suffix)
	})
	return archive || strings.HasPrefix(word[0], ".") || strings.ContainsAny(word[0], `/\`)
}

// digest stands for all that the files say. Comments, blanks and credentials say nothing.
func (r *requirements) digest() string {
	sum := sha256.Sum256([]byte(strings.Join(r.lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// userinfo is what stands before the host in an address.
var userinfo = regexp.MustCompile(`(\w+://)([^/@\s'"]+)@`)

// withoutCredentials returns a text without the credentials of the addresses in it. They
// change more often than what is behind the address.
func withoutCredentials(text string) string { return userinfo.ReplaceAllString(text, "$1") }

// credentials returns the secrets in the addresses of a text: passwords, and names that
// stand alone, for those are tokens; over SSH they are not.
func credentials(text string) []string {
	var secrets []string
	for _, m := range userinfo.FindAllStringSubmatch(text, -1) {
		name, password, ok := strings.Cut(m[2], ":")
		switch {
		case ok && password != "":
		case m[1] == "ssh://":
			continue
		default:
			password = name
		}
		secrets = append(secrets, password)
		if decoded, err := url.PathUnescape(password); err == nil && decoded != password {
			secrets = append(secrets, decoded)
		}
	}
	return secrets
}
