package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// settled is how long a file must have been left alone before its digest is
	// remembered. A file that is written twice within one tick of its filesystem's clock
	// shows the same times for both contents, and the coarsest clock in use ticks every
	// two seconds.
	settled = 2 * time.Second

	// maxRemembered bounds the memory of a Digester, in files.
	maxRemembered = 1 << 17

	// readSize is how much of a file is read at once.
	readSize = 64 << 10
)

type sum = [sha256.Size]byte

// Digester computes digests, and does not read a file again that it has read before and
// that has not changed since, as told by size, times and inode. Where the system does not
// tell when a file was last changed (Windows), every file is read every time.
//
// The zero value is ready. It is safe for concurrent use.
type Digester struct {
	reads flights[content, sum]

	mu         sync.Mutex
	remembered map[string]remembered
}

// content is what a file held at a time.
type content struct {
	path     string
	identity identity
}

type remembered struct {
	identity identity
	sum      sum
}

// identity changes whenever somebody changes a file. The times are nanoseconds.
type identity struct {
	inode             uint64
	size              int64
	modified, changed int64
}

// latest returns when the file or what is known of it was last changed.
func (i identity) latest() time.Time { return time.Unix(0, max(i.modified, i.changed)) }

// File returns "sha256:" and the hexadecimal digest of the file's content. It follows
// links. The error is a [*PathError], or the context's cause.
func (d *Digester) File(ctx context.Context, path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", pathError(path, err)
	}
	info, err := os.Stat(full)
	if err != nil {
		return "", pathError(full, err)
	}
	s, err := d.file(ctx, full, info)
	if err != nil {
		return "", err
	}
	return format(s), nil
}

func format(s sum) string { return "sha256:" + hex.EncodeToString(s[:]) }

// file returns the digest of the content of the file, which info is about, from memory if
// the file is unchanged. The path is absolute.
func (d *Digester) file(ctx context.Context, path string, info fs.FileInfo) (sum, error) {
	if !info.Mode().IsRegular() {
		// Opening a pipe would wait for somebody to write to it.
		return sum{}, &PathError{Reason: PathIrregular, Path: path}
	}
	id, ok := identify(info)
	if !ok {
		return d.read(ctx, path)
	}
	if s, ok := d.recall(path, id); ok {
		return s, nil
	}
	return d.reads.do(ctx, content{path, id}, func(ctx context.Context) (sum, error) {
		if s, ok := d.recall(path, id); ok {
			return s, nil
		}
		return d.read(ctx, path)
	})
}

func (d *Digester) recall(path string, id identity) (sum, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.remembered[path]
	return known.sum, ok && known.identity == id
}

// read reads the file and remembers its digest, if the file has settled and did not change
// meanwhile.
func (d *Digester) read(ctx context.Context, path string) (sum, error) {
	f, err := os.Open(path)
	if err != nil {
		return sum{}, pathError(path, err)
	}
	defer func() { _ = f.Close() }()
	began := time.Now()
	before, err := f.Stat()
	if err != nil {
		return sum{}, pathError(path, err)
	}
	hash := sha256.New()
	buffer := make([]byte, min(before.Size()+1, readSize))
	for {
		if ctx.Err() != nil {
			return sum{}, context.Cause(ctx)
		}
		n, err := f.Read(buffer)
		_, _ = hash.Write(buffer[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sum{}, pathError(path, err)
		}
	}
	after, err := f.Stat()
	if err != nil {
		return sum{}, pathError(path, err)
	}
	s := sum(hash.Sum(nil))
	if id, ok := identify(after); ok && began.Sub(id.latest()) > settled {
		if first, ok := identify(before); ok && first == id {
			d.remember(path, remembered{identity: id, sum: s})
		}
	}
	return s, nil
}

// remember keeps a digest. When there are too many it forgets all: a tree that large is
// read again, and nothing grows without bound.
func (d *Digester) remember(path string, r remembered) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.remembered == nil || len(d.remembered) >= maxRemembered {
		d.remembered = map[string]remembered{}
	}
	d.remembered[path] = r
}
