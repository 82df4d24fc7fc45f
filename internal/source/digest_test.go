package source_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

// The digest of sampleTree and that of an empty tree, computed by a program of their own
// from what treeFormat says.
const (
	sampleDigest = "sha256:7488d7f5073d98c986d493e6e338a875f28d93c3ba4d265b9baa897ccec0e559"
	emptyDigest  = "sha256:ef0ad9b82c53df5ead79cfcfcb48192de243f297ca3543266f4e998a0615332c"
)

var sampleTree = map[string]string{
	"a.txt": "alpha", "dir/link": "-> ../a.txt", "dir/run.sh*": "#!/bin/sh\n", "empty": "",
}

func treeDigest(t *testing.T, dir string, exclude ...string) string {
	t.Helper()
	var d source.Digester
	digest, err := d.Tree(t.Context(), dir, exclude...)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestTreeDigestIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if got := treeDigest(t, dir); got != emptyDigest {
		t.Errorf("empty tree: %s, want %s", got, emptyDigest)
	}
	sourcetest.WriteFiles(t, dir, sampleTree)
	if got := treeDigest(t, dir); got != sampleDigest {
		t.Errorf("sample tree: %s, want %s", got, sampleDigest)
	}
}

// site is a directory whose files a test changes.
type site struct {
	t   *testing.T
	dir string
}

func newSite(t *testing.T) site {
	t.Helper()
	s := site{t: t, dir: t.TempDir()}
	sourcetest.WriteFiles(t, s.dir, sampleTree)
	return s
}

func (s site) write(name, content string) {
	s.t.Helper()
	sourcetest.WriteFiles(s.t, s.dir, map[string]string{name: content})
}

func (s site) chmod(name string, mode os.FileMode) {
	s.t.Helper()
	must(s.t, os.Chmod(filepath.Join(s.dir, name), mode))
}

func (s site) rename(from, to string) {
	s.t.Helper()
	must(s.t, os.Rename(filepath.Join(s.dir, from), filepath.Join(s.dir, to)))
}

func (s site) remove(name string) {
	s.t.Helper()
	must(s.t, os.Remove(filepath.Join(s.dir, name)))
}

func TestTreeDigestDoesNotCountWhatDiffersBetweenMachines(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s site){
		"times": func(s site) {
			old := time.Unix(1, 0)
			must(s.t, os.Chtimes(filepath.Join(s.dir, "a.txt"), old, old))
		},
		"a strict umask":    func(s site) { s.chmod("a.txt", 0o600) },
		"a lax umask":       func(s site) { s.chmod("a.txt", 0o666) },
		"others' execution": func(s site) { s.chmod("dir/run.sh", 0o700) },
		"order on disk": func(s site) {
			s.rename("a.txt", "zz")
			s.write("0", "")
			s.rename("zz", "a.txt")
			s.remove("0")
		},
		"empty directories": func(s site) { must(s.t, os.MkdirAll(filepath.Join(s.dir, "x/y/z"), 0o755)) },
		"a repository's own files": func(s site) {
			s.write(".git/HEAD", "ref")
			s.write("dir/.git", "gitdir: elsewhere")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			change(s)
			if got := treeDigest(t, s.dir); got != sampleDigest {
				t.Errorf("the digest changed to %s", got)
			}
		})
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func TestTreeDigestOfADirectoryItsCheckoutAndALinkToItAreOne(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	commit := r.Commit(sampleTree)
	dir, err := newClient(t, source.GitOptions{}).Checkout(t.Context(), newCache(t), r.Dir, commit)
	must(t, err)
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(r.Dir, link))
	for _, place := range []string{r.Dir, dir, link} {
		if got := treeDigest(t, place); got != sampleDigest {
			t.Errorf("%s: %s, want %s", place, got, sampleDigest)
		}
	}
}

func TestTreeDigestCountsEveryChangeOfFiles(t *testing.T) {
	t.Parallel()
	seen := map[string]string{sampleDigest: "nothing"}
	for name, change := range map[string]func(s site){
		"one bit of content":      func(s site) { s.write("a.txt", "alphb") },
		"executable bit set":      func(s site) { s.chmod("a.txt", 0o744) },
		"executable bit taken":    func(s site) { s.chmod("dir/run.sh", 0o644) },
		"new name":                func(s site) { s.rename("a.txt", "b.txt") },
		"new directory":           func(s site) { s.rename("dir", "dis") },
		"moved into a directory":  func(s site) { s.rename("empty", "dir/empty") },
		"new empty file":          func(s site) { s.write("more", "") },
		"file gone":               func(s site) { s.remove("empty") },
		"link to somewhere else":  func(s site) { s.remove("dir/link"); s.write("dir/link", "-> ../empty") },
		"file in a link's place":  func(s site) { s.remove("dir/link"); s.write("dir/link", "../a.txt") },
		"dangling link":           func(s site) { s.write("dangling", "-> nowhere") },
		"ignored by git, counted": func(s site) { s.write(".gitignore", "*") },
	} {
		s := newSite(t)
		change(s)
		got := treeDigest(t, s.dir)
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the digest of: %s", name, other)
		}
		seen[got] = name
	}
}

