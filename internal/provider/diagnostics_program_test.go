package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// aboutPrograms is every message about what is read, opened or invoked.
func aboutPrograms() []message {
	m := messages{mask: host.NewMasker("hunter22"), target: "local", within: path.Root("program"), stateless: true}
	hidden := m
	hidden.silent = true
	opening, closing := m, m
	opening.secretStdout, closing.secretStdout = true, true
	opening.within, closing.within = path.Root("command"), attributePath("close.command")
	zero, two := 0, 2
	run := converge.Run{
		Program: "latest.py", ExitCode: &zero, Tries: 1, Started: time.Unix(100, 0), Ended: time.Unix(101, 500e6),
		Stdout: converge.Output{Tail: "hello hunter22\n", Total: 15}, Stderr: converge.Output{Tail: "connecting\n", Total: 11},
	}
	cut, failed := run, run
	cut.Stdout.Cut, cut.Stdout.Total = true, 2000000
	failed.ExitCode = &two
	return []message{
		{"a data source in a plan that does not know the provider's settings", readTooEarly(path.Root("command"))},
		{"an ephemeral resource in a plan that does not know the provider's settings", openedTooEarly(path.Root("command"))},
		{"neither command nor program", nothingToRead(path.Root("command"))},
		{"a program that fails", m.failure(&converge.RunError{Run: failed, Allowed: []int{0}})},
		{"a program whose answer is no JSON", m.badAnswer(run, 1<<20, errNotJSON)},
		{"a program without an answer, and output that is not to be shown", hidden.badAnswer(run, 1<<20, errEmptyJSON)},
		{"a program whose answer is cut", m.badAnswer(cut, 1<<20, errOutputCut)},
		{"an ephemeral resource that fails to open", opening.failure(&converge.RunError{Run: failed, Allowed: []int{0}})},
		{"a close command that fails", closing.closeFailed(&converge.RunError{Run: failed, Allowed: []int{0}}, true)},
		{"a close command that fails after nothing was opened", closing.closeFailed(&converge.RunError{Run: failed, Allowed: []int{0}}, false)},
		{"read output beyond the limit", m.notice(converge.OutputCut, cut, 1<<20)},
	}
}
