package view

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap/figure"
	"ftft/train/rundir"
)

// A difference of 1.5 points of accuracy does not fill the chart. The ends and the ticks of the axis are round.
func TestNiceScale(t *testing.T) {
	if s := niceScale(extent{0.825, 0.84}, leastAccuracy, 1, 6); s.to-s.from < 0.05-1e-9 || s.from > 0.825 || s.to < 0.84 {
		t.Errorf("0.825 to 0.84: got %+v", s)
	}
	if s := niceScale(extent{0.99, 1}, leastAccuracy, 1, 6); s.to > 1+1e-9 || s.to-s.from < 0.05-1e-9 {
		t.Errorf("0.99 to 1: got %+v", s)
	}
	if s := niceScale(extent{0, 0.001}, leastLoss, math.Inf(1), 3); s.from != 0 {
		t.Errorf("0 to 0.001: got %+v", s)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		low := random.Float64()
		e := extent{low, low + random.Float64()*(1-low)}
		n := 2 + random.IntN(6)
		s := niceScale(e, leastAccuracy, 1, n)
		ticks := s.ticks(n)
		first, last := ticks[0], ticks[len(ticks)-1]
		switch {
		case s.from > e.low+1e-9 || s.to < e.high-1e-9 || s.from < -1e-9 || s.to > 1+1e-9 || s.to-s.from < 0.05-1e-9:
			t.Fatalf("%v: got %+v", e, s)
		case math.Abs(first-s.from) > 1e-9 || math.Abs(last-s.to) > 1e-9 || len(ticks) > 2*n+3:
			t.Fatalf("%v: got the ticks %v of %+v", e, ticks, s)
		}
	}
}

// The line of a noisy loss has one dot in each column, but for the steps between neighbours; its band shows the extremes.
func TestLineIsOneColumnWide(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	x, y := make([]float64, 50_000), make([]float64, 50_000)
	for i := range x {
		x[i], y[i] = float64(i), random.Float64()
	}
	s := newSeries(x, y)
	c := chart{theme: &Theme{}, w: 60 + chartLeft, h: 20 + chartBelow, x: scale{from: 0, to: 49_999}, y: scale{from: 0, to: 1}}
	dots := func(draw func(*runes.PatternDotsGrid)) (most int) {
		grid := runes.NewPatternDotsGrid(120, 80)
		draw(grid)
		column := make([]int, 120)
		for cellY, row := range grid.BraillePatterns() {
			for cellX, glyph := range row {
				for dotY := range 4 {
					for dotX := range 2 {
						if glyph >= 0x2800 && (glyph-0x2800)&rune(braille[dotY][dotX]) != 0 && cellY >= 0 {
							column[2*cellX+dotX]++
						}
					}
				}
			}
		}
		return slices.Max(column)
	}
	if most := dots(func(grid *runes.PatternDotsGrid) { c.trace(grid, s) }); most < 1 || most > 4 {
		t.Errorf("got up to %d dots in a column of the line, want 1 to 4 of 80", most)
	}
	if most := dots(func(grid *runes.PatternDotsGrid) { c.shade(grid, s.spread) }); most < 19 {
		t.Errorf("got up to %d dots in a column of the band, want every fourth of 80", most)
	}
}

func TestMeansByColumn(t *testing.T) {
	s := newSeries([]float64{0, 1, 2, 3, 4, 5, 6, 7}, []float64{1, 3, 5, math.NaN(), 2, 2, math.Inf(1), 8})
	mean, spread := s.columns(0, 8, 4)
	if !slices.Equal(mean.x, []float64{1, 3, 5, 7}) || !slices.Equal(mean.y, []float64{2, 5, 2, 8}) {
		t.Errorf("got the means %v at %v", mean.y, mean.x)
	}
	if !slices.Equal(spread.low, []float64{1, 5, 2, 8}) || !slices.Equal(spread.high, []float64{3, 5, 2, 8}) {
		t.Errorf("got the extremes %v to %v", spread.low, spread.high)
	}
	if mean, _ = s.columns(1.5, 2.5, 4); !slices.Equal(mean.x, []float64{1, 2, 3}) {
		t.Errorf("few points: got %v, want the point and its neighbours", mean.x)
	}
}

