package datamap

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Choice says how a selection is made.
type Choice struct {
	Strategy       string   // one, or a mixture such as "0.8 ambiguous + 0.2 easy-to-learn"
	Fraction       float64  // of the pool
	Count          int      // in place of the fraction's; 0 = the fraction's
	Seed           int64    // of random
	Balanced       bool     // as many of each gold label, as nearly as there are
	Compat         string   // whose counts and sets to reproduce: see Compats
	Pool           []bool   // [n] the examples to choose from; nil = all
	Representative *Ranking // the order in which the strategy of this name takes the examples
}

// part is a share of a selection that one strategy makes.
type part struct {
	weight float64
	name   string  // one that Rank knows, or Representative
	skip   float64 // the share that a band begins after
}

// bothEnds are the shares of cartography's selection of both ends, the hardest first.
var bothEnds = [2]float64{0.7, 0.3}

// CheckStrategy says what is wrong with a strategy's name, or with a mixture.
func CheckStrategy(strategy string) error {
	_, err := parseStrategy(strategy)
	return err
}

// parseStrategy takes a strategy apart.
func parseStrategy(text string) ([]part, error) {
	terms := strings.Split(text, "+")
	if len(terms) == 1 && len(strings.Fields(text)) <= 1 {
		return parseTerm(strings.TrimSpace(text))
	}
	var parts []part
	sum := 0.0
	for _, term := range terms {
		fields := strings.Fields(term)
		if len(fields) != 2 {
			return nil, fmt.Errorf("%q is no part of a mixture: give a share and a strategy, such as 0.8 ambiguous + 0.2 easy-to-learn", strings.TrimSpace(term))
		}
		weight, err := strconv.ParseFloat(fields[0], 64)
		if err != nil || !(weight > 0 && weight <= 1) {
			return nil, fmt.Errorf("the share %q of a mixture lies above 0 and is at most 1", fields[0])
		}
		own, err := parseTerm(fields[1])
		if err != nil {
			return nil, err
		}
		for _, p := range own {
			p.weight *= weight
			parts = append(parts, p)
		}
		sum += weight
	}
	if math.Abs(sum-1) > 1e-9 {
		return nil, fmt.Errorf("the shares of the mixture %q add up to %.6g, where they make 1", text, sum)
	}
	return parts, nil
}

// parseTerm takes a strategy apart that is no mixture.
func parseTerm(name string) ([]part, error) {
	if slices.Contains(Strategies, name) || name == Representative {
		return []part{{weight: 1, name: name}}, nil
	}
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case Top, Bottom:
		_, err := FindMetric(rest)
		return []part{{weight: 1, name: name}}, err
	case Band:
		of, share, _ := strings.Cut(rest, ":")
		if _, err := FindMetric(of); err != nil {
			return nil, err
		}
		skip, err := strconv.ParseFloat(share, 64)
		if err != nil || !(skip >= 0 && skip < 1) {
			return nil, fmt.Errorf("%q: a band is band:METRIC:SHARE, and begins after the lowest SHARE, from 0 to below 1", name)
		}
		return []part{{1, Bottom + ":" + of, skip}}, nil
	case BothEnds:
		if name == BothEnds {
			rest = "confidence"
		}
		metric, err := FindMetric(rest)
		if err != nil {
			return nil, err
		}
		hard, easy := Top, Bottom
		if metric.HardLow {
			hard, easy = easy, hard
		}
		return []part{{weight: bothEnds[0], name: hard + ":" + rest}, {weight: bothEnds[1], name: easy + ":" + rest}}, nil
	}
	return nil, unknownStrategy(name)
}

func unknownStrategy(name string) error {
	return fmt.Errorf("no such strategy: %q; there are %s, top:METRIC, bottom:METRIC, band:METRIC:SHARE, both-ends, both-ends:METRIC, representative, and mixtures of these",
		name, strings.Join(Strategies, ", "))
}

// Choose gives the indices of a selection, in dataset order: exactly Count of the pool, ties broken by guid. The parts of
// a mixture choose one after the other, each from what is left; the last takes what is missing.
func (m *Map) Choose(c Choice) ([]int, error) {
	if !(c.Fraction >= 0 && c.Fraction <= 1) {
		return nil, fmt.Errorf("a fraction of %v: it lies between 0 and 1", c.Fraction)
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
		return m.chooseAs(c, parts, free)
	}
	rankings := make([]*Ranking, len(parts))
	for i, p := range parts {
		if rankings[i], err = m.rankingOf(p, c); err != nil {
			return nil, err
		}
	}
	groups := [][]bool{free}
	counts := []int{Count(size(free), c.Fraction)}
	if c.Count > 0 {
		counts[0] = min(c.Count, size(free))
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
			taken, err := take(rankings[i].Order, free, p.skip, count)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Strategy, err)
			}
			chosen = append(chosen, taken...)
			left -= count
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}

func (m *Map) rankingOf(p part, c Choice) (*Ranking, error) {
	if p.name != Representative {
		return m.Rank(p.name, c.Seed)
	}
	if c.Representative == nil {
		return nil, errors.New("a representative selection needs the examples' embeddings, and there are none")
	}
	return c.Representative, nil
}

// take moves so many of the free examples, in an order, behind a share of them, into the result.
func take(order []int32, free []bool, skip float64, count int) (taken []int, err error) {
	pass := 0
	if skip > 0 {
		pass = Count(size(free), skip)
	}
	for _, index := range order {
		switch {
		case len(taken) == count:
			return taken, nil
		case !free[index]:
		case pass > 0:
			pass--
		default:
			free[index] = false
			taken = append(taken, int(index))
		}
	}
	if len(taken) < count {
		return nil, fmt.Errorf("only %d examples follow the lowest %g, where %d are asked for: lower one of the two", len(taken), skip, count)
	}
	return taken, nil
}

func size(in []bool) (n int) {
	for _, is := range in {
		if is {
			n++
		}
	}
	return n
}

// balance parts the free examples by gold label and a count among these: to each the same, where a label has fewer all of
// its examples, and to the others what that leaves; what does not divide goes to the first labels.
func (m *Map) balance(free []bool, count int) (groups [][]bool, counts []int, err error) {
	if m.Gold == nil {
		return nil, nil, errors.New("the source has no gold labels to balance")
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
