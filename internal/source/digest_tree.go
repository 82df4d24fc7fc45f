package source

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// treeFormat heads the bytes that a tree digest is taken of, so that another layout would
// never yield the same digest by chance.
const treeFormat = "terraform-provider-exec tree 1\n"

// The kinds of entries in a tree.
const (
	kindFile       byte = 'f'
	kindExecutable byte = 'x'
	kindLink       byte = 'l'
)

// Tree returns "sha256:" and the hexadecimal digest of the files in dir: their names
// relative to it, whether their owner may execute them, and their contents; of links,
// what they hold. Nothing else counts: no times, no other permission, no owner, no empty
// directory, nothing called ".git". So a directory, a copy of it and a checkout of the
// commit that holds it have one digest. On Windows no file counts as executable.
//
// Dir may be a link; links in it must be relative and stay in it, or their meaning would
// differ between machines. A link's target need not exist.
//
// What an exclude pattern matches is left out, a directory with everything in it. In a
// pattern "*", "?" and "[…]" stay within one name and "**" stands for any number of
// names. A pattern without a slash matches a name at any depth, one with a slash matches
// from dir on.
//
// Memory does not grow with the size of files. The error is a [*PathError], a
// [*PatternError], or the context's cause.
func (d *Digester) Tree(ctx context.Context, dir string, exclude ...string) (string, error) {
	patterns, err := parseExcludes(exclude)
	if err != nil {
		return "", err
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", pathError(dir, err)
	}
	info, err := os.Stat(root)
	if err != nil {
		return "", pathError(root, err)
	}
	if !info.IsDir() {
		return "", &PathError{Reason: PathNotDirectory, Path: root}
	}
	w := treeWalk{digester: d, root: root, exclude: patterns, hash: sha256.New()}
	_, _ = w.hash.Write([]byte(treeFormat))
	if err := w.dir(ctx, ""); err != nil {
		return "", err
	}
	return format(sum(w.hash.Sum(nil))), nil
}

// treeWalk is one pass over a tree. It goes depth first, in the order of the names' bytes.
type treeWalk struct {
	digester *Digester
	root     string
	exclude  excludes
	hash     hash.Hash
}

// dir takes in the directory at rel, which is slash-separated and relative to the root.
func (w treeWalk) dir(ctx context.Context, rel string) error {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	entries, err := os.ReadDir(full) // Sorted by name.
	if err != nil {
		return pathError(full, err)
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name := path.Join(rel, entry.Name())
		if entry.Name() == ".git" || w.exclude.match(name) {
			continue
		}
		if entry.IsDir() {
			err = w.dir(ctx, name)
		} else {
			err = w.entry(ctx, name, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w treeWalk) entry(ctx context.Context, rel string, entry fs.DirEntry) error {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	switch {
	case entry.Type().IsRegular():
		info, err := entry.Info()
		if err != nil {
			return pathError(full, err)
		}
		s, err := w.digester.file(ctx, full, info)
		if err != nil {
			return err
		}
		kind := kindFile
		if info.Mode()&0o100 != 0 {
			kind = kindExecutable
		}
		w.write(kind, rel, s[:])
		return nil
	case entry.Type()&fs.ModeSymlink != 0:
		target, err := w.link(rel, full)
		if err != nil {
			return err
		}
		w.write(kindLink, rel, []byte(filepath.ToSlash(target)))
		return nil
	}
	return &PathError{Reason: PathIrregular, Path: full}
}

// link returns what the link holds, if it is relative and does not lead out of the root.
func (w treeWalk) link(rel, full string) (string, error) {
	target, err := os.Readlink(full)
	if err != nil {
		return "", pathError(full, err)
	}
	leaves := &PathError{Reason: PathLeaves, Path: full, Link: full, Target: target}
	if rooted(target) {
		return "", leaves
	}
	if err := follow(w.root, filepath.FromSlash(rel)); err != nil {
		switch err.Reason {
		case PathLeaves:
			return "", leaves
		case PathDenied:
			return "", err
		case PathMissing, PathNotDirectory, PathIrregular, PathOther:
			// It leads nowhere, which is not out.
		}
	}
	return target, nil
}

// write takes in one entry. The lengths make sure that no two trees give the same bytes.
func (w treeWalk) write(kind byte, rel string, content []byte) {
	record := make([]byte, 0, 1+2*binary.MaxVarintLen64+len(rel)+len(content))
	record = append(record, kind)
	for _, part := range [][]byte{[]byte(rel), content} {
		record = binary.AppendUvarint(record, uint64(len(part)))
		record = append(record, part...)
	}
	_, _ = w.hash.Write(record)
}
