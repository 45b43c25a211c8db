package tui

import (
	"fmt"

	"ftft/train/cost"
	"ftft/tui/view"
)

func (s *launchScreen) explain() (subject string, items []view.Explained) {
	_, run := s.focused()
	if run == nil {
		return placeLaunch.tab, nil
	}
	if p, err := s.plan(); err == nil {
		items = s.explainPlan(&p)
	}
	items = append(items, s.explainSelection()...)
	return s.focus.ID(), append(items, s.explainRun(run)...)
}

// explainPlan explains the figures of a launch.
func (s *launchScreen) explainPlan(p *plan) (items []view.Explained) {
	odd := s.oddities(p)
	if odd.Steps > 0 && odd.Examples > 0 {
		items = append(items, view.Explained{
			Name: "passes", Value: fmt.Sprintf("%.1f", odd.Passes(odd.Examples)), Source: ftftPaper,
			Formula: "budget × batch size / examples trained on: every arm has the same budget, so a smaller selection is seen more often",
			Numbers: fmt.Sprintf("%s × %d / %s = %.1f",
				view.Count(odd.Steps), odd.BatchSize, view.Count(odd.Examples), odd.Passes(odd.Examples)),
		})
	}
	f := s.forecast.cost
	if f == nil || f.Steps == 0 || f.Outside {
		return items
	}
	return append(items, view.Explained{
		Name: "training compute", Value: fmt.Sprintf("%.2f TFLOP", f.FLOPs/1e12),
		Formula: "Σ over runs of FLOP per sequence × batch size × budget; FLOP per sequence as measured on a run, " +
			"scaled by the models' sizes if that is a reference",
		Numbers: fmt.Sprintf("measured on %s; %d runs of %s steps", view.Clean(f.By), len(f.Runs), view.Count(f.Steps)),
	}, view.Explained{
		Name: "time", Value: "at most " + view.Duration(f.Time),
		Formula: "training FLOP / (FLOP per second of the measured run), plus its seconds per evaluation × evaluations; " +
			"early stopping saves some",
		Numbers: fmt.Sprintf("speed of %s: %.2f TFLOP in %s", view.Clean(f.By), f.FLOPs/1e12, view.Duration(f.Time)),
	}, view.Explained{
		Name: "memory", Value: fmt.Sprintf("about %.0f MB", float64(f.Memory)/(1<<20)),
		Formula: "4 bytes × (7 × parameters + 2 × tokens of a batch × layers × (10 H + 2 I)), H the width, I that of the feed-forward layer",
		Numbers: fmt.Sprintf("of the largest run; runs train one after another; free: %.0f MB", float64(f.FreeMemory)/(1<<20)),
	}, view.Explained{
		Name: "disk", Value: fmt.Sprintf("at most %.0f MB", float64(f.Disk)/(1<<20)),
		Formula: "Σ over runs of 4 bytes × (3 × (checkpoints kept + 1) × parameters + logits of all epochs and evaluations)",
		Numbers: fmt.Sprintf("%d runs, %d checkpoints each; free: %.0f MB", len(f.Runs), cost.Checkpoints, float64(f.FreeDisk)/(1<<20)),
	})
}
