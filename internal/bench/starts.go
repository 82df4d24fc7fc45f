package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os/exec"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

// starter is one way to run a command that does nothing, and to get its output.
type starter struct {
	name  string
	start func(context.Context) error
}

// starters are what is compared. The first is what the others are put in relation to.
var starters = []starter{
	{"bare `os/exec`", startBare},
	{"`converge` on the local host", startConverge},
}

// compareStarts starts processes in this one, without an engine, and returns how long one
// start took: starter, turn. The ways alternate start by start and a turn keeps their
// medians, because single starts are now and then many times as slow as the others.
func compareStarts(ctx context.Context, o options, progress *log.Logger) ([][]time.Duration, error) {
	progress.Printf("starting %d processes each way, %s", o.starts, turns(o.runs))
	medians := make([][]time.Duration, len(starters))
	for _, s := range starters {
		if _, err := timed(ctx, s); err != nil { // What is done once per process is not measured.
			return nil, err
		}
	}
	for range o.runs {
		times := make([][]time.Duration, len(starters))
		for n := range o.starts {
			for k := range starters {
				i := (n + k) % len(starters)
				took, err := timed(ctx, starters[i])
				if err != nil {
					return nil, err
				}
				times[i] = append(times[i], took)
			}
		}
		for i := range starters {
			medians[i] = append(medians[i], median(times[i]))
		}
	}
	return medians, nil
}

func timed(ctx context.Context, s starter) (time.Duration, error) {
	begin := time.Now()
	if err := s.start(ctx); err != nil {
		return 0, fmt.Errorf("%s: %w", s.name, err)
	}
	return time.Since(begin), nil
}

func startBare(ctx context.Context) error {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "true")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return cmd.Run()
}

func startConverge(ctx context.Context) error {
	e := converge.Engine{Host: local.New(), GuardTimeout: 30 * time.Second}
	_, err := e.Converge(ctx, converge.Spec{
		Target:  "local",
		Command: converge.Line{Text: "true"},
		Timeout: 5 * time.Minute, Tries: 1, Returns: []int{0}, OutputLimit: 4096,
	}, guard.Facts{First: true})
	return err
}
