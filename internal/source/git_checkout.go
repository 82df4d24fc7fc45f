package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

const (
	// maxDepth is how deep directories may be nested in a commit.
	maxDepth = 256

	// maxTarget is how long what a link holds may be, in bytes.
	maxTarget = 4096
)

// writeCommit writes the files of the commit to dir. The error is a [*GitError] if it is
// about the commit and a [*CacheError] if it is about dir.
func writeCommit(ctx context.Context, s storer.EncodedObjectStorer, hash plumbing.Hash, dir string) error {
	commit, err := object.GetCommit(s, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return &GitError{Reason: ReferenceUnknown, Reference: hash.String(), Detail: "the repository has no such commit"}
	}
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return &CacheError{Path: dir, Err: err}
	}
	defer func() { _ = root.Close() }()
	return treeWriter{objects: s, root: root}.tree(ctx, commit.TreeHash, "", 0)
}

// treeWriter writes trees of git beneath a root, which keeps what a malicious repository
// holds from being written elsewhere: through a link with the name of a directory, say.
type treeWriter struct {
	objects storer.EncodedObjectStorer
	root    *os.Root
}

func (w treeWriter) tree(ctx context.Context, hash plumbing.Hash, dir string, depth int) error {
	if depth > maxDepth {
		return malformed(dir, "directories are nested too deeply")
	}
	tree, err := object.GetTree(w.objects, hash)
	if err != nil {
		return incomplete(dir, err)
	}
	for _, entry := range tree.Entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name := path.Join(dir, entry.Name)
		if !plainName(entry.Name) {
			return malformed(name, "no file may be called so")
		}
		if err := w.entry(ctx, entry, name, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w treeWriter) entry(ctx context.Context, entry object.TreeEntry, name string, depth int) error {
	switch entry.Mode {
	case filemode.Dir:
		if err := w.root.Mkdir(name, 0o755); err != nil {
			return w.unwritten(name, err)
		}
		return w.tree(ctx, entry.Hash, name, depth+1)
	case filemode.Regular, filemode.Deprecated:
		return w.file(ctx, entry.Hash, name, 0o644)
	case filemode.Executable:
		return w.file(ctx, entry.Hash, name, 0o755)
	case filemode.Symlink:
		return w.link(ctx, entry.Hash, name)
	case filemode.Submodule:
		return nil
	case filemode.Empty:
	}
	return malformed(name, fmt.Sprintf("its mode %s is unknown", entry.Mode))
}

// file writes one file. It must not exist: a commit that holds two files of one name, or
// two that this filesystem takes for one, is refused.
func (w treeWriter) file(ctx context.Context, hash plumbing.Hash, name string, mode os.FileMode) error {
	content, err := w.open(hash, name)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	file, err := w.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return w.unwritten(name, err)
	}
	_, err = io.Copy(file, stoppable{ctx, content})
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil && ctx.Err() == nil {
		return w.unwritten(name, err)
	}
	return err
}

// link writes one link, on Windows as a file that holds the target, as git does there.
func (w treeWriter) link(ctx context.Context, hash plumbing.Hash, name string) error {
	if runtime.GOOS == "windows" {
		return w.file(ctx, hash, name, 0o644)
	}
	content, err := w.open(hash, name)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	target, err := io.ReadAll(io.LimitReader(content, maxTarget+1))
	if err != nil {
		return incomplete(name, err)
	}
	if len(target) == 0 || len(target) > maxTarget {
		return malformed(name, "it is a link to nothing that can be a path")
	}
	if err := w.root.Symlink(string(target), name); err != nil {
		return w.unwritten(name, err)
	}
	return nil
}

func (w treeWriter) open(hash plumbing.Hash, name string) (io.ReadCloser, error) {
	blob, err := object.GetBlob(w.objects, hash)
	if err != nil {
		return nil, incomplete(name, err)
	}
	content, err := blob.Reader()
	if err != nil {
		return nil, incomplete(name, err)
	}
	return content, nil
}

func (w treeWriter) unwritten(name string, err error) error {
	return &CacheError{Path: filepath.Join(w.root.Name(), name), Err: err}
}

// plainName reports that a name in a tree is one that git would write too.
func plainName(name string) bool {
	if name == "" || name == "." || name == ".." || strings.EqualFold(name, ".git") {
		return false
	}
	return !strings.ContainsAny(name, "/\x00") && (runtime.GOOS != "windows" || !strings.ContainsAny(name, `\:`))
}

func malformed(name, detail string) error {
	return &GitError{Reason: GitOther, Detail: fmt.Sprintf("%q in the commit: %s", name, detail)}
}

func incomplete(name string, err error) error {
	return &GitError{Reason: GitOther, Detail: fmt.Sprintf("%q in the commit cannot be read", name), Err: err}
}

// stoppable reads until the context ends.
type stoppable struct {
	ctx context.Context
	io.Reader
}

// Read returns the context's cause once it has ended.
func (s stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Reader.Read(p)
}
