package view

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"ftft/train/watch"
)

// Chart is a quantity that curves show.
type Chart int

// The quantities.
const (
	LossChart Chart = iota
	IDChart
	OODChart
	RateChart
	NormChart
	charts // the number of quantities
)

var chartTitles = [charts]string{"Training loss", "ID accuracy", "OOD accuracy", "Learning rate", "Gradient norm"}

// ChartSets are the charts that can be shown together.
var ChartSets = [][]Chart{{LossChart, IDChart, OODChart}, {LossChart, IDChart, OODChart, RateChart, NormChart},
	{LossChart}, {IDChart}, {OODChart}, {RateChart}, {NormChart}}

// DrawnRun is a run whose curves are drawn.
type DrawnRun struct {
	Run         *watch.Run
	Name        string  // in the legend
	Arm         string  // shared by the seeds of one arm
	Colour      int     // see RunColours
	Letter      rune    // tells it from the other drawn runs where the colour does not; 0 = none. SetLetters sets it
	ArmColour   int     // of the mean over the seeds of its arm
	SourceFLOPs float64 // FLOPs of the run that made its selection; 0 = none
}

// Curves draws the losses and scores of runs, one chart per quantity.
type Curves struct {
	Theme      *Theme
	Runs       []DrawnRun
	Focus      *watch.Run // drawn last, over the others
	Imported   bool       // the focus is imported dynamics, which have no training log
	XAxis      XAxis
	Log        bool
	Smoothing  float64 // the factor of the moving average; 0 = none
	Set        int     // an index into ChartSets
	Window     Window
	Crosshair  bool
	CrosshairX float64 // the x of the crosshair
	SeedMode   SeedMode
	Replaying  bool // show where early stopping with Patience ends the runs
	Patience   int

	lines map[lineKey]lines // the lines as last drawn
}

// lineKey is what a run's lines depend on.
type lineKey struct {
	run         *watch.Run
	chart       Chart
	axis        XAxis
	smoothing   float64
	sourceFLOPs float64
}

// lines are a run's curve, nil without points, and the curve before smoothing, nil without smoothing.
type lines struct{ line, raw *series }

// Draw fills w by h cells: charts; the legend or the values at the crosshair; and the settings.
func (c *Curves) Draw(w, h int) []string { return c.fill(w, h, true) }

// DrawPanel fills w by h cells beside another view with the charts and the legend: of the whole x axis, as nothing there zooms.
func (c *Curves) DrawPanel(w, h int) []string {
	panel := *c
	panel.Crosshair, panel.Replaying, panel.Set, panel.Window = false, false, 0, Window{}
	lines := panel.fill(w, h, false)
	c.lines = panel.lines
	return lines
}

// fill draws the charts and the lines under them.
func (c *Curves) fill(w, h int, settings bool) []string {
	if c.End() == 0 {
		none := "No run has started."
		if c.Imported {
			none = "Imported dynamics: no training log."
		}
		return Fit([]string{c.Theme.Title.Render("Curves"), "", "  " + none}, w, h)
	}
	c.pruneLines()
	below := c.below(w, h, settings)
	var drawn []string
	for _, row := range c.rows(w, h-len(below)) {
		var line []string
		for i, place := range row {
			block := c.chart(place)
			if i == 0 {
				line = block
			} else {
				line = Beside(line, block, " ")
			}
		}
		drawn = append(drawn, line...)
	}
	return append(drawn, Fit(below, w, len(below))...) // the charts already fit; measuring them again would double the time
}

// legendHeight is the height from which there is room for a legend above the table of patience.
const legendHeight = 24

// below returns the lines under the charts.
func (c *Curves) below(w, h int, settings bool) []string {
	var lines []string
	switch {
	case c.Replaying:
		lines = c.patience(w, max(h/2, 4))
		if h >= legendHeight {
			lines = append(c.legend(w, 1), lines...)
		}
	case c.Crosshair:
		lines = c.values(w, max(h/3, 2))
	default:
		lines = c.legend(w, max(h/4, 1))
	}
	if settings {
		lines = append(lines, c.settings(w))
	}
	return lines[:min(len(lines), h)]
}

