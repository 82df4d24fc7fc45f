package source

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// largeObject is the size from which on an object is not held in memory, in bytes.
const largeObject = 1 << 20

// localRepository is a repository on this machine. It is read where it is: there is no
// server in between, and no git.
type localRepository struct{ *filesystem.Storage }

// openLocal opens the repository at the address, with or without a working tree. The error
// is a [*GitError].
func openLocal(a address) (localRepository, error) {
	if _, err := os.Stat(a.path); errors.Is(err, fs.ErrPermission) {
		return localRepository{}, &GitError{Reason: CredentialsRefused, Detail: "the directory may not be read", Err: err}
	}
	for _, candidate := range []string{filepath.Join(a.path, ".git"), a.path, a.path + ".git"} {
		dir := candidate
		if linked, ok := readPointer(candidate, "gitdir: "); ok {
			dir = linked
		}
		common := dir
		if shared, ok := readPointer(filepath.Join(dir, "commondir"), ""); ok {
			common = shared
		}
		if _, err := os.Stat(filepath.Join(dir, "HEAD")); err != nil || !isDir(filepath.Join(common, "objects")) {
			continue
		}
		return openStorage(dir, common)
	}
	return localRepository{}, &GitError{Reason: RepositoryNotFound}
}

// readPointer returns the path in a file that consists of the prefix and one; a relative
// one starts at that file's directory.
func readPointer(file, prefix string) (string, bool) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	path, ok := strings.CutPrefix(strings.TrimSpace(string(content)), prefix)
	if !ok || path == "" {
		return "", false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(file), path)
	}
	return path, true
}

func openStorage(dir, common string) (localRepository, error) {
	repository := dotgit.NewRepositoryFilesystem(osfs.New(dir), osfs.New(common))
	r := localRepository{filesystem.NewStorageWithOptions(repository, cache.NewObjectLRUDefault(), filesystem.Options{
		KeepDescriptors: true, LargeObjectThreshold: largeObject,
		// Repositories that this one borrows objects from are named by absolute paths.
		AlternatesFS: osfs.New(filepath.VolumeName(dir) + string(filepath.Separator)),
	})}
	config, err := r.Config()
	if err != nil {
		return localRepository{}, &GitError{Reason: GitOther, Detail: "its configuration cannot be read", Err: err}
	}
	extensions := config.Raw.Section("extensions")
	for name, supported := range map[string]string{"objectFormat": "sha1", "refStorage": "files"} {
		if value := extensions.Option(name); value != "" && value != supported {
			return localRepository{}, &GitError{Reason: GitOther, Detail: "its " + name + " " + value + " is not supported"}
		}
	}
	return r, nil
}

// listLocal returns the references of a repository on this machine. It looks at no object
// before it has to.
func listLocal(a address) (*listing, error) {
	l := &listing{
		references: map[string]plumbing.Hash{},
		peel: func(_ string, points plumbing.Hash) (plumbing.Hash, error) {
			return reading(a, func(r localRepository) (plumbing.Hash, error) { return peelTag(r, points) })
		},
		expand: func(start string) ([]plumbing.Hash, error) {
			return reading(a, func(r localRepository) ([]plumbing.Hash, error) { return r.expand(start) })
		},
	}
	return reading(a, func(r localRepository) (*listing, error) { return l, r.list(l) })
}

// reading calls read with the repository at the address while it is open.
func reading[V any](a address, read func(localRepository) (V, error)) (V, error) {
	r, err := openLocal(a)
	if err != nil {
		var none V
		return none, err
	}
	defer func() { _ = r.Close() }()
	return read(r)
}

// list fills in the references.
func (r localRepository) list(l *listing) error {
	refs, err := r.IterReferences()
	if err != nil {
		return err
	}
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if ref.Type() == plumbing.HashReference {
			l.references[ref.Name().String()] = ref.Hash()
		}
		return nil
	})
	if err != nil {
		return err
	}
	head, err := r.Reference(plumbing.HEAD)
	if err != nil {
		return err
	}
	l.head = head.Hash()
	if head.Type() == plumbing.SymbolicReference {
		l.head = l.references[head.Target().String()]
	}
	return nil
}

// expand returns the commits whose hash starts with the hexadecimal digits.
func (r localRepository) expand(start string) ([]plumbing.Hash, error) {
	whole, err := hex.DecodeString(start[:len(start)/2*2])
	if err != nil {
		return nil, err
	}
	hashes, err := r.HashesWithPrefix(whole)
	if err != nil {
		return nil, err
	}
	var found []plumbing.Hash
	for _, hash := range hashes {
		if !strings.HasPrefix(hash.String(), start) {
			continue
		}
		if _, err := object.GetCommit(r, hash); err == nil {
			found = append(found, hash)
		}
	}
	return found, nil
}
