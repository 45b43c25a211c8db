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

const upperQuartile = 75

// Health holds the figures that distinguish a reference fit to select examples from one that is not (see Signs.Judge). Those from
// TrainAccuracy on need logits.
type Health struct {
	Examples, Epochs, Count int          // Count: the examples of each of the regions ambiguous and hard-to-learn
	Overlap                 float64      // share of the ambiguous region that is also hard-to-learn
	Chance                  float64      // the expected overlap of two independent regions
	EasyShare               float64      // share of all examples that lie in neither region
	TrainAccuracy           []float64    // [E]
	HardPGold               [][5]float64 // [E] Percents of p(gold) in the hard-to-learn region
	Lift                    float64      // rise of the upper quartile of HardPGold, first epoch to last
	Signs                   Signs        // what Verdict is made from: with regions of JudgedFraction, not of the fraction of the figures above
	Verdict                 Verdict
	Reason                  string // why Verdict, a phrase
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
	if m.HasLogits() {
		h.Signs, _ = m.Signs() // a map with logits and variability has them
		h.Verdict, h.Reason = h.Signs.Judge()
	}
	if count == 0 {
		return h, nil
	}
	both := m.both(count)
	h.Overlap = float64(both) / float64(count)
	h.EasyShare = float64(n-2*count+both) / float64(n)
	if !m.HasLogits() {
		return h, nil
	}
	hard := m.hardest(count)
	for e := range h.HardPGold {
		for i, percent := range Percents {
			h.HardPGold[e][i] = hard.percentile(e, percent)
		}
	}
	h.Lift = h.HardPGold[m.Epochs-1][3] - h.HardPGold[0][3]
	return h, nil
}

// both returns how many of the count most ambiguous examples are also among the count hardest.
func (m *Map) both(count int) (both int) {
	for _, index := range m.hard().Order[:count] {
		if m.ambiguous().Place[index] < int32(count) {
			both++
		}
	}
	return both
}

// A hardRegion computes percentiles of p(gold) in the hard-to-learn region.
type hardRegion struct {
	m         *Map
	examples  []int32   // indices into the map
	values    []float32 // p(gold) of the examples in the epoch
	epoch     int       // that quantiles is of
	quantiles quantiles
}

// hardest returns the hard-to-learn region of count examples, at least one.
func (m *Map) hardest(count int) *hardRegion {
	return &hardRegion{m: m, examples: m.hard().Order[:count], values: make([]float32, count), epoch: -1}
}

// percentile returns a percentile, 0 to 100, in an epoch.
func (r *hardRegion) percentile(epoch int, percent float64) float64 {
	if r.epoch != epoch {
		for i, index := range r.examples {
			r.values[i] = r.m.PGold[epoch][index]
		}
		r.epoch = epoch
		r.quantiles.reset(r.values)
	}
	return r.quantiles.quantile(percent / 100)
}
