package main

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed plot.svg.tmpl
var plotSource string

var plotTemplate = template.Must(template.New("plot").Funcs(template.FuncMap{
	"xml": template.HTMLEscapeString, "px": func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) },
}).Parse(plotSource))

// The measures of the plot, in pixels.
const (
	plotWidth   = 760.0
	labelWidth  = 230.0
	valueWidth  = 120.0
	barHeight   = 16.0
	rowHeight   = 22.0
	panelHead   = 58.0
	stepHead    = 26.0
	panelBottom = 18.0
)

// plotted is the plot as the template draws it: a panel below the other.
type plotted struct {
	Width, Height float64
	Panels        []panel
}

// panel is the ratios of one engine at one number of resources.
type panel struct {
	Title       string
	Top, Bottom float64
	// Grid are the ticks of the axis, the first of them 0.
	Grid  []mark
	Steps []mark
	Bars  []bar
	// Targets says that some bar has one.
	Targets bool
}

// mark is a text at a position.
type mark struct {
	X, Y float64
	Text string
}

// bar is one ratio.
type bar struct {
	Label, Value, Class string
	X, Y, Width, Height float64
	Middle, End         float64
	Least, Most         float64
	// Target is where the bar should end at most; 0 if nothing is asked of it.
	Target float64
}

// ratioBar is what a bar tells, before it has a place.
type ratioBar struct {
	step, name string
	ratio      spread
	limit      float64
}

// writePlot draws the ratios at reference resources, or at the size next below, as SVG.
func writePlot(w io.Writer, r *results) error {
	p := plotted{Width: plotWidth}
	for _, e := range r.facts.Engines {
		size := r.plotSize(e)
		bars := r.ratioBars(e, size)
		if len(bars) == 0 {
			continue
		}
		title := fmt.Sprintf("%s, %s resources: time as a multiple of that of local-exec", e, thousands(size))
		drawn := layPanel(title, bars, p.Height)
		p.Panels = append(p.Panels, drawn)
		p.Height = drawn.Bottom + panelBottom
	}
	return plotTemplate.Execute(w, p)
}

// plotSize returns the greatest size that is not above reference; if all are, the least.
func (r *results) plotSize(e string) int {
	size := 0
	for _, n := range r.sizes(e) {
		if n <= reference || size == 0 {
			size = n
		}
	}
	return size
}

// ratioBars returns the ratios of an engine, step by step, with the limits of the targets
// where these speak of the same.
func (r *results) ratioBars(e string, size int) []ratioBar {
	limits := map[key]float64{}
	for _, t := range targets(r.facts.tofu()) {
		limits[t.beside] = t.limit
	}
	var bars []ratioBar
	for _, step := range []string{apply, plan, drifted, destroy} {
		for _, name := range []string{unguarded, creates, unless} {
			k := key{Engine: e, Case: name, Step: step, Size: size}
			if s, ok := r.ratio(k, k.base()); ok {
				bars = append(bars, ratioBar{step, name, s, limits[k]})
			}
		}
	}
	return bars
}

// layPanel gives everything of a panel its place below top.
func layPanel(title string, bars []ratioBar, top float64) panel {
	greatest := 1.0
	for _, b := range bars {
		greatest = max(greatest, b.ratio.most, b.limit)
	}
	ticks := ticksTo(greatest)
	scale := (plotWidth - labelWidth - valueWidth) / ticks[len(ticks)-1]
	at := func(v float64) float64 { return labelWidth + v*scale }
	p := panel{Title: title, Top: top}
	y := top + panelHead
	step := ""
	for _, b := range bars {
		if b.step != step {
			step = b.step
			y += stepHead
			p.Steps = append(p.Steps, mark{X: 16, Y: y - 8, Text: upper(step)})
		}
		drawn := bar{
			Label: strings.ReplaceAll(b.name, "`", ""), Value: b.ratio.String(), Class: classOf(b.name),
			X: at(0), Y: y, Width: b.ratio.median * scale, Height: barHeight, Middle: y + barHeight/2, End: y + barHeight,
			Least: at(b.ratio.least), Most: at(b.ratio.most),
		}
		if b.limit > 0 {
			drawn.Target, p.Targets = at(b.limit), true
		}
		p.Bars = append(p.Bars, drawn)
		y += rowHeight
	}
	p.Bottom = y
	for _, t := range ticks {
		p.Grid = append(p.Grid, mark{X: at(t), Y: top + panelHead, Text: strconv.FormatFloat(t, 'f', -1, 64)})
	}
	return p
}

func classOf(name string) string {
	return [...]string{"a", "b", "c"}[max(0, slices.Index([]string{unguarded, creates, unless}, name))]
}

// ticksTo returns ticks from 0 to the first that is not below greatest, at round distances
// of which at most eight are needed.
func ticksTo(greatest float64) []float64 {
	distance := 0.5
	for i := 0; greatest/distance > 8; i++ {
		distance *= [...]float64{2, 2, 2.5}[i%3]
	}
	ticks := []float64{0}
	for i := 1; ticks[len(ticks)-1] < greatest; i++ {
		ticks = append(ticks, math.Round(float64(i)*distance*10)/10)
	}
	return ticks
}
