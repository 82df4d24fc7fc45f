package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// Every message of this provider is built in this file. A summary is constant and names
// no value, so that engines fold many alike into one. A detail says what was attempted and
// what happened, then what to do, then labelled facts. A configured command is never
// repeated beyond its first word: any other part of it may be a secret.

// detail joins what happened, what to do, and the facts.
func detail(said string, facts ...string) string {
	facts = slices.DeleteFunc(facts, func(s string) bool { return s == "" })
	if len(facts) == 0 {
		return said
	}
	return said + "\n\n" + strings.Join(facts, "\n")
}

// Bad input.

func refused(p path.Path, summary, said string) diag.Diagnostic {
	shown, within := visible(p)
	if within != "" {
		said = fmt.Sprintf("In %s: %s", within, said)
	}
	return diag.NewAttributeErrorDiagnostic(shown, summary, said)
}

// below returns what was said of a value inside of an attribute, of the path from there, as
// it is said of the path from the root. Said twice, it is the same and told once.
func below(p path.Path, d diag.Diagnostic) diag.Diagnostic {
	located, ok := d.(diag.DiagnosticWithPath)
	if !ok {
		return d
	}
	for _, step := range located.Path().Steps() {
		switch s := step.(type) {
		case path.PathStepAttributeName:
			p = p.AtName(string(s))
		case path.PathStepElementKeyInt:
			p = p.AtListIndex(int(s))
		case path.PathStepElementKeyString:
			p = p.AtMapKey(string(s))
		}
	}
	return refused(p, d.Summary(), d.Detail())
}

// visible returns the part of a path that engines find in a configuration: an attribute,
// or an element of its list. For what lies deeper they show the line of something else, so
// the message has to name it.
func visible(p path.Path) (shown path.Path, within string) {
	steps := p.Steps()
	if len(steps) <= 1 {
		return p, ""
	}
	shown = path.Empty()
	if root, ok := steps[0].(path.PathStepAttributeName); ok {
		shown = path.Root(string(root))
	}
	if index, ok := steps[1].(path.PathStepElementKeyInt); ok {
		shown = shown.AtListIndex(int(index))
		if len(steps) == 2 {
			return shown, ""
		}
	}
	return shown, p.String()
}

const (
	summaryCommand = "Unable to use command"
	summaryGuard   = "Unable to use guard"
	summaryValue   = "Unable to use value"
	summaryCombine = "Unable to combine attributes"
)

func emptyID(p path.Path) diag.Diagnostic {
	return refused(p, "Unable to import", "The identifier is empty. It may be any other text, and becomes the id.")
}

func nothingToRun(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "There is nothing to run: none of command, executable, service and name is set.")
}

func emptyCommand(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "The command is empty. Write a string, or a list of strings whose first one is the program.")
}

func notCommandForm(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "A command is a string, or a list of strings that is the argv.")
}

func notAWord(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "Each element of an argv is a string.")
}

func nullElement(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "This element is null. Leave it out, for example with compact() or a for expression with an if clause.")
}

func needsShell(p path.Path, construct string) diag.Diagnostic {
	return refused(p, summaryCommand, fmt.Sprintf("The string needs a shell: it has %s, and no shell reads it.\n\n"+
		"Set shell = true (or interpreter) to have a shell read it, or write a list of strings, which is never interpreted.", construct))
}

func badSyntax(p path.Path, fault string) diag.Diagnostic {
	return refused(p, summaryCommand, fmt.Sprintf("The string cannot be split into words: %s.\n\n"+
		"Correct the quoting, or write a list of strings, which is never interpreted.", fault))
}

func notGuardForm(p path.Path) diag.Diagnostic {
	return refused(p, summaryGuard, "A guard is a string, which is one command, or a list of commands, each a string or a list of "+
		"strings that is the argv: [\"test -d /y\", [\"test\", \"-f\", \"/x\"]].")
}

func flatGuard(p path.Path) diag.Diagnostic {
	return refused(p, summaryGuard, "This element of a list of commands starts with \"-\", so the list seems to be meant as the argv of one "+
		"command. Put it into a list of its own: [[\"test\", \"-f\", \"/x\"]].")
}

func emptyGuard(p path.Path) diag.Diagnostic {
	return refused(p, summaryGuard, "The list is empty, so there is nothing to ask. Leave the attribute out, or set it to null.")
}

