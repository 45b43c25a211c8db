package datamap

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A Ranking is all examples of a map in the order in which a strategy takes them. A selection of any fraction is a prefix.
type Ranking struct {
	Order []int32 // [n] indices into the map, the first to be taken first
	Place []int32 // [n] the inverse: index i stands at Order[Place[i]]
}

// Top returns the indices that a fraction q takes. The slice belongs to the ranking.
func (r *Ranking) Top(q float64) []int32 { return r.Order[:Count(len(r.Order), q)] }

// RankBy orders the examples by keys, [n], ascending. Ties are broken by guid.
func (m *Map) RankBy(keys []float64) *Ranking { return rank(m, keys) }

// Rank orders the examples by one of Strategies, top:METRIC or bottom:METRIC. Ties are broken by guid (bytes, ascending). The
// seed matters to random alone. The first three strategies are sorted once per map. Ranking by variability needs two epochs.
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

// draws returns a pseudo-random number for each example: the first 8 bytes, big-endian, of the SHA-256 of "SEED\nGUID". It does
// not depend on the other examples or on their order.
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

// rank orders by keys, ascending, ties by guid. Each key is sorted beside its index, which is faster than looking it up.
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
