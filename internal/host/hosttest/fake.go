// Package hosttest holds what tests need of a [host.Host]: a scripted one, and the
// conformance table that every real one must pass.
//
// The fake fails closed: what a test did not script fails that test, so that a command
// nobody thought of is never taken for one that went well.
package hosttest

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// FakeStart is when every command of a [Fake] starts, and FakeElapsed how long it takes,
// unless its script says otherwise.
var FakeStart = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)

// FakeElapsed is the time between Started and Ended of a fake run.
const FakeElapsed = time.Second

// Fake is a scripted [host.Host]. It runs nothing: it answers from its script and
// records what it was asked. It is safe for concurrent use, its scripting methods too,
// so that a hook may script what comes next.
type Fake struct {
	tb testing.TB

	mu       sync.Mutex
	scripts  map[string][]*Script
	files    map[string]fakeFile
	log      []string
	commands []host.Command
}

type fakeFile struct {
	exists bool
	err    error
}

// NewFake returns a Fake without any script: whatever it is asked fails tb.
func NewFake(tb testing.TB) *Fake {
	tb.Helper()
	return &Fake{tb: tb, scripts: map[string][]*Script{}, files: map[string]fakeFile{}}
}

// On scripts the answer to the command with exactly these words; unless more is said it
// exits 0 and prints nothing. It answers as often as it is asked. When the same words are
// scripted more than once, each script answers once, in that order, and the last one
// goes on answering.
func (f *Fake) On(argv ...string) *Script {
	s := &Script{fake: f, result: host.Result{Started: FakeStart, Ended: FakeStart.Add(FakeElapsed)}}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[words(argv)] = append(f.scripts[words(argv)], s)
	return s
}

// File scripts whether path exists, from now on.
func (f *Fake) File(path string, exists bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[path] = fakeFile{exists: exists}
}

// FileError scripts that path may not be looked at, from now on.
func (f *Fake) FileError(path string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[path] = fakeFile{err: err}
}

// Log returns everything that was asked so far, in order: "run " and the words of a
// command, those that need it quoted as in Go, or "exists " and a path. A command whose
// context was done before it could start is not in it.
func (f *Fake) Log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.log...)
}

// Commands returns the commands that ran so far, in order, without their writers.
func (f *Fake) Commands() []host.Command {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]host.Command{}, f.commands...)
}

// Forget empties what Log and Commands return, and leaves the scripts as they are.
func (f *Fake) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log, f.commands = nil, nil
}

// Run implements [host.Host]. Like a real host it starts nothing once ctx is done.
func (f *Fake) Run(ctx context.Context, c host.Command) (host.Result, error) {
	if ctx.Err() != nil {
		return host.Result{}, &host.StopError{Cause: context.Cause(ctx)}
	}
	c.TakeTurn()
	answer, ok := f.take(c)
	if !ok {
		f.tb.Errorf("the fake host was asked to run a command that the test did not script: %s", words(c.Argv))
		return host.Result{}, fmt.Errorf("hosttest: no script for %s", words(c.Argv))
	}
	write(c.Stdout, answer.stdout)
	write(c.Stderr, answer.stderr)
	if answer.hook != nil {
		if err := answer.hook(ctx, c); err != nil {
			return answer.result, err
		}
	}
	return answer.result, answer.err
}

// Exists implements [host.Host]. Like a near host it looks at a path when its answer is taken.
func (f *Fake) Exists(_ context.Context, paths ...string) iter.Seq2[bool, error] {
	return host.OneByOne(paths, f.look)
}

func (f *Fake) look(path string) (bool, error) {
	f.mu.Lock()
	f.log = append(f.log, "exists "+quoteWord(path))
	file, ok := f.files[path]
	f.mu.Unlock()
	if !ok {
		f.tb.Errorf("the fake host was asked for a path that the test did not script: %s", quoteWord(path))
		return false, fmt.Errorf("hosttest: no script for the path %s", quoteWord(path))
	}
	return file.exists, file.err
}

// take records c and returns a copy of the script that answers it.
func (f *Fake) take(c host.Command) (Script, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := words(c.Argv)
	f.log = append(f.log, "run "+key)
	c.Stdout, c.Stderr, c.Turn = nil, nil, nil
	f.commands = append(f.commands, c)
	queue := f.scripts[key]
	if len(queue) == 0 {
		return Script{}, false
	}
	if len(queue) > 1 && queue[0].used {
		queue = queue[1:]
		f.scripts[key] = queue
	}
	queue[0].used = true
	return *queue[0], true
}

// Script is the answer to one command. Its methods return it, so that they chain.
type Script struct {
	fake           *Fake
	used           bool
	result         host.Result
	err            error
	stdout, stderr string
	hook           func(context.Context, host.Command) error
}

// Exit makes the command exit with this status.
func (s *Script) Exit(code int) *Script {
	return s.set(func() { s.result.ExitCode = code })
}

// Fail makes Run return err, such as a [*host.StartError].
func (s *Script) Fail(err error) *Script {
	return s.set(func() { s.err = err })
}

// Result replaces the whole result.
func (s *Script) Result(r host.Result) *Script {
	return s.set(func() { s.result = r })
}

// Stdout makes the command print this.
func (s *Script) Stdout(text string) *Script {
	return s.set(func() { s.stdout = text })
}

// Stderr makes the command print this on stderr.
func (s *Script) Stderr(text string) *Script {
	return s.set(func() { s.stderr = text })
}

// Do calls hook in the course of the run, after the scripted output was written. An error
// from it becomes Run's error; with nil the scripted answer stands. The hook may block,
// write to the command's writers, and script the fake.
func (s *Script) Do(hook func(ctx context.Context, c host.Command) error) *Script {
	return s.set(func() { s.hook = hook })
}

func (s *Script) set(change func()) *Script {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	change()
	return s
}

func write(w io.Writer, text string) {
	if w != nil && text != "" {
		// A real host goes on when a writer fails, so the fake does as well.
		_, _ = io.WriteString(w, text)
	}
}

// words joins argv so that two different ones never look the same.
func words(argv []string) string {
	quoted := make([]string, len(argv))
	for i, w := range argv {
		quoted[i] = quoteWord(w)
	}
	return strings.Join(quoted, " ")
}

func quoteWord(w string) string {
	if q := fmt.Sprintf("%q", w); w == "" || strings.ContainsAny(w, " ") || q != `"`+w+`"` {
		return q
	}
	return w
}