// settings returns the values of the settings with their keys.
func (c *Curves) settings(w int) string {
	y := "linear"
	if c.Log {
		y = "log"
	}
	axis, _, _ := strings.Cut(c.XAxis.String(), ",")
	parts := []Part{
		{Text: "a " + axis, Rank: 1}, {Text: "A " + y, Rank: 1}, {Text: fmt.Sprintf("z smooth %g", c.Smoothing), Rank: 2},
		{Text: "b " + c.SeedMode.String(), Rank: 3},
	}
	if end := c.End(); c.Window != (Window{}) {
		part := strings.TrimSpace(fmt.Sprintf("%s to %s of %s %s",
			c.XAxis.label(c.Window.From), c.XAxis.label(c.Window.To), c.XAxis.label(end), c.XAxis.unit()))
		parts = append(parts, Part{Text: part + " (esc: all)"})
	}
	return c.Theme.Dim.Render(Line(parts, " · ", w))
}

// End returns the end of the x axis: the budget of the longest run or, for compute and time, what the runs have spent so far. It
// is 0 if no run has started.
func (c *Curves) End() float64 {
	end := 0.0
	for _, d := range c.Runs {
		if d.Run.Start == nil {
			continue
		}
		ruler := ruler{run: d.Run, axis: c.XAxis, source: d.SourceFLOPs}
		end = max(end, ruler.x(d.Run.Start.MaxSteps))
		if len(d.Run.Losses) == 0 && c.XAxis >= ByCompute {
			end = max(end, 1)
		}
	}
	return end
}

// place is the position of a chart in the rectangle of the curves.
type place struct {
	chart      Chart
	x, y, w, h int
}

// The least size of a chart.
const minChartWidth, minChartHeight = 20, 7

// rows lays the charts out in up to three columns; the first row may have fewer. Where there is no room for all, it drops the
// gradient norm first, then the learning rate, the ID accuracy and the loss.
func (c *Curves) rows(w, h int) [][]place {
	shown := slices.Clone(ChartSets[c.Set])
	columns := 1
	switch {
	case w >= 100:
		columns = 3
	case w >= 2*minChartWidth:
		columns = 2
	}
	count := func() int { return (len(shown) + columns - 1) / columns }
	for _, least := range []Chart{NormChart, RateChart, IDChart, LossChart} {
		if h/count() < minChartHeight && len(shown) > 1 {
			shown = slices.DeleteFunc(shown, func(chart Chart) bool { return chart == least })
		}
	}
	var rows [][]place
	n, total, y := count(), len(shown), 0
	for i := range n {
		inRow := total / n
		if n-i <= total%n {
			inRow++
		}
		height := (h - y) / (n - i)
		var row []place
		for k, x := 0, 0; k < inRow; k++ {
			width := (w - x - (inRow - k - 1)) / (inRow - k)
			row = append(row, place{shown[0], x, y, width, height})
			x, shown = x+width+1, shown[1:]
		}
		rows, y = append(rows, row), y+height
	}
	return rows
}

// XAt returns the x value at a cell of the curves drawn in w by h cells, if it lies in a chart.
func (c *Curves) XAt(column, row, w, h int) (x float64, ok bool) {
	if c.End() == 0 {
		return 0, false
	}
	window := c.Window.within(c.End())
	for _, places := range c.rows(w, h-len(c.below(w, h, true))) {
		for _, p := range places {
			left, width := p.x+chartLeft, p.w-chartLeft
			if column >= left && column < left+width && row >= p.y && row < p.y+p.h {
				return window.From + (float64(column-left)+0.5)/float64(width)*(window.To-window.From), true
			}
		}
	}
	return 0, false
}

// FocusX returns the x of the last step of the focus, or the end of the axis without a focus.
func (c *Curves) FocusX() float64 {
	if c.Focus == nil {
		return c.End()
	}
	return c.XOf(c.Focus.Status.Step)
}

