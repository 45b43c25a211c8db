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

// Strategies that take more than their name. Top and Bottom go by any metric; Band takes what follows the lowest share of
// one; BothEnds is cartography's mixture of the hardest 70 % and the easiest 30 %; Representative needs embeddings.
const (
	Top            = "top"       // top:METRIC, the highest values
	Bottom         = "bottom"    // bottom:METRIC, the lowest
	Band           = "band"      // band:METRIC:SHARE, those that follow the lowest SHARE of what is there to choose from
	BothEnds       = "both-ends" // both-ends or both-ends:METRIC; of confidence unless another is named
	Representative = "representative"
)

// Strategies lists those that a name alone says, in the order in which they are offered.
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

// RankBy orders the examples by keys, [n], ascending, ties by guid.
func (m *Map) RankBy(keys []float64) *Ranking { return rank(m, keys) }

// Rank orders the examples by a strategy that one name says (Strategies, top:METRIC, bottom:METRIC), ties by guid (bytes,
// ascending). Orders are computed once a map; the seed is random's alone. Ranking by variability takes two epochs.
func (m *Map) Rank(strategy string, seed int64) (*Ranking, error) {
	switch strategy {
	case Ambiguous:
		if err := m.varies(); err != nil {
			return nil, err
		}
		return m.ambiguous(), nil
	case HardToLearn:
		return m.hard(), nil
	case EasyToLearn:
		return m.easy(), nil
	case Random:
		return rank(m, m.draws(seed)), nil
	}
	end, name, _ := strings.Cut(strategy, ":")
	if end != Top && end != Bottom {
		return nil, unknownStrategy(strategy)
	}
	metric, err := FindMetric(name)
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

// Select gives the indices that a strategy takes, exactly Count of them, in dataset order.
func (m *Map) Select(strategy string, fraction float64, seed int64) ([]int, error) {
	return m.Choose(Choice{Strategy: strategy, Fraction: fraction, Seed: seed})
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
