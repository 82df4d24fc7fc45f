package provider

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// sampleDigest is that of the tree which sampleTree makes; package source computes it by
// other means.
const sampleDigest = "7488d7f5073d98c986d493e6e338a875f28d93c3ba4d265b9baa897ccec0e559"

func sampleTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"a.txt": "alpha", "dir/run.sh": "#!/bin/sh\n", "empty": "", ".git/HEAD": "ref"} {
		file := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(content), 0o600))
	}
	must(t, os.Chmod(filepath.Join(dir, "dir/run.sh"), 0o700))
	must(t, os.Symlink("../a.txt", filepath.Join(dir, "dir/link")))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a directory that a case changes.
type site struct {
	t   *testing.T
	dir string
}

func TestTree(t *testing.T) {
	t.Parallel()
	refused := "error: Unable to use value"
	unread := []string{"error: Unable to read tree (path)"}
	cases := map[string]struct {
		prepare  func(s site)
		at       string
		excludes any
		want     string
		told     []string
		says     string
	}{
		"a tree": {want: sampleDigest},
		"an excluded file": {
			prepare:  func(s site) { must(s.t, os.WriteFile(filepath.Join(s.dir, "dir/x.pyc"), nil, 0o600)) },
			excludes: []any{"*.pyc"}, want: sampleDigest,
		},
		"an excluded directory": {
			prepare:  func(s site) { must(s.t, os.MkdirAll(filepath.Join(s.dir, "build/x"), 0o700)) },
			excludes: []any{"/build/"}, want: sampleDigest,
		},
		"no directory":     {at: "gone", told: unread, says: "does not exist. If an earlier step"},
		"a file":           {at: "a.txt", told: unread, says: "is not a directory. For a single file there is the function filesha256."},
		"a path in a file": {at: "a.txt/x", told: unread, says: "is not a directory"},
		"a link that leads out": {
			prepare: func(s site) { must(s.t, os.Symlink("/etc", filepath.Join(s.dir, "etc"))) },
			told:    unread, says: "leads out of its directory. A link must be relative",
		},
		"a link that leads out and is excluded": {
			prepare:  func(s site) { must(s.t, os.Symlink("/etc", filepath.Join(s.dir, "etc"))) },
			excludes: []any{"etc"}, want: sampleDigest,
		},
		"a socket": {
			prepare: func(s site) {
				var config net.ListenConfig
				listener, err := config.Listen(s.t.Context(), "unix", filepath.Join(s.dir, "s"))
				must(s.t, err)
				s.t.Cleanup(func() { _ = listener.Close() })
			},
			told: unread, says: "is not a regular file. Leave it out with excludes.",
		},
		"a pattern with an open bracket":  {excludes: []any{"fine", "["}, told: []string{refused + " (excludes[1])"}, says: "The text is no pattern."},
		"a pattern that matches no name":  {excludes: []any{"./x"}, told: []string{refused + " (excludes[0])"}, says: `none is empty, "." or ".."`},
		"an empty pattern":                {excludes: []any{""}, told: []string{refused + " (excludes[0])"}, says: "The text is no pattern."},
		"a null pattern":                  {excludes: []any{nil}, told: []string{refused + " (excludes[0])"}, says: "This element is null."},
		"a pattern that is not known yet": {excludes: []any{"[", unknown}, told: []string{refused + " (excludes[0])"}},
		"patterns that are not known yet": {excludes: unknown},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := sampleTree(t)
			if tc.prepare != nil {
				tc.prepare(site{t, dir})
			}
			s := settingsOf(hosttest.NewFake(t), guardsInApply)
			s.digests = &source.Digester{}
			got, diags := lookUp(t, s, "exec_tree", attrs{"path": filepath.Join(dir, tc.at), "excludes": tc.excludes})
			if diff := cmp.Diff(tc.told, diags.lines()); diff != "" {
				t.Fatalf("diagnostics (-want +got):\n%s\n%s", diff, diags.text())
			}
			if !strings.Contains(diags.text(), tc.says) {
				t.Errorf("the message does not say %q:\n%s", tc.says, diags.text())
			}
			if sha, _ := got["sha256"].(string); sha != tc.want {
				t.Errorf("digest %q, want %q", sha, tc.want)
			}
		})
	}
}

func TestTreeNeedsAPath(t *testing.T) {
	t.Parallel()
	_, diags := lookUp(t, settingsOf(hosttest.NewFake(t), guardsInApply), "exec_tree", attrs{"path": ""})
	if diff := cmp.Diff([]string{"error: Invalid Attribute Value Length (path)"}, diags.lines()); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}
