package service

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// leftBehind are names of what an engine writes beside a configuration. A working copy
// takes none of it over: its data is elsewhere, and a state of that name would be migrated.
var leftBehind = []string{
	".git", ".terraform", ".terraform.tfstate.lock.info", "terraform.tfstate", "terraform.tfstate.backup", "terraform.tfstate.d",
}

// files returns the names beneath dir, directories before what is in them, sorted by their
// bytes; what is neither a file nor a directory nor a link is left out, and what has one of
// the names in leave.
func files(ctx context.Context, dir string, leave ...string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case path == dir:
			return nil
		case slices.Contains(leave, entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if kind := entry.Type(); kind.IsRegular() || kind.IsDir() || kind&fs.ModeSymlink != 0 {
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// place makes root hold what from holds under the name.
func place(root *os.Root, from, name string) error {
	path := filepath.Join(from, name)
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if there, err := root.Lstat(name); err == nil && there.IsDir() {
			return nil
		}
	}
	if err := root.RemoveAll(name); err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return root.Mkdir(name, 0o700)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		return root.Symlink(target, name)
	}
	return placeFile(root, path, name, info.Mode())
}

func placeFile(root *os.Root, path, name string, mode fs.FileMode) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600|mode.Perm()&0o100)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// copyTree copies what is in a directory into an empty one, without what has one of the
// names in leave.
func copyTree(ctx context.Context, from, to string, leave ...string) error {
	names, err := files(ctx, from, leave...)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for _, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := place(root, from, name); err != nil {
			return err
		}
	}
	return nil
}
