package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// planCosts is what every step of every case took: case, step, run.
type planCosts [][][]cost

// comparePlans takes every case through all steps, all cases once per run. Each run begins
// with another case, so that none always comes first.
func comparePlans(ctx context.Context, e engine, o options, scratch string, progress *log.Logger) (planCosts, error) {
	costs := make(planCosts, len(cases))
	for i := range costs {
		costs[i] = make([][]cost, len(steps))
	}
	for run := range o.runs {
		for k := range cases {
			i := (run + k) % len(cases)
			dir := filepath.Join(scratch, fmt.Sprintf("run-%d-case-%d", run, i))
			measured, err := live(ctx, e, cases[i], o.resources, dir)
			if err != nil {
				return nil, err
			}
			for j, c := range measured {
				costs[i][j] = append(costs[i][j], c)
			}
			progress.Printf("run %d of %d: %s%s", run+1, o.runs, cases[i].name, brief(measured))
		}
	}
	return costs, nil
}

// live takes one configuration from nothing through all steps, in a directory of its own.
func live(ctx context.Context, e engine, c testCase, resources int, dir string) ([]cost, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(c.hcl(resources)), 0o600); err != nil {
		return nil, err
	}
	costs := make([]cost, 0, len(steps))
	for _, s := range steps {
		measured, err := e.run(ctx, dir, s.args...)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.name, s.name, err)
		}
		costs = append(costs, measured)
	}
	return costs, nil
}

func brief(costs []cost) string {
	var text strings.Builder
	for j, c := range costs {
		fmt.Fprintf(&text, ", %s %.2f s", steps[j].name, c.wall.Seconds())
	}
	return text.String()
}
