package source_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

// nobody runs f as a user who may read nothing of what f finds, even if the tests run as
// root: on Linux a thread can take on another user for files alone.
func nobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // And never unlocked: the thread ends with this goroutine.
		_, _ = unix.SetfsuidRetUid(65534)
		f()
	}()
	<-done
}

func TestTreeDigestNamesWhatMayNotBeRead(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"file": "sub/secret", "directory": "sub"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, open := range []string{dir, filepath.Dir(dir)} {
				must(t, os.Chmod(open, 0o755))
			}
			sourcetest.WriteFiles(t, dir, map[string]string{"sub/secret": "x", "open": "y"})
			denied := filepath.Join(dir, at)
			must(t, os.Chmod(denied, 0))
			t.Cleanup(func() { _ = os.Chmod(denied, 0o700) })
			var err error
			nobody(t, func() {
				var d source.Digester
				_, err = d.Tree(t.Context(), dir)
			})
			var failed *source.PathError
			if !errors.As(err, &failed) || failed.Reason != source.PathDenied || failed.Path != denied {
				t.Errorf("error %v, want %q denied", err, denied)
			}
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%v is not fs.ErrPermission", err)
			}
		})
	}
}
