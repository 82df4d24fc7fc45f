package service

import (
	"context"
	"fmt"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// StepError means that something which has to be done before a service can run did not
// succeed, such as the installation of what it requires.
type StepError struct {
	// Doing says what was being done: "install the requirements".
	Doing string
	// ExitCode is what the tool exited with; meaningful if Err is nil.
	ExitCode int
	// Stdout and Stderr are the tool's last words.
	Stdout, Stderr string
	// Err is why there is no exit code.
	Err error
	// Hint says what helps, in full sentences; it may be empty.
	Hint string
}

func (e *StepError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("unable to %s: %v", e.Doing, e.Err)
	}
	return fmt.Sprintf("unable to %s: exit code %d", e.Doing, e.ExitCode)
}

func (e *StepError) Unwrap() error { return e.Err }

// stepOutput is how many bytes of each stream of a step are kept: what it says last, and
// for a step that is asked something, its answer.
const stepOutput = 16 << 10

// step runs one tool to its end, as the service's own processes run, and returns what it
// printed last on stdout. The error is a [*StepError].
func (s *Site) step(ctx context.Context, doing string, c host.Command) (string, error) {
	stdout, stderr := host.NewTail(stepOutput), host.NewTail(stepOutput)
	c.Stdout, c.Stderr = stdout, stderr
	result, err := s.Host.Run(ctx, c)
	if err != nil || result.ExitCode != 0 {
		return "", &StepError{
			Doing: doing, ExitCode: result.ExitCode, Stdout: stdout.Text(), Stderr: stderr.Text(), Err: err,
		}
	}
	return stdout.Text(), nil
}

// command returns the site's base with words.
func (s *Site) command(argv ...string) host.Command {
	c := s.Base
	c.Argv = argv
	return c
}
