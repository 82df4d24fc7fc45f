//go:build unix

package hosttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// notOfRoot are the parts of [Conformance] that root is never asked, as it may do anything.
var notOfRoot = []string{"/identity/without_privilege", "/paths/a_closed_directory_is_no_answer"}

// AskNobody runs a conformance test of this package again as the user nobody. The name is
// that of the test with which [Conformance] was called, as the test's log has it.
func AskNobody(t *testing.T, name string) {
	t.Helper()
	needs.Root(t)
	nobody := accountOf(t, "nobody")
	uid, gid := number(t, nobody.uid), number(t, nobody.gid)
	own := sharedDir(t)
	if err := os.Chown(own, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	var pattern []string
	for part := range strings.SplitSeq(name, "/") {
		pattern = append(pattern, "^"+part+"$")
	}
	again := exec.CommandContext(t.Context(), PublicProgram(t), "-test.v", "-test.run", strings.Join(pattern, "/"))
	again.Dir = own
	// What is for root alone may be left out there.
	again.Env = append(os.Environ(), "CI=", "HOME="+own, "TMPDIR="+own)
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	log, err := again.CombinedOutput()
	if err != nil {
		t.Fatalf("as nobody: %v\n%s", err, log)
	}
	for _, part := range notOfRoot {
		if !strings.Contains(string(log), "--- PASS: "+name+part+" ") {
			t.Errorf("%s was not asked:\n%s", name+part, log)
		}
	}
}

// PublicProgram is a copy of the test's own program that every user may execute, in a
// directory that every user may enter.
func PublicProgram(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, filepath.Join(sharedDir(t), filepath.Base(path)), string(program), 0o755)
}

// number reads the number of a user or a group.
func number(t *testing.T, id string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}
