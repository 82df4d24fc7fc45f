package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// report writes results for people, as text that is Markdown as well.
type report struct {
	*results
	text bytes.Buffer
}

// writeReport writes all that results tell.
func writeReport(w io.Writer, r *results) error {
	p := &report{results: r}
	p.machine()
	p.targets()
	for _, e := range r.facts.Engines {
		p.engine(e)
	}
	p.without()
	_, err := io.Copy(w, &p.text)
	return err
}

func (p *report) printf(format string, args ...any) { fmt.Fprintf(&p.text, format, args...) }

// table leaves out a table without rows.
func (p *report) table(title string, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	p.printf("\n%s\n\n", title)
	_ = writeTable(&p.text, rows) // A buffer takes everything.
}

// machine says what was measured on.
func (p *report) machine() {
	f := p.facts
	turns := 0
	for _, t := range p.turns {
		turns = max(turns, len(t))
	}
	p.printf("Measured on %s with %s; %s, %s, %d cores (%s). Up to %d turns.\n",
		f.Date, strings.Join(f.Engines, " and "), f.Go, f.System, f.Cores, f.CPU, turns)
	p.printf("Numbers are medians, in parentheses the least and the greatest. A ratio is the median of the ratios within a turn.\n")
}

// targets tells how each target stands.
func (p *report) targets() {
	e := p.facts.tofu()
	rows := [][]string{{"target, " + e, "at most", "measured", ""}}
	for _, t := range targets(e) {
		measured, met := t.verdict(p.results)
		rows = append(rows, []string{t.name, t.atMost(), measured, met})
	}
	p.table("## Targets", rows)
}

// engine tells what an engine took, step by step, beside the first case.
func (p *report) engine(e string) {
	sizes := p.sizes(e)
	p.printf("\n## %s\n", e)
	for _, step := range []string{apply, plan, idled, drifted, destroy} {
		header := []string{"resources"}
		for _, n := range sizes {
			header = append(header, thousands(n))
		}
		rows := [][]string{header}
		for _, c := range cases {
			row := []string{c.name}
			for _, n := range sizes {
				row = append(row, p.cell(key{Engine: e, Case: c.name, Step: step, Size: n}))
			}
			if strings.Join(row[1:], "") != "" {
				rows = append(rows, row)
			}
		}
		title := "### " + upper(step)
		if step == idled {
			title += "\n\nThe provider returns what it is sent: what the engine itself spends on such resources when nothing is to do. " +
				"Plain resources have texts, one of which is set, and nothing else."
		}
		if step == drifted {
			title += "\n\nBeside the plan of `local-exec` that finds nothing to do: it cannot see a drift."
		}
		p.table(title, rows)
	}
	if len(sizes) > 0 {
		p.where(e, sizes)
	}
	p.growth(e)
}

// cell is what one step of one case took, and its ratio.
func (p *report) cell(k key) string {
	s, ok := p.seconds(k)
	if !ok {
		return ""
	}
	r, ok := p.ratio(k, k.base())
	if k.Case == localExec || !ok {
		return milliseconds(s.median)
	}
	return fmt.Sprintf("%s, × %s", milliseconds(s.median), r)
}

// where tells what the time was spent on.
func (p *report) where(e string, sizes []int) {
	size := sizes[len(sizes)-1]
	if slices.Contains(sizes, reference) {
		size = reference
	}
	rows := [][]string{{"where the time is", "", "wall", "processor", "of it engine", "provider", "its commands", "its peak memory"}}
	for _, c := range cases {
		for _, s := range c.steps {
			k := key{Engine: e, Case: c.name, Step: s.name, Size: size}
			wall, ok := p.seconds(k)
			if !ok || s.name == made {
				continue
			}
			part := func(of func(cost) float64) float64 { s, _ := p.spread(k, of); return s.median }
			provider := part(func(c cost) float64 { return c.Provider.Seconds() })
			commands := part(func(c cost) float64 { return c.Commands.Seconds() })
			memory := part(func(c cost) float64 { return mebibytes(c.Memory) })
			rest := part(func(c cost) float64 { return (c.CPU - c.Provider - c.Commands).Seconds() })
			processor := milliseconds(part(func(c cost) float64 { return c.CPU.Seconds() }))
			if ratio, ok := p.combine(func(c ...cost) float64 { return c[0].CPU.Seconds() / c[1].CPU.Seconds() }, k, k.base()); ok && c.name != localExec {
				processor += fmt.Sprintf(", × %.2f", ratio.median)
			}
			row := []string{c.name, s.name, milliseconds(wall.median), processor, milliseconds(rest), "", "", ""}
			if memory > 0 {
				row[5], row[6], row[7] = milliseconds(provider), milliseconds(commands), fmt.Sprintf("%.0f MiB", memory)
			}
			rows = append(rows, row)
		}
	}
	p.table(fmt.Sprintf("### Processor time and memory at %s resources\n\n"+
		"What `local-exec` and the loop start counts as theirs.", thousands(size)), rows)
}

