package datamap

import "fmt"

// Region returns whether each example, [n], lies in a region at fraction q: ambiguous (the q of highest variability),
// hard-to-learn (the q of lowest confidence) or easy-to-learn (neither). The first two overlap. Regions by variability need two
// epochs.
func (m *Map) Region(name string, q float64) ([]bool, error) {
	if name != Ambiguous && name != HardToLearn && name != EasyToLearn {
		return nil, fmt.Errorf("unknown region %q; available: %s, %s, %s", name, Ambiguous, HardToLearn, EasyToLearn)
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

// Percents are the percentiles that Health reports of a distribution.
var Percents = [5]float64{10, 25, 50, 75, 90}

// WeakLift is the least rise of the upper quartile of p(gold) in the hard-to-learn region, from the first epoch to the last,
// below which Health calls a reference weak. A good reference learns part of that region, a weak one never does (Du, Gatt and
// Nguyen, 2023). The paper gives no number; this one is our choice.
const WeakLift = 0.05

// Health holds the figures that distinguish a reference fit to select examples from one that is not. The last three need
// logits.
type Health struct {
	Examples, Epochs, Count int          // Count: the examples of each of the regions ambiguous and hard-to-learn
	Overlap                 float64      // share of the ambiguous region that is also hard-to-learn
	Chance                  float64      // the expected overlap of two independent regions
	EasyShare               float64      // share of all examples that lie in neither region
	TrainAccuracy           []float64    // [E]
	HardPGold               [][5]float64 // [E] Percents of p(gold) in the hard-to-learn region
	Lift                    float64      // rise of the upper quartile of HardPGold, first epoch to last
	Weak                    bool         // whether Lift is below WeakLift
}

// Health returns the figures for regions of fraction q. It needs two epochs. A map without logits lacks some of them.
func (m *Map) Health(q float64) (Health, error) {
	if err := m.varies(); err != nil {
		return Health{}, err
	}
	n, count := m.Len(), Count(m.Len(), q)
	h := Health{
		Examples: n, Epochs: m.Epochs, Count: count, Chance: q, TrainAccuracy: m.Accuracy, HardPGold: make([][5]float64, len(m.PGold)),
	}
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
	probabilities, quantiles := make([]float32, count), new(quantiles)
	for e := range h.HardPGold {
		for i, index := range hard {
			probabilities[i] = m.PGold[e][index]
		}
		quantiles.reset(probabilities)
		for i, percent := range Percents {
			h.HardPGold[e][i] = quantiles.quantile(percent / 100)
		}
	}
	h.Lift = h.HardPGold[m.Epochs-1][3] - h.HardPGold[0][3]
	h.Weak = h.Lift < WeakLift
	return h, nil
}