func notPathForm(p path.Path) diag.Diagnostic {
	return refused(p, summaryGuard, "Write a path as a string, or a list of such strings.")
}

func emptyPath(p path.Path) diag.Diagnostic {
	return refused(p, summaryGuard, "The path is empty.")
}

func notWhole(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "Write a whole number, of no more than 18 digits.")
}

func nulByte(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "The value contains a NUL byte, which no command, variable or path can hold.")
}

func notAbsolute(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "Each entry of path is an absolute directory; a relative one would mean another directory for every process.")
}

func severalPaths(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "Each entry of path is one directory. Write one element for each, without the separator that PATH has.")
}

func notDuration(p path.Path, text string) diag.Diagnostic {
	said := fmt.Sprintf("This is no duration: %q. Write numbers with their units, like \"90s\", \"5m\" or \"1h30m\".", text)
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		said = fmt.Sprintf("A duration needs a unit. Write %q for seconds, or another one, like \"5m\" or \"1h30m\".", text+"s")
	}
	return refused(p, summaryValue, said)
}

func negativeDuration(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "The duration is negative. Write \"0s\" or more.")
}

func excludes(p path.Path, other, why string) diag.Diagnostic {
	return refused(p, summaryCombine, fmt.Sprintf("This attribute and %s exclude each other: %s", other, why))
}

func variableTwice(p path.Path, one, other string) diag.Diagnostic {
	return refused(p, summaryCombine, fmt.Sprintf("The same variable is in %s and in %s. Keep one of them.", one, other))
}

func guardsNeverAsked(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "With refresh_only and without recheck_on the guards would never be asked: subscribe runs the command "+
		"whatever they say. Set recheck_on to what they should be asked on, or remove them.")
}

func noTrigger(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "With refresh_only the command runs only through a trigger, and neither subscribe nor recheck_on is set.")
}

func nothingToVerify(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "verify asks the guards after the run, and there are none. Set creates, removes, unless or onlyif.")
}

// Why a command is needed, or not.

// noopMessage words a decision that is not to skip.
func (m messages) noopMessage(d guard.Decision) string {
	if d.Verdict == guard.Unsure {
		return m.mask.Mask("May execute: " + reasonText(d.Reasons[0]))
	}
	return m.mask.Mask("Would have executed: " + reasonsText(d.Reasons))
}