// growth tells how the time for one resource changes with the number of resources.
func (p *report) growth(e string) {
	rows := [][]string{{"", "step", "growth", "growth of the engine divided out"}}
	for _, g := range growths(e) {
		s, ok := p.results.growth(g)
		if !ok {
			continue
		}
		row := []string{g.name, g.step, s.String(), ""}
		if relative, ok := p.relativeGrowth(g); ok {
			row[3] = relative.String()
		}
		rows = append(rows, row)
	}
	p.table(fmt.Sprintf("### Growth of the time for one resource, from %s to %s", thousands(reference), thousands(many)), rows)
}

// without tells what was measured without an engine, and with much output.
func (p *report) without() {
	p.printf("\n## Commands\n")
	for _, step := range []string{oneRun, hundred, exitToEnd} {
		rows := [][]string{{step, "time", "ratio"}}
		for _, w := range ways {
			k := key{Case: w.name, Step: step}
			if s, ok := p.seconds(k); ok {
				r, _ := p.ratio(k, key{Case: bare, Step: step})
				rows = append(rows, []string{w.name, milliseconds(s.median), r.String()})
			}
		}
		p.table("### "+upper(step), rows)
	}
	p.floods()
	rows := [][]string{{"the provider alone", "time"}}
	for _, step := range []string{listening, schema} {
		if s, ok := p.spread(key{Case: alone, Step: step}, func(c cost) float64 { return c.Wall.Seconds() * 1000 }); ok {
			rows = append(rows, []string{step, s.in("%.1f") + " ms"})
		}
	}
	p.table("### Start", rows)
}

func (p *report) floods() {
	floods := slices.SortedFunc(maps.Keys(p.turns), func(a, b key) int {
		return strings.Compare(a.Case+a.Engine, b.Case+b.Engine)
	})
	floods = slices.DeleteFunc(floods, func(k key) bool { return k.Step != flood })
	if len(floods) == 0 {
		return
	}
	rows := [][]string{{"what", "throughput", "peak memory", "above idle"}}
	for _, k := range floods {
		rate, _ := p.spread(k, func(c cost) float64 { return mebibytes(int64(k.Size)) / c.Wall.Seconds() })
		row := []string{k.Case, rate.in("%.0f") + " MiB/s", "", ""}
		base := key{Engine: k.Engine, Case: k.Case, Step: idle}
		if above, ok := p.combine(func(c ...cost) float64 { return mebibytes(c[0].Memory - c[1].Memory) }, k, base); ok {
			memory, _ := p.spread(k, func(c cost) float64 { return mebibytes(c.Memory) })
			row[0] += ", " + k.Engine
			row[2], row[3] = memory.in("%.0f")+" MiB", above.in("%.0f")+" MiB"
		}
		rows = append(rows, row)
	}
	p.table(fmt.Sprintf("### A command that prints %s MiB", thousands(floods[0].Size>>20)), rows)
}

// sizes returns the numbers of resources that an engine was measured with.
func (r *results) sizes(e string) []int {
	seen := map[int]bool{}
	for k := range r.turns {
		if k.Engine == e && k.Case == localExec {
			seen[k.Size] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// upper begins a line with a capital.
func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
