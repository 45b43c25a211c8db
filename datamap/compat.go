package datamap

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// The programs whose counts and sets Choose reproduces.
const (
	CompatFTFT        = "ftft"        // strictly above the quantile of the sample form, in float32 (Du et al., 2023, utils.py)
	CompatCartography = "cartography" // the first int(q N) + 1 of an order (Swayamdipta et al., 2020, train_dy_filtering.py)
)

// Compats lists them.
var Compats = []string{CompatFTFT, CompatCartography}

// chooseAs selects as another program does.
func (m *Map) chooseAs(c Choice, parts []part, free []bool) ([]int, error) {
	switch {
	case !slices.Contains(Compats, c.Compat):
		return nil, fmt.Errorf("no such program to be compatible with: %q; there are %s", c.Compat, strings.Join(Compats, ", "))
	case c.Balanced:
		return nil, fmt.Errorf("%s has no selection that is balanced", c.Compat)
	case c.Compat == CompatFTFT:
		return m.aboveQuantile(c, free)
	}
	if len(parts) > 1 && !strings.HasPrefix(c.Strategy, BothEnds) || parts[0].skip > 0 || parts[0].name == Random || parts[0].name == Representative {
		return nil, fmt.Errorf("cartography has no strategy %q: it takes one end of a metric, or %s", c.Strategy, BothEnds)
	}
	// Its int() cuts off, where Count forgives a product that falls short by a rounding.
	n := int(c.Fraction * float64(size(free)))
	counts := []int{min(n+1, size(free))}
	if len(parts) == 2 {
		hardest := int(float64(n) * bothEnds[0])
		counts = []int{hardest, n - hardest}
	}
	var chosen []int
	for i, p := range parts {
		ranking, err := m.rankingOf(p, c)
		if err != nil {
			return nil, err
		}
		taken, err := take(ranking.Order, free, 0, counts[i])
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, taken...)
	}
	slices.Sort(chosen)
	return chosen, nil
}

// aboveQuantile takes the free examples whose score lies strictly above its quantile 1 - q, as PyTorch computes it:
// linearly between the sorted scores, in float32.
func (m *Map) aboveQuantile(c Choice, free []bool) ([]int, error) {
	var scores []float64
	switch c.Strategy {
	case Ambiguous:
		metric, err := FindMetric("variability_sample")
		if err != nil {
			return nil, err
		}
		if err := m.Check(metric); err != nil {
			return nil, err
		}
		scores = m.Values(metric)
	case HardToLearn:
		scores = negated(m.Confidence)
	default:
		return nil, fmt.Errorf("FTFT's code has no strategy %q: it has %s and %s", c.Strategy, Ambiguous, HardToLearn)
	}
	var sorted []float32
	for i, is := range free {
		if is {
			sorted = append(sorted, float32(scores[i]))
		}
	}
	if len(sorted) == 0 {
		return nil, nil
	}
	slices.Sort(sorted)
	at := float32(1-c.Fraction) * float32(len(sorted)-1)
	low := int(math.Floor(float64(at)))
	high := min(low+1, len(sorted)-1)
	threshold := sorted[low] + (at-float32(low))*(sorted[high]-sorted[low])
	var chosen []int
	for i, is := range free {
		if is && float32(scores[i]) > threshold {
			chosen = append(chosen, i)
		}
	}
	return chosen, nil
}
