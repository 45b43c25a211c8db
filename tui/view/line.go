package view

import (
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
	case c.Smoothing > 0 && (chart == LossChart || chart == NormChart):
		l = lines{newSeries(x, smoothed(y, c.Smoothing)), newSeries(x, y)}
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
		for _, score := range Scores(run, map[Chart]string{IDChart: "id", OODChart: "ood"}[chart]) {
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

// curvesOf returns the curves of one quantity in the order in which they are drawn.
func (c *Curves) curvesOf(chart Chart, w int) []curve {
	var curves []curve
	for _, i := range c.ordered() {
		d := c.Runs[i]
		if seeds := c.seeds(i); len(seeds) > 1 {
			if seeds[len(seeds)-1] == i { // the arm's mean takes the place of its last seed
				curves = append(curves, c.meanCurve(seeds, chart, w)...)
			}
			continue
		}
		l := c.linesOf(d, chart)
		if l.line == nil {
			continue
		}
		one := curve{style: c.Theme.SeriesStyle(d.Colour), name: d.Name, line: l.line, end: d.Letter, focus: d.Run == c.Focus}
		if one.focus || len(c.Runs) <= fewRuns {
			one.raw = l.raw
		}
		if chart == IDChart || chart == OODChart {
			one.marks = c.stops(d, l.line)
		}
		curves = append(curves, one)
	}
	return curves
}

// fewRuns is up to how many runs have their raw lines drawn beside the smoothed ones. With more runs only the focus has.
const fewRuns = 2

// seeds returns the indices of the runs that share the arm of a run, in the order of drawing, nil if seeds are drawn one by one.
// A single run has no mean.
func (c *Curves) seeds(run int) []int {
	if c.SeedMode == EachSeed {
		return nil
	}
	var seeds []int
	for _, i := range c.ordered() {
		if c.Runs[i].Arm == c.Runs[run].Arm && c.Runs[i].Run.Start != nil {
			seeds = append(seeds, i)
		}
	}
	return seeds
}

// meanCurve returns the mean curve of an arm, none before all its seeds have values.
func (c *Curves) meanCurve(seeds []int, chart Chart, w int) []curve {
	var all []*series
	first := slices.Min(seeds)
	one := curve{style: c.Theme.SeriesStyle(c.Runs[first].Colour), name: c.Runs[first].Arm}
	for _, i := range seeds {
		l := c.linesOf(c.Runs[i], chart)
		if l.line == nil {
			return nil
		}
		all, one.focus = append(all, l.line), one.focus || c.Runs[i].Run == c.Focus
	}
	window := c.Window.within(c.End())
	dots := max(2*(w-chartLeft)-1, 1)
	columns := make([]float64, dots+1)
	for k := range columns {
		columns[k] = window.From + float64(k)/float64(dots)*(window.To-window.From)
	}
	if one.line, one.band = meanOf(all, c.SeedMode, columns); len(one.line.x) == 0 {
		return nil
	}
	if c.Theme.Glyphs {
		one.end = c.Runs[first].Letter
	}
	return []curve{one}
}

// ordered returns the indices of the runs, the focus last.
func (c *Curves) ordered() []int {
	var indices []int
	focus := -1
	for i, d := range c.Runs {
		if d.Run == c.Focus {
			focus = i
		} else {
			indices = append(indices, i)
		}
	}
	if focus >= 0 {
		indices = append(indices, focus)
	}
	return indices
}
