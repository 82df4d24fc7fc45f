package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTicksTo(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		greatest float64
		want     []float64
	}{
		"the base alone":             {1, []float64{0, 0.5, 1}},
		"between two ticks":          {2.6, []float64{0, 0.5, 1, 1.5, 2, 2.5, 3}},
		"exactly the last tick":      {4, []float64{0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4}},
		"too much for halves":        {4.1, []float64{0, 1, 2, 3, 4, 5}},
		"too much for ones":          {9, []float64{0, 2, 4, 6, 8, 10}},
		"too much for twos":          {17, []float64{0, 5, 10, 15, 20}},
		"too much for fives":         {41, []float64{0, 10, 20, 30, 40, 50}},
		"what is slow beyond belief": {900, []float64{0, 200, 400, 600, 800, 1000}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, ticksTo(c.greatest)); diff != "" {
				t.Errorf("ticksTo(%v) (-want +got):\n%s", c.greatest, diff)
			}
		})
	}
}

// The axis is 410 pixels wide and begins at 230; here it ends at 5, so that one is 82.
func TestLayPanel(t *testing.T) {
	t.Parallel()
	p := layPanel("title", []ratioBar{
		{apply, unguarded, spread{2, 1, 3}, 5},
		{plan, unguarded, spread{1, 1, 1}, 0},
		{plan, creates, spread{4, 4, 4.5}, 0},
	}, 100)
	type place struct {
		Label                      string
		X, Width, Least, Most, End float64
		Target                     float64
	}
	var got []place
	for _, b := range p.Bars {
		got = append(got, place{b.Label, b.X, b.Width, b.Least, b.Most, b.Y, b.Target})
	}
	want := []place{
		{"exec, no guard", 230, 164, 312, 476, 184, 640},
		{"exec, no guard", 230, 82, 312, 312, 232, 0},
		{"exec with creates", 230, 328, 558, 599, 254, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bars (-want +got):\n%s", diff)
	}
	if len(p.Steps) != 2 || p.Bottom != 276 || !p.Targets {
		t.Errorf("%d steps, the bottom at %v, targets: %t", len(p.Steps), p.Bottom, p.Targets)
	}
}

func TestWritePlot(t *testing.T) {
	t.Parallel()
	seconds := map[key][]float64{}
	for _, name := range []string{localExec, unguarded} {
		k := lifeOf(name, apply)
		seconds[k] = []float64{float64(len(name))}
		k.Size = many // Not what is drawn.
		seconds[k] = []float64{99}
	}
	r := recorded(seconds)
	r.facts.Engines[0] = "OpenTofu <&> 1"
	for k, turns := range r.turns {
		delete(r.turns, k)
		k.Engine = r.facts.Engines[0]
		r.turns[k] = turns
	}
	var svg strings.Builder
	if err := writePlot(&svg, r); err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(strings.NewReader(svg.String())); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg.String())
		}
	}
	for _, want := range []string{"OpenTofu &lt;&amp;&gt; 1, 1,000 resources", ">Apply<", ">exec, no guard<", `class="target"`} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("the plot does not say %q:\n%s", want, svg.String())
		}
	}
	if strings.Contains(svg.String(), "Destroy") {
		t.Error("the plot shows a step that was not measured")
	}
}
