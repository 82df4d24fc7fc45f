package converge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 50 * time.Millisecond

// queues hold back the runs of this process, so that only one of them at a time polls for
// the file that other processes respect.
var queues = struct {
	sync.Mutex
	byName map[string]chan struct{}
}{byName: map[string]chan struct{}{}}

func queue(name string) chan struct{} {
	queues.Lock()
	defer queues.Unlock()
	q, ok := queues.byName[name]
	if !ok {
		q = make(chan struct{}, 1)
		queues.byName[name] = q
	}
	return q
}

// acquire waits for the named lock, which no two runs on this machine hold at once, and
// returns what gives it back. An empty name is no lock. The kernel frees a lock whose
// process dies. The error is a [*LockError]; that of a context that ended wraps its cause.
func acquire(ctx context.Context, name string) (release func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	turn := queue(name)
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, &LockError{Name: name, Err: context.Cause(ctx)}
	}
	sum := sha256.Sum256([]byte(name))
	file, err := lockFile(hex.EncodeToString(sum[:16]))
	if err == nil {
		_, err = file.TryLockContext(ctx, lockPoll)
	}
	if err != nil {
		<-turn
		return nil, &LockError{Name: name, Err: err}
	}
	return func() {
		_ = file.Unlock()
		<-turn
	}, nil
}

// lockFile returns the file of that name that is locked, and not its content. It lies where
// every user of the machine finds it, whatever TMPDIR says, and is never removed: a lock on
// a removed file excludes nobody.
func lockFile(name string) (*flock.Flock, error) {
	base := "/tmp"
	if runtime.GOOS == "windows" {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "terraform-provider-exec-locks")
	if err := os.Mkdir(dir, 0o777); err == nil {
		_ = os.Chmod(dir, 0o777|os.ModeSticky) // The umask had its say in Mkdir.
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	path := filepath.Join(dir, name+".lock")
	// Created apart from being opened: in a sticky directory the kernel may refuse
	// O_CREAT on somebody else's file (fs.protected_regular).
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	switch {
	case err == nil:
		_ = f.Chmod(0o666)
		_ = f.Close()
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return flock.New(path, flock.SetFlag(os.O_RDWR)), nil
}
