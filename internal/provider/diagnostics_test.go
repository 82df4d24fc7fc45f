package provider

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// twoFullStops finds a sentence that ends twice, and no ellipsis.
var twoFullStops = regexp.MustCompile(`[^.]\.\.(\s|$)`)

// message is a diagnostic with the occasion on which a user reads it.
type message struct {
	when string
	diag diag.Diagnostic
}

// badInput is every message of a validation.
func badInput() []message {
	p := path.Root("command")
	return []message{
		{"nothing to run", nothingToRun(p)},
		{"an empty command", emptyCommand(p)},
		{"a command that is a number", notCommandForm(p)},
		{"an argv with a list inside", notAWord(p.AtListIndex(1))},
		{"a null in a list", nullElement(p.AtListIndex(1))},
		{"a pipe without a shell", needsShell(p, "a pipe (|)")},
		{"an unterminated quote", badSyntax(p, "an unterminated quote")},
		{"a guard that is a number", notGuardForm(path.Root("unless"))},
		{"a flat argv as a guard", flatGuard(path.Root("unless").AtListIndex(1))},
		{"a list of no guards", emptyGuard(path.Root("unless"))},
		{"a path that is a number", notPathForm(path.Root("creates"))},
		{"an empty path", emptyPath(path.Root("creates"))},
		{"a NUL byte", nulByte(p)},
		{"a relative entry of path", notAbsolute(path.Root("path").AtListIndex(0))},
		{"two directories in one entry of path", severalPaths(path.Root("path").AtListIndex(0))},
		{"a negative duration", negativeDuration(path.Root("timeout"))},
		{"shell and interpreter", excludes(path.Root("shell"), "interpreter", "only one of them can read a string.")},
		{"a variable in both environments", variableTwice(path.Root("sensitive_environment").AtMapKey("A"), "environment", "sensitive_environment")},
		{"a variable that is written only, and not only", variableTwice(path.Root("write_only").AtName("environment").AtMapKey("A"), "environment", "write_only")},
		{"two inputs", excludes(path.Root("write_only").AtName("stdin"), "stdin", "a command reads one input.")},
		{"refresh_only with guards that are never asked", guardsNeverAsked(path.Root("refresh_only"))},
		{"refresh_only without a trigger", noTrigger(path.Root("refresh_only"))},
		{"verify without a guard", nothingToVerify(path.Root("verify"))},
		{"a bad EXEC_GUARDS", badVariable(guardsVariable, "never", mustBeGuards)},
		{"a bad EXEC_TIMEOUT", badVariable(timeoutVariable, "soon", mustBeDuration)},
		{"a bad EXEC_MAX_PARALLEL", badVariable(maxParallelVariable, "-1", mustBeCount)},
		{"a bad EXEC_PATH", badVariable(pathVariable, "bin", mustBePath)},
		{"a bad EXEC_ENVIRONMENT", badVariable(environmentVariable, "hunter22", mustBeEnvironment)},
		{"two paths of the provider", twoPaths()},
	}
}