// XOf returns the x of a step of the focus, or the end of the axis without a focus.
func (c *Curves) XOf(step int) float64 {
	for _, d := range c.Runs {
		if d.Run == c.Focus {
			ruler := ruler{run: d.Run, axis: c.XAxis, source: d.SourceFLOPs}
			return ruler.x(step)
		}
	}
	return c.End()
}

// StepAt returns the first step of the focus at or after x.
func (c *Curves) StepAt(x float64) int {
	if c.Focus == nil || c.Focus.Start == nil {
		return 0
	}
	return sort.Search(c.Focus.Start.MaxSteps, func(step int) bool { return c.XOf(step) >= x })
}

// CellWidth returns how much of the x axis one cell of the first chart covers.
func (c *Curves) CellWidth(w, h int) float64 {
	window := c.Window.within(c.End())
	return (window.To - window.From) / float64(max(c.rows(w, h)[0][0].w-chartLeft, 1))
}

// chart draws the curves of one quantity under a title.
func (c *Curves) chart(p place) []string {
	heading, curves := c.Theme.Title.Render(chartTitles[p.chart]), c.curvesOf(p.chart, p.w)
	if len(curves) == 0 || p.h < 6 || p.w < 12 {
		return Fit([]string{heading, c.Theme.Dim.Render("  none yet")}, p.w, p.h)
	}
	window := c.Window.within(c.End())
	chart := chart{
		theme: c.Theme, w: p.w, h: p.h - 1, axis: c.XAxis, x: scale{from: window.From, to: window.To},
		crosshair: c.Crosshair, cross: c.CrosshairX,
	}
	var found bool
	if chart.y, found = c.yScale(p.chart, curves, window, chart.yTicks()); !found {
		return Fit([]string{heading, c.Theme.Dim.Render("  no finite values here")}, p.w, p.h)
	}
	last := curves[len(curves)-1].line
	value := last.y[len(last.y)-1]
	if c.Crosshair {
		value, _ = last.at(c.CrosshairX)
	}
	shown := c.Theme.Dim.Render(format(p.chart, value))
	if detail := firstFitting(c.details(p.chart, chart.dots()), p.w-Width(heading)-Width(shown)-2); detail != "" {
		heading += " " + c.Theme.Dim.Render(Clean(detail))
	}
	return append([]string{Spread(heading, shown, p.w)}, chart.draw(curves)...)
}

// format formats a value of a chart.
func format(chart Chart, v float64) string {
	if chart == RateChart {
		return brief(v)
	}
	return fmt.Sprintf("%.3f", v)
}

// The least length of a y axis in accuracy and loss: smaller differences would look large.
const leastAccuracy, leastLoss = 0.05, 0.05

// yScale returns a scale with about n ticks for the parts of the curves in the window. It reports false if they have no finite value.
func (c *Curves) yScale(chart Chart, curves []curve, window Window, n int) (s scale, found bool) {
	e := nothing
	span := func(s *series) {
		if s == nil {
			return
		}
		e = e.join(s.between(s.from(window.From), s.from(math.Nextafter(window.To, math.Inf(1)))).extent)
		for _, x := range []float64{window.From, window.To} {
			if y := s.along(x); !math.IsNaN(y) {
				e = e.join(extent{y, y})
			}
		}
	}
	for _, curve := range curves {
		span(curve.line)
		span(curve.raw)
		if curve.band != nil {
			span(newSeries(curve.band.x, curve.band.low))
			span(newSeries(curve.band.x, curve.band.high))
		}
	}
	if e.empty() {
		return s, false
	}
	least, most := leastLoss, math.Inf(1)
	switch chart {
	case IDChart, OODChart:
		least, most = leastAccuracy, 1
	case RateChart, NormChart:
		if least = 1e-12; !c.Log {
			e = e.join(extent{0, 0})
		}
	}
	s = niceScale(e, least, most, n)
	if c.Log && e.high > 0 {
		if e.low <= 0 {
			e.low = e.high / 1e4
		}
		if most == 1 && s.from > 0 { // accuracies
			return scale{from: s.from, to: s.to, log: true}, true
		}
		return scale{from: e.low / 1.05, to: e.high * 1.05, log: true}, true
	}
	return s, true
}
