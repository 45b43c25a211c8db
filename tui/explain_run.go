package tui

import (
	"fmt"
	"math"
	"time"

	"ftft/train/metric"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// explainCurves explains the values at the curves' ends of the run looked at.
func (s *curvesScreen) explainCurves(run *watch.Run) []view.Explained {
	var items []view.Explained
	if n := len(run.Losses); n > 0 {
		factor := s.view.Smoothing
		value, weight := 0.0, 0.0
		for _, loss := range run.Losses { // as a reader would: each weighs factor times as much as the next
			if !math.IsNaN(float64(loss)) && !math.IsInf(float64(loss), 0) {
				value, weight = factor*value+float64(loss), factor*weight+1
			}
		}
		items = append(items, view.Explained{Name: "training loss, smoothed", Value: fmt.Sprintf("%.3f", value/weight),
			Formula: "Σ f^(t-i) lᵢ / Σ f^(t-i): the mean of the batches' cross-entropies lᵢ up to step t, each weighing f times as much as the next",
			Numbers: fmt.Sprintf("f = %g, t = %s, the last three lᵢ %s: %.4f / %.4f = %.3f", factor, view.Count(n), lastOf(run.Losses, 3), value, weight, value/weight)})
	}
	items = append(items, explainScores(run)...)
	items = append(items, s.explainStopping(run)...)
	return append(items, s.explainCost(run)...)
}

// lastOf writes the last few values.
func lastOf(values []float32, n int) string {
	text := ""
	for _, v := range values[max(len(values)-n, 0):] {
		text += fmt.Sprintf(" %.3f", v)
	}
	return text[min(1, len(text)):]
}

// explainScores explains the accuracies of the last evaluation.
func explainScores(run *watch.Run) []view.Explained {
	var items []view.Explained
	for _, kind := range []struct{ key, name string }{{"id", "ID accuracy"}, {"ood", "OOD accuracy"}} {
		scores := view.Scores(run, kind.key)
		if len(scores) == 0 {
			continue
		}
		last, sets, values := scores[len(scores)-1], "", []float64(nil)
		for _, e := range run.Evaluations {
			if e.SetKind == kind.key && e.Step == last.Step {
				values = append(values, e.Accuracy)
				sets += fmt.Sprintf("; %s: %s of %s right", view.Clean(e.Set), view.Count(int(math.Round(e.Accuracy*float64(e.Examples)))), view.Count(e.Examples))
			}
		}
		items = append(items, view.Explained{Name: kind.name, Value: fmt.Sprintf("%.3f", last.Accuracy), Formula: "the mean over the evaluation sets of this kind of examples predicted correctly / examples",
			Numbers: fmt.Sprintf("step %s: (%s) / %d = %.3f%s", view.Count(last.Step), view.Sum(values, 4), len(values), last.Accuracy, sets)})
	}
	return items
}

// explainStopping explains where early stopping ended the run or, replayed, would have.
func (s *curvesScreen) explainStopping(run *watch.Run) []view.Explained {
	list := run.Validations()
	if len(list) == 0 {
		return nil
	}
	patience := run.Stop.Patience
	if s.view.Replaying {
		patience = s.panel().Patience
	}
	stop := metric.Stop(list, patience, run.Stop.Metric == "loss")
	value, why := "not at all", fmt.Sprintf("%d evaluations since the best one, at step %s with %.4f", stop.Since, view.Count(list[stop.Best].Step), stop.Score)
	if stop.Stop {
		value = "at step " + view.Count(list[stop.StopAt].Step)
	}
	return []view.Explained{{Name: "early stopping", Value: value, Source: ftftPaper,
		Formula: "ends at the first evaluation that is the patience-th in a row without a better mean OOD validation score than the best so far; patience 0 never",
		Numbers: fmt.Sprintf("patience %d; %s", patience, why)}}
}

// explainRun explains a run's line in the list.
func (w *workspace) explainRun(run *watch.Run) []view.Explained {
	if run.Start == nil {
		return nil
	}
	done := float64(run.Status.Step) / float64(max(run.Start.MaxSteps, 1))
	items := []view.Explained{{Name: "progress", Value: fmt.Sprintf("%.0f %%", 100*done), Formula: "optimiser steps taken / the budget, which every arm has the same",
		Numbers: fmt.Sprintf("%s / %s = %.0f %%", view.Count(run.Status.Step), view.Count(run.Start.MaxSteps), 100*done), Source: ftftPaper}}
	if left, ok := run.Left(); ok {
		pace := run.Steps.Seconds / float64(max(run.Status.Step, 1))
		training := time.Duration(pace * float64(run.Start.MaxSteps-run.Status.Step) * float64(time.Second))
		items = append(items, view.Explained{Name: "time left", Value: view.Duration(left), Formula: "seconds a step × steps left, and the same for evaluations",
			Numbers: fmt.Sprintf("%.3f s × %s = %s; evaluations %s", pace, view.Count(run.Start.MaxSteps-run.Status.Step), view.Duration(training), view.Duration(left-training))})
	}
	return append(append(items, explainScores(run)...), w.explainCost(run)...)
}

// explainCost explains what a run has cost.
func (w *workspace) explainCost(run *watch.Run) []view.Explained {
	if run.Start == nil {
		return nil
	}
	var items []view.Explained
	arm, known := w.armOf(run)
	if known && arm.Compute > 0 {
		steps := float64(arm.Steps) / float64(max(arm.MaxSteps, 1))
		numbers := fmt.Sprintf("0 + %s / %s = %.2f %%: no reference", view.Count(arm.Steps), view.Count(arm.MaxSteps), 100*arm.Compute)
		switch ratio := arm.Compute - steps; {
		case arm.Arm == rundir.Reference:
			numbers = fmt.Sprintf("of the reference itself its size in main models: %.2f %%", 100*arm.Compute)
		case ratio > 1e-9:
			numbers = fmt.Sprintf("%.4f + %s / %s = %.2f %%", ratio, view.Count(arm.Steps), view.Count(arm.MaxSteps), 100*arm.Compute)
		}
		items = append(items, view.Explained{Name: "compute", Value: fmt.Sprintf("%.2f %%", 100*arm.Compute), Source: ftftPaper + ", table of costs (44/304 + 18/48 = 51.97 %)",
			Formula: "parameters of the reference / of the main model, both without embedding tables, + steps taken / budget; 100 % is plain fine-tuning", Numbers: numbers})
	}
	if run.Steps.Tokens > 0 {
		items = append(items, view.Explained{Name: "training compute", Value: fmt.Sprintf("%.2f TFLOP", run.Steps.FLOPs/1e12),
			Formula: "3 × forward; forward = layers × (tokens (8 H² + 4 H I) + 4 H Σ length²) + sequences (2 H C + 2 H²), H the width, I that of the feed-forward layer, C the classes; no padding",
			Numbers: fmt.Sprintf("logged after %s steps: %s tokens, %.4g FLOP; %.4g a token", view.Count(run.Status.Step), view.Count(int(run.Steps.Tokens)), run.Steps.FLOPs, run.Steps.FLOPs/float64(run.Steps.Tokens))})
	}
	step := run.Status.Step
	if per := run.Start.StepsPerEpoch; per > 0 {
		items = append(items, view.Explained{Name: "examples trained on", Value: view.Count(run.Examples(step)), Formula: "whole epochs × examples + steps of the running one × batch",
			Numbers: fmt.Sprintf("%d × %s + %d × %d, at most an epoch = %s", step/per, view.Count(run.Start.Examples), step%per, run.Start.BatchSize, view.Count(run.Examples(step)))})
	}
	if run.Steps.Seconds > 0 {
		items = append(items, view.Explained{Name: "training time", Value: view.Duration(time.Duration(run.Steps.Seconds * float64(time.Second))), Formula: "seconds spent in training steps, over all attempts; evaluations do not count",
			Numbers: fmt.Sprintf("%s steps × %.3f s = %.1f s", view.Count(step), run.Steps.Seconds/float64(max(step, 1)), run.Steps.Seconds)})
	}
	return items
}
