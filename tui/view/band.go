package view

import (
	"math"
	"slices"

	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"
)

// SeedMode is what is drawn around the mean over an arm's seeds.
type SeedMode int

const (
	EachSeed  SeedMode = iota // each seed on its own
	MinMax                    // from the least to the greatest
	Deviation                 // one standard deviation, in the sample form, to either side
	SeedModes                 // their number
)

func (a SeedMode) String() string {
	return [SeedModes]string{"each seed", "mean, min to max", "mean, standard deviation"}[a]
}

// band is what lies between two lines over the same x.
type band struct{ x, low, high []float64 }

// fewPoints is how many points the mean is taken at as they are; of more it is taken once a column.
const fewPoints = 500

// meanOf gives the mean over the seeds' lines and the band around it, as far as all of them reach. columns are the x to take it
// at where the lines have many points, or not the same ones.
func meanOf(seeds []*series, around SeedMode, columns []float64) (mean *series, spread *band) {
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
		m, low, high := summary(values, around)
		if !math.IsNaN(m) {
			spread.x, means = append(spread.x, x), append(means, m)
			spread.low, spread.high = append(spread.low, low), append(spread.high, high)
		}
	}
	return newSeries(spread.x, means), spread
}

// summary is NaN where a value is.
func summary(values []float64, around SeedMode) (mean, low, high float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	if around == MinMax {
		return mean, slices.Min(values), slices.Max(values)
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	deviation := math.Sqrt(squares / float64(len(values)-1))
	return mean, mean - deviation, mean + deviation
}

// fill sets every fourth dot between the band's lines.
func (c *chart) fill(grid *runes.PatternDotsGrid, b *band) {
	right, bottom := c.corner()
	low, high := series{x: b.x, y: b.low}, series{x: b.x, y: b.high}
	for column := 0.0; column <= right; column += 2 {
		x := c.x.from + column/right*(c.x.to-c.x.from)
		_, top := c.dot(x, high.along(x))
		_, end := c.dot(x, max(low.along(x), c.y.from))
		if math.IsNaN(top) || math.IsNaN(end) {
			continue
		}
		for row := max(int(math.Ceil(top)), 0); row <= min(int(end), int(bottom)); row++ {
			if row%2 == 0 {
				grid.Set(int(column)+row/2%2, row)
			}
		}
	}
}
