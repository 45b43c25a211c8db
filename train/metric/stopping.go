package metric

import "math"

// Validation is the mean score over the OOD validation sets in one evaluation, after Step optimiser steps.
type Validation struct {
	Step  int     `json:"step"`
	Score float64 `json:"score"`
}

// Means joins the scores of single sets, in the order of a log, into one Validation per step: the mean over the sets evaluated
// after it.
func Means(sets []Validation) []Validation {
	var means []Validation
	for len(sets) > 0 {
		step, sum, n := sets[0].Step, 0.0, 0
		for ; n < len(sets) && sets[n].Step == step; n++ {
			sum += sets[n].Score
		}
		means = append(means, Validation{step, sum / float64(n)})
		sets = sets[n:]
	}
	return means
}

// Stopping is the state of early stopping after some evaluations.
type Stopping struct {
	Best    int     // index of the best evaluation, the first of equals; -1 without evaluations
	Score   float64 // of the best evaluation
	Since   int     // evaluations since the best one
	Stop    bool    // the patience is used up
	StopAt  int     // index of the evaluation that used it up; of the last one if none has
	HasStop bool    // patience > 0
}

// Stop replays early stopping over logged evaluations, in their order: the run ends at the first evaluation that is the
// patience-th in a row without a better score than the best so far. Later evaluations are ignored, so that the replay of a
// finished run is that of the live one. With patience 0 no run stops. A NaN score is never better.
func Stop(evaluations []Validation, patience int, lowerIsBetter bool) Stopping {
	s := Stopping{Best: -1, Score: math.NaN(), StopAt: -1, HasStop: patience > 0}
	for i, e := range evaluations {
		s.StopAt = i
		if s.Best < 0 || better(e.Score, s.Score, lowerIsBetter) {
			s.Best, s.Score, s.Since = i, e.Score, 0
			continue
		}
		s.Since++
		if patience > 0 && s.Since >= patience {
			s.Stop = true
			return s
		}
	}
	return s
}

// better reports whether score a is better than b. Any number is better than NaN.
func better(a, b float64, lowerIsBetter bool) bool {
	if math.IsNaN(b) {
		return !math.IsNaN(a)
	}
	if lowerIsBetter {
		return a < b
	}
	return a > b
}

// EvaluationSteps returns the steps that the evaluations 1 to n of a run of maxSteps follow: floor(i * maxSteps / n), each once.
func EvaluationSteps(maxSteps, n int) []int {
	n = min(n, maxSteps) // more evaluations than steps are one after each step
	steps := make([]int, 0, max(n, 0))
	for i := 1; i <= n; i++ {
		s := i * maxSteps / n
		if s > 0 && (len(steps) == 0 || s > steps[len(steps)-1]) {
			steps = append(steps, s)
		}
	}
	return steps
}

// Validates reports whether early stopping uses a set: an OOD set for validation.
func Validates(kind, use string) bool { return kind == "ood" && use == "validation" }
