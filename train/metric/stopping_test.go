package metric

import (
	"math"
	"reflect"
	"testing"

	"ftft/internal/limit"
)

func TestStop(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name         string
		scores       []float64
		patience     int
		lower        bool
		best, stopAt int
		stop         bool
	}{
		{"no evaluations", nil, 2, false, -1, -1, false},
		{"rising", []float64{.1, .2, .3}, 2, false, 2, 2, false},
		{"one worse of two", []float64{.3, .2}, 2, false, 0, 1, false},
		{"two worse in a row", []float64{.1, .3, .2, .2, .9}, 2, false, 1, 3, true},
		{"equal is not better", []float64{.3, .3, .3}, 2, false, 0, 2, true},
		{"recovers in time", []float64{.3, .2, .4, .1, .1}, 2, false, 2, 4, true},
		{"zero patience never stops", []float64{.3, .2, .1, .0}, 0, false, 0, 3, false},
		{"loss", []float64{.3, .2, .4, .5}, 2, true, 1, 3, true},
		{"nan is never better", []float64{nan, .2, nan, nan}, 2, false, 1, 3, true},
	} {
		var v []Validation
		for i, s := range c.scores {
			v = append(v, Validation{Step: i + 1, Score: s})
		}
		got := Stop(v, c.patience, c.lower)
		if got.Best != c.best || got.StopAt != c.stopAt || got.Stop != c.stop {
			t.Errorf("%s: best %d stop %v at %d, want %d %v %d", c.name, got.Best, got.Stop, got.StopAt, c.best, c.stop, c.stopAt)
		}
	}
}

func TestEvaluationSteps(t *testing.T) {
	if got, want := EvaluationSteps(25, 12), []int{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 25}; !reflect.DeepEqual(got, want) {
		t.Errorf("25 in 12: %v, want %v", got, want)
	}
	if got, want := EvaluationSteps(3, 12), []int{1, 2, 3}; !reflect.DeepEqual(got, want) {
		t.Errorf("3 in 12: %v, want %v", got, want)
	}
	limit.Check(t, 1<<20, 10, func() {
		if got, want := EvaluationSteps(3, 2_000_000_000), []int{1, 2, 3}; !reflect.DeepEqual(got, want) {
			t.Errorf("3 in two thousand million: %v, want %v", got, want)
		}
	})
}

func TestMeansOverSetsOfAStep(t *testing.T) {
	got := Means([]Validation{{10, 1}, {10, 2}, {10, 6}, {20, 4}})
	if want := []Validation{{10, 3}, {20, 4}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Training divides the sum of an evaluation's scores by their number. A replay of the log must give the same bits, or it could stop
// elsewhere.
func TestMeansAreTheSumDividedByTheNumberOfSets(t *testing.T) {
	got := Means([]Validation{{10, 0.97}, {10, 0.36}, {10, 0.45}, {10, 0.66}})[0].Score
	sum := 0.0
	for _, score := range []float64{0.97, 0.36, 0.45, 0.66} {
		sum += score
	}
	if want := sum / 4; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
