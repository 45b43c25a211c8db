package datamap

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Choice holds the criteria of a selection.
type Choice struct {
	Strategy       string   // a strategy, or a mixture such as "0.8 ambiguous + 0.2 easy-to-learn"
	Fraction       float64  // of the pool
	Count          int      // number of examples, instead of Fraction; 0 = use Fraction
	Seed           int64    // for the strategy random
	Balanced       bool     // select the same number of each gold label, as far as there are enough examples
	Compat         string   // the program whose selections to reproduce: one of Compats, or ""
	Pool           []bool   // [n] whether an example may be selected; nil = all
	Representative *Ranking // the ranking for the strategy representative; see package facility
}

// Count returns the exact number of examples in a fraction q of n: floor(q n + 1e-9), limited to 0 to n.
func Count(n int, q float64) int {
	return min(max(int(math.Floor(q*float64(n)+1e-9)), 0), n)
}

// Select returns the indices that a strategy selects, exactly Count of them, in dataset order.
func (m *Map) Select(strategy string, fraction float64, seed int64) ([]int, error) {
	return m.Choose(Choice{Strategy: strategy, Fraction: fraction, Seed: seed})
}

// Choose returns the indices of a selection in dataset order: exactly Count of the pool, ties broken by guid. The parts of a
// mixture choose one after the other, each from the examples that are left; the last part makes up the number.
func (m *Map) Choose(c Choice) ([]int, error) {
	if !(c.Fraction >= 0 && c.Fraction <= 1) {
		return nil, fmt.Errorf("fraction %v must lie between 0 and 1", c.Fraction)
	}
	parts, err := parseStrategy(c.Strategy)
	if err != nil {
		return nil, err
	}
	free := slices.Clone(c.Pool)
	if free == nil {
		free = slices.Repeat([]bool{true}, m.Len())
	}
	if c.Compat != "" {
		return m.chooseCompatible(c, parts, free)
	}
	rankings := make([]*Ranking, len(parts))
	for i, p := range parts {
		if rankings[i], err = m.rankingOf(p, c); err != nil {
			return nil, err
		}
	}
	groups := [][]bool{free}
	counts := []int{Count(countTrue(free), c.Fraction)}
	if c.Count > 0 {
		counts[0] = min(c.Count, countTrue(free))
	}
	if c.Balanced {
		if groups, counts, err = m.balance(free, counts[0]); err != nil {
			return nil, err
		}
	}
	var chosen []int
	for g, free := range groups {
		left := counts[g]
		for i, p := range parts {
			count := min(left, Count(counts[g], p.weight))
			if i == len(parts)-1 {
				count = left
			}
			selected, err := removeTop(rankings[i].Order, free, p.skip, count)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Strategy, err)
			}
			chosen = append(chosen, selected...)
			left -= count
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}

// rankingOf returns the order in which a part takes examples.
func (m *Map) rankingOf(p part, c Choice) (*Ranking, error) {
	if p.name != Representative {
		return m.Rank(p.name, c.Seed)
	}
	if c.Representative == nil {
		return nil, errors.New("the strategy representative needs the examples' embeddings, and there are none")
	}
	return c.Representative, nil
}

// removeTop removes count examples from free, in the given order but after the first share skip of them, and returns them.
func removeTop(order []int32, free []bool, skip float64, count int) (removed []int, err error) {
	passOver := 0
	if skip > 0 {
		passOver = Count(countTrue(free), skip)
	}
	for _, index := range order {
		switch {
		case len(removed) == count:
			return removed, nil
		case !free[index]:
		case passOver > 0:
			passOver--
		default:
			free[index] = false
			removed = append(removed, int(index))
		}
	}
	if len(removed) < count {
		return nil, fmt.Errorf("only %d examples follow the lowest %g, and %d are asked for: lower the fraction or the band's share",
			len(removed), skip, count)
	}
	return removed, nil
}

func countTrue(values []bool) (n int) {
	for _, v := range values {
		if v {
			n++
		}
	}
	return n
}

// balance splits the free examples by gold label and divides count among the labels: equally, where a label with too few
// examples gives all of them and leaves its rest to the others. A remainder goes to the first labels.
func (m *Map) balance(free []bool, count int) (groups [][]bool, counts []int, err error) {
	if m.Gold == nil {
		return nil, nil, errors.New("this source has no gold labels to balance")
	}
	groups = make([][]bool, m.Classes)
	sizes, counts := make([]int, m.Classes), make([]int, m.Classes)
	for class := range groups {
		groups[class] = make([]bool, m.Len())
	}
	for i, is := range free {
		if is {
			groups[m.Gold[i]][i] = true
			sizes[m.Gold[i]]++
		}
	}
	for left := count; left > 0; {
		var open []int
		for class := range sizes {
			if counts[class] < sizes[class] {
				open = append(open, class)
			}
		}
		share := max(left/len(open), 1)
		for _, class := range open {
			more := min(share, sizes[class]-counts[class], left)
			counts[class] += more
			left -= more
		}
	}
	return groups, counts, nil
}
