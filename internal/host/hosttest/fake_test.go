package hosttest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// recorder is a testing.TB that notes failures instead of failing.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func TestFakeAnswersFromItsScript(t *testing.T) {
	t.Parallel()
	f := NewFake(t)
	f.On("test", "-f", "/x").Exit(1).Stdout("out").Stderr("err")
	var stdout, stderr strings.Builder
	got, err := f.Run(t.Context(), host.Command{Argv: []string{"test", "-f", "/x"}, Dir: "/d", Stdout: &stdout, Stderr: &stderr})
	if err != nil {
		t.Fatal(err)
	}
	want := host.Result{ExitCode: 1, Started: FakeStart, Ended: FakeStart.Add(FakeElapsed)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if stdout.String() != "out" || stderr.String() != "err" {
		t.Errorf("printed %q and %q", stdout.String(), stderr.String())
	}
	if diff := cmp.Diff([]host.Command{{Argv: []string{"test", "-f", "/x"}, Dir: "/d"}}, f.Commands()); diff != "" {
		t.Error(diff)
	}
}

func TestFakeScriptsOfTheSameCommandAnswerInOrderAndTheLastGoesOn(t *testing.T) {
	t.Parallel()
	f := NewFake(t)
	f.On("make").Exit(1)
	f.On("make").Exit(2)
	f.On("make").Exit(3)
	var codes []int
	for range 5 {
		r, err := f.Run(t.Context(), host.Command{Argv: []string{"make"}})
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, r.ExitCode)
	}
	f.On("make").Exit(4)
	r, err := f.Run(t.Context(), host.Command{Argv: []string{"make"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 3, 3, 4}, append(codes, r.ExitCode)); diff != "" {
		t.Error(diff)
	}
}

func TestFakeRecordsTheExactSequence(t *testing.T) {
	t.Parallel()
	f := NewFake(t)
	f.On("a b", "c")
	f.On("a", "b c")
	f.File("/opt/app", true)
	f.FileError("/secret", errors.New("denied"))
	if _, err := f.Run(t.Context(), host.Command{Argv: []string{"a b", "c"}}); err != nil {
		t.Fatal(err)
	}
	if found, err := exists(t.Context(), f, "/opt/app"); err != nil || !found {
		t.Errorf("Exists = %v, %v", found, err)
	}
	if _, err := exists(t.Context(), f, "/secret"); err == nil {
		t.Error("a scripted error did not come back")
	}
	if _, err := f.Run(t.Context(), host.Command{Argv: []string{"a", "b c"}}); err != nil {
		t.Fatal(err)
	}
	want := []string{`run "a b" c`, "exists /opt/app", "exists /secret", `run a "b c"`}
	if diff := cmp.Diff(want, f.Log()); diff != "" {
		t.Error(diff)
	}
	f.Forget()
	if got := f.Log(); len(got) != 0 {
		t.Errorf("after Forget the log holds %q", got)
	}
}

func TestFakeFailsClosed(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	f := NewFake(r)
	f.On("true")
	if _, err := f.Run(t.Context(), host.Command{Argv: []string{"true"}}); err != nil || len(r.failures) != 0 {
		t.Fatalf("control: a scripted command fails: %v, %q", err, r.failures)
	}
	if _, err := f.Run(t.Context(), host.Command{Argv: []string{"true", "-x"}}); err == nil || len(r.failures) != 1 {
		t.Errorf("an unscripted command: error %v, failures %q", err, r.failures)
	}
	if _, err := exists(t.Context(), f, "/x"); err == nil || len(r.failures) != 2 {
		t.Errorf("an unscripted path: error %v, failures %q", err, r.failures)
	}
}

func TestFakeStartsNothingOnceTheContextIsDone(t *testing.T) {
	t.Parallel()
	f := NewFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Run(ctx, host.Command{Argv: []string{"true"}})
	var stopped *host.StopError
	if !errors.As(err, &stopped) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if got := f.Log(); len(got) != 0 {
		t.Errorf("the log holds %q", got)
	}
}

func TestFakeHooksMayScriptWhatComesNext(t *testing.T) {
	t.Parallel()
	f := NewFake(t)
	f.File("/opt/app", false)
	f.On("make").Exit(7).Do(func(_ context.Context, c host.Command) error {
		f.File("/opt/app", true)
		_, err := c.Stdout.Write([]byte("made"))
		return err
	})
	broken := errors.New("broken")
	f.On("break").Do(func(context.Context, host.Command) error { return broken })

	var out strings.Builder
	r, err := f.Run(t.Context(), host.Command{Argv: []string{"make"}, Stdout: &out})
	if err != nil || r.ExitCode != 7 || out.String() != "made" {
		t.Errorf("Run = %+v, %v, printed %q", r, err, out.String())
	}
	if found, err := exists(t.Context(), f, "/opt/app"); err != nil || !found {
		t.Errorf("Exists = %v, %v", found, err)
	}
	if _, err := f.Run(t.Context(), host.Command{Argv: []string{"break"}}); !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
}

func TestFakeIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	f := NewFake(t)
	f.On("true")
	f.File("/x", true)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := f.Run(t.Context(), host.Command{Argv: []string{"true"}}); err != nil {
				t.Error(err)
			}
			if _, err := exists(t.Context(), f, "/x"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(f.Log()); got != 100 {
		t.Errorf("%d entries in the log", got)
	}
}
