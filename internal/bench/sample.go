package main

import (
	"fmt"
	"slices"
	"time"
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

// ratio is how values compare with a base that was measured beside them, turn by turn.
type ratio struct{ median, least, most float64 }

// compare divides each value by the base of the same turn.
func compare(values, base []time.Duration) ratio {
	quotients := make([]float64, len(values))
	for i := range values {
		quotients[i] = float64(values[i]) / float64(base[i])
	}
	return ratio{median: median(quotients), least: slices.Min(quotients), most: slices.Max(quotients)}
}

func (r ratio) String() string {
	if r.least == r.most {
		return fmt.Sprintf("%.2f", r.median)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.median, r.least, r.most)
}
