package main

import (
	"fmt"
	"slices"
)

// median returns the middle of the values, the mean of the middle two if there is no
// middle, and 0 if there are none.
func median[T ~int64 | ~float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// spread is what one number came to in all turns.
type spread struct{ median, least, most float64 }

// spreadOf returns the spread of values; false if there are none.
func spreadOf(values []float64) (spread, bool) {
	if len(values) == 0 {
		return spread{}, false
	}
	return spread{median: median(values), least: slices.Min(values), most: slices.Max(values)}, true
}

func (s spread) String() string { return s.in("%.2f") }

// in writes the spread with a format for each number, in parentheses unless it is none.
func (s spread) in(format string) string {
	middle, least, most := fmt.Sprintf(format, s.median), fmt.Sprintf(format, s.least), fmt.Sprintf(format, s.most)
	if least == most {
		return middle
	}
	return fmt.Sprintf("%s (%s–%s)", middle, least, most)
}
