package source

import (
	"path"
	"slices"
	"strings"
)

// excludes are parsed patterns: each is the list of its names.
type excludes [][]string

// parseExcludes parses the patterns; see [Digester.Tree] for what they mean. The error is
// a [*PatternError].
func parseExcludes(patterns []string) (excludes, error) {
	var out excludes
	for _, pattern := range patterns {
		text := strings.TrimSuffix(pattern, "/")
		anywhere := !strings.Contains(text, "/")
		parts := strings.Split(strings.TrimPrefix(text, "/"), "/")
		for _, part := range parts {
			if _, err := path.Match(part, ""); err != nil || part == "" {
				if err == nil {
					err = path.ErrBadPattern
				}
				return nil, &PatternError{Pattern: pattern, Err: err}
			}
		}
		if anywhere {
			parts = slices.Insert(parts, 0, "**")
		}
		out = append(out, parts)
	}
	return out, nil
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
