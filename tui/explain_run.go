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

// explainCurves explains the values at the ends of the curves of the viewed run.
func (s *curvesScreen) explainCurves(run *watch.Run) []view.Explained {
	var items []view.Explained
	if len(run.Losses) > 0 {
		items = append(items, s.explainLoss(run))
	}
	items = append(items, explainScores(run)...)
	items = append(items, s.explainStopping(run)...)
	return append(items, s.explainCost(run)...)
}

// explainLoss explains the smoothed training loss, computed here by the formula that it shows.
func (s *curvesScreen) explainLoss(run *watch.Run) view.Explained {
	factor := s.view.Smoothing
	value, weight := 0.0, 0.0
	for _, loss := range run.Losses {
		if !math.IsNaN(float64(loss)) && !math.IsInf(float64(loss), 0) {
			value, weight = factor*value+float64(loss), factor*weight+1
		}
	}
	return view.Explained{
		Name: "training loss, smoothed", Value: fmt.Sprintf("%.3f", value/weight),
		Formula: "Σ f^(t-i) lᵢ / Σ f^(t-i): the mean of the batches' cross-entropies lᵢ up to step t, " +
			"each weighing f times as much as the next",
		Numbers: fmt.Sprintf("f = %g, t = %s, the last three lᵢ %s: %.4f / %.4f = %.3f",
			factor, view.Count(len(run.Losses)), lastOf(run.Losses, 3), value, weight, value/weight),
	}
}

// lastOf formats the last n values.
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
		last, sets, values, evaluated := scores[len(scores)-1], "", []float64(nil), []metric.Set(nil)
		for _, e := range run.Evaluations {
			if e.SetKind == kind.key && e.Step == last.Step {
				right := int(math.Round(e.Accuracy * float64(e.Examples)))
				values = append(values, e.Accuracy)
				evaluated = append(evaluated, e.EvalSet())
				sets += fmt.Sprintf("; %s: %s of %s right", view.Clean(e.EvalSet().String()), view.Count(right), view.Count(e.Examples))
			}
		}
		items = append(items, view.Explained{
			Name: kind.name, Value: fmt.Sprintf("%.3f", last.Accuracy),
			Formula: "examples predicted correctly / examples on " + view.Clean(metric.NameSets(evaluated)),
			Numbers: fmt.Sprintf("step %s: (%s) / %d = %.3f%s", view.Count(last.Step), view.Sum(values, 4), len(values), last.Accuracy, sets),
		})
	}
	return items
}

// explainStopping explains where early stopping ended the run or, replayed, would have ended it.
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
	value := "not at all"
	if stop.Stop {
		value = "at step " + view.Count(list[stop.StopAt].Step)
	}
	return []view.Explained{{
		Name: "early stopping", Value: value, Source: ftftPaper,
		Formula: "ends at the first evaluation that is the patience-th in a row without a better mean OOD validation " +
			"score than the best so far; patience 0 never ends",
		Numbers: fmt.Sprintf("patience %d; %d evaluations since the best one, at step %s with %.4f",
			patience, stop.Since, view.Count(list[stop.Best].Step), stop.Score),
	}}
}

// explainJob explains the state of the job of an outside run.
func explainJob(run *watch.Run) []view.Explained {
	job := run.Job
	if job == nil {
		return nil
	}
	numbers := view.JobName(job)
	for _, part := range []struct{ name, value string }{{"state", job.State}, {"reason", job.Reason}} {
		if part.value != "" {
			numbers += ", " + part.name + " " + view.Clean(part.value)
		}
	}
	if !job.Submitted.IsZero() {
		numbers += ", submitted at " + job.Submitted.Local().Format(time.DateTime)
	}
	if !job.Polled.IsZero() {
		numbers += ", last known at " + job.Polled.Local().Format(time.DateTime)
	}
	if job.Restarts > 0 {
		numbers += ", started again " + view.Counted(job.Restarts, "time")
	}
	return []view.Explained{{
		Name: "job", Value: job.Phase, Numbers: numbers,
		Formula: "What the scheduler says of the job, or the system of the process, that trains this run. Once the trainer logs, " +
			"its own log decides the run's state; job/output.log has all that it prints.",
	}}
}