// reasonsText words reasons that only together are one, the first few of them.
func reasonsText(reasons []guard.Reason) string {
	texts := make([]string, 0, len(reasons))
	for _, r := range reasons {
		texts = append(texts, reasonText(r))
	}
	const shown = 5
	if more := len(texts) - shown; more > 0 {
		texts = append(texts[:shown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}

// Why guards were not asked.
const (
	notAskedMessage     = `May execute: guards are asked during apply (guards = "apply")`
	placeUnknownMessage = "May execute: guards are asked during apply (the provider's path or environment is not known yet)"
)

// reasonText words one reason. Paths are shown, commands are named by their position.
func reasonText(r guard.Reason) string {
	if !answered(r) {
		return fmt.Sprintf("%s gave no answer (%s)", guardName(r), noAnswer(r))
	}
	switch r.Kind {
	case guard.Subscribe:
		return "subscribe changed"
	case guard.RefreshOnly:
		return "refresh_only, and nothing triggered"
	case guard.Creates:
		return guardName(r) + " " + existence(r)
	case guard.Removes:
		return guardName(r) + " " + existence(r)
	case guard.Unless, guard.OnlyIf:
		return fmt.Sprintf("%s exited %d", guardName(r), r.ExitCode)
	case guard.FirstApply:
		return "never executed before"
	case guard.DefinitionChanged:
		return "the definition changed"
	case guard.RecheckOn:
		return "recheck_on changed"
	case guard.LastRunFailed:
		return "the last run failed"
	case guard.Always:
		return "always"
	case guard.StateIsGuard:
	}
	return "already executed"
}

func answered(r guard.Reason) bool { return r.Err == nil && !r.Refused }

func existence(r guard.Reason) string {
	if r.Exists {
		return "exists"
	}
	return "does not exist"
}

// guardName names a guard as a reader finds it in the configuration.
func guardName(r guard.Reason) string {
	switch r.Kind {
	case guard.Creates:
		return fmt.Sprintf("creates %q", r.Path)
	case guard.Removes:
		return fmt.Sprintf("removes %q", r.Path)
	case guard.Unless:
		return fmt.Sprintf("unless[%d]", r.Index)
	case guard.OnlyIf:
		return fmt.Sprintf("onlyif[%d]", r.Index)
	case guard.Subscribe, guard.RefreshOnly, guard.FirstApply, guard.DefinitionChanged,
		guard.RecheckOn, guard.LastRunFailed, guard.Always, guard.StateIsGuard:
	}
	return "the state"
}

// noAnswer says in a few words, and without any of the command's, why a guard gave none.
func noAnswer(r guard.Reason) string {
	var start *host.StartError
	var signal *host.SignalError
	var lost *host.LostError
	switch {
	case r.Refused:
		return fmt.Sprintf("the shell could not run it, exit code %d", r.ExitCode)
	case guard.TimedOut(r.Err):
		return "it timed out"
	case errors.As(r.Err, &start):
		return start.Reason.String()
	case errors.As(r.Err, &signal):
		return "it was " + signal.Error()
	case errors.Is(r.Err, context.Canceled):
		return "it was interrupted"
	case isUnreached(r.Err):
		return "the machine cannot be reached"
	case errors.As(r.Err, &lost):
		return "the connection broke"
	case r.Kind == guard.Creates || r.Kind == guard.Removes:
		return "the path may not be looked at"
	}
	return "it could not be run"
}

func guardPath(r guard.Reason) path.Path {
	switch r.Kind {
	case guard.Creates:
		return path.Root("creates")
	case guard.Removes:
		return path.Root("removes")
	case guard.Unless:
		return path.Root("unless")
	case guard.OnlyIf:
		return path.Root("onlyif")
	case guard.Subscribe, guard.RefreshOnly, guard.FirstApply, guard.DefinitionChanged,
		guard.RecheckOn, guard.LastRunFailed, guard.Always, guard.StateIsGuard:
	}
	return path.Empty()
}

// What a plan warns of.

// messages words what happens around one resource, with its secrets masked.
type messages struct {
	mask   *host.Masker
	label  string
	target string
	// within is the attribute that holds the command at fault: command, refresh, name, or
	// destroy for all that stands in that block.
	within path.Path
	// silent says that no output may be shown.
	silent bool
	// forgiven says that the failure is none that matters.
	forgiven bool
	// id is set where a resource is destroyed: engines give no address with a message about
	// what is no longer configured, and print "Destroying... [id=…]" before it.
	id string
	// executable and service name what the command runs under, or is.
	executable, service string
	// stateless says that nothing remembers the run, so that nothing tries it again.
	stateless bool
	// secretStdout says that standard output is a secret, here and in what else is shown.
	secretStdout bool
}

// willNotRun tells that a resource will be created without a run. The summary is the same
// for all of them, for there may be hundreds.
func (m messages) willNotRun(d guard.Decision) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(guardPath(d.Reasons[0]), "Command is not needed at present", m.mask.Mask(
		"The resource will be created without running its command, unless this changes before the apply: "+
			reasonText(d.Reasons[0])+"."))
}

func (m messages) mayRun(r guard.Reason) diag.Diagnostic {
	if isUnreached(r.Err) {
		return m.mayRunUnreached(r)
	}
	return diag.NewAttributeWarningDiagnostic(guardPath(r), "Unable to ask guard during plan", m.mask.Mask(detail(
		"The command may run, because "+reasonText(r)+". Guards are asked again during the apply, when an earlier step may "+
			"have provided what this one needs. Without an answer then, the apply fails and nothing runs.",
		m.host(), m.lastWords("Stderr", r.Stderr), cause(r.Err))))
}

func (m messages) unknownTarget(severity diag.Severity) diag.Diagnostic {
	const summary = "Unable to reach target"
	text := fmt.Sprintf("The state says that this resource lives on %q, which its connection does not lead to. Nothing was run, here or there. "+
		"Correct the state, or remove the resource from it.", m.target)
	if severity == diag.SeverityWarning {
		return diag.NewAttributeWarningDiagnostic(path.Root("target"), summary, text)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("target"), summary, text)
}

// What an apply fails of.

// failure words the error of a run, an undo or a question.
func (m messages) failure(err error) diag.Diagnostic {
	var (
		unanswered *converge.GuardError
		unverified *converge.VerifyError
		failed     *converge.RunError
		log        *converge.LogFileError
		lock       *converge.LockError
		slot       *converge.SlotError
		pin        *converge.PinError
		line       *converge.LineError
		unready    *converge.PrepareError
	)
	switch {
	case errors.As(err, &failed):
		return m.runFailed(failed)
	case isUnreached(err):
		return m.unreached(err)
	case errors.As(err, &unanswered):
		return m.guardUnanswered(unanswered)
	case errors.As(err, &unverified):
		return m.notVerified(unverified)
	case errors.As(err, &log):
		return m.error(path.Root("log_file"), "Unable to open log file", detail(
			"The log file could not be opened for appending, so nothing was run. Name a file, not a pipe or a socket. Its directory must exist.",
			m.host(), "Log file: "+log.Path, cause(log.Err)))
	case errors.As(err, &lock):
		said := "The lock could not be had"
		if errors.Is(lock.Err, context.Canceled) {
			said = "The wait for the lock was interrupted"
		}
		return m.error(path.Root("lock"), "Unable to acquire lock", detail(
			said+", so nothing was run.", m.host(), fmt.Sprintf("Lock: %q", lock.Name), cause(lock.Err)))
	case errors.As(err, &slot):
		return m.noSlot(slot)
	case errors.As(err, &pin):
		return m.pinned(pin)
	case errors.As(err, &line):
		return m.lineRefused(line)
	case errors.As(err, &unready):
		return m.notPrepared(unready.Err)
	}
	return m.error(m.within, "Unable to run command", detail("Nothing was run.", m.host(), cause(err)))
}

func (m messages) pinned(e *converge.PinError) diag.Diagnostic {
	p := path.Root("executable").AtName("expected_sha256")
	if e.Err != nil {
		return m.error(p, "Unable to check executable", detail(
			"The content of the executable could not be compared with expected_sha256, so nothing was run.",
			m.host(), m.executableFact(), "Path: "+e.Path, cause(e.Err)))
	}
	return m.error(p, "Unable to accept executable", detail(
		"The content of the executable is not what expected_sha256 says, so nothing was run. Install the expected one, or accept this one by "+
			"changing expected_sha256.",
		m.host(), m.executableFact(), "Path: "+e.Path, "Expected: "+e.Want, "Found: "+e.Got))
}

func (m messages) executableFact() string {
	if m.executable == "" {
		return ""
	}
	return fmt.Sprintf("Executable: %q", m.executable)
}

func (m messages) error(p path.Path, summary, text string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(p, summary, m.mask.Mask(text))
}

func (m messages) lineRefused(e *converge.LineError) diag.Diagnostic {
	p := m.within
	if e.Kind != converge.Command {
		p = m.guardPath(guard.Reason{Kind: e.Kind, Index: e.Index})
	}
	return refusedLine(p, e.Err)
}

// guardPath returns the path of a guard of the command, or of the destroy command.
func (m messages) guardPath(r guard.Reason) path.Path {
	if m.undoing() {
		if r.Kind == guard.Unless {
			return path.Root("destroy").AtName("unless")
		}
		return path.Root("destroy").AtName("onlyif")
	}
	return guardPath(r)
}

func (m messages) guardUnanswered(e *converge.GuardError) diag.Diagnostic {
	r := e.Reason
	what, block, toDo := "the command", "", " Correct the guard, or provide what it needs."
	if m.undoing() {
		what, block = "the destroy command", "destroy."
		toDo = m.next() + " Provide what the guard needs. A corrected block counts once it has been applied."
	}
	if _, lost := errors.AsType[*host.LostError](r.Err); lost {
		toDo = " It is asked again the next time."
	}
	return m.error(m.guardPath(r), "Unable to ask guard", detail(
		fmt.Sprintf("Nothing was run, because it is not known whether %s is needed: %s%s.%s", what, block, reasonText(r), toDo),
		m.host(), m.lastWords("Stderr", r.Stderr), cause(r.Err)))
}

func (m messages) notVerified(e *converge.VerifyError) diag.Diagnostic {
	return m.error(path.Root("verify"), "Unable to verify run", detail(
		"The command succeeded, and the guards still do not say that it is no longer needed: "+reasonsText(e.Decision.Reasons)+
			". Correct the command or the guard.",
		append([]string{m.host()}, m.runFacts(e.Run, nil)...)...))
}

func (m messages) runFailed(e *converge.RunError) diag.Diagnostic {
	var (
		start  *host.StartError
		signal *host.SignalError
		stop   *host.StopError
		lost   *host.LostError
	)
	facts := append([]string{m.host()}, m.runFacts(e.Run, e.Allowed)...)
	switch {
	case isUnreached(e.Err):
		return m.runUnreached(e)
	case errors.As(e.Err, &lost):
		return m.runLost(e, lost)
	case errors.As(e.Err, &start) && e.Run.Tries > 0:
		return m.error(m.startPath(start), "Unable to start command", detail(fmt.Sprintf(
			"Try %d could not be started: %s. What follows is of the try before it.%s", e.Run.Tries+1, startText(start), m.next()),
			append(facts, cause(start.Err))...))
	case errors.As(e.Err, &start):
		return m.error(m.startPath(start), "Unable to start command", detail(
			"The command could not be started, so nothing of it was executed: "+startText(start)+".", m.host(), m.executableFact(), m.program(e.Run), cause(start.Err)))
	case e.TimedOut() && e.Run.Tries == 0:
		return m.error(m.timeoutPath(), "Unable to start command in time", detail(fmt.Sprintf(
			"The command had not started after %s, and is ended if it starts after all. Its program, its working directory or its user "+
				"may depend on a server that does not answer.%s", e.Timeout, m.next()), m.host(), m.program(e.Run)))
	case e.TimedOut():
		return m.error(m.timeoutPath(), "Unable to finish command in time", detail(fmt.Sprintf(
			"The command was still running after %s, so it was ended, and everything in its session with it.%s", e.Timeout, m.next()), facts...))
	case errors.As(e.Err, &stop) && e.Run.Tries == 0:
		return m.error(m.within, "Unable to start command", detail(
			"An interrupt came before the command had started."+m.next(), m.host(), m.program(e.Run)))
	case errors.As(e.Err, &stop):
		return m.error(m.within, "Unable to finish command", detail(
			"The command was interrupted and ended, and everything in its session with it."+m.next(), facts...))
	case errors.As(e.Err, &signal):
		return m.error(m.within, "Unable to finish command", detail(
			fmt.Sprintf("The command was %s, which no list of exit codes accepts.%s", signal, m.next()), facts...))
	case e.Err != nil:
		return m.error(m.within, "Unable to run command", detail(
			"It is not known what became of the command."+m.next(), append(facts, cause(e.Err))...))
	}
	said := fmt.Sprintf("The command ran and exited with code %d, which is not accepted.", *e.Run.ExitCode)
	if e.Interrupted {
		said += fmt.Sprintf(" An interrupt came before try %d.", e.Run.Tries+1)
	}
	return m.error(m.within, "Unable to run command", detail(said+m.next(), facts...))
}

// next says what becomes of a run that failed.
func (m messages) next() string {
	switch {
	case m.forgiven || m.stateless:
		return ""
	case m.undoing():
		return " The resource stays in the state, and the next destroy tries again."
	}
	return " The next apply tries again, unless a guard then says that it is not needed."
}

// undoing reports that the command is the destroy command.
func (m messages) undoing() bool { return m.within.Equal(path.Root("destroy").AtName("command")) }

// timeoutPath is the attribute beside the command at fault.
func (m messages) timeoutPath() path.Path {
	return m.within.ParentPath().AtName("timeout")
}

// startPath is the attribute at fault for a command that did not start.
func (m messages) startPath(e *host.StartError) path.Path {
	switch e.Reason {
	case host.DirMissing, host.DirNotDirectory, host.DirDenied:
		return path.Root("cwd")
	case host.UserUnknown, host.SwitchDenied:
		return path.Root("user")
	case host.GroupUnknown:
		return path.Root("group")
	case host.ProgramNotFound, host.ProgramNotExecutable, host.ProgramIsDirectory, host.InterpreterMissing,
		host.FormatUnknown, host.ArgumentsTooLong, host.Unsupported, host.Exhausted, host.StartOther:
	}
	return m.within
}

func startText(e *host.StartError) string {
	text := fmt.Sprintf("%s: %q", e.Reason, e.Subject)
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	return text
}

// undoFailed words the failure of a destroy. What is half made may not let itself be undone,
// and must not be stuck for that; but only the destroy command can tell, by failing.
func (m messages) undoFailed(err error, halfMade bool) diag.Diagnostic {
	m.forgiven = halfMade && converge.FailedByItself(err)
	d := m.failure(err)
	if !m.forgiven {
		return d
	}
	text := "No run of this resource ever succeeded, so it is removed although its destroy command failed.\n\n" + d.Detail()
	return diag.NewAttributeWarningDiagnostic(path.Root("destroy"), "Unable to undo what never succeeded", text)
}

// What is no failure and should be heard of.

func (m messages) notice(n converge.Notice, run converge.Run, limit int) diag.Diagnostic {
	switch n {
	case converge.StillNeeded:
		return diag.NewAttributeWarningDiagnostic(path.Root("creates"), "Command did not create what it should",
			"The command succeeded, and none of the paths in creates exists. The next plan will find it needed again.")
	case converge.OutputHeld:
		return diag.NewAttributeWarningDiagnostic(m.within, "Background process holds the output",
			"The command ended and left a process behind that still holds its standard output or standard error. What that process prints "+
				"from now on is lost, and it gets SIGPIPE once the provider ends. Redirect its output, for example with > /dev/null 2>&1.")
	case converge.OutputCut:
		if m.stateless {
			return m.answerCut(run, limit)
		}
		return diag.NewAttributeWarningDiagnostic(path.Root("output_limit"), "Output was cut",
			fmt.Sprintf("Of each stream %d bytes are kept: its head and its tail. The command printed %d bytes to standard output and %d to standard "+
				"error. Raise output_limit to keep more, or set log_file to keep everything.", limit, run.Stdout.Total, run.Stderr.Total))
	case converge.LogIncomplete:
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("log_file"), "Log file is incomplete",
		"Not all output could be written to the log file.")
}

// secretStored tells that the command gave away what was to be hidden.
func (m messages) secretStored() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("sensitive_output"), "Output holds a sensitive value",
		"The command printed a sensitive value, and what it printed is stored, and shown in plans, as it is. Set sensitive_output = true, or have the "+
			"command not print it.")
}

