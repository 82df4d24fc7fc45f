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

// Each value is divided by the base of its own turn: a machine that was three times as
// slow in the second turn changes nothing.
func TestCompare(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		values, base []time.Duration
		want         string
	}{
		"a busy turn slows both down":    {[]time.Duration{200, 600}, []time.Duration{100, 300}, "2.00"},
		"the spread is the worst turns":  {[]time.Duration{100, 150, 400}, []time.Duration{100, 100, 100}, "1.50 (1.00–4.00)"},
		"one turn has nothing to spread": {[]time.Duration{3}, []time.Duration{2}, "1.50"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := compare(c.values, c.base).String(); got != c.want {
				t.Errorf("compare(%v, %v) = %s, want %s", c.values, c.base, got, c.want)
			}
		})
	}
}
