package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// A file that is known is not read: a wrong digest planted in memory comes back. That is
// the control that lets the other cases prove that a file was read.
func TestDigesterReadsAFileAgainOnlyIfItChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(path string, modified time.Time) error
		again  bool
	}{
		"nothing": {func(string, time.Time) error { return nil }, false},
		"content of the same length and time": {func(path string, modified time.Time) error {
			return errors.Join(os.WriteFile(path, []byte("CONTENT"), 0o600), os.Chtimes(path, modified, modified))
		}, true},
		"another file in its place": {func(path string, modified time.Time) error {
			return errors.Join(os.WriteFile(path+".new", []byte("CONTENT"), 0o600),
				os.Chtimes(path+".new", modified, modified), os.Rename(path+".new", path))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "file")
			check(t, os.WriteFile(path, []byte("content"), 0o600))
			info, err := os.Stat(path)
			check(t, err)
			id, ok := identify(info)
			if !ok {
				needs.Missing(t, "a system that tells when a file was last changed")
			}
			var d Digester
			d.remember(path, remembered{identity: id, sum: sum{1}})
			// The clock of a filesystem ticks at some milliseconds.
			time.Sleep(20 * time.Millisecond)
			check(t, c.change(path, info.ModTime()))
			got, err := d.File(t.Context(), path)
			check(t, err)
			if again := got != format(sum{1}); again != c.again {
				t.Errorf("read again = %v, want %v", again, c.again)
			}
		})
	}
}

func TestDigesterRemembersOnlyWhatHasSettled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(path, []byte("content"), 0o600))
	var d Digester
	_, err := d.File(t.Context(), path)
	check(t, err)
	if len(d.remembered) != 0 {
		t.Error("the digest of a file written just now was remembered")
	}
	// A file of the repository may be as new as the clone.
	old := needs.Program(t, "sh")
	info, err := os.Stat(old)
	check(t, err)
	if _, ok := identify(info); !ok || time.Since(info.ModTime()) < 2*settled {
		needs.Missing(t, "a shell that has settled")
	}
	_, err = d.File(t.Context(), old)
	check(t, err)
	if len(d.remembered) != 1 {
		t.Error("the digest of an old file was not remembered")
	}
}

func TestDigesterForgetsBeforeItGrowsTooLarge(t *testing.T) {
	t.Parallel()
	var d Digester
	d.remembered = make(map[string]remembered, maxRemembered)
	for i := range maxRemembered {
		d.remembered[string(rune(i))+"/"+time.Duration(i).String()] = remembered{}
	}
	d.remember("one more", remembered{})
	if len(d.remembered) > maxRemembered {
		t.Errorf("%d digests", len(d.remembered))
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
