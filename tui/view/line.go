package view

import (
	"fmt"
	"slices"

	"ftft/train/metric"
	"ftft/train/watch"
)

// pruneLines drops the lines of runs that are no longer drawn, have new values or are drawn differently.
func (c *Curves) pruneLines() {
	for key := range c.lines {
		drawn := slices.ContainsFunc(c.Runs, func(d DrawnRun) bool { return d.Run == key.run && d.SourceFLOPs == key.sourceFLOPs })
		if !drawn || key.axis != c.XAxis || key.smoothing != c.Smoothing {
			delete(c.lines, key)
		}
	}
}

// linesOf returns a run's curve of one quantity, computed once while the run stays the same.
func (c *Curves) linesOf(d DrawnRun, chart Chart) lines {
	key := lineKey{d.Run, chart, c.XAxis, c.Smoothing, d.SourceFLOPs}
	if known, ok := c.lines[key]; ok {
		return known
	}
	ruler := ruler{run: d.Run, axis: c.XAxis, source: d.SourceFLOPs}
	x, y := measured(d.Run, chart, &ruler)
	var l lines
	switch {
	case len(x) == 0:
	case chart == LossChart || chart == NormChart:
		raw := newSeries(x, y)
		if l = (lines{raw, raw}); c.Smoothing > 0 {
			l.line = newSeries(x, smoothed(y, c.Smoothing))
		}
	default:
		l = lines{line: newSeries(x, y)}
	}
	if c.lines == nil {
		c.lines = map[lineKey]lines{}
	}
	c.lines[key] = l
	return l
}

// measured returns the values of one quantity: the loss at every step, the others where they were measured.
func measured(run *watch.Run, chart Chart, ruler *ruler) (x, y []float64) {
	add := func(step int, value float64) { x, y = append(x, ruler.x(step)), append(y, value) }
	switch chart {
	case LossChart:
		x, y = make([]float64, 0, len(run.Losses)), make([]float64, 0, len(run.Losses))
		for i, loss := range run.Losses {
			add(i+1, float64(loss))
		}
	case IDChart, OODChart:
		for _, score := range Scores(run, kindOf[chart]) {
			add(score.Step, score.Accuracy)
		}
	case RateChart:
		for _, total := range run.Totals {
			add(total.Step, total.LearningRate)
		}
	case NormChart:
		for _, total := range run.Totals {
			add(total.Step, total.GradientNorm)
		}
	}
	return x, y
}

// kindOf is the kind of the evaluation sets of the accuracies.
var kindOf = map[Chart]string{IDChart: "id", OODChart: "ood"}

// Score is the mean accuracy over the sets of one kind after a step.
type Score struct {
	Step     int
	Accuracy float64
}

// Scores returns a run's mean accuracy over its sets of a kind, "id" or "ood", by evaluation.
func Scores(run *watch.Run, kind string) []Score {
	var sets []metric.Validation
	for _, e := range run.Evaluations {
		if e.SetKind == kind {
			sets = append(sets, metric.Validation{Step: e.Step, Score: e.Accuracy})
		}
	}
	var scores []Score
	for _, mean := range metric.Means(sets) {
		scores = append(scores, Score{mean.Step, mean.Score})
	}
	return scores
}

// entry is what a line of each chart shows, and its place in the legend: a run, or the mean over the seeds of an arm.
type entry struct {
	runs   []int // indices into Curves.Runs
	name   string
	colour int
	letter rune // see DrawnRun
	focus  bool
}

// entries returns what is drawn, in front first: the focus, then the runs in their order.
func (c *Curves) entries() []entry {
	var list []entry
	arms := map[string]int{} // indices into list
	for i, d := range c.Runs {
		if d.Run.Start == nil {
			continue
		}
		focus := c.Focus != nil && d.Run.Dir == c.Focus.Dir
		if k, known := arms[d.Arm]; known && c.SeedMode != EachSeed {
			list[k].runs, list[k].focus = append(list[k].runs, i), list[k].focus || focus
			continue
		}
		arms[d.Arm] = len(list)
		list = append(list, entry{runs: []int{i}, name: d.Name, colour: d.Colour, letter: d.Letter, focus: focus})
	}
	for k := range list {
		if e := &list[k]; len(e.runs) > 1 {
			first := c.Runs[e.runs[0]]
			e.name, e.colour = fmt.Sprintf("%s (%d seeds)", first.Arm, len(e.runs)), first.ArmColour
			if !c.Theme.Glyphs {
				e.letter = 0
			}
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return btoi(b.focus) - btoi(a.focus) })
	return list
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// label returns the entry's sign and name in its colour.
func (e *entry) label(t *Theme) string {
	name := Clean(e.name)
	if e.focus {
		name += "*"
	}
	return t.SeriesStyle(e.colour).Render(signOf(e.letter) + " " + name)
}

// curvesOf returns the curves of one quantity in the order in which they are drawn. w is the width of the chart.
func (c *Curves) curvesOf(chart Chart, w int) []curve {
	var curves []curve
	entries := c.entries()
	for k, e := range slices.Backward(entries) {
		one := curve{style: c.Theme.SeriesStyle(e.colour), entry: k, end: e.letter, focus: e.focus}
		if len(e.runs) > 1 {
			if one.line, one.band = c.mean(e.runs, chart, w); one.line == nil {
				continue
			}
			curves = append(curves, one)
			continue
		}
		d := c.Runs[e.runs[0]]
		l := c.linesOf(d, chart)
		if l.line == nil {
			continue
		}
		one.line = l.line
		if e.focus || len(entries) <= fewRuns {
			one.raw = l.raw
		}
		if chart == IDChart || chart == OODChart {
			one.marks = c.stops(d, l.line)
		}
		curves = append(curves, one)
	}
	return curves
}

// fewRuns is up to how many runs have a band around their lines. With more runs only the focus has.
const fewRuns = 2

// mean returns the mean curve of the seeds of an arm and the band around it, nil before all of them have values.
func (c *Curves) mean(seeds []int, chart Chart, w int) (*series, *band) {
	var all []*series
	for _, i := range seeds {
		l := c.linesOf(c.Runs[i], chart)
		if l.line == nil {
			return nil, nil
		}
		all = append(all, l.line)
	}
	window := c.Window.within(c.End())
	dots := max(2*(w-chartLeft)-1, 1)
	columns := make([]float64, dots+1)
	for k := range columns {
		columns[k] = window.From + float64(k)/float64(dots)*(window.To-window.From)
	}
	line, around := meanOf(all, c.SeedMode, columns)
	if len(line.x) == 0 {
		return nil, nil
	}
	return line, around
}
