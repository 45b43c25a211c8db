package tui

import (
	"fmt"
	"math"
	"strings"

	"ftft/datamap"
	"ftft/tui/view"
)

const (
	cartographers = "Swayamdipta et al., 2020, section 2"
	ftftPaper     = "Du, Gatt and Nguyen, 2023"
)

// explainExample explains the measures of the example under the cursor.
func (w *workspace) explainExample() []view.Explained {
	index, ok := w.sel.Under()
	if !ok {
		return nil
	}
	m := w.seen().Map
	var items []view.Explained
	for _, metric := range datamap.Metrics {
		if m.Check(metric) != nil || metric.Name == "variability" && m.Sample() || metric.Name == "variability_sample" && !m.Sample() {
			continue
		}
		x := m.Explain(metric, int(index))
		value := measure(x.Value)
		if metric.Whole {
			value = fmt.Sprint(x.Value)
		}
		numbers := w.numbersOf(&x) + " = " + value
		if words := m.Words(metric, x.Value); words != "" {
			value, numbers = words, w.numbersOf(&x)+" = "+words+" ("+value+" in files and rules)"
		}
		if counted := metric.Name == "first_learnt" || metric.Name == "last_correct"; counted && x.Value >= 0 && int(x.Value) < m.First+m.Epochs {
			numbers += fmt.Sprintf(": the screen's epoch %d, which it counts from 1", int(x.Value)+1)
		}
		items = append(items, view.Explained{
			Name: strings.ReplaceAll(metric.Name, "_", " "), Value: value, Formula: metric.Formula, Source: metric.Source, Numbers: numbers,
		})
	}
	return items
}

// measure formats a measure as the example's panel does.
func measure(v float64) string { return fmt.Sprintf("%.3f", v) }

// numbersOf returns a metric's formula with an example's numbers.
func (w *workspace) numbersOf(x *datamap.Explanation) string {
	if len(x.PGold) == 0 {
		return "as in the source, which has no per-epoch values"
	}
	mean, n := 0.0, len(x.PGold)
	for _, p := range x.PGold {
		mean += p / float64(n)
	}
	squares := make([]string, n)
	for e, p := range x.PGold {
		squares[e] = fmt.Sprintf("(%.3f - %.3f)²", p, mean)
	}
	switch x.Metric.Name {
	case "confidence":
		return fmt.Sprintf("(%s) / %d", view.Sum(x.PGold, 3), n)
	case "variability":
		return fmt.Sprintf("√((%s) / %d)", strings.Join(squares, " + "), n)
	case "variability_sample":
		return fmt.Sprintf("√((%s) / (%d - 1))", strings.Join(squares, " + "), n)
	case "variability_ci":
		sum := 0.0
		for _, p := range x.PGold {
			sum += (p - mean) * (p - mean)
		}
		v := sum / float64(n)
		return fmt.Sprintf("√(%.4f + %.4f² / (%d - 1))", v, v, n)
	case "threshold_closeness":
		return fmt.Sprintf("%.3f (1 - %.3f)", mean, mean)
	}
	if x.Terms != nil {
		return fmt.Sprintf("(%s) / %d", view.Sum(x.Terms, 3), n)
	}
	return "predicted " + w.predictions(x)
}

// predictions lists the labels predicted in each epoch, the right ones with a tick.
func (w *workspace) predictions(x *datamap.Explanation) string {
	var list []string
	labels := w.seen().Labels
	for _, class := range x.Predicted {
		sign := "✗"
		if class == x.Gold {
			sign = "✓"
		}
		list = append(list, view.Clean(labels[class])+" "+sign)
	}
	return strings.Join(list, ", ")
}

// explainSelection explains how many examples are selected, from which threshold on, with which labels, and at what cost.
func (w *workspace) explainSelection() []view.Explained {
	picture, c := w.seen(), w.sel
	if picture == nil || picture.Map == nil || c.Ranking == nil {
		return nil
	}
	items := []view.Explained{w.explainCount()}
	if threshold := c.Threshold(); !math.IsNaN(threshold) {
		last := c.Order[c.Count-1]
		what, order := "confidence", "ascending"
		if c.Strategy == datamap.Ambiguous {
			what, order = "variability", "descending"
		} else if c.Strategy == datamap.EasyToLearn {
			order = "descending"
		}
		items = append(items, view.Explained{
			Name: "threshold", Value: measure(threshold), Source: ftftPaper,
			Formula: fmt.Sprintf("the %s of the last example selected, in %s order of %s, ties by guid", what, order, what),
			Numbers: fmt.Sprintf("example %s in that order is %s: %s %s",
				view.Count(c.Count), view.Clean(picture.Map.GUIDs[last]), what, measure(threshold)),
		})
	}
	if c.Count > 0 && picture.Map.Gold != nil {
		items = append(items, w.explainLabels()...)
	}
	if e, ok := w.estimate(); ok {
		items = append(items, view.Explained{
			Name: "compute", Value: e.compute(c.Count),
			Formula: "the budget's optimiser steps, the same for every arm; passes over the selection = steps × batch size / examples selected",
			Numbers: fmt.Sprintf("%s × %d / %s = %.1f", view.Count(e.steps), e.batch, view.Count(c.Count), e.passes(c.Count)),
		}, view.Explained{
			Name: "ETA", Value: e.eta(), Formula: "steps × seconds of a training step; less where the run stops early",
			Numbers: fmt.Sprintf("%s × %.4f s = %s", view.Count(e.steps), e.second, view.Duration(e.duration())),
		})
	}
	return items
}