// explainRun explains a run's line in the list.
func (w *workspace) explainRun(run *watch.Run) []view.Explained {
	items := explainJob(run)
	if run.Start == nil {
		return items
	}
	step, budget := run.Status.Step, run.Start.MaxSteps
	done := 100 * float64(step) / float64(max(budget, 1))
	items = append(items, view.Explained{
		Name: "progress", Value: fmt.Sprintf("%.0f %%", done), Source: ftftPaper,
		Formula: "optimiser steps taken / the budget, which is the same for every arm",
		Numbers: fmt.Sprintf("%s / %s = %.0f %%", view.Count(step), view.Count(budget), done),
	})
	if left, ok := run.Left(); ok {
		second := run.Steps.Seconds / float64(max(step, 1))
		training := time.Duration(second * float64(budget-step) * float64(time.Second))
		items = append(items, view.Explained{
			Name: "time left", Value: view.Duration(left), Formula: "seconds a step × steps left, plus the same for evaluations",
			Numbers: fmt.Sprintf("%.3f s × %s = %s; evaluations %s",
				second, view.Count(budget-step), view.Duration(training), view.Duration(left-training)),
		})
	}
	return append(append(items, explainScores(run)...), w.explainCost(run)...)
}

// explainCost explains what a run has cost.
func (w *workspace) explainCost(run *watch.Run) []view.Explained {
	if run.Start == nil {
		return nil
	}
	items := w.explainCompute(run)
	step, steps, start := run.Status.Step, run.Steps, run.Start
	if run.Uncounted != "" {
		items = append(items, view.Explained{
			Name: "training compute", Value: "-", Numbers: "not known: " + view.Clean(run.Uncounted),
			Formula: "the FLOPs of the trainer's log, or else by the sizes of the model and the logged tokens",
		})
	} else if steps.Tokens > 0 {
		items = append(items, view.Explained{
			Name: "training compute", Value: fmt.Sprintf("%.2f TFLOP", steps.FLOPs/1e12),
			Formula: "3 × forward; forward = layers × (tokens (8 H² + 4 H I) + 4 H Σ length²) + sequences (2 H C + 2 H²), " +
				"H the width, I the width of the feed-forward layer, C the classes; no padding",
			Numbers: fmt.Sprintf("logged after %s steps: %s tokens, %.4g FLOP; %.4g a token",
				view.Count(step), view.Count(int(steps.Tokens)), steps.FLOPs, steps.FLOPs/float64(steps.Tokens)),
		})
	}
	if epoch := start.StepsPerEpoch; epoch > 0 {
		items = append(items, view.Explained{
			Name: "examples trained on", Value: view.Count(run.Examples(step)),
			Formula: "whole epochs × examples + steps of the running epoch × batch size",
			Numbers: fmt.Sprintf("%d × %s + %d × %d, at most an epoch = %s",
				step/epoch, view.Count(start.Examples), step%epoch, start.BatchSize, view.Count(run.Examples(step))),
		})
	}
	if steps.Seconds > 0 {
		items = append(items, view.Explained{
			Name: "training time", Value: view.Duration(time.Duration(steps.Seconds * float64(time.Second))),
			Formula: "seconds spent in training steps, over all attempts; evaluations do not count",
			Numbers: fmt.Sprintf("%s steps × %.3f s = %.1f s", view.Count(step), steps.Seconds/float64(max(step, 1)), steps.Seconds),
		})
	}
	return items
}

// explainCompute explains a run's share of the compute of plain fine-tuning, once the report has been read.
func (w *workspace) explainCompute(run *watch.Run) []view.Explained {
	arm, known := w.armOf(run)
	if !known || arm.Compute == 0 {
		return nil
	}
	steps, budget := view.Count(arm.Steps), view.Count(int(math.Round(arm.PlainSteps())))
	numbers := fmt.Sprintf("0 + %s / %s = %.2f %%: no reference", steps, budget, 100*arm.Compute)
	switch ratio := arm.Compute - float64(arm.Steps)/arm.PlainSteps(); {
	case arm.Arm == rundir.Reference:
		numbers = fmt.Sprintf("the reference's size in main models: %.2f %%", 100*arm.Compute)
	case ratio > 1e-9:
		numbers = fmt.Sprintf("%.4f + %s / %s = %.2f %%", ratio, steps, budget, 100*arm.Compute)
	}
	return []view.Explained{{
		Name: "compute", Value: fmt.Sprintf("%.2f %%", 100*arm.Compute), Source: ftftPaper + ", table of costs (44/304 + 18/48 = 51.97 %)",
		Formula: "parameters of the reference / of the main model, both without embedding tables, " +
			"+ steps taken / budget; 100 % is plain fine-tuning",
		Numbers: numbers,
	}}
}
