package converge

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Run is what came of running a command, over all its tries.
type Run struct {
	// Program is the first word of what was started. Nothing else of the command is
	// kept, for any of it may be a secret.
	Program string
	// ExitCode is nil if there is none: a signal, a timeout, an interrupt.
	ExitCode *int
	// Unchanged says that the exit code is one that means "ran, changed nothing".
	Unchanged bool
	// Stdout and Stderr are the output of the last try.
	Stdout, Stderr Output
	// Started is when the first try began, Ended when the last one ended.
	Started, Ended time.Time
	// Tries is how often the command was started.
	Tries int
	// Result is what a service came to, a value of encoding/json, if HasResult is set.
	// ResultError tells why a service that should have one has none.
	Result      any
	HasResult   bool
	ResultError error

	outputHeld, logIncomplete bool
}

// Output is what is kept of one stream.
type Output struct {
	// Text is valid UTF-8.
	Text string
	// Cut says that Text is not everything; Total is how many bytes there were.
	Cut   bool
	Total int64
	// Tail is the end of the stream for a message, whatever the limit of Text is.
	Tail string
}

// messageLimit is how many bytes of each stream a message gets to choose from.
const messageLimit = 4096

// Elapsed is the time from the start of the first try to the end of the last one.
func (r Run) Elapsed() time.Duration { return r.Ended.Sub(r.Started) }

func (r Run) notices() []Notice {
	var n []Notice
	if r.outputHeld {
		n = append(n, OutputHeld)
	}
	if r.Stdout.Cut || r.Stderr.Cut {
		n = append(n, OutputCut)
	}
	if r.logIncomplete {
		n = append(n, LogIncomplete)
	}
	return n
}

// job is one command with the rules by which it is run and judged.
type job struct {
	process   Process
	line      Line
	stdin     string
	timeout   time.Duration
	interrupt time.Duration
	tries     int
	trySleep  time.Duration
	returns   []int
	unchanged []int
	limit     int
	logFile   string
	progress  func(line string)
	// progressMask hides in what progress is told what nobody may see; nil hides nothing.
	progressMask *host.Masker
	// mask hides in what is stored what must not be; nil hides nothing.
	mask *host.Masker
}

func (s Spec) job(l Line) job {
	return job{
		process: s.surroundings(), line: l, stdin: s.Stdin, timeout: s.Timeout, tries: s.Tries,
		trySleep: s.TrySleep, returns: s.Returns, unchanged: s.UnchangedReturns,
		limit: s.OutputLimit, logFile: s.LogFile, progress: s.Progress, progressMask: s.ProgressMask, mask: s.WriteOnly.masker(),
	}
}

func (s Spec) undoJob() job {
	return job{
		process: s.surroundings(), line: s.Destroy.Command, timeout: s.Destroy.Timeout, tries: 1,
		returns: s.Destroy.Returns, limit: KeepNothing, logFile: s.LogFile,
	}
}

// run starts the job's command until a try succeeds or there are no more. The Run is nil
// if nothing was ever started. What cannot start will not start at the next try either,
// unless the system was only short of something, what was lost may still run, and an
// interrupt ends everything.
func (e Engine) run(ctx context.Context, j job) (*Run, error) {
	command, err := j.process.command(j.line)
	if err != nil {
		return nil, &LineError{Kind: Command, Err: err}
	}
	if err := e.reached(); err != nil {
		return nil, err
	}
	command.Stdin, command.Interrupt = j.stdin, j.interrupt
	log, err := openLog(j.logFile)
	if err != nil {
		return nil, err
	}
	defer log.close()
	run := &Run{Program: command.Argv[0]}
	for try := 1; ; try++ {
		err = e.try(ctx, j, command, log, run)
		var start *host.StartError
		final := errors.As(err, &start) && start.Reason != host.Exhausted || lost(err)
		retry := err != nil && !final && ctx.Err() == nil && try < j.tries
		if !retry {
			break
		}
		if !pause(ctx, j.trySleep) {
			interrupted(err)
			break
		}
	}
	run.logIncomplete = log.failed()
	if run.Tries == 0 {
		return nil, err
	}
	return run, err
}

