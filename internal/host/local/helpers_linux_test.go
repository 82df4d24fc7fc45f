package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

func init() {
	helpers["provider"] = provider
	helpers[unwatched] = provider
	helpers["leaver"] = leaver
	helpers["keeper"] = keeper
	helpers["bulk"] = bulk
	helpers["thrifty"] = thrifty
	helpers["starved"] = starved
	helpers["fed"] = fed
}

// helperCommand is the test binary as one of the helpers.
func helperCommand(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe, args...)
	c.Env = append(os.Environ(), helperVariable+"="+name)
	return c
}

// runOf runs a helper to its end and returns what it printed.
func runOf(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := helperCommand(t, name, args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, stderr.String())
	}
	return string(out)
}

// fail returns the exit status of a helper that ends with err.
func fail(err error) int {
	if err == nil {
		return 0
	}
	fmt.Println(err)
	return 1
}

// provider runs a command of which a grandchild ignores SIGTERM and holds the witness
// args[0], until somebody ends the provider, or closes its stdin.
func provider(args []string) int {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	_, err := local.New().Run(context.Background(), host.Command{
		Argv: []string{"/bin/sh", "-c", `
			timeout 600 sh -c 'trap "" TERM HUP INT; exec 9>"$1"; echo ready >&9; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); sleep 0.05; done' sh "$1" &
			wait`, "sh", args[0]},
		Stdout: io.Discard,
	})
	return fail(err)
}

// keeper keeps the first of the directories args[1:] and runs what provider does. It makes
// the others, too, of which it keeps and releases the second and never keeps the third.
func keeper(args []string) int {
	for _, dir := range args[1:] {
		if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
			return fail(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "sub", "secret"), []byte("hush"), 0o600); err != nil {
			return fail(err)
		}
	}
	local.Keep(args[1])
	local.Keep(args[2])()
	return provider(args)
}

// leaver runs a command that ends and leaves a process behind, which holds args[0].
func leaver(args []string) int {
	r, err := local.New().Run(context.Background(), host.Command{
		Argv: []string{"/bin/sh", "-c", `sh -c 'exec 9>"$1" </dev/null >/dev/null 2>&1; echo $$ >&9; echo ready >&9; exec sleep 600' sh "$1" &`, "sh", args[0]},
	})
	if err != nil || r.ExitCode != 0 {
		return fail(fmt.Errorf("%+v, %w", r, err))
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// bulk prints how many bytes came of a gigabyte, and the most memory it ever had.
func bulk([]string) int {
	var n counter
	begin := time.Now()
	_, err := local.New().Run(context.Background(), host.Command{Argv: []string{"head", "-c", "1073741824", "/dev/zero"}, Stdout: &n})
	if err != nil {
		return fail(err)
	}
	took := time.Since(begin)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fail(err)
	}
	var peak int
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &peak); err == nil {
			break
		}
	}
	fmt.Println(n.n, peak, took.Milliseconds())
	return 0
}

// thrifty runs commands in every way, and fails if that costs descriptors or goroutines.
func thrifty([]string) int {
	h := local.New()
	round := func() error {
		for range 20 {
			var out bytes.Buffer
			for _, c := range []host.Command{
				{Argv: []string{"/bin/true"}},
				{Argv: []string{"/bin/true"}, Stdout: &out, Stderr: &out},
				{Argv: []string{"/bin/sh", "-c", "cat; echo err >&2"}, Stdout: &out, Stderr: io.Discard, Stdin: strings.Repeat("x", 1<<18)},
				{Argv: []string{"/bin/true"}, Stdout: &out, Stdin: strings.Repeat("x", 1<<18)},
				{Argv: []string{"/bin/true"}, Umask: new(uint32)},
			} {
				if _, err := h.Run(context.Background(), c); err != nil {
					return err
				}
			}
			if _, err := h.Run(context.Background(), host.Command{Argv: []string{"/nonexistent/x"}, Stdout: &out, Stdin: strings.Repeat("x", 1<<18)}); err == nil {
				return fmt.Errorf("a missing program ran")
			}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
			_, err := h.Run(ctx, host.Command{Argv: []string{"sleep", "600"}, Stdout: &out})
			cancel()
			if err == nil {
				return fmt.Errorf("the timeout did not stop it")
			}
		}
		return nil
	}
	if err := round(); err != nil {
		return fail(err)
	}
	fds, goroutines := descriptors(), runtime.NumGoroutine()
	if err := round(); err != nil {
		return fail(err)
	}
	return fail(settle(fds, goroutines))
}

// settle waits until there are no more descriptors and goroutines than there were: the last
// ones may be on their way out.
func settle(fds, goroutines int) error {
	for end := time.Now().Add(10 * time.Second); descriptors() > fds || runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("descriptors: %d, then %d; goroutines: %d, then %d", fds, descriptors(), goroutines, runtime.NumGoroutine())
		}
	}
	return nil
}

func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

type told chan string

func (c told) Write(b []byte) (int, error) {
	c <- string(b)
	return len(b), nil
}

// starved stops a command while it can open no file, and so cannot look at any process.
func starved([]string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stdout, stopped := make(told, 10), make(chan error, 1)
	go func() {
		_, err := local.New().Run(ctx, host.Command{Argv: []string{"/bin/sh", "-c", "echo $$; exec sleep 600"}, Stdout: stdout})
		stopped <- err
	}()
	pid, err := strconv.Atoi(strings.TrimSpace(<-stdout))
	if err != nil {
		return fail(err)
	}
	if _, err := starve(); err != nil {
		return fail(err)
	}
	begin := time.Now()
	cancel()
	err = <-stopped
	took := time.Since(begin)
	if stop, ok := errors.AsType[*host.StopError](err); !ok || stop.Killed || took > 4*time.Second {
		return fail(fmt.Errorf("after %v: %w", took, err))
	}
	if err := syscall.Kill(-pid, 0); !errors.Is(err, syscall.ESRCH) {
		return fail(fmt.Errorf("its group: %w", err))
	}
	return 0
}

// starve lets this process open no more files until feed is called.
func starve() (feed func() error, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, err
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1, Max: limit.Max}); err != nil {
		return nil, err
	}
	if _, err := os.ReadDir("/proc"); !errors.Is(err, syscall.EMFILE) {
		return nil, fmt.Errorf("control: %w", err)
	}
	return func() error { return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) }, nil
}

// fed runs commands while it can open no file, and again when it can.
func fed(args []string) int {
	h := local.New()
	c := host.Command{Argv: []string{"/bin/true"}, Dir: "/", Umask: new(uint32)}
	refused := func() error {
		for range 20 {
			local.Keep(args[0])()
			r, err := h.Run(context.Background(), c)
			start, ok := errors.AsType[*host.StartError](err)
			if !ok || start.Reason != host.Exhausted || start.Subject != "/bin/true" || r != (host.Result{}) {
				return fmt.Errorf("without descriptors: %+v, %w", r, err)
			}
		}
		return nil
	}
	accepted := func() error {
		_, err := h.Run(context.Background(), c)
		return err
	}
	// The second time some descriptors are there for good, and others are missing.
	for range 2 {
		feed, err := starve()
		if err != nil {
			return fail(err)
		}
		if err := errors.Join(refused(), feed(), accepted()); err != nil {
			return fail(err)
		}
	}
	return fail(await("a watchdog", func() bool { return findWatchdog(os.Getpid()) != 0 }))
}
