package main

import (
	"fmt"
	"strings"
)

// reference is how many resources the targets speak of, many how many memory and growth do.
const (
	reference = 1000
	many      = 5000
)

// target is a number that the provider is meant to keep.
type target struct {
	name string
	// limit is what the median is at most, aim what would be better still; 0 is no aim.
	limit, aim float64
	// beside names the case and the step that are put in relation to the first case; the
	// zero key where the number is another one.
	beside key
	// format writes such a number.
	format string
	// value is false where not everything that it takes was measured.
	value func(*results) (spread, bool)
}

// targets are those of the first engine that is an OpenTofu.
func targets(e string) []target {
	const ratio, memory = "%.2f", "%.0f MiB"
	beside := func(text string, limit, aim float64, name, step string) target {
		k := key{Engine: e, Case: name, Step: step, Size: reference}
		return target{text, limit, aim, k, ratio, func(r *results) (spread, bool) { return r.ratio(k, k.base()) }}
	}
	return []target{
		beside("apply of `command = \"true\"`", 4, 3, unguarded, apply),
		beside("no-op plan, no guard", 3.3, 2.8, unguarded, plan),
		beside("no-op plan, `creates` guard", 3.5, 0, creates, plan),
		beside("no-op plan, `unless` guard (a process each)", 5, 0, unless, plan),
		{"growth from 1,000 to 5,000 resources, that of the engine divided out, worst case", 1.2, 0, key{}, ratio, func(r *results) (spread, bool) {
			var worst spread
			found := false
			for _, g := range growths(e) {
				if s, ok := r.relativeGrowth(g); ok && s.median >= worst.median {
					worst, found = s, true
				}
			}
			return worst, found
		}},
		{"one run, beside bare `os/exec`", 1.15, 0, key{}, ratio, func(r *results) (spread, bool) {
			return r.ratio(key{Case: converged, Step: oneRun}, key{Case: bare, Step: oneRun})
		}},
		{"memory of the provider at 5,000 resources, worst case", 150, 0, key{}, memory, func(r *results) (spread, bool) {
			return r.peak(e, many)
		}},
		{"memory with 1 GiB of output, above idle", 64, 0, key{}, memory, func(r *results) (spread, bool) {
			return r.combine(func(c ...cost) float64 { return mebibytes(c[0].Memory - c[1].Memory) },
				key{Engine: e, Case: unguarded, Step: flood, Size: 1 << 30}, key{Engine: e, Case: unguarded, Step: idle})
		}},
	}
}

// growth is what is compared between reference and many resources.
type growth struct{ engine, name, step string }

func growths(e string) []growth {
	var all []growth
	for _, step := range []string{apply, plan, destroy} {
		for _, name := range []string{localExec, unguarded, creates, unless} {
			all = append(all, growth{e, name, step})
		}
	}
	return all
}

func (g growth) at(size int) key {
	return key{Engine: g.engine, Case: g.name, Step: g.step, Size: size}
}

// growth returns by how much the time for one resource grows: 1 is linear.
func (r *results) growth(g growth) (spread, bool) {
	return r.combine(func(c ...cost) float64 { return c[0].Wall.Seconds() / c[1].Wall.Seconds() * reference / many },
		g.at(many), g.at(reference))
}

// relativeGrowth returns the same with the growth of the engine itself divided out, which
// is what grows in the first case; that one has none beside it.
func (r *results) relativeGrowth(g growth) (spread, bool) {
	if g.name == localExec {
		return spread{}, false
	}
	base := growth{g.engine, localExec, g.step}
	return r.combine(func(c ...cost) float64 {
		return (c[0].Wall.Seconds() / c[1].Wall.Seconds()) / (c[2].Wall.Seconds() / c[3].Wall.Seconds())
	}, g.at(many), g.at(reference), base.at(many), base.at(reference))
}

// peak returns the most memory that the provider took in any case and step.
func (r *results) peak(e string, size int) (spread, bool) {
	var worst spread
	found := false
	for k := range r.turns {
		if k.Engine != e || k.Size != size {
			continue
		}
		s, _ := r.spread(k, func(c cost) float64 { return mebibytes(c.Memory) })
		if s.median > worst.median {
			worst, found = s, true
		}
	}
	return worst, found
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// verdict says how a target stands.
func (t target) verdict(r *results) (measured, met string) {
	s, ok := t.value(r)
	if !ok {
		return "not measured", ""
	}
	measured, met = s.in(t.format), "met"
	switch {
	case s.median > t.limit:
		met = "**not met**"
	case t.aim > 0 && s.median <= t.aim:
		met = "met, and the aim"
	}
	return measured, met
}

// atMost writes what is asked for.
func (t target) atMost() string {
	text := fmt.Sprintf(strings.ReplaceAll(t.format, ".2f", "v"), t.limit)
	if t.aim > 0 {
		text += fmt.Sprintf(", aim "+strings.ReplaceAll(t.format, ".2f", "v"), t.aim)
	}
	return text
}