// interrupted notes with the error of a try that there would have been another one.
func interrupted(err error) {
	if failed, ok := errors.AsType[*RunError](err); ok {
		failed.Interrupted = true
	}
}

// try starts the command once and judges what came of it. A try that did not start leaves
// the run as it was.
func (e Engine) try(ctx context.Context, j job, c host.Command, log *logFile, run *Run) error {
	stdout, stderr := newStream(j.limit), newStream(j.limit)
	toStdout, toStderr := log.tee(stdout, j.mask), log.tee(stderr, j.mask)
	told := newProgress(j.progress, j.progressMask)
	c.Stdout, c.Stderr = told.tee(toStdout), told.tee(toStderr)
	limited, begin, release := host.Limit(ctx, j.timeout, errTimeout)
	defer release()
	c.Turn = begin
	result, err := e.Host.Run(limited, c)
	told.close()
	toStdout.end()
	toStderr.end()
	if !result.Started.IsZero() {
		if run.Tries == 0 {
			run.Started = result.Started
		}
		run.Tries++
		run.Ended = result.Ended
		run.Stdout, run.Stderr = stdout.output(j.mask), stderr.output(j.mask)
		run.outputHeld = result.OutputHeld
		run.ExitCode, run.Unchanged = nil, false
	}
	if err == nil {
		code := result.ExitCode
		run.ExitCode = &code
		run.Unchanged = slices.Contains(j.unchanged, code)
		if run.Unchanged || slices.Contains(j.returns, code) {
			return nil
		}
	}
	return &RunError{
		Run: *run, Allowed: slices.Concat(j.returns, j.unchanged), Timeout: j.timeout, Err: err,
	}
}

// stream keeps of one stream what the state gets, if it gets anything, and what a message
// gets.
type stream struct{ kept, tail *host.Capture }

func newStream(limit int) stream {
	if limit == KeepNothing {
		return stream{tail: host.NewTail(messageLimit)}
	}
	return stream{kept: host.NewCapture(limit), tail: host.NewTail(messageLimit)}
}

// Write keeps what there is room for; it never fails.
func (s stream) Write(p []byte) (int, error) {
	if s.kept != nil {
		_, _ = s.kept.Write(p)
	}
	return s.tail.Write(p)
}

// output returns what is kept, with what mask hides hidden.
func (s stream) output(mask *host.Masker) Output {
	if s.kept == nil {
		return Output{Total: s.tail.Total(), Tail: s.tail.Text()}
	}
	return Output{Text: s.kept.Masked(mask), Cut: s.kept.Cut(), Total: s.kept.Total(), Tail: s.tail.Text()}
}

// pause waits between tries; false means that the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// maxVariable is the longest value of a variable that Linux passes on, less some room for
// its name (MAX_ARG_STRLEN is 128 KiB).
const maxVariable = 120 << 10

// environment is what a destroy command is told about the last run. A variable can hold
// neither a NUL byte nor any length.
func (l Last) environment() map[string]string {
	code := ""
	if l.ExitCode != nil {
		code = strconv.Itoa(*l.ExitCode)
	}
	stdout := strings.ReplaceAll(l.Stdout, "\x00", "")
	if len(stdout) > maxVariable {
		cut := host.NewCapture(maxVariable)
		_, _ = io.WriteString(cut, stdout)
		stdout = cut.Text()
	}
	return map[string]string{"EXEC_EXIT_CODE": code, "EXEC_STDOUT": stdout, "EXEC_RUN_ID": l.RunID}
}

// with returns p with more variables.
func (p Process) with(env map[string]string) Process {
	merged := maps.Clone(p.Environment)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, env)
	p.Environment = merged
	return p
}
