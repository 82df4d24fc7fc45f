package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many links are followed for one path, as Linux does.
const maxLinks = 40

var errTooManyLinks = errors.New("too many levels of links")

// Within returns the path of rel beneath root, after making sure on disk that it lies
// there and exists. The separator of rel is the slash; an empty rel is root itself.
//
// The error is a [*PathError]: PathLeaves if rel is absolute, climbs out by "..", or
// passes a link that does; PathMissing if it stays and does not exist. A link may be
// absolute as long as it leads back into root. Root itself is trusted, and what somebody
// changes on disk after Within has returned is beyond it.
func Within(root, rel string) (string, error) {
	name := filepath.FromSlash(rel)
	if name == "" {
		name = "."
	}
	if !filepath.IsLocal(name) {
		return "", &PathError{Reason: PathLeaves, Path: rel}
	}
	name = filepath.Clean(name)
	if err := follow(root, name); err != nil {
		err.Path = rel
		return "", err
	}
	return filepath.Join(root, name), nil
}

// follow walks to rel beneath root one name at a time, as the system does, and returns
// what is wrong on the way; nil if rel exists and no step leads out of root.
func follow(root, rel string) *PathError {
	if _, err := os.Stat(root); err != nil {
		return pathError(root, err)
	}
	var (
		ahead        = names(rel)
		at           []string
		link, target string
	)
	for links := 0; len(ahead) > 0; {
		name := ahead[0]
		ahead = ahead[1:]
		if name == ".." {
			if len(at) == 0 {
				return &PathError{Reason: PathLeaves, Path: rel, Link: link, Target: target}
			}
			at = at[:len(at)-1]
			continue
		}
		here := filepath.Join(root, filepath.Join(at...), name)
		info, err := os.Lstat(here)
		if err != nil {
			return pathError(here, err)
		}
		if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) == 0 {
			at = append(at, name)
			continue
		}
		link = here
		if target, err = os.Readlink(here); err != nil {
			return pathError(here, err)
		}
		if links++; links > maxLinks {
			return &PathError{Reason: PathOther, Path: rel, Link: link, Target: target, Err: errTooManyLinks}
		}
		inside := target
		if rooted(target) {
			var ok bool
			if inside, ok = beneath(root, target); !ok {
				return &PathError{Reason: PathLeaves, Path: rel, Link: link, Target: target}
			}
			at = nil
		}
		ahead = append(names(inside), ahead...)
	}
	return nil
}

// names splits a path into its names without the ones that stay in place.
func names(path string) []string {
	var out []string
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) }) {
		if name != "." {
			out = append(out, name)
		}
	}
	return out
}

// rooted reports that a link's target does not start at the link.
func rooted(target string) bool {
	return filepath.IsAbs(target) || filepath.VolumeName(target) != "" ||
		(target != "" && os.IsPathSeparator(target[0]))
}

// beneath returns target relative to root, if it starts with root as it is written or as
// it is on disk. It does not clean target: what ".." means in it depends on links.
func beneath(root, target string) (string, bool) {
	written, err := filepath.Abs(root)
	if err != nil {
		return "", false
	}
	for _, base := range []string{written, evaluated(written)} {
		if rest, ok := strings.CutPrefix(target, base); ok && (rest == "" || os.IsPathSeparator(rest[0]) || os.IsPathSeparator(base[len(base)-1])) {
			return rest, true
		}
	}
	return "", false
}

// evaluated returns path without links in it, or as it is if that fails.
func evaluated(path string) string {
	if plain, err := filepath.EvalSymlinks(path); err == nil {
		return plain
	}
	return path
}
