package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"
)

type entries []object.TreeEntry

// No git writes such commits, and anybody can.
func TestHostileCommitsAreNotWritten(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(s *memory.Storage) entries{
		"a name that climbs":        func(s *memory.Storage) entries { return entries{file(s, "..")} },
		"a name that is a path":     func(s *memory.Storage) entries { return entries{file(s, "../outside")} },
		"an absolute name":          func(s *memory.Storage) entries { return entries{file(s, "/outside")} },
		"settings of git":           func(s *memory.Storage) entries { return entries{tree(s, ".git", entries{file(s, "config")})} },
		"settings of git, shouting": func(s *memory.Storage) entries { return entries{tree(s, ".GIT", entries{file(s, "config")})} },
		"two files of one name":     func(s *memory.Storage) entries { return entries{file(s, "a"), file(s, "a")} },
		"a link, then a directory of its name": func(s *memory.Storage) entries {
			return entries{link(s, "a", "../outside"), tree(s, "a", entries{file(s, "file")})}
		},
		"a link, then a file of its name": func(s *memory.Storage) entries { return entries{link(s, "a", "../outside/file"), file(s, "a")} },
		"a link to nothing":               func(s *memory.Storage) entries { return entries{link(s, "a", "")} },
		"a file that is missing": func(*memory.Storage) entries {
			return entries{{Name: "a", Mode: filemode.Regular, Hash: plumbing.NewHash("01")}}
		},
		"a tree in itself, nearly": func(s *memory.Storage) entries {
			deep := entries{file(s, "a")}
			for range maxDepth + 2 {
				deep = entries{tree(s, "d", deep)}
			}
			return deep
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			dir := filepath.Join(base, "checkout")
			check(t, os.Mkdir(dir, 0o700))
			check(t, os.Mkdir(filepath.Join(base, "outside"), 0o700))
			s := memory.NewStorage()
			commit := store(s, plumbing.CommitObject, &object.Commit{TreeHash: tree(s, "", make(s)).Hash})
			err := writeCommit(t.Context(), s, commit, dir)
			var (
				git   *GitError
				cache *CacheError
			)
			if !errors.As(err, &git) && !errors.As(err, &cache) {
				t.Errorf("error %v", err)
			}
			left, err := os.ReadDir(filepath.Join(base, "outside"))
			check(t, err)
			if around, err := os.ReadDir(base); err != nil || len(around) != 2 || len(left) != 0 {
				t.Errorf("written outside: %v, %v, %v", around, left, err)
			}
		})
	}
}

func store(s *memory.Storage, kind plumbing.ObjectType, from interface {
	Encode(plumbing.EncodedObject) error
},
) plumbing.Hash {
	o := s.NewEncodedObject()
	o.SetType(kind)
	if err := from.Encode(o); err != nil {
		panic(err)
	}
	hash, err := s.SetEncodedObject(o)
	if err != nil {
		panic(err)
	}
	return hash
}

func blob(s *memory.Storage, content string) plumbing.Hash {
	o := s.NewEncodedObject()
	o.SetType(plumbing.BlobObject)
	w, err := o.Writer()
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err != nil {
		panic(err)
	}
	hash, err := s.SetEncodedObject(o)
	if err != nil {
		panic(err)
	}
	return hash
}

func file(s *memory.Storage, name string) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: blob(s, "content")}
}

func link(s *memory.Storage, name, target string) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: filemode.Symlink, Hash: blob(s, target)}
}

// rawTree encodes entries as they are, in any order and under any name.
type rawTree entries

func (r rawTree) Encode(o plumbing.EncodedObject) error {
	o.SetType(plumbing.TreeObject)
	w, err := o.Writer()
	if err != nil {
		return err
	}
	for _, e := range r {
		content := append([]byte(e.Mode.String()[1:]+" "+e.Name+"\x00"), e.Hash[:]...)
		if _, err := w.Write(content); err != nil {
			return err
		}
	}
	return w.Close()
}

func tree(s *memory.Storage, name string, content entries) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: store(s, plumbing.TreeObject, rawTree(content))}
}
