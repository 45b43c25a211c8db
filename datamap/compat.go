package datamap

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// The programs whose selections Choose reproduces: the number of examples and the examples themselves.
const (
	CompatFTFT        = "ftft"        // strictly above the quantile of the sample form, in float32 (Du et al., 2023, utils.py)
	CompatCartography = "cartography" // the first int(q N) + 1 of a ranking (Swayamdipta et al., 2020, train_dy_filtering.py)
)

// Compats lists the programs.
var Compats = []string{CompatFTFT, CompatCartography}

// chooseCompatible selects as the program c.Compat does, from the free examples.
func (m *Map) chooseCompatible(c Choice, parts []part, free []bool) ([]int, error) {
	switch {
	case !slices.Contains(Compats, c.Compat):
		return nil, fmt.Errorf("unknown program %q; selections are compatible with: %s", c.Compat, strings.Join(Compats, ", "))
	case c.Balanced:
		return nil, fmt.Errorf("%s has no balanced selection", c.Compat)
	case c.Compat == CompatFTFT:
		return m.aboveQuantile(c, free)
	}
	isMixture := len(parts) > 1 && !strings.HasPrefix(c.Strategy, BothEnds)
	if isMixture || parts[0].skip > 0 || parts[0].name == Random || parts[0].name == Representative {
		return nil, fmt.Errorf("cartography has no strategy %q: it selects one end of a metric, or %s", c.Strategy, BothEnds)
	}
	// Python's int() truncates; Count would round up a product that is below an integer by a rounding error.
	n := int(c.Fraction * float64(countTrue(free)))
	counts := []int{min(n+1, countTrue(free))}
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
		selected, err := removeTop(ranking.Order, free, 0, counts[i])
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, selected...)
	}
	slices.Sort(chosen)
	return chosen, nil
}

// aboveQuantile returns the free examples whose score lies strictly above the quantile 1 - q of the scores. It computes the
// quantile as PyTorch does: linear interpolation between the sorted scores, in float32.
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
	for i, isFree := range free {
		if isFree {
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
	for i, isFree := range free {
		if isFree && float32(scores[i]) > threshold {
			chosen = append(chosen, i)
		}
	}
	return chosen, nil
}
