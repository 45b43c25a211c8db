package datamap

import "fmt"

// Region says of each example whether it lies in a region at fraction q: ambiguous, the q of highest variability;
// hard-to-learn, the q of lowest confidence; these overlap; easy-to-learn, neither.
func (m *Map) Region(name string, q float64) ([]bool, error) {
	if name != Ambiguous && name != HardToLearn && name != EasyToLearn {
		return nil, fmt.Errorf("no such region: %q; there are %s, %s, %s", name, Ambiguous, HardToLearn, EasyToLearn)
	}
	if err := m.varies(); err != nil && name != HardToLearn {
		return nil, err
	}
	count := int32(Count(m.Len(), q))
	in := make([]bool, m.Len())
	for i := range in {
		hard := m.hard().Place[i] < count
		switch name {
		case Ambiguous:
			in[i] = m.ambiguous().Place[i] < count
		case HardToLearn:
			in[i] = hard
		case EasyToLearn:
			in[i] = !hard && m.ambiguous().Place[i] >= count
		}
	}
	return in, nil
}

// Percents are the percentiles that Health gives of a distribution.
var Percents = [5]float64{10, 25, 50, 75, 90}

// WeakLift is the rise of the upper quartile of p(gold) in the hard-to-learn region, first epoch to last, below
// which Health calls a reference weak. A fit reference comes to learn part of that region, a weak one leaves it
// where it was (FTFT); where to draw the line is this package's choice.
const WeakLift = 0.05

// Health is what tells a reference that is fit to choose examples from one that is not.
type Health struct {
	Examples, Epochs, Count int          // Count: of each of the two regions
	Overlap                 float64      // share of the ambiguous region that is hard-to-learn too
	Chance                  float64      // the overlap to be expected of two regions that know nothing of each other
	EasyShare               float64      // share of all examples that lie in neither
	TrainAccuracy           []float64    // by epoch
	HardPGold               [][5]float64 // by epoch: Percents of p(gold) in the hard-to-learn region; none without logits, as the following
	Lift                    float64      // of HardPGold's upper quartile, first epoch to last
	Weak                    bool         // Lift is below WeakLift
}

// Health gives the figures for regions of fraction q, which takes two epochs. Of a map without logits it gives those that
// need none.
func (m *Map) Health(q float64) (Health, error) {
	if err := m.varies(); err != nil {
		return Health{}, err
	}
	n, count := m.Len(), Count(m.Len(), q)
	h := Health{Examples: n, Epochs: m.Epochs, Count: count, Chance: q, TrainAccuracy: m.Accuracy, HardPGold: make([][5]float64, len(m.PGold))}
	if count == 0 {
		return h, nil
	}
	hard, both := m.hard().Order[:count], 0
	for _, index := range hard {
		if m.ambiguous().Place[index] < int32(count) {
			both++
		}
	}
	h.Overlap = float64(both) / float64(count)
	h.EasyShare = float64(n-2*count+both) / float64(n)
	if !m.HasLogits() {
		return h, nil
	}
	probabilities, picker := make([]float32, count), new(picker)
	for e := range h.HardPGold {
		for i, index := range hard {
			probabilities[i] = m.PGold[e][index]
		}
		picker.take(probabilities)
		for i, percent := range Percents {
			h.HardPGold[e][i] = picker.quantile(percent / 100)
		}
	}
	h.Lift = h.HardPGold[m.Epochs-1][3] - h.HardPGold[0][3]
	h.Weak = h.Lift < WeakLift
	return h, nil
}
