package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// report writes results for people, as text that is Markdown as well. The first error ends
// it and stays in err.
type report struct {
	out io.Writer
	err error
}

func (r *report) printf(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.out, format, args...)
	}
}

// facts says what was measured on.
func (r *report) facts(e engine, o options) {
	r.printf("%d resources, %s; %s, %s on %s/%s, %d cores.\n", o.resources, turns(o.runs), e.name, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	r.printf("Times are medians. A ratio is the median of the ratios within a turn, with the least and the greatest of them.\n")
}

func turns(n int) string {
	if n == 1 {
		return "1 turn"
	}
	return fmt.Sprintf("%d turns", n)
}

// plans tells what the engine took, beside the first case: the time that people wait, and
// the processor time, which says the same on a machine that has other things to do.
func (r *report) plans(costs planCosts) {
	r.printf("\n## Through the engine\n\n")
	r.planTable(costs, func(c cost) time.Duration { return c.wall })
	r.printf("\nProcessor time of engine, provider and commands:\n\n")
	r.planTable(costs, func(c cost) time.Duration { return c.cpu })
	r.printf("\nPeak memory of the provider:\n\n")
	r.memoryTable(costs)
}

func (r *report) planTable(costs planCosts, of func(cost) time.Duration) {
	header := []string{"what"}
	for _, s := range steps {
		header = append(header, s.name, "ratio")
	}
	rows := [][]string{header}
	for i, c := range cases {
		row := []string{c.name}
		for j := range steps {
			times, base := each(costs[i][j], of), each(costs[0][j], of)
			row = append(row, fmt.Sprintf("%.2f s", median(times).Seconds()), compare(times, base).String())
		}
		rows = append(rows, row)
	}
	r.table(rows)
}

// memoryTable leaves out the first case, which has no provider.
func (r *report) memoryTable(costs planCosts) {
	header := []string{"what"}
	for _, s := range steps {
		header = append(header, s.name)
	}
	rows := [][]string{header}
	for i, c := range cases[1:] {
		row := []string{c.name}
		for j := range steps {
			peaks := each(costs[i+1][j], func(c cost) int64 { return c.memory })
			row = append(row, fmt.Sprintf("%.0f MiB", float64(slices.Max(peaks))/(1<<20)))
		}
		rows = append(rows, row)
	}
	r.table(rows)
}

// starts tells what one start of a process took, beside the first way to do it.
func (r *report) starts(times [][]time.Duration) {
	r.printf("\n## One run of `true`, without an engine\n\n")
	rows := [][]string{{"what", "time", "ratio"}}
	for i, s := range starters {
		rows = append(rows, []string{s.name, fmt.Sprintf("%.3f ms", median(times[i]).Seconds()*1000), compare(times[i], times[0]).String()})
	}
	r.table(rows)
}

// each returns one number of every cost.
func each[T any](costs []cost, of func(cost) T) []T {
	values := make([]T, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	return values
}

// table writes rows, the header first, in columns that line up.
func (r *report) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			r.printf("| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		r.printf("|\n")
		if n > 0 {
			continue
		}
		for _, w := range widths {
			r.printf("|%s", strings.Repeat("-", w+2))
		}
		r.printf("|\n")
	}
}
