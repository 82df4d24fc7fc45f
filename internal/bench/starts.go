package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

// The ways to run a command and to get its output, in this process.
const (
	bare      = "bare `os/exec`"
	converged = "`converge` on the local host"
)

// What is measured of them.
const (
	oneRun    = "one run of `true`"
	exitToEnd = "from the command's last act to the return of the call"
	hundred   = "100 runs of `sleep 0.001` at once"
)

// way is one way to run a command; it returns the command's output.
type way struct {
	name string
	run  func(ctx context.Context, argv ...string) (string, error)
}

// ways are what is compared. The first is what the others are put in relation to.
var ways = []way{{bare, runBare}, {converged, runConverge}}

func runBare(ctx context.Context, argv ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	return stdout.String(), err
}

func runConverge(ctx context.Context, argv ...string) (string, error) {
	e := converge.Engine{Host: local.New(), GuardTimeout: 30 * time.Second}
	outcome, err := e.Converge(ctx, converge.Spec{
		Target:  "local",
		Command: converge.Line{Argv: argv},
		Timeout: 5 * time.Minute, Tries: 1, Returns: []int{0}, OutputLimit: 4096,
	}, guard.Facts{First: true})
	if err != nil {
		return "", err
	}
	return outcome.Run.Stdout.Text, nil
}

// How often each thing is done in one turn, next to the number of runs that is an option.
const (
	stamps   = 200
	hundreds = 5
)

// starts returns the job that runs commands in this process, without an engine.
//
// The ways alternate run by run, and a turn keeps their medians: single runs are now and
// then many times as slow as the others.
func starts(self string, runs int) job {
	measurements := []struct {
		name  string
		times int
		take  func(context.Context, way) (time.Duration, error)
	}{
		{oneRun, runs, func(ctx context.Context, w way) (time.Duration, error) {
			begin := time.Now()
			_, err := w.run(ctx, "true")
			return time.Since(begin), err
		}},
		{exitToEnd, stamps, func(ctx context.Context, w way) (time.Duration, error) {
			printed, err := w.run(ctx, self, stampRole)
			return sinceStamp(printed, time.Now(), err)
		}},
		{hundred, hundreds, func(ctx context.Context, w way) (time.Duration, error) {
			begin := time.Now()
			err := inParallel(100, 100, func() error {
				_, err := w.run(ctx, "sleep", "0.001")
				return err
			})
			return time.Since(begin), err
		}},
	}
	j := job{name: "commands without an engine"}
	for _, m := range measurements {
		for _, w := range ways {
			j.keys = append(j.keys, key{Case: w.name, Step: m.name})
		}
	}
	j.measure = func(ctx context.Context) ([]cost, error) {
		var costs []cost
		for _, m := range measurements {
			took := make([][]time.Duration, len(ways))
			for n := range m.times + 1 {
				for k := range ways {
					i := (n + k) % len(ways)
					d, err := m.take(ctx, ways[i])
					if err != nil {
						return nil, fmt.Errorf("%s, %s: %w", m.name, ways[i].name, err)
					}
					if n > 0 { // What is done once per process is not measured.
						took[i] = append(took[i], d)
					}
				}
			}
			for i := range ways {
				costs = append(costs, cost{Wall: median(took[i])})
			}
		}
		return costs, nil
	}
	return j
}

// sinceStamp returns how long it is since a command printed what time it was.
func sinceStamp(printed string, now time.Time, err error) (time.Duration, error) {
	if err != nil {
		return 0, err
	}
	stamp, err := strconv.ParseInt(strings.TrimSpace(printed), 10, 64)
	return time.Duration(now.UnixNano() - stamp), err
}
