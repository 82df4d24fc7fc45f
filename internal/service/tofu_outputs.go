package service

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// outputsLimit is how many bytes of outputs are read.
const outputsLimit = 4 << 20

const readOutputs = "read the outputs"

var errOutputsTooLong = errors.New("they exceed 4 MiB")

// outputs returns the values of the outputs by their names, without the sensitive ones.
// The error is a [*StepError].
func (r *tofuRun) outputs(ctx context.Context, _ converge.Run) (any, error) {
	argv := slices.Concat(r.argv("output", "-json", "-no-color"), r.state)
	// A backend or an encryption may be made of variables. Engines in which they cannot
	// be do not know the option.
	text, err := r.ask(ctx, slices.Concat(argv, r.variables))
	if step, ok := errors.AsType[*StepError](err); ok && step.Err == nil && unknownOption(step.Stderr) {
		text, err = r.ask(ctx, argv)
	}
	if err != nil {
		return nil, err
	}
	var outputs map[string]struct {
		Sensitive bool
		Value     any
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&outputs); err != nil {
		return nil, &StepError{Doing: readOutputs, Err: err}
	}
	values := map[string]any{}
	for name, output := range outputs {
		if !output.Sensitive {
			values[name] = output.Value
		}
	}
	return values, nil
}

func unknownOption(stderr string) bool {
	return strings.Contains(stderr, "flag provided but not defined") || strings.Contains(stderr, "Failed to parse command-line flags")
}

// ask runs a command and returns all that it printed on stdout.
func (r *tofuRun) ask(ctx context.Context, argv []string) (string, error) {
	stdout, stderr := host.NewCapture(outputsLimit), host.NewTail(stepOutput)
	c := r.process(argv)
	c.Stdout, c.Stderr = stdout, stderr
	result, err := r.site.Host.Run(ctx, c)
	switch {
	case err != nil || result.ExitCode != 0:
		// What was printed so far may be a sensitive value.
		return "", &StepError{Doing: readOutputs, ExitCode: result.ExitCode, Stderr: stderr.Text(), Err: err}
	case stdout.Cut():
		return "", &StepError{Doing: readOutputs, Err: errOutputsTooLong}
	}
	return stdout.Text(), nil
}
