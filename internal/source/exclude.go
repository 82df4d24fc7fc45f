package source

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// excludes are parsed patterns: each is the list of its names.
type excludes [][]string

// CheckExclude reports what is wrong with a pattern; see [Digester.Tree] for what patterns
// mean. The error is a [*PatternError].
func CheckExclude(pattern string) error {
	_, err := parseExclude(pattern)
	return err
}

// parseExcludes parses the patterns. The error is a [*PatternError].
func parseExcludes(patterns []string) (excludes, error) {
	var out excludes
	for _, pattern := range patterns {
		parts, err := parseExclude(pattern)
		if err != nil {
			return nil, err
		}
		out = append(out, parts)
	}
	return out, nil
}

// errNoName means that a part of a pattern could match no name, so that the pattern would
// leave out nothing without a word.
var errNoName = errors.New(`each part between slashes matches a name, so none is empty, "." or ".."`)

func parseExclude(pattern string) ([]string, error) {
	text := strings.TrimSuffix(pattern, "/")
	anywhere := !strings.Contains(text, "/")
	parts := strings.Split(strings.TrimPrefix(text, "/"), "/")
	for _, part := range parts {
		if part == "" || part == "." || part == ".." {
			return nil, &PatternError{Pattern: pattern, Err: errNoName}
		}
		if _, err := path.Match(part, ""); err != nil {
			return nil, &PatternError{Pattern: pattern, Err: err}
		}
	}
	if anywhere {
		parts = slices.Insert(parts, 0, "**")
	}
	return parts, nil
}

// match reports that one of the patterns matches the slash-separated path.
func (e excludes) match(rel string) bool {
	if len(e) == 0 {
		return false
	}
	parts := strings.Split(rel, "/")
	return slices.ContainsFunc(e, func(pattern []string) bool { return matchNames(pattern, parts) })
}

// matchNames matches name by name; "**" takes any number of names, none too.
func matchNames(pattern, parts []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for skip := range len(parts) + 1 {
				if matchNames(pattern[1:], parts[skip:]) {
					return true
				}
			}
			return false
		}
		if len(parts) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], parts[0]); err != nil || !ok {
			return false
		}
		pattern, parts = pattern[1:], parts[1:]
	}
	return len(parts) == 0
}
