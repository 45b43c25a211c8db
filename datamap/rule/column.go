package rule

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"sync"

	"ftft/internal/parallel"
)

// column is a column with the values that functions over all examples need. Examples without a number (NaN) are left out of
// these, as in numpy's nanquantile and similar functions.
type column struct {
	Column
	sorted func() []entry   // in ascending order of the numbers
	ranks  func() []float64 // [n]; NaN without a number
	bytes  float64          // of all texts
}

func newColumn(source Column, guids []string) *column {
	c := &column{Column: source}
	c.sorted = sync.OnceValue(func() []entry { return sorted(source.Numbers) })
	c.ranks = sync.OnceValue(func() []float64 { return ranks(c.sorted(), guids) })
	for _, text := range source.Texts {
		c.bytes += float64(len(text))
	}
	return c
}

// entry is an example with its sorting key.
type entry struct {
	key   uint64
	index int32
}

// sorted returns the examples that have a number, in ascending order.
func sorted(numbers []float64) []entry {
	entries := make([]entry, 0, len(numbers))
	for i, x := range numbers {
		if x == x {
			entries = append(entries, entry{ascending(x), int32(i)})
		}
	}
	radix(entries)
	return entries
}

// ascending returns a key that sorts as the number does. Both zeros have the same key.
func ascending(x float64) uint64 {
	bits := math.Float64bits(x + 0)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// radix sorts by key, eleven bits at a time, the lowest first. It skips bits that all keys share.
func radix(entries []entry) {
	if len(entries) == 0 {
		return
	}
	var counts [6][1 << 11]int32
	for _, e := range entries {
		for d := range counts {
			counts[d][digit(e.key, d)]++
		}
	}
	from, to := entries, make([]entry, len(entries))
	for d := range counts {
		next := &counts[d] // where the next entry of each digit goes
		if int(next[digit(from[0].key, d)]) == len(from) {
			continue
		}
		var sum int32
		for i, count := range next {
			next[i] = sum
			sum += count
		}
		for _, e := range from {
			place := &next[digit(e.key, d)]
			to[*place] = e
			*place++
		}
		from, to = to, from
	}
	if &from[0] != &entries[0] {
		copy(entries, from)
	}
}

func digit(key uint64, d int) uint64 { return key >> (11 * d) & (1<<11 - 1) }

// many is the number of entries from which radix pays off, and sorting ties in parallel.
const many = 1000

// ranks returns each example's place among the sorted ones, [n], from 0, ties by guid.
func ranks(sorted []entry, guids []string) []float64 {
	places := make([]float64, len(guids))
	for i := range places {
		places[i] = math.NaN()
	}
	order := slices.Clone(sorted)
	var large [][]entry
	inRuns(order, func(ties []entry) {
		if len(ties) < many {
			byGUID(ties, guids)
		} else {
			large = append(large, ties)
		}
	})
	parallel.Do(len(large), func(i int) { byGUID(large[i], guids) })
	for place, e := range order {
		places[e.index] = float64(place)
	}
	return places
}

// inRuns calls f for each run of at least two entries with the same key.
func inRuns(sorted []entry, f func(ties []entry)) {
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to].key == sorted[from].key {
			to++
		}
		if to-from > 1 {
			f(sorted[from:to])
		}
		from = to
	}
}

// byGUID sorts by guid, bytes ascending. It first sorts by the eight bytes after the common prefix, which are read once, and
// compares whole guids only where these are equal.
func byGUID(entries []entry, guids []string) {
	shared := guids[entries[0].index]
	for _, e := range entries {
		for !strings.HasPrefix(guids[e.index], shared) {
			shared = shared[:len(shared)-1]
		}
	}
	for k, e := range entries {
		var bytes [8]byte
		copy(bytes[:], guids[e.index][len(shared):])
		entries[k].key = binary.BigEndian.Uint64(bytes[:])
	}
	if len(entries) < many {
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	} else {
		radix(entries)
	}
	inRuns(entries, func(ties []entry) {
		slices.SortFunc(ties, func(a, b entry) int { return strings.Compare(guids[a.index], guids[b.index]) })
	})
}

// quantile returns a linearly interpolated quantile with the same bits as numpy's. It is NaN without numbers.
func (c *column) quantile(q float64) float64 {
	order := c.sorted()
	if len(order) == 0 {
		return math.NaN()
	}
	at := q * float64(len(order)-1)
	low := int(at)
	high := min(low+1, len(order)-1)
	a, b := c.Numbers[order[low].index], c.Numbers[order[high].index]
	part := at - float64(low)
	if part == 0 || a == b { // also for infinities
		return a
	}
	if part >= 0.5 {
		return b - float64((b-a)*(1-part))
	}
	return a + float64((b-a)*part)
}

// moments returns the mean and the population's standard deviation, NaN without numbers.
func (c *column) moments() (mean, deviation float64) {
	n := 0.0
	for _, x := range c.Numbers {
		if x == x {
			mean += x
			n++
		}
	}
	mean /= n
	for _, x := range c.Numbers {
		if x == x {
			deviation += float64((x - mean) * (x - mean))
		}
	}
	return mean, math.Sqrt(deviation / n)
}