// aroundRuns is every message of a refresh, a plan, an apply and a destruction.
func aroundRuns(t *testing.T) []message {
	t.Helper()
	slow := hosttest.NewFake(t)
	hang := func(ctx context.Context, _ host.Command) error {
		<-ctx.Done()
		return &host.StopError{Cause: context.Cause(ctx)}
	}
	slow.On("slow").Stdout("working\n").Do(hang)
	slow.On("stuck").Result(host.Result{}).Do(hang)
	engine := converge.Engine{Host: slow, GuardTimeout: time.Millisecond}
	line := converge.Line{Argv: []string{"slow"}}
	_, late := engine.Converge(t.Context(), converge.Spec{Command: line, Timeout: time.Millisecond, Returns: []int{0}}, guard.Facts{First: true})
	_, unbegun := engine.Converge(t.Context(), converge.Spec{Command: converge.Line{Argv: []string{"stuck"}}, Timeout: time.Millisecond}, guard.Facts{First: true})
	_, mute := engine.Converge(t.Context(), converge.Spec{Guards: converge.Guards{OnlyIf: []converge.Line{line}}}, guard.Facts{})
	m := messages{mask: host.NewMasker("hunter22"), label: "deploy", target: "local", within: path.Root("command")}
	undo := m
	undo.within = attributePath("destroy.command")
	undo.id = "h6c2p4kq"
	far := m
	far.target = "ssh://root@example.org:22"
	silent := m
	silent.silent = true
	code := 2
	run := converge.Run{
		Program: "deploy.sh", ExitCode: &code, Tries: 1,
		Started: time.Unix(100, 0), Ended: time.Unix(101, 500e6),
		Stdout: converge.Output{Tail: "starting\n", Total: 9},
		Stderr: converge.Output{Tail: "cannot log in with hunter22\nno such host\n", Total: 41},
	}
	var lines strings.Builder
	for i := range 30 {
		fmt.Fprintf(&lines, "line %d\n", i+1)
	}
	long, thrice, killed, good := run, run, run, run
	long.Stderr.Tail = lines.String()
	thrice.Tries, killed.ExitCode = 3, nil
	zero := 0
	good.ExitCode = &zero
	never := converge.Run{Program: "deploy.sh"}
	failed := func(r converge.Run, err error) error {
		return &converge.RunError{Run: r, Allowed: []int{0, 3}, Timeout: 5 * time.Minute, Err: err}
	}
	start := func(reason host.StartReason, subject, detail string) error {
		return failed(never, &host.StartError{Reason: reason, Subject: subject, Detail: detail, Err: errors.New("system error")})
	}
	no := func(r guard.Reason) guard.Decision {
		return guard.Decision{Verdict: guard.Skip, Reasons: []guard.Reason{r}}
	}
	unstarted := guard.Reason{
		Kind: guard.Unless, Index: 1, Stderr: "hunter22 is wrong\n", Err: &host.StartError{Reason: host.ProgramNotFound, Subject: "jq", Detail: "PATH is /bin"},
	}
	refused := guard.Reason{Kind: guard.OnlyIf, ExitCode: 127, Refused: true, Stderr: "sh: 1: jq: not found\n"}
	denied := guard.Reason{Kind: guard.Creates, Path: "/root/x", Err: errors.New("stat /root/x: permission denied")}
	return []message{
		{"the plan of a creation that a path makes void", m.willNotRun(no(guard.Reason{Kind: guard.Creates, Path: "/opt/app", Exists: true}))},
		{"the plan of a creation that a command makes void", m.willNotRun(no(guard.Reason{Kind: guard.OnlyIf, Index: 2, ExitCode: 1}))},
		{"a guard in a plan whose program does not exist", m.mayRun(unstarted)},
		{"a guard in a plan that its shell cannot run", m.mayRun(refused)},
		{"a guard in a plan that is interrupted", m.mayRun(guard.Reason{Kind: guard.Unless, Err: &host.StopError{Cause: context.Canceled}})},
		{"a path in a plan that may not be looked at", m.mayRun(denied)},
		{"a guard in an apply whose program does not exist", m.failure(&converge.GuardError{Reason: unstarted})},
		{"a guard of destroy that its shell cannot run", undo.failure(&converge.GuardError{Reason: refused})},
		{"a guard in an apply that takes too long", m.failure(mute)},
		{"a refresh of a resource that lives elsewhere", far.unknownTarget(diag.SeverityWarning)},
		{"a destruction of a resource that lives elsewhere", far.unknownTarget(diag.SeverityError)},

		{"an exit code that is not accepted", m.failure(failed(run, nil))},
		{"the last of several tries", m.failure(failed(thrice, nil))},
		{"more output than a message shows", m.failure(failed(long, nil))},
		{"output that is not to be shown", silent.failure(failed(run, nil))},
		{"a time limit", m.failure(late)},
		{"a time limit of the destroy command", undo.failure(late)},
		{"a time limit before the command has started", m.failure(unbegun)},
		{"a signal", m.failure(failed(killed, &host.SignalError{Name: "SIGSEGV", Number: 11}))},
		{"an interrupt", m.failure(failed(killed, &host.StopError{Cause: errors.New("interrupt")}))},
		{"an interrupt before it has started", m.failure(failed(converge.Run{Program: "deploy.sh"}, &host.StopError{Cause: errors.New("interrupt")}))},
		{"an interrupt between two tries", m.failure(&converge.RunError{Run: run, Allowed: []int{0}, Interrupted: true})},
		{"an end that is not known", m.failure(failed(killed, errors.New("connection lost")))},
		{"no duration", notDuration(path.Root("timeout"), "soon")},
		{"a duration without a unit", notDuration(path.Root("destroy").AtName("timeout"), "90")},
		{"a number with a fraction", notWhole(path.Root("tries"))},
		{"an import without an identifier", emptyID(path.Root("id"))},
		{"no such program", m.failure(start(host.ProgramNotFound, "deploy.sh", "PATH is /bin"))},
		{"no such program once it has run", m.failure(failed(run, &host.StartError{Reason: host.ProgramNotFound, Subject: "deploy.sh", Err: errors.New("system error")}))},
		{"no such directory", m.failure(start(host.DirMissing, "/work", ""))},
		{"no such user", m.failure(start(host.UserUnknown, "nobody2", ""))},
		{"no such group", m.failure(start(host.GroupUnknown, "nogroup2", ""))},
		{"a system that is short of something", m.failure(start(host.Exhausted, "deploy.sh", ""))},
		{"a run that is not verified", m.failure(&converge.VerifyError{Run: good, Decision: guard.Decision{
			Verdict: guard.Run, Reasons: []guard.Reason{{Kind: guard.Creates, Path: "/opt/app"}, {Kind: guard.Unless, ExitCode: 1}},
		}})},
		{"a log file in a directory that does not exist", m.failure(&converge.LogFileError{
			Path: "/nonexistent/log", Err: errors.New("open /nonexistent/log: no such file or directory"),
		})},
		{"a lock that was not had in time", m.failure(&converge.LockError{Name: "apt", Err: errors.New("no such directory")})},
		{"a wait for a lock that was interrupted", m.failure(&converge.LockError{Name: "apt", Err: context.Canceled})},
		{"a wait for other commands that ended", m.failure(&converge.SlotError{Limit: 2, Err: errors.New("context canceled")})},
		{"a string that turns out to need a shell", m.failure(&converge.LineError{Kind: converge.Command, Err: errors.New("not a command by POSIX rules")})},
		{"any other failure", m.failure(errors.New("something else"))},
		{"a failing destroy command", undo.undoFailed(failed(run, nil), false)},
		{"a failing destroy command after nothing succeeded", undo.undoFailed(failed(run, nil), true)},

		{"a run that does not make its creates", m.notice(converge.StillNeeded, good, 0)},
		{"a daemon that holds the output", m.notice(converge.OutputHeld, good, 0)},
		{"output beyond the limit", m.notice(converge.OutputCut, good, 4096)},
		{"a log file on a full disk", m.notice(converge.LogIncomplete, good, 0)},
		{"a secret in output that is stored", m.secretStored()},
		{"logoutput = true", m.output(good)},
	}
}

