package view

import (
	"fmt"
	"math"
	"strings"

	"ftft/tui/feed"
)

// Curves shows the loss and the scores of a study's runs over one another, by step.
type Curves struct {
	Theme *Theme
	Runs  []*feed.Run
	Focus *feed.Run // drawn last, so that it lies over the others
}

// Draw fills w by h cells: side by side where there is room, else one above the other, else the scores alone.
func (c *Curves) Draw(w, h int) []string {
	steps := 1
	for _, run := range c.Runs {
		if run.Start != nil {
			steps = max(steps, run.Start.MaxSteps)
		}
	}
	if steps == 1 {
		none := "No run has begun."
		if c.Focus != nil && c.Focus.Given {
			none = "Somebody else's dynamics: there was no training here."
		}
		return Fit([]string{c.Theme.Title.Render("Curves"), "", "  " + none}, w, h)
	}
	legend := c.legend(w)
	room := h - len(legend)
	loss := func(w, h int) []string { return c.chart("Training loss", steps, c.losses(w), w, h, false) }
	id := func(w, h int) []string { return c.chart("ID accuracy", steps, c.scores("id"), w, h, true) }
	ood := func(w, h int) []string { return c.chart("OOD accuracy", steps, c.scores("ood"), w, h, true) }
	var lines []string
	switch {
	case w >= 100:
		third := (w - 2) / 3
		lines = Beside(Beside(loss(third, room), id(third, room), " "), ood(w-2-2*third, room), " ")
	case w >= 60 && room >= 16:
		half := (w - 1) / 2
		lines = append(loss(w, room/2), Beside(id(half, room-room/2), ood(w-1-half, room-room/2), " ")...)
	case w >= 40:
		half := (w - 1) / 2
		lines = Beside(loss(half, room), ood(w-1-half, room), " ")
	default:
		lines = ood(w, room)
	}
	return Fit(append(lines, legend...), w, h)
}

// legend names the runs in their colours, in as many lines as it takes.
func (c *Curves) legend(w int) []string {
	var names []string
	for i, run := range c.Runs {
		if run.Start == nil {
			continue
		}
		name := run.Name()
		if run == c.Focus {
			name += "*"
		}
		names = append(names, c.Theme.Of(i).Render(string(c.sign(i))+" "+name))
	}
	return Wrap(strings.Join(names, "  "), w)
}

// begin gives the i-th run's curve without points. Where there are no colours, its sign marks the end.
func (c *Curves) begin(i int) curve {
	line := curve{style: c.Theme.Of(i)}
	if c.Theme.Glyphs {
		line.mark = c.sign(i)
	}
	return line
}

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
	for i, run := range c.Runs {
		if run == c.Focus {
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

// losses are the means over the steps that share one of the dots across w cells.
func (c *Curves) losses(w int) []curve {
	var curves []curve
	for _, i := range c.ordered() {
		run := c.Runs[i]
		if run.Start == nil || len(run.Losses) == 0 {
			continue
		}
		window := max(run.Start.MaxSteps/max(w, 1), 1)
		line := c.begin(i)
		for first := 0; first < len(run.Losses); first += window {
			last, sum := min(first+window, len(run.Losses)), 0.0
			for _, loss := range run.Losses[first:last] {
				sum += float64(loss)
			}
			line.points = append(line.points, point{float64(last), sum / float64(last-first)})
		}
		curves = append(curves, line)
	}
	return curves
}

// scores are the mean accuracies over the sets of a kind, by evaluation.
func (c *Curves) scores(kind string) []curve {
	var curves []curve
	for _, i := range c.ordered() {
		line := c.begin(i)
		for _, score := range Scores(c.Runs[i], kind) {
			line.points = append(line.points, point{float64(score.Step), score.Accuracy})
		}
		if len(line.points) > 0 {
			curves = append(curves, line)
		}
	}
	return curves
}

// Score is the mean accuracy over the sets of one kind after a step.
type Score struct {
	Step     int
	Accuracy float64
}

// Scores gives a run's mean accuracies over its ID or its OOD sets, by evaluation.
func Scores(run *feed.Run, kind string) []Score {
	var scores []Score
	index, sum, sets := -1, 0.0, 0.0
	for _, evaluation := range run.Evaluations {
		if evaluation.SetKind != kind {
			continue
		}
		if evaluation.Index != index {
			scores = append(scores, Score{Step: evaluation.Step})
			index, sum, sets = evaluation.Index, 0, 0
		}
		sum, sets = sum+evaluation.Accuracy, sets+1
		scores[len(scores)-1].Accuracy = sum / sets
	}
	return scores
}

// chart draws curves under a title with the range that they span.
func (c *Curves) chart(title string, steps int, curves []curve, w, h int, share bool) []string {
	heading := c.Theme.Title.Render(title)
	if len(curves) == 0 || h < 6 || w < 12 {
		return Fit([]string{heading, c.Theme.Dim.Render("  none yet")}, w, h)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, curve := range curves {
		for _, point := range curve.points {
			low, high = min(low, point.y), max(high, point.y)
		}
	}
	if math.IsNaN(low) || math.IsInf(high-low, 0) {
		return Fit([]string{heading, c.Theme.Bad.Render("  not finite")}, w, h)
	}
	margin := max((high-low)*0.05, 0.01)
	low, high = max(low-margin, 0), high+margin
	if share {
		high = min(high, 1)
	}
	last := curves[len(curves)-1].points
	heading = Spread(heading, c.Theme.Dim.Render(fmt.Sprintf("%.3f", last[len(last)-1].y)), w)
	chart := chart{theme: c.Theme, w: w, h: h - 1, maxX: float64(steps), low: low, high: high}
	return Fit(append([]string{heading}, chart.draw(curves)...), w, h)
}
