package metric

import "math"

// Validation is the mean OOD validation score of one evaluation, taken after Step optimiser steps.
type Validation struct {
	Step  int     `json:"step"`
	Score float64 `json:"score"`
}

// Means joins the scores of single sets, in the order of a log, into one validation a step: the mean over the sets
// evaluated after it.
func Means(sets []Validation) []Validation {
	var means []Validation
	count := 0.0
	for _, set := range sets {
		if len(means) == 0 || means[len(means)-1].Step != set.Step {
			means, count = append(means, Validation{Step: set.Step}), 0
		}
		last := &means[len(means)-1]
		last.Score = (last.Score*count + set.Score) / (count + 1)
		count++
	}
	return means
}

// Stopping is what early stopping says of a run's evaluations so far.
type Stopping struct {
	Best    int     // index of the best evaluation; the first of equals; -1 before the first
	Score   float64 // its score
	Since   int     // evaluations since the best one
	Stop    bool    // patience has run out
	StopAt  int     // index of the evaluation at which it ran out; the last one when it has not
	HasStop bool    // the rule was in force: patience > 0
}

// Stop replays early stopping over logged evaluations, in their order: the run ends at the first
// evaluation that is the patience-th in a row without a better score than the best so far. Evaluations
// after that one are not looked at, so that a finished run replays as a live one went. patience 0 never
// stops. For a loss, lower is better. A NaN score is never better.
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

func better(a, b float64, lowerIsBetter bool) bool {
	if math.IsNaN(b) {
		return !math.IsNaN(a)
	}
	if lowerIsBetter {
		return a < b
	}
	return a > b
}

// EvaluationSteps gives the steps after which evaluations 1..n of a run of maxSteps follow:
// floor(i * maxSteps / n), without doubles where maxSteps < n.
func EvaluationSteps(maxSteps, n int) []int {
	steps := make([]int, 0, n)
	for i := 1; i <= n; i++ {
		s := i * maxSteps / n
		if s > 0 && (len(steps) == 0 || s > steps[len(steps)-1]) {
			steps = append(steps, s)
		}
	}
	return steps
}

// Validates says whether early stopping looks at a set: those of OOD kind that are for validation.
func Validates(kind, use string) bool { return kind == "ood" && use == "validation" }
