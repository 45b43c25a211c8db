package datamap

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The strategies by which a selection is made. The first three name regions as well; of these, the easy-to-learn
// region differs from the strategy of that name.
const (
	Ambiguous   = "ambiguous"     // highest variability
	HardToLearn = "hard-to-learn" // lowest confidence
	EasyToLearn = "easy-to-learn" // strategy: highest confidence; region: neither ambiguous nor hard-to-learn
	Random      = "random"        // by seed and guid
)

// Strategies by any metric: Top + ":" + its name takes the highest values, Bottom the lowest.
const (
	Top    = "top"
	Bottom = "bottom"
)

// Strategies lists them in the order in which they are offered.
var Strategies = []string{Ambiguous, HardToLearn, EasyToLearn, Random}

// Count is the exact number of examples in a fraction q of n: floor(q n + 1e-9), kept within 0 and n.
func Count(n int, q float64) int {
	return min(max(int(math.Floor(q*float64(n)+1e-9)), 0), n)
}

// Ranking is all examples of a map in the order in which a strategy takes them, so that a fraction is a prefix.
type Ranking struct {
	Order []int32 // indices into the map, the first to be taken first
	Place []int32 // the inverse: index i stands at Place[i] in Order
}

// Top is the part of the order that a fraction takes. It belongs to the ranking.
func (r *Ranking) Top(q float64) []int32 { return r.Order[:Count(len(r.Order), q)] }

// Rank orders the examples by a strategy, ties by guid (bytes, ascending). Orders are computed once a map; the seed
// is random's alone. Ranking by variability takes two epochs.
func (m *Map) Rank(strategy string, seed int64) (*Ranking, error) {
	switch strategy {
	case Ambiguous:
		if m.Epochs < 2 {
			return nil, fmt.Errorf("variability takes two complete epochs, and there is %d: wait for the next, or choose by confidence", m.Epochs)
		}
		return m.ambiguous(), nil
	case HardToLearn:
		return m.hard(), nil
	case EasyToLearn:
		return m.easy(), nil
	case Random:
		return rank(m, m.draws(seed)), nil
	}
	end, metric, err := byMetric(strategy)
	if err != nil {
		return nil, err
	}
	if err := m.Check(metric); err != nil {
		return nil, err
	}
	values := m.Values(metric)
	if end == Top {
		values = negated(values)
	}
	return rank(m, values), nil
}

// byMetric takes a strategy's name apart.
func byMetric(strategy string) (end string, metric Metric, err error) {
	end, name, ok := strings.Cut(strategy, ":")
	if !ok || end != Top && end != Bottom {
		return "", Metric{}, fmt.Errorf("no such strategy: %q; there are %s, and %s:METRIC and %s:METRIC", strategy, strings.Join(Strategies, ", "), Top, Bottom)
	}
	metric, err = FindMetric(name)
	return end, metric, err
}

// CheckStrategy says what is wrong with a strategy's name.
func CheckStrategy(strategy string) error {
	if slices.Contains(Strategies, strategy) {
		return nil
	}
	_, _, err := byMetric(strategy)
	return err
}

// Select gives the indices that a strategy takes, exactly Count of them, in dataset order.
func (m *Map) Select(strategy string, fraction float64, seed int64) ([]int, error) {
	if !(fraction >= 0 && fraction <= 1) {
		return nil, fmt.Errorf("a fraction of %v: it lies between 0 and 1", fraction)
	}
	ranking, err := m.Rank(strategy, seed)
	if err != nil {
		return nil, err
	}
	top := ranking.Top(fraction)
	selected := make([]int, len(top))
	for i, index := range top {
		selected[i] = int(index)
	}
	slices.Sort(selected)
	return selected, nil
}

// draws gives each example its own number, by seed and guid alone: SHA-256 of "SEED\nGUID", its first 8 bytes as a
// big-endian integer. Other examples, and the order of the data, have no say in it.
func (m *Map) draws(seed int64) []uint64 {
	draws := make([]uint64, m.Len())
	for i, guid := range m.GUIDs {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s", seed, guid))
		draws[i] = binary.BigEndian.Uint64(sum[:8])
	}
	return draws
}

func negated(values []float64) []float64 {
	negative := make([]float64, len(values))
	for i, v := range values {
		negative[i] = -v
	}
	return negative
}

// rank orders by keys, ascending, ties by guid. Keys are sorted beside their indices, not looked up where they lie.
func rank[K cmp.Ordered](m *Map, keys []K) *Ranking {
	type entry struct {
		key   K
		index int32
	}
	entries := make([]entry, m.Len())
	for i, key := range keys {
		entries[i] = entry{key, int32(i)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key != b.key {
			if a.key < b.key {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(m.GUIDs[a.index], m.GUIDs[b.index]), cmp.Compare(a.index, b.index))
	})
	r := &Ranking{Order: make([]int32, len(entries)), Place: make([]int32, len(entries))}
	for place, e := range entries {
		r.Order[place], r.Place[e.index] = e.index, int32(place)
	}
	return r
}
