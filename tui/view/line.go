package view

import (
	"slices"

	"ftft/train/metric"
	"ftft/train/watch"
)

// forget drops what was computed of runs that are no longer drawn, or have gone on since.
func (c *Curves) forget() {
	for key := range c.lines {
		drawn := slices.ContainsFunc(c.Runs, func(d DrawnRun) bool { return d.Run == key.run && d.SourceFLOPs == key.before })
		if !drawn || key.across != c.XAxis || key.factor != c.Smoothing {
			delete(c.lines, key)
		}
	}
}

// linesOf gives a run's curve of one quantity, as long as the run stands as it does from what was computed before.
func (c *Curves) linesOf(d DrawnRun, chart Chart) lines {
	key := lineKey{d.Run, chart, c.XAxis, c.Smoothing, d.SourceFLOPs}
	if known, ok := c.lines[key]; ok {
		return known
	}
	ruler := ruler{run: d.Run, by: c.XAxis, before: d.SourceFLOPs}
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

// measured are the values of one quantity: the loss of every step, the others where they were measured.
func measured(run *watch.Run, chart Chart, ruler *ruler) (x, y []float64) {
	add := func(step int, value float64) { x, y = append(x, ruler.place(step)), append(y, value) }
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

// Scores gives a run's mean accuracies over its ID or its OOD sets, by evaluation.
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

// curvesOf are the curves of one quantity in the order in which they are drawn.
func (c *Curves) curvesOf(chart Chart, w int) []curve {
	var curves []curve
	for _, i := range c.ordered() {
		d := c.Runs[i]
		if seeds := c.seeds(i); len(seeds) > 1 {
			if seeds[len(seeds)-1] == i { // the arm is drawn at its last seed's turn
				curves = append(curves, c.meanCurve(seeds, chart, w)...)
			}
			continue
		}
		l := c.linesOf(d, chart)
		if l.line == nil {
			continue
		}
		one := curve{style: c.Theme.SeriesStyle(i), name: d.Name, line: l.line, focus: d.Run == c.Focus}
		if one.focus || len(c.Runs) <= fewRuns {
			one.raw = l.raw
		}
		if c.Theme.Glyphs {
			one.end = c.sign(i)
		}
		if chart == IDChart || chart == OODChart {
			one.marks = c.stops(d, l.line)
		}
		curves = append(curves, one)
	}
	return curves
}

// fewRuns is of how many runs at most all raw lines are drawn beside the smoothed ones; of more, the focus's alone.
const fewRuns = 2

// seeds are the places of the runs that an arm's mean is taken over, in the order of drawing; one alone has no mean.
func (c *Curves) seeds(of int) []int {
	if c.SeedMode == EachSeed {
		return nil
	}
	var seeds []int
	for _, i := range c.ordered() {
		if c.Runs[i].Arm == c.Runs[of].Arm && c.Runs[i].Run.Start != nil {
			seeds = append(seeds, i)
		}
	}
	return seeds
}

// meanCurve is an arm's, none before all its seeds have come to something.
func (c *Curves) meanCurve(seeds []int, chart Chart, w int) []curve {
	var all []*series
	first := slices.Min(seeds)
	one := curve{style: c.Theme.SeriesStyle(first), name: c.Runs[first].Arm}
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
		one.end = c.sign(first)
	}
	return []curve{one}
}

// Sign is what stands for the i-th run, in its colour.
func (c *Curves) Sign(i int) string { return c.Theme.SeriesStyle(i).Render(string(c.sign(i))) }

// sign stands for the i-th run in the legend.
func (c *Curves) sign(i int) rune {
	if c.Theme.Glyphs {
		return rune('a' + i%26)
	}
	return '━'
}

// ordered gives the runs' places, the focus last.
func (c *Curves) ordered() []int {
	var places []int
	focus := -1
	for i, d := range c.Runs {
		if d.Run == c.Focus {
			focus = i
		} else {
			places = append(places, i)
		}
	}
	if focus >= 0 {
		places = append(places, focus)
	}
	return places
}
