package provider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// What is said where a command is read, opened or invoked, and no state remembers it.

func nothingToRead(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "There is nothing to run: neither command nor program is set.")
}

// readTooEarly refuses to read what would be kept for the apply although another answer may
// be the right one by then.
func readTooEarly(p path.Path) diag.Diagnostic {
	return refused(p, "Unable to read during plan", "What the provider sets for every command, path or environment, is not known yet, and what is read now "+
		"would be kept for the apply.\n\n"+
		"Set depends_on to what the provider's configuration waits for, so that this is read during the apply.")
}

// openedTooEarly refuses to open what may be another thing once everything is known.
func openedTooEarly(p path.Path) diag.Diagnostic {
	return refused(p, "Unable to open during plan", "What the provider sets for every command, path or environment, is not known yet, and the command would run "+
		"without it.\n\n"+
		"Set environment or path of this ephemeral resource to the same values: with a configuration that is not known yet it is opened during the apply.")
}

// after returns m for what is said once the command has run. Where standard output is a
// secret, what was printed there is hidden wherever it turns up.
func (m messages) after(s *settings, spec converge.Spec, run converge.Run) messages {
	if m.secretStdout {
		m.mask = s.masker(spec, printedSecrets(run.Stdout)...)
	}
	return m
}

// printedLimit bounds how much of an output is looked for elsewhere.
const printedLimit = 16 << 10

// printedSecrets returns what of an output may turn up elsewhere, as a whole or in parts.
func printedSecrets(o converge.Output) []string {
	if o.Cut || len(o.Text) > printedLimit {
		return []string{o.Tail}
	}
	return []string{o.Text}
}

// closeFailed words the failure of a close command; opened is false if there may be
// nothing to close, for the run before it failed as well.
func (m messages) closeFailed(err error, opened bool) diag.Diagnostic {
	text := m.failure(err).Detail()
	if !opened {
		return diag.NewAttributeWarningDiagnostic(path.Root("close"), "Unable to close what was not opened",
			"The run failed, and so did the close command that ran after it.\n\n"+text)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("close"), "Unable to close ephemeral resource",
		"The close command failed, so what was opened may still be there.\n\n"+text)
}

func (m messages) answerCut(run converge.Run, limit int) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("output_limit"), "Output was cut", fmt.Sprintf(
		"Of each stream %d bytes are kept: its head and its tail. The command printed %d bytes to standard output and %d to standard "+
			"error. Standard output that was cut is not decoded into result. Raise output_limit to keep more.",
		limit, run.Stdout.Total, run.Stderr.Total))
}

// badAnswer tells that a program did not print the object that it should have.
func (m messages) badAnswer(run converge.Run, limit int, why error) diag.Diagnostic {
	if run.Stdout.Cut {
		return m.error(path.Root("output_limit"), "Unable to read answer", detail(fmt.Sprintf(
			"The program printed %d bytes to its standard output, and output_limit keeps %d of them, so its answer is lost. Raise output_limit.",
			run.Stdout.Total, limit), m.host(), m.program(run)))
	}
	return m.error(m.within, "Unable to read answer", detail(fmt.Sprintf(
		"The program ran, and its standard output is not one JSON object: %s. A program answers with one JSON object and prints everything "+
			"else to its standard error. For output of any other kind set command in place of program.", why),
		slices.Concat([]string{m.host()}, m.runFacts(run, nil))...))
}