// The golden file holds every message as a user reads it. Run with -update to write it,
// and read it before it is committed.
func TestDiagnosticsGolden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, m := range everyMessage(t) {
		fmt.Fprintf(&b, "# %s\n%s", m.when, m.diag.Severity())
		if d, ok := m.diag.(diag.DiagnosticWithPath); ok {
			fmt.Fprintf(&b, " at %s", d.Path())
		}
		fmt.Fprintf(&b, ": %s\n", m.diag.Summary())
		for line := range strings.Lines(m.diag.Detail() + "\n") {
			b.WriteString(strings.TrimRight("  "+line, " \n") + "\n")
		}
		b.WriteByte('\n')
	}
	golden := filepath.Join("testdata", "diagnostics.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("messages (-want +got); run with -update if they are meant:\n%s", diff)
	}
}

// Engines fold many diagnostics of one summary into one, and a reader scans summaries: so
// they say what could not be done, and hold no value.
func TestDiagnosticSummaries(t *testing.T) {
	t.Parallel()
	of := map[diag.Severity]*regexp.Regexp{
		diag.SeverityError:   regexp.MustCompile(`^Unable to [a-z][a-z ]*$`),
		diag.SeverityWarning: regexp.MustCompile(`^[A-Z][a-z ]*$`),
	}
	for _, m := range everyMessage(t) {
		t.Run(m.when, func(t *testing.T) {
			t.Parallel()
			if summary := m.diag.Summary(); !of[m.diag.Severity()].MatchString(summary) {
				t.Errorf("the summary %q of an %s does not match %s", summary, m.diag.Severity(), of[m.diag.Severity()])
			}
			detail := m.diag.Detail()
			if strings.Contains(detail, "hunter22") {
				t.Errorf("the detail shows a secret:\n%s", detail)
			}
			if said, _, _ := strings.Cut(detail, "\n\n"); !strings.HasSuffix(said, ".") && !strings.Contains(said, "]]") {
				t.Errorf("the detail does not begin with a sentence:\n%s", detail)
			}
			if twoFullStops.MatchString(detail) || strings.Contains(detail, "\n\n\n") {
				t.Errorf("the detail has two full stops or an empty label:\n%s", detail)
			}
		})
	}
}

// Every reason for which nothing starts has words, and is laid at the attribute at fault.
func TestStartFailuresNameTheAttributeAtFault(t *testing.T) {
	t.Parallel()
	cases := map[host.StartReason]string{
		host.StartOther: "command", host.ProgramNotFound: "command", host.ProgramNotExecutable: "command",
		host.ProgramIsDirectory: "command", host.InterpreterMissing: "command", host.FormatUnknown: "command",
		host.ArgumentsTooLong: "command", host.Unsupported: "command", host.Exhausted: "command",
		host.DirMissing: "cwd", host.DirNotDirectory: "cwd", host.DirDenied: "cwd",
		host.UserUnknown: "user", host.SwitchDenied: "user", host.GroupUnknown: "group",
	}
	m := messages{target: "local", within: path.Root("command")}
	for reason, want := range cases {
		t.Run(reason.String(), func(t *testing.T) {
			t.Parallel()
			d, ok := m.failure(&converge.RunError{Err: &host.StartError{Reason: reason, Subject: "subject", Detail: "more"}}).(diag.DiagnosticWithPath)
			if !ok || !d.Path().Equal(path.Root(want)) {
				t.Errorf("the failure is laid at %v, want %s", d, want)
			}
			if d.Summary() != "Unable to start command" || !strings.Contains(d.Detail(), `"subject" (more)`) {
				t.Errorf("%s\n%s", d.Summary(), d.Detail())
			}
		})
	}
}
