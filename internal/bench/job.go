package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"strings"
)

// job is what is measured in one go. It yields a cost for each of its keys.
type job struct {
	name    string
	keys    []key
	measure func(context.Context) ([]cost, error)
}

// group is jobs that are compared with each other and therefore take turns.
type group struct {
	turns int
	jobs  []job
}

// measure does all jobs of a turn, then those of the next, and writes each result to out
// at once. What is among the results already is not measured again. Each turn begins with
// another job of a group, so that none always comes first.
func measure(ctx context.Context, groups []group, r *results, out io.Writer, progress *log.Logger) error {
	turns := 0
	for _, g := range groups {
		turns = max(turns, g.turns)
	}
	encoder := json.NewEncoder(out)
	for turn := range turns {
		for _, g := range groups {
			if turn >= g.turns {
				continue
			}
			for n := range g.jobs {
				j := g.jobs[(turn+n)%len(g.jobs)]
				if r.has(j.keys, turn) {
					continue
				}
				costs, err := j.measure(ctx)
				switch {
				case ctx.Err() != nil:
					return fmt.Errorf("%w; -resume goes on from here", context.Cause(ctx))
				case err != nil:
					return fmt.Errorf("%s: %w", j.name, err)
				}
				for i, c := range costs {
					if err := encoder.Encode(record{j.keys[i], turn, c}); err != nil {
						return err
					}
					r.add(j.keys[i], turn, c)
				}
				progress.Printf("turn %d of %d: %s: %s", turn+1, g.turns, j.name, brief(j.keys, costs))
			}
		}
	}
	return nil
}

func brief(keys []key, costs []cost) string {
	texts := make([]string, len(costs))
	for i, c := range costs {
		texts[i] = keys[i].Step + " " + milliseconds(c.Wall.Seconds())
		if keys[i].Case != keys[0].Case {
			texts[i] += " by " + keys[i].Case
		}
	}
	return strings.Join(texts, ", ")
}
