package tui

import (
	"fmt"
	"slices"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// share is the part of what can be selected that the selection is, such that a random one is of exactly its size.
func (a *App) share() float64 {
	if a.choice.rule == "" {
		return a.choice.fraction
	}
	of := a.seen().Map.Len()
	if a.desk.marks != nil {
		of -= a.desk.marks.number
	}
	return float64(a.choice.count) / float64(max(of, 1))
}

// rows are the selection as a run directory records it.
func (a *App) rows(reference *watch.Run) rundir.Selection {
	c, m := &a.choice, a.seen().Map
	s := rundir.Selection{Rule: c.rule, Strategy: c.strategy, Fraction: c.fraction, Seed: reference.Manifest.Seed, Formula: "population", Ties: "by guid, bytes, ascending",
		Source: reference.ID(), Of: len(c.order), Count: c.count, Labels: map[string]int{}}
	if c.whole {
		s.Strategy, s.Fraction = "rule", 1
	}
	if m.Sample() {
		s.Formula = "sample"
	}
	if a.desk.marks != nil {
		s.Excluded = a.desk.marks.number
	}
	chosen := slices.Sorted(slices.Values(c.order[:c.count]))
	guids := make([]string, len(chosen))
	for k, index := range chosen {
		s.Rows, guids[k] = append(s.Rows, int(m.Rows[index])), m.GUIDs[index]
	}
	for class, count := range c.chosen {
		if count > 0 {
			s.Labels[a.labels()[class]] = count
		}
	}
	s.Hash = rundir.HashGUIDs(guids)
	return s
}

// pace is what a main model's run takes, by another one's of the study.
type pace struct {
	run          string
	steps, batch int
	second       float64 // of a step
}

// epochs is how often the steps go over so many examples.
func (p *pace) epochs(count int) float64 { return float64(p.steps*p.batch) / float64(count) }

func (p *pace) words(count int) string {
	return fmt.Sprintf("%s steps: %.1f epochs of it", view.Count(p.steps), p.epochs(count))
}

func (p *pace) whole() time.Duration {
	return time.Duration(p.second * float64(p.steps) * float64(time.Second))
}

func (p *pace) lasts() string { return view.Duration(p.whole()) + " at most, at " + p.run + "'s pace" }

// pace is that of a run on the selection; there is none before a main model's run has begun.
func (a *App) pace() (p pace, ok bool) {
	group, _ := a.focused()
	if group == nil || a.choice.count == 0 {
		return p, false
	}
	for _, run := range group.Runs {
		if run.Start == nil || run.Manifest.Role != rundir.Main || run.Status.Step == 0 {
			continue
		}
		return pace{run.Name(), run.Start.MaxSteps, run.Start.BatchSize, run.Steps.Seconds / float64(run.Status.Step)}, true
	}
	return p, false
}
