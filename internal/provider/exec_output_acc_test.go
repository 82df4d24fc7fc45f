//go:build linux

package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// peak returns the most memory that a process had at any time, in bytes.
func peak(t *testing.T, p proc) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("the kernel does not say how much memory was used")
	return 0
}

// A gigabyte of output costs no more memory than a line does, and no long time.
func TestAccExecGigabyte(t *testing.T) {
	t.Parallel()
	const (
		size = 1 << 30
		// Serving alone takes some twenty megabytes.
		mostMemory = 100 << 20
	)
	w := enginetest.New(t)
	// The command waits to be measured, for then the provider is still there.
	pipeline := fmt.Sprintf(`head -c %d /dev/zero | tr '\0' x`, size)
	w.Write("print.sh", fmt.Sprintf(`: >begun
%s
: >printed
until [ -e measured ]; do sleep 0.02; done
echo end
`, pipeline))
	w.Config(`resource "exec" "a" {
  command = ["sh", "print.sh"]
}
`)
	// How fast this machine is, with whatever else it has to do, is measured too.
	begun := time.Now()
	if err := exec.CommandContext(t.Context(), "sh", "-c", pipeline+" | cat >/dev/null").Run(); err != nil {
		t.Fatal(err)
	}
	mostTime := 10*time.Second + 10*time.Since(begun)
	engine := w.Start("apply", "-auto-approve")
	exists := func(name string) func() bool {
		return func() bool { _, err := os.Stat(w.Path(name)); return err == nil }
	}
	eventually(t, "the command prints", exists("begun"))
	begun = time.Now()
	eventually(t, "the command has printed everything", exists("printed"))
	took := time.Since(begun)
	used := peak(t, serving(t, engine))
	t.Logf("%d MiB at most, in %s", used>>20, took.Round(10*time.Millisecond))
	if used > mostMemory {
		t.Errorf("the provider used %d MiB, want at most %d", used>>20, mostMemory>>20)
	}
	if took > mostTime {
		t.Errorf("reading took %s, want at most %s", took, mostTime)
	}
	w.Write("measured", "")
	r := engine.Wait(patience)
	if r.ExitCode != 0 || !strings.Contains(r.Flat(), fmt.Sprintf("printed %d bytes to standard output", size+len("end\n"))) {
		t.Errorf("the engine exits %d and prints:\n%s", r.ExitCode, r.Output())
	}
	stdout, _ := w.Value("exec.a", "stdout").(string)
	marker := fmt.Sprintf("\n[... %d bytes omitted ...]\n", size+len("end\n")-4096)
	if !strings.HasPrefix(stdout, "xxxx") || !strings.HasSuffix(stdout, "xend\n") || !strings.Contains(stdout, marker) {
		t.Errorf("what is kept is %d bytes: %.40q ... %q", len(stdout), stdout, stdout[max(0, len(stdout)-40):])
	}
}

// A long line loses nothing but what the limit cuts, and a log file gets all of it.
func TestAccExecLongLine(t *testing.T) {
	t.Parallel()
	const size = 10 << 20
	line := "begin" + strings.Repeat("x", size) + "end\n"
	w := enginetest.New(t)
	w.Write("print.sh", fmt.Sprintf("printf begin; head -c %d /dev/zero | tr '\\0' x; echo end\n", size))
	w.Config(fmt.Sprintf(`resource "exec" "cut" {
  command      = ["sh", "print.sh"]
  output_limit = 100
  log_file     = "log"
}
resource "exec" "whole" {
  command      = ["sh", "print.sh"]
  output_limit = %d
}
`, len(line)))
	w.Apply()
	state := w.State()
	cut := line[:50] + fmt.Sprintf("\n[... %d bytes omitted ...]\n", len(line)-100) + line[len(line)-50:]
	if got := state["exec.cut"].Values["stdout"]; got != cut {
		t.Errorf("what is kept is %.300q", got)
	}
	if got, _ := state["exec.whole"].Values["stdout"].(string); got != line {
		t.Errorf("of %d bytes %d are kept", len(line), len(got))
	}
	if got := w.Read("log"); got != line {
		t.Errorf("of %d bytes %d are in the log file", len(line), len(got))
	}
}

// Bytes that are no UTF-8 do no harm, neither in the state nor in a message.
func TestAccExecInvalidUTF8(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Write("print.sh", `printf 'a\377b\n'; printf '\303(\n' >&2; exit "$1"`)
	config := `resource "exec" "a" {
  command = ["sh", "print.sh", %q]
}
`
	w.Config(fmt.Sprintf(config, "0"))
	w.Apply()
	values := w.State()["exec.a"].Values
	if got := fmt.Sprintf("%q %q", values["stdout"], values["stderr"]); got != `"a�b\n" "�(\n"` {
		t.Errorf("the state holds %s", got)
	}
	w.Config(fmt.Sprintf(config, "1"))
	w.MustFail([]string{"Stdout: a\uFFFDb", "Stderr: \uFFFD("}, "apply", "-auto-approve")
}
