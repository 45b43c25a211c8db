package datamap

import (
	"errors"
	"fmt"
	"math"
)

// Measures are metrics read from a file that lacks the logits from which they were computed.
type Measures struct {
	GUIDs       []string  // [n]
	Confidence  []float64 // [n]
	Variability []float64 // [n] the population form
	Correctness []int32   // [n] numbers of epochs; nil if the file has none
	Forgetful   []int32   // [n] NeverLearnt for examples never predicted correctly; nil if the file has none
	Epochs      int       // 0 = unknown

	// From other files about the same examples; Gold is nil without such a file.
	Gold    []int32 // [n]
	Classes int
	Labels  []string // [C] the class names; nil = unknown
}

// NewFromMeasures returns a map without logits. It has the regions and strategies that the measures allow, but neither
// per-epoch maps nor metrics that need logits: see HasLogits. Inconsistent lengths and measures out of range are errors.
func NewFromMeasures(in Measures) (*Map, error) {
	n := len(in.GUIDs)
	if n == 0 {
		return nil, errors.New("the source holds no examples")
	}
	m := &Map{
		Epochs: in.Epochs, Classes: in.Classes, Labels: in.Labels, Rows: make([]int32, n), GUIDs: in.GUIDs, Gold: in.Gold,
		Confidence: in.Confidence, Variability: in.Variability, Correctness: in.Correctness,
	}
	if len(in.Confidence) != n || len(in.Variability) != n ||
		in.Correctness != nil && len(in.Correctness) != n || in.Forgetful != nil && len(in.Forgetful) != n {
		return nil, fmt.Errorf("%d guids, but measures for another number of examples", n)
	}
	if in.Gold != nil && len(in.Gold) != n {
		return nil, fmt.Errorf("%d guids but %d gold labels: they describe different data", n, len(in.Gold))
	}
	for i := range m.Rows {
		m.Rows[i] = int32(i)
		for _, v := range []float64{in.Confidence[i], in.Variability[i]} {
			if math.IsNaN(v) || v < 0 || v > 1 {
				return nil, fmt.Errorf("example %q (row %d) has the confidence or variability %v; both must lie between 0 and 1", in.GUIDs[i], i, v)
			}
		}
	}
	if in.Forgetful != nil {
		m.Forgetfulness, m.NeverLearnt = make([]int32, n), make([]bool, n)
		for i, f := range in.Forgetful {
			if m.NeverLearnt[i] = f == NeverLearnt; !m.NeverLearnt[i] {
				m.Forgetfulness[i] = f
			}
		}
	}
	m.prepare()
	return m, nil
}

// HasLogits reports whether the map was computed from logits rather than from Measures.
func (m *Map) HasLogits() bool { return len(m.input.Epochs) > 0 }

// varies returns an error that explains why the map has no variability, or nil if it has.
func (m *Map) varies() error {
	if m.HasLogits() && m.Epochs < 2 {
		return fmt.Errorf("variability needs two complete epochs, and there is %d: select by confidence, or wait for the next epoch", m.Epochs)
	}
	return nil
}

// Varies reports whether the map has variability.
func (m *Map) Varies() bool { return m.varies() == nil }

// CorrectShare returns the share of epochs, [n], in which each example is predicted correctly, or nil if that is unknown. Where
// the number of epochs is unknown, the greatest correctness stands for it.
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

// Correct returns the share for example i, NaN if it is unknown.
func (m *Map) Correct(i int) float64 {
	if m.Correctness == nil {
		return math.NaN()
	}
	return float64(m.Correctness[i]) / float64(m.maxCorrectness)
}
