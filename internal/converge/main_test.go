package converge_test

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// holderVariable makes the test binary hold the lock that it names, as another process,
// and slotVariable the only slot.
const (
	holderVariable = "CONVERGE_TEST_HOLD_LOCK"
	slotVariable   = "CONVERGE_TEST_HOLD_SLOT"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(holderVariable); name != "" {
		hold(converge.Engine{Host: holding{}}, name)
	}
	if os.Getenv(slotVariable) != "" {
		hold(converge.Engine{Host: holding{}, MaxParallel: 1}, "")
	}
	os.Exit(m.Run())
}

// hold takes what the engine and the lock ask for, says so, and runs until it is killed or
// its input ends.
func hold(engine converge.Engine, name string) {
	_, err := engine.Converge(context.Background(),
		converge.Spec{Command: converge.Line{Argv: []string{"hold"}}, Lock: name, Returns: []int{0}}, guard.Facts{First: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// holding is a host whose commands run until this program's input ends.
type holding struct{}

func (holding) Run(context.Context, host.Command) (host.Result, error) {
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString(0)
	return host.Result{Started: time.Now(), Ended: time.Now()}, nil
}

func (holding) Exists(_ context.Context, paths ...string) iter.Seq2[bool, error] {
	return host.OneByOne(paths, func(string) (bool, error) { return false, nil })
}

// startHolder starts another process and returns once it holds the lock.
func startHolder(t *testing.T, name string) (release func(), process *os.Process) {
	t.Helper()
	return startSelf(t, holderVariable+"="+name)
}

// startSlotHolder starts another process and returns once it holds the only slot.
func startSlotHolder(t *testing.T) (release func(), process *os.Process) {
	t.Helper()
	return startSelf(t, slotVariable+"=1")
}

func startSelf(t *testing.T, variable string) (release func(), process *os.Process) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), variable)
	return startHolding(t, cmd)
}

// startHolding starts this program as cmd says and returns once it holds what it is to hold.
func startHolding(t *testing.T, cmd *exec.Cmd) (release func(), process *os.Process) {
	t.Helper()
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the holder says %q, %v", line, err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	return func() { _ = stdin.Close() }, cmd.Process
}
