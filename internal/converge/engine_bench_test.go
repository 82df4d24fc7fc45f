package converge_test

import (
	"context"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// instant is a host where every command prints a line and exits 0 at once, except the one
// called "no", and where nothing exists.
type instant struct{}

func (instant) Run(_ context.Context, c host.Command) (host.Result, error) {
	if c.Stdout != nil {
		_, _ = io.WriteString(c.Stdout, "a line of output\n")
	}
	result := host.Result{Started: time.Unix(1, 0), Ended: time.Unix(2, 0)}
	if c.Argv[0] == "no" {
		result.ExitCode = 1
	}
	return result, nil
}

func (instant) Exists(_ context.Context, paths ...string) iter.Seq2[bool, error] {
	return host.OneByOne(paths, func(string) (bool, error) { return false, nil })
}

func benchSpec(edit func(*converge.Spec)) converge.Spec {
	s := converge.Spec{
		Target: "local", Command: converge.Line{Argv: []string{"yes"}},
		Timeout: time.Minute, Tries: 1, Returns: []int{0}, OutputLimit: 4096,
	}
	if edit != nil {
		edit(&s)
	}
	return s
}

// What the engine adds to a run of no cost: deciding, splitting, capture.
func BenchmarkConverge(b *testing.B) {
	cases := map[string]converge.Spec{
		"argv":   benchSpec(nil),
		"string": benchSpec(func(s *converge.Spec) { s.Command = converge.Line{Text: "yes --to all"} }),
		"unless": benchSpec(func(s *converge.Spec) { s.Guards.Unless = []converge.Line{{Argv: []string{"no"}}} }),
		"environment": benchSpec(func(s *converge.Spec) {
			s.Process.Environment = map[string]string{"A": "1", "B": "2"}
			s.Process.SensitiveEnvironment = map[string]string{"TOKEN": "hunter2hunter2"}
		}),
	}
	e := converge.Engine{Host: instant{}, GuardTimeout: time.Second}
	for name, spec := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				outcome, err := e.Converge(b.Context(), spec, guard.Facts{First: true})
				if err != nil || outcome.Run == nil {
					b.Fatalf("%+v, %v", outcome, err)
				}
			}
		})
	}
}

// What a plan costs for a resource whose guards are satisfied.
func BenchmarkObserve(b *testing.B) {
	cases := map[string]converge.Spec{
		"no guard": benchSpec(nil),
		"creates":  benchSpec(func(s *converge.Spec) { s.Guards.Creates = []string{"/c"} }),
		"unless":   benchSpec(func(s *converge.Spec) { s.Guards.Unless = []converge.Line{{Text: "test -e /c"}} }),
	}
	e := converge.Engine{Host: instant{}, GuardTimeout: time.Second}
	for name, spec := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Observe(b.Context(), spec, guard.Facts{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