// output shows what a run printed, for logoutput = "true".
func (m messages) output(run converge.Run) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(m.within, "Output of command", m.mask.Mask(detail(
		"The command ran.", append([]string{m.host()}, m.runFacts(run, nil)...)...)))
}

// Labelled facts.

func (m messages) host() string {
	if m.id != "" {
		return "Host: " + m.target + "\nId: " + m.id
	}
	return "Host: " + m.target
}

func (m messages) program(run converge.Run) string {
	if run.Program == "" {
		return ""
	}
	text := "Command: " + run.Program + " (arguments are not shown)"
	if m.label != "" {
		text = fmt.Sprintf("Name: %s\n%s", m.label, text)
	}
	return text
}

// runFacts returns the labels of a run, in their fixed order.
func (m messages) runFacts(run converge.Run, allowed []int) []string {
	code := "none"
	if run.ExitCode != nil {
		code = strconv.Itoa(*run.ExitCode)
	}
	if len(allowed) > 0 {
		accepted := make([]string, len(allowed))
		for i, c := range allowed {
			accepted[i] = strconv.Itoa(c)
		}
		code += " (accepted: " + strings.Join(accepted, ", ") + ")"
	}
	took := "Duration: " + run.Elapsed().Round(time.Millisecond).String()
	if run.Tries > 1 {
		took += fmt.Sprintf(" (%d tries)", run.Tries)
	}
	facts := []string{m.program(run), "Exit code: " + code, took}
	if m.silent {
		return facts
	}
	if !m.secretStdout {
		facts = append(facts, m.lastWords("Stdout", run.Stdout.Tail))
	}
	return append(facts, m.lastWords("Stderr", run.Stderr.Tail))
}

// lastWords shows the last lines of a stream. They were cut out of a longer text, so what
// is left of a secret at the edge is hidden too.
func (m messages) lastWords(label, text string) string {
	if m.silent || strings.TrimSpace(text) == "" {
		return ""
	}
	const most = 20
	lines := strings.Split(strings.TrimRight(m.mask.MaskPart(text), "\n"), "\n")
	if cut := len(lines) - most; cut > 0 {
		lines = append([]string{fmt.Sprintf("[... %d lines not shown ...]", cut)}, lines[cut:]...)
	}
	return label + ":\n  " + strings.Join(lines, "\n  ")
}

func cause(err error) string {
	if err == nil {
		return ""
	}
	return "Cause: " + err.Error()
}
