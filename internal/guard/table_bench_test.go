package guard_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// indifferent is a host where nothing exists and every command exits 1, at no cost.
type indifferent struct{}

func (indifferent) Run(context.Context, host.Command) (host.Result, error) {
	return host.Result{ExitCode: 1}, nil
}

func (indifferent) Exists(_ context.Context, paths ...string) iter.Seq2[bool, error] {
	return host.OneByOne(paths, func(string) (bool, error) { return false, nil })
}

// What deciding costs beside the questions themselves. Every guard is asked and lets the
// command run.
func BenchmarkDecide(b *testing.B) {
	check := []guard.Check{{Command: host.Command{Argv: []string{"u"}}}}
	cases := map[string]struct {
		facts guard.Facts
		set   guard.Set
	}{
		"no guard": {},
		"creates":  {set: guard.Set{Creates: []string{"/c"}, Timeout: time.Second}},
		"unless":   {set: guard.Set{Unless: check, Timeout: time.Second}},
	}
	for name, c := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := guard.Decide(b.Context(), indifferent{}, c.facts, c.set); len(d.Reasons) == 0 {
					b.Fatal("no decision")
				}
			}
		})
	}
}
