package datamap

import (
	"errors"
	"fmt"
	"math"
)

// Given are measures as somebody else's file holds them, without the logits that they were computed from.
type Given struct {
	GUIDs       []string  // [n]
	Confidence  []float64 // [n]
	Variability []float64 // [n], of the population
	Correctness []int32   // [n]; nil where the file has none
	Forgetful   []int32   // [n], with NeverLearnt; likewise
	Epochs      int       // 0 = unknown

	// What other files know of the examples; Gold nil = nothing.
	Gold    []int32
	Classes int
	Labels  []string
}

// NewGiven makes a map of measures. It has regions and strategies by what is given; gold labels, logits and what is
// computed from these it lacks: see HasLogits.
func NewGiven(g Given) (*Map, error) {
	n := len(g.GUIDs)
	if n == 0 {
		return nil, errors.New("no example is in the source")
	}
	m := &Map{Epochs: g.Epochs, Rows: make([]int32, n), GUIDs: g.GUIDs, Confidence: g.Confidence, Variability: g.Variability, Correctness: g.Correctness,
		Gold: g.Gold, Classes: g.Classes, Labels: g.Labels}
	if len(g.Confidence) != n || len(g.Variability) != n || g.Correctness != nil && len(g.Correctness) != n || g.Forgetful != nil && len(g.Forgetful) != n {
		return nil, fmt.Errorf("%d guids, and measures of another number of examples", n)
	}
	if g.Gold != nil && len(g.Gold) != n {
		return nil, fmt.Errorf("%d guids and %d gold labels: they are of different data", n, len(g.Gold))
	}
	for i := range m.Rows {
		m.Rows[i] = int32(i)
		for _, v := range []float64{g.Confidence[i], g.Variability[i]} {
			if math.IsNaN(v) || v < 0 || v > 1 {
				return nil, fmt.Errorf("example %q (row %d) has the measure %v, where these lie between 0 and 1", g.GUIDs[i], i, v)
			}
		}
	}
	if g.Forgetful != nil {
		m.Forgetfulness, m.NeverLearnt = make([]int32, n), make([]bool, n)
		for i, f := range g.Forgetful {
			if m.NeverLearnt[i] = f == NeverLearnt; !m.NeverLearnt[i] {
				m.Forgetfulness[i] = f
			}
		}
	}
	m.prepare()
	return m, nil
}

// HasLogits says whether the map was made of logits, or of measures alone.
func (m *Map) HasLogits() bool { return len(m.input.Epochs) > 0 }

// varies says why there is no variability, nil where there is.
func (m *Map) varies() error {
	if m.HasLogits() && m.Epochs < 2 {
		return fmt.Errorf("variability takes two complete epochs, and there is %d: choose by confidence, or wait for the next if it still trains", m.Epochs)
	}
	return nil
}

// Varies says whether there is variability.
func (m *Map) Varies() bool { return m.varies() == nil }

// CorrectShare is the share of epochs in which each example is predicted correctly, nil where nobody knows: the number of
// epochs is, where it is not given, taken to be the greatest correctness.
func (m *Map) CorrectShare() []float64 {
	if m.Correctness == nil {
		return nil
	}
	shares := make([]float64, m.Len())
	for i := range shares {
		shares[i] = m.Correct(i)
	}
	return shares
}

// Correct is the share of one example, NaN where nobody knows.
func (m *Map) Correct(i int) float64 {
	if m.Correctness == nil {
		return math.NaN()
	}
	return float64(m.Correctness[i]) / float64(m.most)
}
