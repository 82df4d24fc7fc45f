package provider_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// One tree in two places has one digest, the one that a service takes for its revision.
// What changes in it runs whoever subscribed, and nothing else does.
func TestAccTree(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	for _, dir := range []string{"here/src", "elsewhere/checkout/of/src"} {
		w.Write(dir+"/run.sh", "#!/bin/sh\n")
		w.Write(dir+"/lib/x", "x")
		chmod(t, w.Path(dir+"/run.sh"), 0o755)
	}
	w.Write("here/src/.git/HEAD", "ref: refs/heads/main\n")
	w.Write("elsewhere/checkout/of/src/build/out.o", "1")
	w.Config(fmt.Sprintf(`
data "exec_tree" "here" {
  path     = "${path.module}/here/src"
  excludes = ["/build", "*.tmp"]
}
data "exec_tree" "elsewhere" {
  path     = %q
  excludes = ["build"]
}
resource "exec_executable_object" "sh" {
  name         = "sh"
  exec_command = "sh"
}
resource "exec_service" "src" {
  name              = "src"
  source            = { path = "${path.module}/here/src" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
resource "exec" "subscriber" {
  shell        = true
  command      = "echo a >> ran"
  refresh_only = true
  subscribe    = [data.exec_tree.here.sha256]
}
output "here" { value = data.exec_tree.here.sha256 }
output "elsewhere" { value = data.exec_tree.elsewhere.sha256 }
output "service" { value = exec_service.src.revision }
`, w.Path("elsewhere/checkout/of/src")))
	w.Apply()
	digest := func(name string) string { return w.Must("output", "-raw", name).Stdout }
	first := digest("here")
	equal(t, "length of the digest", len(first), 64)
	equal(t, "digest elsewhere", digest("elsewhere"), first)
	equal(t, "revision of a service", digest("service"), "sha256:"+first)
	equal(t, "runs of the subscriber", len(w.Lines("ran")), 1)
	settled(t, w)

	// What does not count: what is excluded, who may read a file.
	w.Write("here/src/build/out.o", "2")
	w.Write("here/src/lib/deep/x.tmp", "2")
	chmod(t, w.Path("here/src/lib/x"), 0o644)
	plan := w.Plan()
	equal(t, "the subscriber may run after what does not count", plan.Change(t, "exec.subscriber").MayRun(), false)
	w.Apply()
	equal(t, "digest after what does not count", digest("here"), first)
	w.Remove("here/src/build")
	w.Remove("here/src/lib/deep")

	seen := map[string]string{first: "the first state"}
	for _, change := range []struct {
		what string
		do   func()
	}{
		{"a mode", func() { chmod(t, w.Path("here/src/lib/x"), 0o755) }},
		{"a content", func() { w.Write("here/src/lib/x", "y") }},
		{"a name", func() {
			if err := os.Rename(w.Path("here/src/lib/x"), w.Path("here/src/lib/z")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		runs := len(w.Lines("ran"))
		change.do()
		equal(t, "the subscriber may run after a change of "+change.what, w.Plan().Change(t, "exec.subscriber").MayRun(), true)
		w.Must("apply", "tfplan")
		equal(t, "runs of the subscriber for "+change.what, len(w.Lines("ran"))-runs, 1)
		if before, same := seen[digest("here")]; same {
			t.Errorf("a change of %s gives the digest of %s", change.what, before)
		}
		seen[digest("here")] = change.what
	}
	equal(t, "digest of what did not change", digest("elsewhere"), first)
	settled(t, w)
}

// A tree that an earlier step of the apply makes is read after it.
func TestAccTreeThatIsMadeInTheApply(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := func(text string) {
		w.Config(fmt.Sprintf(`
resource "exec" "build" {
  shell   = true
  command = "mkdir -p out && echo %s > out/file"
}
data "exec_tree" "out" {
  path       = "${path.module}/out"
  depends_on = [exec.build]
}
resource "exec" "publish" {
  shell        = true
  command      = "cat out/file >> ran"
  refresh_only = true
  subscribe    = [data.exec_tree.out.sha256]
}
`, text))
	}
	config("one")
	w.Apply()
	equal(t, "what was published", runs(t, w), "one")
	settled(t, w)
	// Another build with the same outcome publishes nothing, one with another does.
	config("one # again")
	w.Apply()
	equal(t, "what the same outcome published", runs(t, w), "")
	config("two")
	w.Apply()
	equal(t, "what another outcome published", runs(t, w), "two")
	settled(t, w)
}

func TestAccTreeRefusesBadInput(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config  string
		command string
		want    []string
	}{
		"no such directory": {
			`path = "gone"`, "plan",
			[]string{"Error: Unable to read tree", "does not exist. If an earlier step of the same apply creates it,", `path = "gone"`},
		},
		"a file": {
			`path = "main.tf"`, "plan",
			[]string{"Error: Unable to read tree", "is not a directory. For a single file there is the function filesha256."},
		},
		"a link that leads out": {
			`path = "links"`, "plan",
			[]string{"Error: Unable to read tree", `links/bad" leads out of its directory.`, `Link to: "/etc"`},
		},
		"a bad pattern": {
			"path     = \"links\"\n  excludes = [\"fine\", \"[\"]", "validate",
			[]string{"Error: Unable to use value", "The text is no pattern.", "syntax error in pattern", `excludes = ["fine", "["]`},
		},
		"no path": {`excludes = []`, "validate", []string{`The argument "path" is required`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Write("links/file", "")
			if err := os.Symlink("/etc", w.Path("links/bad")); err != nil {
				t.Fatal(err)
			}
			w.Config("data \"exec_tree\" \"x\" {\n  " + tc.config + "\n}\n")
			w.MustFail(tc.want, tc.command)
		})
	}
}