func TestTreeDigestLeavesOutWhatIsExcluded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		exclude []string
		added   string
		counts  bool
	}{
		"name at any depth":                  {[]string{"*.pyc"}, "x/y/z.pyc", false},
		"name at the top":                    {[]string{"*.pyc"}, "z.pyc", false},
		"directory with all in it":           {[]string{"__pycache__"}, "x/__pycache__/deep/er", false},
		"directory with a slash behind":      {[]string{"node_modules/"}, "node_modules/a/b", false},
		"path from the top":                  {[]string{"x/y"}, "x/y/z", false},
		"path from the top with a slash":     {[]string{"/top"}, "top", false},
		"path from the top is not elsewhere": {[]string{"/top"}, "x/top", true},
		"longer path does not match":         {[]string{"x/y"}, "w/x/y", true},
		"any directories between":            {[]string{"x/**/z"}, "x/1/2/z", false},
		"no directory between":               {[]string{"x/**/z"}, "x/z", false},
		"everything beneath":                 {[]string{"x/**"}, "x/1/2", false},
		"star stays within a name":           {[]string{"x/*/z"}, "x/1/2/z", true},
		"question mark and class":            {[]string{"?[ab]"}, "xa", false},
		"another name":                       {[]string{"*.pyc"}, "z.py", true},
		"second pattern":                     {[]string{"nothing", "more"}, "more", false},
		"a link that leads out":              {[]string{"out"}, "out", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			sourcetest.WriteFiles(t, dir, sampleTree)
			content := "content"
			if name == "a link that leads out" {
				content = "-> /etc"
			}
			sourcetest.WriteFiles(t, dir, map[string]string{c.added: content})
			if got := treeDigest(t, dir, c.exclude...) != sampleDigest; got != c.counts {
				t.Errorf("counts = %v, want %v", got, c.counts)
			}
		})
	}
}

func TestTreeDigestErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make   func(s site)
		at     string
		reason source.PathReason
		is     error
	}{
		"missing":          {at: "gone", reason: source.PathMissing, is: fs.ErrNotExist},
		"not a directory":  {at: "a.txt", reason: source.PathNotDirectory},
		"beneath a file":   {at: "a.txt/x", reason: source.PathNotDirectory},
		"absolute link":    {at: ".", make: linkTo("/etc/hostname"), reason: source.PathLeaves},
		"link that climbs": {at: ".", make: linkTo("../../../x"), reason: source.PathLeaves},
		"link that leaves by way of another": {at: ".", reason: source.PathLeaves, make: func(s site) {
			s.write("top/x", "")
			s.write("d/e/into", "-> ../../top")
			s.write("d/e/out", "-> into/../../x")
		}},
		"socket": {at: ".", reason: source.PathIrregular, make: func(s site) {
			var config net.ListenConfig
			listener, err := config.Listen(s.t.Context(), "unix", filepath.Join(s.dir, "s"))
			must(s.t, err)
			s.t.Cleanup(func() { _ = listener.Close() })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if c.make != nil {
				c.make(s)
			}
			var d source.Digester
			_, err := d.Tree(t.Context(), filepath.Join(s.dir, c.at))
			var failed *source.PathError
			if !errors.As(err, &failed) || failed.Reason != c.reason {
				t.Fatalf("error %v, want %v", err, c.reason)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			if !filepath.IsAbs(failed.Path) {
				t.Errorf("path %q is not the one on disk", failed.Path)
			}
		})
	}
}

func linkTo(target string) func(s site) {
	return func(s site) { s.write("dir/bad", "-> "+target) }
}

func TestTreeDigestRefusesAMalformedPattern(t *testing.T) {
	t.Parallel()
	var d source.Digester
	for _, pattern := range []string{"[", "x/[", "a\\", "a//b", "", "/", "//", ".", "..", "./x", "x/../y"} {
		_, err := d.Tree(t.Context(), t.TempDir(), "fine", pattern)
		for _, err := range []error{err, source.CheckExclude(pattern)} {
			var failed *source.PatternError
			if !errors.As(err, &failed) || failed.Pattern != pattern {
				t.Errorf("%q: error %v", pattern, err)
			}
		}
	}
	for _, pattern := range []string{"x", "*.pyc", "/top", "x/", "**", "x/**/y", "[a-z]?", `\[`, "...", ".git", "a b", "#x", "!x"} {
		if err := source.CheckExclude(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func TestTreeDigestAcceptsALinkInALoop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sourcetest.WriteFiles(t, dir, map[string]string{"a": "-> b", "b": "-> a", "self": "-> .", "up/x": "-> ../up"})
	treeDigest(t, dir)
}

func TestDigestsEndWithTheContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sourcetest.WriteFiles(t, dir, sampleTree)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	var d source.Digester
	if _, err := d.Tree(ctx, dir); !errors.Is(err, gone) {
		t.Errorf("Tree: %v", err)
	}
	if _, err := d.File(ctx, filepath.Join(dir, "a.txt")); !errors.Is(err, gone) {
		t.Errorf("File: %v", err)
	}
}

func TestFileDigest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sourcetest.WriteFiles(t, dir, map[string]string{"abc": "abc", "link": "-> abc", "out": "-> /"})
	for name, c := range map[string]struct {
		want   string
		reason source.PathReason
	}{
		"abc":  {want: "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		"link": {want: "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		".":    {reason: source.PathIrregular},
		"out":  {reason: source.PathIrregular},
		"gone": {reason: source.PathMissing},
	} {
		var d source.Digester
		got, err := d.File(t.Context(), filepath.Join(dir, name))
		var failed *source.PathError
		if got != c.want || (c.want == "") != errors.As(err, &failed) || (failed != nil && failed.Reason != c.reason) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
