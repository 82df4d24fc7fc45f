package source

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// listing is what a repository says of its references.
type listing struct {
	// head is the commit of the default branch; zero if there is none.
	head plumbing.Hash
	// references maps full names to what they point to, which for an annotated tag is the
	// tag.
	references map[string]plumbing.Hash
	// peel returns the commit that a reference leads to.
	peel func(name string, points plumbing.Hash) (plumbing.Hash, error)
	// expand returns the commits whose hash starts so; nil where only the tips of branches
	// and tags can be told.
	expand func(abbreviated string) ([]plumbing.Hash, error)
}

// advertised returns the listing that a server sent.
func advertised(refs *packp.AdvRefs) *listing {
	l := &listing{
		references: refs.References,
		peel: func(name string, points plumbing.Hash) (plumbing.Hash, error) {
			if commit, ok := refs.Peeled[name]; ok {
				return commit, nil
			}
			return points, nil
		},
	}
	if refs.Head != nil {
		l.head = *refs.Head
	}
	return l
}

// lookupOrder is where a name is looked for, in the order of gitrevisions(7): a tag hides a
// branch of the same name, which "refs/heads/…" still names.
var lookupOrder = []string{"refs/", "refs/tags/", "refs/heads/"}

var (
	fullCommit  = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	shortCommit = regexp.MustCompile(`^[0-9a-fA-F]{7,39}$`)
)

// find returns the commit that reference means. The error is a [*GitError] without a URL.
func (l *listing) find(reference string) (plumbing.Hash, error) {
	if reference == "" || reference == "HEAD" {
		if l.head.IsZero() {
			return plumbing.ZeroHash, &GitError{
				Reason: ReferenceUnknown, Reference: "HEAD",
				Detail: "the repository is empty, or its default branch does not exist",
			}
		}
		return l.head, nil
	}
	if strings.HasPrefix(reference, "refs/") {
		if points, ok := l.references[reference]; ok {
			return l.peel(reference, points)
		}
	}
	for _, prefix := range lookupOrder {
		if points, ok := l.references[prefix+reference]; ok {
			return l.peel(prefix+reference, points)
		}
	}
	if shortCommit.MatchString(reference) {
		return l.abbreviated(strings.ToLower(reference))
	}
	return plumbing.ZeroHash, &GitError{
		Reason: ReferenceUnknown, Reference: reference,
		Detail: "the repository has no such branch or tag",
	}
}

// abbreviated returns the one commit whose hash starts so.
func (l *listing) abbreviated(start string) (plumbing.Hash, error) {
	found, err := l.expansions(start)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	unknown := &GitError{Reason: ReferenceUnknown, Reference: start}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		unknown.Detail = "the repository has no such branch or tag, and an abbreviated commit is found only where a branch or tag points to it; write all 40 digits"
	default:
		unknown.Detail = fmt.Sprintf("%d commits start so", len(found))
	}
	return plumbing.ZeroHash, unknown
}

func (l *listing) expansions(start string) ([]plumbing.Hash, error) {
	if l.expand != nil {
		return l.expand(start)
	}
	var found []plumbing.Hash
	for name, points := range l.references {
		commit, err := l.peel(name, points)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(commit.String(), start) && !slices.Contains(found, commit) {
			found = append(found, commit)
		}
	}
	return found, nil
}
