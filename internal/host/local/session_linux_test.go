package local

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = " 1 10 20 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 %T 0 12345 1 2 3"
	line := func(name, state, threads string) string {
		return "42 (" + name + ") " + state + " 1 10 20 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 " + threads + " 0 12345 1 2 3\n"
	}
	tests := map[string]struct {
		line string
		want procStat
		gone bool
	}{
		"a plain one":                   {line("sh", "S", "1"), procStat{'S', 10, 20, 1, 12345}, false},
		"a name that looks like fields": {line("a) Z 1 2 (b", "R", "3"), procStat{'R', 10, 20, 3, 12345}, false},
		"a zombie":                      {line("sh", "Z", "1"), procStat{'Z', 10, 20, 1, 12345}, true},
		"a zombie whose threads live":   {line("sh", "Z", "2"), procStat{'Z', 10, 20, 2, 12345}, false},
		"a dead one":                    {line("sh", "X", "1"), procStat{'X', 10, 20, 1, 12345}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseStat([]byte(tt.line))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(procStat{})); diff != "" {
				t.Error(diff)
			}
			if got.gone() != tt.gone {
				t.Errorf("gone = %v", got.gone())
			}
		})
	}
	for _, bad := range []string{"", "42", "42 (sh)", "42 (sh) S 1 2", "42 (sh) S" + rest} {
		if s, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, s)
		}
	}
}

func TestOnlyWhatIsGoneIsDismissed(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		syscall.ENOENT: true, syscall.ESRCH: true, syscall.EACCES: true, syscall.EPERM: true,
		syscall.EMFILE: false, syscall.ENFILE: false, syscall.ENOMEM: false, errStat: false,
	} {
		if got := dismissed(err); got != want {
			t.Errorf("%v: dismissed = %v, want %v", err, got, want)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (sh) S 1 10 20 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 2 3\n"))
	f.Add([]byte(")"))
	f.Fuzz(func(_ *testing.T, line []byte) { _, _ = parseStat(line) })
}

func TestAMarkFindsWhatWasForkedUnderIt(t *testing.T) {
	// All that this process forks meanwhile bears the mark, helpers of other tests too. A
	// test that sets a variable has the process for itself.
	t.Setenv("LOCAL_TEST_ALONE", "1")
	w, other := hosttest.NewWitness(t), hosttest.NewWitness(t)
	// A session leader that is gone, and a grandchild without any of our descriptors.
	fork := func(w *hosttest.Witness) {
		c := exec.CommandContext(t.Context(), "/bin/sh", "-c", `sh -c 'trap "" TERM; exec 9>"$1" </dev/null >/dev/null 2>&1; echo $$ >&9; echo ready >&9; sleep 600' sh "$1" &`, "sh", w.Path)
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := c.Run(); err != nil {
			t.Error(err)
		}
	}
	watch.starting <- struct{}{}
	mine := mark()
	fork(w)
	mark()
	fork(other)
	<-watch.starting
	w.Await("ready")
	other.Await("ready")
	t.Cleanup(func() { _ = syscall.Kill(-sessionOf(t, other.Number()), syscall.SIGKILL) })
	if mine == 0 || !w.Alive() {
		t.Fatalf("control: mark %d, alive %v", mine, w.Alive())
	}
	killMarked(mine)
	if w.Alive() {
		t.Error("it is alive")
	}
	if !other.Alive() {
		t.Error("what bears another mark was killed")
	}
}

func sessionOf(t *testing.T, pid int) int {
	t.Helper()
	s, err := readStat(pid, make([]byte, 1024))
	if err != nil {
		t.Fatal(err)
	}
	return s.session
}

func TestSurvivorsAreNoStrangers(t *testing.T) {
	t.Parallel()
	self := os.Getpid()
	start := startTicks(self)
	if start == 0 {
		t.Fatal("no start time")
	}
	const nobody = 1 << 30
	got := survivors(map[int]uint64{self: start, nobody: 7})
	if len(got) != 2 {
		t.Errorf("%v: the same process and an ended leader both count", got)
	}
	// The number went to another process, or the leader was gone before it was seen.
	if got := survivors(map[int]uint64{self: start - 1}); len(got) != 0 {
		t.Errorf("a stranger would be killed: %v", got)
	}
	if got := survivors(map[int]uint64{self: 0}); len(got) != 0 {
		t.Errorf("a stranger would be killed: %v", got)
	}
}

func TestTheProcessHasAMaskOnlyForAStart(t *testing.T) {
	t.Parallel()
	before := maskOf(t)
	during := ""
	mask := uint32(0o26)
	if _, err := underMask(&mask, func() (int, error) {
		during = maskOf(t)
		return 0, nil
	}); err != nil {
		t.Fatal(err)
	}
	if during != "0026" || maskOf(t) != before || before == during {
		t.Errorf("before %s, during %s, afterwards %s", before, during, maskOf(t))
	}
}

func maskOf(t *testing.T) string {
	t.Helper()
	// Not /proc/self, which shows the first thread: it may be one that got its own mask.
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "Umask:\t")
	mask, _, _ := strings.Cut(after, "\n")
	return mask
}
