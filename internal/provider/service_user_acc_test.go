package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// The cache is for its owner alone, so a run as another user gets the files of a repository
// in another way. Its guards ask there too, in the plan as in the apply.
func TestAccServiceFromARepositoryAsAnotherUser(t *testing.T) {
	t.Parallel()
	needs.Root(t)
	w := enginetest.New(t)
	temp := filepath.Join(t.TempDir(), "temp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{filepath.Dir(filepath.Dir(temp)): 0o755, filepath.Dir(temp): 0o755, temp: 0o777} {
		chmod(t, path, mode)
	}
	w.Setenv("TMPDIR", temp)
	w.Setenv("EXEC_CACHE_DIR", t.TempDir())
	w.Write("repo/run.sh", "id -un; cat message")
	w.Write("repo/message", "first\n")
	git(t, w, "init", "-q")
	git(t, w, "add", ".")
	git(t, w, "commit", "-qm", "first")
	w.Config(shell + fmt.Sprintf(`
resource "exec_service" "job" {
  name              = "job"
  source            = { git = { url = "file://%s", reference = "main" } }
  executable_object = exec_executable_object.sh
  executable        = { filename = "run.sh" }
}
resource "exec" "nobody" {
  service = exec_service.job
  user    = "nobody"
  unless  = [["grep", "-q", "second", "message"]]
}
resource "exec" "self" {
  service = exec_service.job
}
`, w.Path("repo")))
	w.Apply()
	equal(t, "stdout as another user", w.Value("exec.nobody", "stdout"), any("nobody\nfirst\n"))
	equal(t, "stdout as the own one", w.Value("exec.self", "stdout"), any("root\nfirst\n"))
	equal(t, "the guard is asked in the plan", w.Value("exec.nobody", "in_sync"), any(true))
	plan := w.Plan()
	sawNot(t, plan.Result, "gave no answer")
	equal(t, "and says run", plan.Change(t, "exec.nobody").MayRun(), true)

	w.Write("repo/message", "second\n")
	git(t, w, "commit", "-qam", "second")
	w.Apply()
	equal(t, "the guard reads the new commit in the apply", w.Value("exec.nobody", "stdout"), any("nobody\nfirst\n"))
	equal(t, "control: who asks nothing runs", w.Value("exec.self", "stdout"), any("root\nsecond\n"))
	equal(t, "plan when nothing changed", w.Plan().ExitCode, 0)
	left, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		if matched, _ := filepath.Match("terraform-provider-exec-*", entry.Name()); matched {
			t.Errorf("left behind: %s", entry.Name())
		}
	}
}
