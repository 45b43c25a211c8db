package view

import (
	"math"
	"slices"

	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"
)

// SeedMode is how the runs of one arm with several seeds are drawn.
type SeedMode int

// The modes.
const (
	EachSeed  SeedMode = iota // one curve per seed
	MinMax                    // the mean, and a band from the minimum to the maximum
	Deviation                 // the mean, and a band of one standard deviation (sample form) on either side
	SeedModes                 // the number of modes
)

func (m SeedMode) String() string {
	return [SeedModes]string{"each seed", "mean, min to max", "mean, standard deviation"}[m]
}

// band is the area between two lines over the same x.
type band struct{ x, low, high []float64 }

// fewPoints is up to how many points the mean is computed at the runs' own x. With more it is computed once per column of dots.
const fewPoints = 500

// meanOf returns the mean of the seeds' lines and the band around it, over the x that all lines have. It is computed at columns
// where the lines have many points or differ in x.
func meanOf(seeds []*series, mode SeedMode, columns []float64) (mean *series, spread *band) {
	at := columns
	same := func(s *series) bool { return slices.Equal(s.x, seeds[0].x) }
	if len(seeds[0].x) <= fewPoints && !slices.ContainsFunc(seeds, func(s *series) bool { return !same(s) }) {
		at = seeds[0].x
	}
	spread = &band{}
	var means []float64
	for _, x := range at {
		values := make([]float64, len(seeds))
		for i, seed := range seeds {
			values[i] = seed.along(x)
		}
		m, low, high := summary(values, mode)
		if !math.IsNaN(m) {
			spread.x, means = append(spread.x, x), append(means, m)
			spread.low, spread.high = append(spread.low, low), append(spread.high, high)
		}
	}
	return newSeries(spread.x, means), spread
}

// summary returns the mean of values and the bounds of the band. They are NaN if a value is.
func summary(values []float64, mode SeedMode) (mean, low, high float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	if mode == MinMax {
		return mean, slices.Min(values), slices.Max(values)
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	deviation := math.Sqrt(squares / float64(len(values)-1))
	return mean, mean - deviation, mean + deviation
}

// at returns the band at an x.
func (b *band) at(x, _, _ float64) (low, high float64) {
	return (&series{x: b.x, y: b.low}).along(x), (&series{x: b.x, y: b.high}).along(x)
}

// spread returns the extremes of the points from one x to before another, or the value at x if there are none.
func (s *series) spread(x, from, to float64) (low, high float64) {
	if e := s.between(s.from(from), s.from(to)); !e.empty() {
		return e.low, e.high
	}
	y := s.along(x)
	return y, y
}

// shade sets every fourth dot between two bounds: those at the x of each column of dots, which reaches from one x to another.
func (c *chart) shade(grid *runes.PatternDotsGrid, bounds func(x, from, to float64) (low, high float64)) {
	right, bottom := c.corner()
	half := (c.x.to - c.x.from) / right / 2
	for column := range int(right) + 1 {
		x := c.x.from + float64(column)/right*(c.x.to-c.x.from)
		low, high := bounds(x, x-half, x+half)
		_, top := c.dot(x, high)
		_, end := c.dot(x, max(low, c.y.from))
		if math.IsNaN(top) || math.IsNaN(end) {
			continue
		}
		first, last := max(int(math.Round(top)), 0), min(int(math.Round(end)), int(bottom))
		if first == last && column%2 == 0 {
			grid.Set(column, first)
		}
		for row := first; row <= last && first < last; row++ {
			if row%2 == 0 && (row/2+column)%2 == 0 {
				grid.Set(column, row)
			}
		}
	}
}