// explainCount explains how many examples are selected.
func (w *workspace) explainCount() view.Explained {
	c := w.sel
	x := view.Explained{Name: "examples selected", Value: fmt.Sprintf("%s of %s", view.Count(c.Count), view.Count(w.dataMap().Len()))}
	if c.Whole {
		x.Formula, x.Numbers = "everything that the rule matches, without excluded examples", view.Count(c.Count)
		return x
	}
	x.Formula = "⌊q N⌋: the fraction q of the N examples that a rule and marks leave to select from, rounded down"
	x.Source = ftftPaper + " (q = 33 %)"
	x.Numbers = fmt.Sprintf("⌊%g × %s⌋ = %s", c.Fraction, view.Count(len(c.Order)), view.Count(c.Count))
	return x
}

// explainLabels explains how much of the selection has each label.
func (w *workspace) explainLabels() (items []view.Explained) {
	c, n := w.sel, w.dataMap().Len()
	for class, label := range w.labels() {
		if class >= len(c.Chosen) {
			break
		}
		chosen, all := c.Chosen[class], c.All[class]
		items = append(items, view.Explained{
			Name: view.Clean(label) + " selected", Value: share(chosen, c.Count),
			Formula: "selected examples with the label / all selected examples",
			Numbers: fmt.Sprintf("%s / %s = %s; among all examples %s / %s = %s", view.Count(chosen), view.Count(c.Count), share(chosen, c.Count),
				view.Count(all), view.Count(n), share(all, n)),
		})
	}
	return items
}

// share formats part of whole as the selection's panel does.
func share(part, whole int) string {
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(max(whole, 1)))
}

// explainHealth explains the figures by which one judges whether to trust the reference's map.
func (w *workspace) explainHealth() []view.Explained {
	h := w.health.value
	if h == nil || h.Count == 0 {
		return nil
	}
	both := int(math.Round(h.Overlap * float64(h.Count)))
	items := []view.Explained{{
		Name: "overlap", Value: view.Percent(h.Overlap), Source: ftftPaper,
		Formula: "examples both ambiguous and hard-to-learn / examples of either region",
		Numbers: fmt.Sprintf("%s / %s = %s; independent regions would share q = %s",
			view.Count(both), view.Count(h.Count), view.Percent(h.Overlap), view.Percent(h.Chance)),
	}, {
		Name: "easy share", Value: view.Percent(h.EasyShare), Source: ftftPaper,
		Formula: "(N - 2 ⌊q N⌋ + both) / N: the examples in neither region",
		Numbers: fmt.Sprintf("(%s - 2 × %s + %s) / %s = %s",
			view.Count(h.Examples), view.Count(h.Count), view.Count(both), view.Count(h.Examples), view.Percent(h.EasyShare)),
	}}
	if len(h.HardPGold) == 0 {
		return items
	}
	last := len(h.TrainAccuracy) - 1
	right := int(math.Round(h.TrainAccuracy[last] * float64(h.Examples)))
	lifts := fmt.Sprintf("%.3f - %.3f = %.3f", h.HardPGold[last][3], h.HardPGold[0][3], h.Lift)
	return append(items, view.Explained{
		Name: "accuracy in training", Value: view.Percent(h.TrainAccuracy[last]),
		Formula: "examples predicted correctly in the epoch's training passes / N",
		Numbers: fmt.Sprintf("epoch %d: %s / %s = %s; epoch 1: %s", last+1, view.Count(right), view.Count(h.Examples),
			view.Percent(h.TrainAccuracy[last]), view.Percent(h.TrainAccuracy[0])),
	}, view.Explained{
		Name: "hard: top quarter", Value: fmt.Sprintf("%.2f → %.2f", h.HardPGold[0][3], h.HardPGold[last][3]), Source: ftftPaper,
		Formula: "the 75th percentile of p(gold) over the hard-to-learn region, in the first epoch and in the last",
		Numbers: fmt.Sprintf("over %s examples: rises by %s", view.Count(h.Count), lifts),
	}, view.Explained{
		Name: "skill in training", Value: fmt.Sprintf("%.2f", h.Signs.Skill()), Formula: datamap.SkillFormula,
		Numbers: fmt.Sprintf("(%.3f - %.3f) / (1 - %.3f) = %.2f", h.Signs.Accuracy, h.Signs.Majority, h.Signs.Majority, h.Signs.Skill()),
	}, view.Explained{
		Name: "reference", Value: h.Verdict.String(), Formula: strings.Join(datamap.VerdictRule, " "), Source: datamap.VerdictSource,
		Numbers: h.Signs.String(),
	})
}

// explain explains how far the regions of two runs agree.
func (c *comparison) explain() []view.Explained {
	r := c.job.value.result
	if r == nil {
		return nil
	}
	var items []view.Explained
	for _, g := range r.Regions {
		if g.A == 0 {
			continue
		}
		items = append(items, view.Explained{
			Name: g.Region + " overlap", Value: fmt.Sprintf("%.1f %%", 100*g.Overlap), Source: ftftPaper,
			Formula: "examples of the region on both maps / examples of the region on the first map; by chance: the second map's share of all",
			Numbers: fmt.Sprintf("%s / %s = %.1f %%; by chance %s / %s = %.1f %%",
				view.Count(g.Both), view.Count(g.A), 100*g.Overlap, view.Count(g.B), view.Count(r.Common), 100*g.Chance),
		})
	}
	return items
}
