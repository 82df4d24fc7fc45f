package source_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// confined returns a root with links of every kind, and files outside of it.
func confined(tb testing.TB) string {
	tb.Helper()
	base := tb.TempDir()
	for _, dir := range []string{"root/sub/deep", "outside", "root-evil"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	for _, file := range []string{"root/file", "root/sub/deep/file", "outside/file", "root-evil/file"} {
		if err := os.WriteFile(filepath.Join(base, file), nil, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	root := filepath.Join(base, "root")
	for name, target := range map[string]string{
		"in": "sub/deep/file", "in-dir": "sub/deep", "in-absolute": filepath.Join(root, "sub"), "here": ".",
		"out": "../outside/file", "out-dir": "../outside", "out-absolute": filepath.Join(base, "outside"),
		"out-neighbour": filepath.Join(base, "root-evil"), "out-dangling": "../gone", "out-climb": "sub/../..",
		"out-by-link": "in-dir/../../../outside", "out-chain": "sub/chain", "sub/chain": "../out-dir",
		"out-and-back": "../root/file", "dangling": "gone", "loop": "loop",
		"out-absolute-climb": root + "/sub/../../outside",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			tb.Fatal(err)
		}
	}
	return root
}

func TestWithin(t *testing.T) {
	t.Parallel()
	root := confined(t)
	const fine = source.PathReason(-1)
	for rel, want := range map[string]source.PathReason{
		"file": fine, "sub/deep/file": fine, "": fine, ".": fine, "./file": fine, "sub/../file": fine, "sub//deep/": fine,
		"in": fine, "in-dir/file": fine, "in-absolute/deep/file": fine, "here/here/file": fine,
		"/etc/passwd": source.PathLeaves, "..": source.PathLeaves, "../root/file": source.PathLeaves,
		"sub/../../outside/file": source.PathLeaves, "../root-evil/file": source.PathLeaves,
		"out": source.PathLeaves, "out-dir/file": source.PathLeaves, "out-absolute/file": source.PathLeaves,
		"out-neighbour": source.PathLeaves, "out-dangling": source.PathLeaves, "out-climb": source.PathLeaves,
		"out-by-link": source.PathLeaves, "out-chain": source.PathLeaves, "out-chain/file": source.PathLeaves,
		"out-and-back": source.PathLeaves, "out-absolute-climb": source.PathLeaves, "out-dir/gone": source.PathLeaves,
		"gone": source.PathMissing, "sub/gone/deeper": source.PathMissing, "dangling": source.PathMissing,
		"file/beneath": source.PathNotDirectory, "loop": source.PathOther, "a\x00b": source.PathOther,
	} {
		t.Run(rel, func(t *testing.T) {
			t.Parallel()
			got, err := source.Within(root, rel)
			if want == fine {
				if err != nil || got != filepath.Join(root, rel) {
					t.Errorf("Within(%q) = %q, %v", rel, got, err)
				}
				return
			}
			var failed *source.PathError
			if !errors.As(err, &failed) || failed.Reason != want || failed.Path != rel || got != "" {
				t.Errorf("Within(%q) = %q, %v; want an error that it %s", rel, got, err, want)
			}
			if want == source.PathMissing && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v is not fs.ErrNotExist", err)
			}
		})
	}
}

func TestWithinTrustsItsRoot(t *testing.T) {
	t.Parallel()
	root := confined(t)
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(root, link))
	for _, rel := range []string{"file", "in-dir/file"} {
		got, err := source.Within(link, rel)
		if err != nil || got != filepath.Join(link, rel) {
			t.Errorf("Within(%q) = %q, %v", rel, got, err)
		}
	}
	// Absolute, and not as this root is written but as it is on disk.
	if _, err := source.Within(link, "in-absolute/deep"); err != nil {
		t.Error(err)
	}
	_, err := source.Within(filepath.Join(root, "gone"), "file")
	var failed *source.PathError
	if !errors.As(err, &failed) || failed.Reason != source.PathMissing {
		t.Errorf("a missing root: %v", err)
	}
}

// Whatever is asked for: what comes back lies in the root as the system sees it.
func FuzzWithin(f *testing.F) {
	root := confined(f)
	base, err := filepath.EvalSymlinks(root)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"file", "../outside/file", "in-dir/../../x", "out-chain/../file", "here/../..", "/", "loop/..", "sub/./deep//file",
		"in-absolute/../../root-evil/file", "out-by-link", `..\outside`, "C:", "in/..", "dangling/../file",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rel string) {
		got, err := source.Within(root, rel)
		if err != nil {
			var failed *source.PathError
			if !errors.As(err, &failed) || failed.Path != rel {
				t.Fatalf("Within(%q): %v", rel, err)
			}
			return
		}
		place, err := filepath.EvalSymlinks(got)
		if err != nil {
			t.Fatalf("Within(%q) = %q, which cannot be found: %v", rel, got, err)
		}
		if place != base && !strings.HasPrefix(place, base+string(filepath.Separator)) {
			t.Fatalf("Within(%q) = %q, which is %q", rel, got, place)
		}
	})
}
