package main

import (
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = " S 1 2 3 4 5 6 7 8 9 10 250 50 7 3 20 0 12 0 100"
	cases := map[string]struct {
		stat string
		want usage
		ok   bool
	}{
		"a plain name":            {"42 (provider)" + rest, usage{own: 3 * time.Second, commands: 100 * time.Millisecond}, true},
		"a name like the rest":    {"42 (a) R 9 (b c)" + rest, usage{own: 3 * time.Second, commands: 100 * time.Millisecond}, true},
		"a line that is cut off":  {"42 (provider) S 1 2 3", usage{}, false},
		"a line without any name": {"", usage{}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := parseStat(c.stat); got != c.want || ok != c.ok {
				t.Errorf("parseStat(%q) = %+v, %t; want %+v, %t", c.stat, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestParsePeak(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status string
		want   int64
	}{
		"a running process":        {"Name:\tp\nVmPeak:\t  99 kB\nVmHWM:\t   12 kB\nVmRSS:\t 9 kB\n", 12 << 10},
		"a process that has ended": {"Name:\tp\nState:\tZ (zombie)\n", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := parsePeak([]byte(c.status)); got != c.want {
				t.Errorf("parsePeak(%q) = %d, want %d", c.status, got, c.want)
			}
		})
	}
}

// An engine starts several providers: their times add up, and the greatest of their peaks
// is the peak.
func TestSum(t *testing.T) {
	t.Parallel()
	got := sum(map[int]usage{1: {memory: 5, own: 2, commands: 1}, 2: {memory: 9, own: 3}, 3: {memory: 7, own: 4, commands: 6}})
	if want := (usage{memory: 9, own: 9, commands: 7}); got != want {
		t.Errorf("sum = %+v, want %+v", got, want)
	}
}
