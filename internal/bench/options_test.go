package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSizes(t *testing.T) {
	t.Parallel()
	if got, err := parseSizes("10,5000"); err != nil || len(got) != 2 || got[0] != 10 || got[1] != 5000 {
		t.Errorf("parseSizes = %v, %v", got, err)
	}
	for _, wrong := range []string{"", "0", "10,", "ten", "-1"} {
		if _, err := parseSizes(wrong); err == nil {
			t.Errorf("parseSizes(%q) found sizes", wrong)
		}
	}
}

// What is large is measured less often.
func TestGroups(t *testing.T) {
	t.Parallel()
	o := options{sizes: []int{10, many}, runs: 5, fewRuns: 2, starts: 1, output: 1}
	got := map[string]int{}
	for _, g := range o.groups([]engine{{name: "OpenTofu 1.0.0"}, {name: "Terraform 1.0.0"}}, "bench", t.TempDir()) {
		for _, k := range g.jobs[0].keys {
			if k.Step == apply {
				got[fmt.Sprint(k.Engine, " ", k.Size)] = g.turns
			}
		}
	}
	want := map[string]int{"OpenTofu 1.0.0 10": 5, "Terraform 1.0.0 10": 5, "OpenTofu 1.0.0 5000": 2, "Terraform 1.0.0 5000": 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
}
