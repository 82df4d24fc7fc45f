package service

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// workingCopy is a directory that holds the files of a source, and beside them whatever
// was written there in the meantime. It has one user at a time.
type workingCopy struct {
	// dir is the copy itself; manifest is a file that lists what was copied.
	dir, manifest string
}

// update makes the copy hold what is in from. Files that came from it earlier and are no
// longer in it are removed; what something else wrote into the copy stays, unless from has
// a file of that name. Everything is copied each time, since neither size nor time of a
// file says that its content is the same.
func (w workingCopy) update(ctx context.Context, from string) error {
	before, err := w.listed()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	// The root keeps a link that was left in the copy from leading the writer elsewhere.
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	after, err := files(ctx, from, leftBehind...)
	if err != nil {
		return err
	}
	// Until all is done, whatever may lie there is listed.
	if err := w.list(append(slices.Clone(before), after...)); err != nil {
		return err
	}
	for _, name := range slices.Backward(before) {
		if _, kept := slices.BinarySearch(after, name); !kept {
			// A directory in which something else lies stays.
			_ = root.Remove(name)
		}
	}
	for _, name := range after {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := place(root, from, name); err != nil {
			return err
		}
	}
	return w.list(after)
}

// listed returns what the manifest lists, sorted.
func (w workingCopy) listed() ([]string, error) {
	content, err := os.ReadFile(w.manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	if err := json.Unmarshal(content, &names); err != nil {
		return nil, err
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// list writes the manifest in one step.
func (w workingCopy) list(names []string) error {
	content, err := json.Marshal(names)
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.manifest+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(w.manifest+".new", w.manifest)
}

// beneath returns the path in the copy of what lies at path in from.
func (w workingCopy) beneath(from, path string) string {
	return filepath.Join(w.dir, strings.TrimPrefix(strings.TrimPrefix(path, from), string(filepath.Separator)))
}
