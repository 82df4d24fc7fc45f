package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := writeTable(&b, [][]string{{"what", "×"}, {"a", "1–2"}, {"longer", ""}}); err != nil {
		t.Fatal(err)
	}
	want := `| what   | ×   |
|--------|-----|
| a      | 1–2 |
| longer |     |
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
	for s, want := range map[float64]string{0.0007481: "0.748 ms", 0.25: "250 ms", 1: "1.00 s", 13.375: "13.38 s"} {
		if got := milliseconds(s); got != want {
			t.Errorf("milliseconds(%v) = %s, want %s", s, got, want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	at := func(name, step string, size int) key {
		return key{Engine: "OpenTofu 1.0.0", Case: name, Step: step, Size: size}
	}
	cases := map[string]struct {
		seconds map[key][]float64
		target  string
		want    [2]string
	}{
		"nothing was measured": {nil, "no-op plan, no guard", [2]string{"not measured", ""}},
		"the median is above the limit": {
			map[key][]float64{at(unguarded, plan, 1000): {3, 3.5, 3.6}, at(localExec, plan, 1000): {1, 1, 1}},
			"no-op plan, no guard",
			[2]string{"3.50 (3.00–3.60)", "**not met**"},
		},
		"the median is between the limit and the aim": {
			map[key][]float64{at(unguarded, plan, 1000): {3, 9, 2}, at(localExec, plan, 1000): {1, 1, 1}},
			"no-op plan, no guard",
			[2]string{"3.00 (2.00–9.00)", "met"},
		},
		"the median is not above the aim": {
			map[key][]float64{at(unguarded, plan, 1000): {2.8}, at(localExec, plan, 1000): {1}},
			"no-op plan, no guard",
			[2]string{"2.80", "met, and the aim"},
		},
		"another number of resources says nothing": {
			map[key][]float64{at(unguarded, plan, 100): {2.8}, at(localExec, plan, 100): {1}},
			"no-op plan, no guard",
			[2]string{"not measured", ""},
		},
		// The engine takes 6 times as long for 5 times as much, the provider 9 and 12 times.
		"growth is that of the worst case, without that of the engine": {
			map[key][]float64{
				at(localExec, plan, 1000): {1}, at(localExec, plan, 5000): {6},
				at(unguarded, plan, 1000): {2}, at(unguarded, plan, 5000): {18},
				at(creates, plan, 1000): {2}, at(creates, plan, 5000): {24},
			},
			"growth from 1,000 to 5,000 resources, that of the engine divided out, worst case",
			[2]string{"2.00", "**not met**"},
		},
		"growth of the engine alone is no number": {
			map[key][]float64{at(localExec, plan, 1000): {1}, at(localExec, plan, 5000): {6}},
			"growth from 1,000 to 5,000 resources, that of the engine divided out, worst case",
			[2]string{"not measured", ""},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recorded(c.seconds)
			found := false
			for _, target := range targets("OpenTofu 1.0.0") {
				if target.name != c.target {
					continue
				}
				found = true
				measured, met := target.verdict(r)
				if diff := cmp.Diff(c.want, [2]string{measured, met}); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
			if !found {
				t.Fatalf("there is no target %q", c.target)
			}
		})
	}
}

func TestMemoryTargets(t *testing.T) {
	t.Parallel()
	r := newResults(facts{Engines: []string{"OpenTofu 1.0.0"}})
	memory := func(k key, mebibytes int64) { r.add(k, 0, cost{Wall: 1, CPU: 1, Memory: mebibytes << 20}) }
	memory(key{Engine: "OpenTofu 1.0.0", Case: unless, Step: plan, Size: many}, 149)
	memory(key{Engine: "OpenTofu 1.0.0", Case: unless, Step: apply, Size: many}, 151)
	memory(key{Engine: "OpenTofu 1.0.0", Case: unless, Step: apply, Size: reference}, 400)
	memory(key{Engine: "Terraform 1.0.0", Case: unless, Step: apply, Size: many}, 400)
	memory(key{Engine: "OpenTofu 1.0.0", Case: unguarded, Step: idle}, 30)
	memory(key{Engine: "OpenTofu 1.0.0", Case: unguarded, Step: flood, Size: 1 << 30}, 40)
	want := map[string][2]string{
		"memory of the provider at 5,000 resources, worst case": {"151 MiB", "**not met**"},
		"memory with 1 GiB of output, above idle":               {"10 MiB", "met"},
	}
	for _, target := range targets("OpenTofu 1.0.0") {
		w, ok := want[target.name]
		if !ok {
			continue
		}
		delete(want, target.name)
		if measured, met := target.verdict(r); measured != w[0] || met != w[1] {
			t.Errorf("%s: %s, %s; want %v", target.name, measured, met, w)
		}
	}
	if len(want) > 0 {
		t.Errorf("there are no targets %v", want)
	}
}

// The report tells what was measured and is silent about what was not.
func TestWriteReport(t *testing.T) {
	t.Parallel()
	r := recorded(map[key][]float64{
		lifeOf(localExec, plan): {1, 1}, lifeOf(creates, drifted): {3, 5},
		{Case: bare, Step: oneRun}: {0.001}, {Case: converged, Step: oneRun}: {0.0011},
	})
	var b strings.Builder
	if err := writeReport(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n## Targets\n", "| 4, aim 3 ", "\n## OpenTofu 1.0.0\n", "\n### Plan, nothing to do\n", "| 1.00 s |",
		"\n### Plan, a tenth drifted\n", "| 4.00 s, × 4.00 (3.00–5.00) |", "| 1.1 ms ", "| 1.10 ", "| 1.15 ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, b.String())
		}
	}
	for _, silent := range []string{"### Destroy", "### Growth", "MiB/s", "### Start"} {
		if strings.Contains(b.String(), silent) {
			t.Errorf("the report speaks of %q, which was not measured:\n%s", silent, b.String())
		}
	}
}
