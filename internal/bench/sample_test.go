package main

import (
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		values []time.Duration
		want   time.Duration
	}{
		"no value is zero":                       {nil, 0},
		"one value is itself":                    {[]time.Duration{7}, 7},
		"the middle of an odd number, unsorted":  {[]time.Duration{9, 1, 5}, 5},
		"the mean of the middle two, not sorted": {[]time.Duration{10, 2, 4, 100}, 7},
		"one value out of range changes nothing": {[]time.Duration{5, 5, 5, 5, 9000}, 5},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := median(c.values); got != c.want {
				t.Errorf("median(%v) = %d, want %d", c.values, got, c.want)
			}
		})
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		values []float64
		format string
		want   string
	}{
		"one value has nothing to spread":     {[]float64{1.5}, "%.2f", "1.50"},
		"the least and the greatest, in that": {[]float64{4, 1, 1.5}, "%.2f", "1.50 (1.00–4.00)"},
		"what looks the same is no spread":    {[]float64{1.001, 1.002}, "%.2f", "1.00"},
		"the unit stands with each number":    {[]float64{10, 30, 20}, "%.0f MiB", "20 MiB (10 MiB–30 MiB)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok := spreadOf(c.values)
			if got := s.in(c.format); !ok || got != c.want {
				t.Errorf("%v is %q, %t; want %q", c.values, got, ok, c.want)
			}
		})
	}
	if _, ok := spreadOf(nil); ok {
		t.Error("no values have a spread")
	}
}
