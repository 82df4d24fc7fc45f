package provider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// What is said where a command is read, opened or invoked, and no state remembers it.

func nothingToRead(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "There is nothing to run: neither command nor program is set.")
}

// after returns m for what is said once the command has run. Where standard output is a
// secret, what was printed there is hidden wherever it turns up.
func (m messages) after(spec converge.Spec, run converge.Run) messages {
	if m.secretStdout {
		m.mask = host.NewMasker(append(spec.Secrets(), run.Stdout.Tail)...)
	}
	return m
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