// The legend, the values at the crosshair and the figure list the curves in the order of drawing, in front first. Entries stay whole.
func TestLegendInTheOrderOfDrawing(t *testing.T) {
	c := long(1000, 5)
	for i := range c.Runs {
		c.Runs[i].Name, c.Runs[i].Arm, c.Runs[i].Colour = fmt.Sprintf("arm %d seed %d", i, i), fmt.Sprint("arm", i), i
	}
	c.Focus = c.Runs[2].Run
	c.Runs[4].Run.Status.Finish = &rundir.Finish{StoppedEarly: true}
	want := []string{"arm 2 seed 2", "arm 0 seed 0", "arm 1 seed 1", "arm 3 seed 3", "arm 4 seed 4"}
	var drawn []string
	entries := c.entries()
	for _, curve := range c.curvesOf(LossChart, 80) {
		drawn = append(drawn, entries[curve.entry].name)
	}
	if slices.Reverse(drawn); !slices.Equal(drawn, want) {
		t.Errorf("drawn: %v, want %v", drawn, want)
	}
	order := func(text string) (names []string) {
		for _, name := range want {
			if strings.Contains(text, name) {
				names = append(names, name)
			}
		}
		slices.SortFunc(names, func(a, b string) int { return strings.Index(text, a) - strings.Index(text, b) })
		return names
	}
	for w := 18; w < 130; w++ {
		text := ansi.Strip(strings.Join(c.legend(w, 20), "\n"))
		if got := order(text); !slices.Equal(got, want) {
			t.Fatalf("legend of %d cells: %v in\n%s", w, got, text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasSuffix(line, "━") || strings.HasPrefix(line, "arm") {
				t.Errorf("legend of %d cells: a line breaks between sign and name:\n%s", w, text)
			}
		}
	}
	if got := c.legend(40, 2); len(got) != 2 || !strings.Contains(ansi.Strip(got[1]), "more") {
		t.Errorf("legend of two lines: got %q", got)
	}
	c.Crosshair, c.CrosshairX = true, 500
	if got := order(ansi.Strip(strings.Join(c.values(100, 10), "\n"))); !slices.Equal(got, want) {
		t.Errorf("values: %v", got)
	}
	var legend []string
	for _, e := range c.Figure("", color.Black).Legend {
		legend = append(legend, e.Name)
	}
	if got := order(strings.Join(legend, "\n")); !slices.Equal(got, want) {
		t.Errorf("figure: %v", legend)
	}
}

// A figure has the smoothed line with its band, the axes of the screen, and the marks of the best evaluation and of the stop.
func TestFigureOfCurves(t *testing.T) {
	c := long(5000, 1)
	run := c.Runs[0].Run
	run.Stop.Patience, run.Stop.Metric = 2, "accuracy"
	run.Status.Finish = &rundir.Finish{StoppedEarly: true}
	for i := range run.Evaluations {
		if run.Evaluations[i].Index > 8 {
			run.Evaluations[i].Accuracy = 0.5
		}
	}
	f := c.Figure("title", color.Black)
	loss, ood := f.Charts[0], f.Charts[2]
	if len(loss.Bands) != 1 || len(loss.Lines) != 1 || len(loss.Lines[0].X) > figureColumns ||
		!slices.Contains(loss.Details, "smoothed 0.95") {
		t.Errorf("loss: got %d bands, %d lines, details %q", len(loss.Bands), len(loss.Lines), loss.Details)
	}
	if len(ood.Marks) != 2 || ood.Marks[0].Shape != figure.Dot || ood.Marks[1].Shape != figure.Square || ood.Marks[0].X >= ood.Marks[1].X {
		t.Errorf("OOD accuracy: got the marks %+v", ood.Marks)
	}
	if ood.High-ood.Low < leastAccuracy {
		t.Errorf("OOD accuracy: got the axis %v to %v", ood.Low, ood.High)
	}
	if n := len(f.Legend); n != 3 || f.Legend[1].Shape != figure.Dot || f.Legend[2].Shape != figure.Square {
		t.Errorf("got the legend %+v", f.Legend)
	}
}

// The x axis has its unit, once, and no label overlaps another.
func TestXAxisHasItsUnit(t *testing.T) {
	for axis, want := range map[XAxis]string{BySteps: "steps", ByExamples: "examples", ByCompute: "TFLOP", ByTime: "s"} {
		for w := 15; w < 120; w++ {
			c := chart{theme: &Theme{}, w: w + chartLeft, h: 10, axis: axis, x: scale{from: 0, to: 400}, y: scale{from: 0, to: 1}}
			labels := c.xAxis(w)[1]
			if !strings.Contains(labels, want) || axis != ByTime && strings.Count(labels, want) != 1 || Width(labels) > w+chartLeft {
				t.Errorf("%v in %d cells: got %q", axis, w, labels)
			}
		}
	}
}
