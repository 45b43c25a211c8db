package tui

import (
	"slices"
	"time"

	"ftft/train/rundir"
	"ftft/tui/feed"
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
func (a *App) rows(reference *feed.Run) rundir.Selection {
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

// pace is what a main model's run on the selection takes, by another one's of the study: its steps, how often these go over the
// selection, and how long they last. 0 steps where there is no such run.
func (a *App) pace() (steps int, passes float64, lasts string) {
	group, _ := a.focused()
	if group == nil || a.choice.count == 0 {
		return 0, 0, ""
	}
	for _, run := range group.Runs {
		if run.Start == nil || run.Manifest.Role != rundir.Main || run.Status.Step == 0 {
			continue
		}
		second := run.Steps.Seconds / float64(run.Status.Step)
		lasts := time.Duration(second * float64(run.Start.MaxSteps) * float64(time.Second))
		return run.Start.MaxSteps, float64(run.Start.MaxSteps*run.Start.BatchSize) / float64(a.choice.count), view.Duration(lasts) + " at most, at " + run.Name() + "'s pace"
	}
	return 0, 0, ""
}
