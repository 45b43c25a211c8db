package tui

import (
	"fmt"
	"slices"

	"ftft/train/metric"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/tui/view"
)

func (s *resultsScreen) explain() (subject string, items []view.Explained) {
	r, l := s.report(), s.line()
	if l == nil {
		return s.focus.ID(), nil
	}
	arm := l.Arms[0]
	var sets []metric.Set
	if groups := r.SetGroups(); len(groups) > 0 { // there are none before the first evaluation
		sets = groups[s.view.Set%len(groups)]
	}
	if score, ok := l.Score(r, sets); ok {
		numbers := fmt.Sprintf("scored at step %s; the best of %d evaluations", view.Count(arm.ScoredAt), len(arm.Evaluations))
		if !arm.Arm.StopsEarly() || arm.Arm == rundir.Reference {
			numbers = fmt.Sprintf("scored at step %s, the last of %d evaluations", view.Count(arm.ScoredAt), len(arm.Evaluations))
		}
		items = append(items, view.Explained{
			Name: r.ScoreName(), Value: fmt.Sprintf("%.4f", score), Numbers: numbers,
			Formula: "on " + metric.NameSets(sets) + ", at the evaluation with the best mean OOD validation score; the reference and erm, " +
				"which never stop early, at the last one" + overSeedsNote(len(l.Arms)),
		})
	}
	if d, ok := l.Difference(sets); ok {
		items = append(items, explainDifference(r, l, d), explainInterval(r, d))
	}
	if c := l.Compared; c != nil && len(c.Reached) > 0 {
		items = append(items, s.explainReach(r, c))
	}
	if run := s.run(); run != nil {
		items = append(items, s.explainCompute(run)...)
	}
	return l.Name, items
}

func overSeedsNote(seeds int) string {
	if seeds > 1 {
		return fmt.Sprintf("; the mean over %d seeds", seeds)
	}
	return ""
}

func explainDifference(r *report.Report, l *report.Line, d *report.Difference) view.Explained {
	both := report.Line{}
	for _, a := range l.Arms {
		if slices.Contains(l.Compared.Runs, a.Run) {
			both.Arms = append(both.Arms, a)
		}
	}
	x, _ := both.Score(r, d.Sets)
	return view.Explained{
		Name: "difference to erm", Value: r.Signed(d.Value) + r.InUnit(),
		Formula: "the arm's score minus erm's, on the same examples; of several seeds, the mean over those that both have",
		Numbers: fmt.Sprintf("on %s: %.4f - %.4f", metric.NameSets(d.Sets), x, x-d.Value),
	}
}

func explainInterval(r *report.Report, d *report.Difference) view.Explained {
	item := view.Explained{
		Name: "95 % interval", Value: fmt.Sprintf("%s to %s", r.Signed(d.Low), r.Signed(d.High)), Numbers: "it is over " + d.Over(),
	}
	switch noise, known := d.Noise(); {
	case !known:
		item.Value, item.Numbers = "unknown", "no logits of these evaluations are saved"
	case noise:
		item.Numbers += "; it holds 0, so the difference is within noise"
	default:
		item.Numbers += "; it does not hold 0, so the difference is beyond noise"
	}
	if d.Uncertainty == report.BySeeds {
		item.Formula = "mean ± t s / √n over the differences d of n seeds: s their standard deviation, t the 97.5 % point of Student's t " +
			"with n - 1 degrees of freedom"
		return item
	}
	item.Formula = "the middle 95 % of the difference on resamples: as many examples as the set has, drawn with replacement, the same for " +
		"both runs (paired percentile bootstrap). It leaves out what another seed would change: M launches more seeds"
	item.Source = "Efron and Tibshirani (1993), An Introduction to the Bootstrap"
	return item
}

// explainReach explains with how many steps an arm reaches erm's best score.
func (s *resultsScreen) explainReach(r *report.Report, c *report.Comparison) view.Explained {
	reach := c.Reached[0]
	item := view.Explained{
		Name: "steps to erm's best", Value: "never", Source: ftftPaper,
		Formula: "the first evaluation whose mean score on " + metric.NameSets(r.Sets) + " is at least erm's best / erm's budget. Erm's best " +
			"is chosen on the same sets, which favours erm; the first of several evaluations favours the arm",
		Numbers: fmt.Sprintf("erm's best %.4f; the arm's best %.4f", reach.Wanted, reach.Best),
	}
	if reach.Step > 0 {
		item.Value = view.Percent(reach.Share)
		item.Numbers += fmt.Sprintf("; at step %s", view.Count(reach.Step))
		if reach.Compute > 0 {
			item.Numbers += fmt.Sprintf(", with %.1f %% of the compute, the reference's included", 100*reach.Compute)
		}
	}
	return item
}
