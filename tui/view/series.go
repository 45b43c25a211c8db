package view

import (
	"math"
	"sort"
)

// series is the points of a curve, x ascending. A y that is NaN is a gap. A tree finds the extremes and the mean of any part without
// visiting every point.
type series struct {
	x, y   []float64
	levels [][]stretch // of stride points each, of stride entries of the level before, and so on
}

// stretch sums up some points of a series. It ignores values that are not finite.
type stretch struct {
	extent
	sum    float64
	finite int
}

// join returns the stretch of both.
func (s stretch) join(o stretch) stretch {
	return stretch{s.extent.join(o.extent), s.sum + o.sum, s.finite + o.finite}
}

// extent is the minimum and the maximum of some values. low is above high if there are none.
type extent struct{ low, high float64 }

// stride is the number of entries that one entry of the next level joins.
const stride = 16

// nothing is the extent of no values.
var nothing = extent{math.Inf(1), math.Inf(-1)}

// join returns the extent of both, ignoring one that is empty or not finite.
func (e extent) join(o extent) extent {
	if o.low <= o.high && !math.IsInf(o.high-o.low, 0) {
		return extent{min(e.low, o.low), max(e.high, o.high)}
	}
	return e
}

func (e extent) empty() bool { return !(e.low <= e.high) }

// newSeries computes the tree of points.
func newSeries(x, y []float64) *series {
	s := &series{x: x, y: y}
	for n := len(y); n > stride; {
		n = (n + stride - 1) / stride
		s.levels = append(s.levels, make([]stretch, n))
		for i := range n {
			s.levels[len(s.levels)-1][i] = s.gather(len(s.levels)-2, i*stride, (i+1)*stride)
		}
	}
	return s
}

// size returns the number of entries of a level; level -1 is the points.
func (s *series) size(level int) int {
	if level < 0 {
		return len(s.y)
	}
	return len(s.levels[level])
}

// gather joins the entries of one level from first to before last.
func (s *series) gather(level, first, last int) stretch {
	e := stretch{extent: nothing}
	for i := first; i < min(last, s.size(level)); i++ {
		if level < 0 {
			if y := s.y[i]; !math.IsNaN(y) && !math.IsInf(y, 0) {
				e = e.join(stretch{extent{y, y}, y, 1})
			}
		} else {
			e = e.join(s.levels[level][i])
		}
	}
	return e
}

// between sums up the points from first to before last.
func (s *series) between(first, last int) stretch {
	e := stretch{extent: nothing}
	for level := -1; first < last; level++ {
		up, down := (first+stride-1)/stride*stride, last/stride*stride
		if level+1 == len(s.levels) || up >= down {
			return e.join(s.gather(level, first, last))
		}
		e = e.join(s.gather(level, first, up)).join(s.gather(level, down, last))
		first, last = up/stride, down/stride
	}
	return e
}

// mean returns the mean of the points from first to before last, NaN if none is finite.
func (s *series) mean(first, last int) float64 {
	e := s.between(first, last)
	return e.sum / float64(e.finite)
}

// columns returns, for each of n columns of equal width from one x to another, the mean and the extremes of the points in it. Columns
// without points are left out. A series with fewer points than columns gives its points, with one beyond each end.
func (s *series) columns(from, to float64, n int) (mean *series, spread *band) {
	first, last := s.from(from), s.from(math.Nextafter(to, math.Inf(1)))
	spread = &band{}
	var y []float64
	add := func(x float64, e stretch) {
		spread.x, y = append(spread.x, x), append(y, e.sum/float64(e.finite))
		if e.finite == 0 {
			e.extent = extent{math.NaN(), math.NaN()}
		}
		spread.low, spread.high = append(spread.low, e.low), append(spread.high, e.high)
	}
	if last-first <= n {
		for i := max(first-1, 0); i < min(last+1, len(s.x)); i++ {
			add(s.x[i], s.between(i, i+1))
		}
		return newSeries(spread.x, y), spread
	}
	width := (to - from) / float64(n)
	for k := range n {
		end := last
		if k < n-1 {
			end = s.from(from + float64(k+1)*width)
		}
		if end > first {
			add(from+(float64(k)+0.5)*width, s.between(first, end))
		}
		first = end
	}
	return newSeries(spread.x, y), spread
}

// from returns the index of the first point at or after x.
func (s *series) from(x float64) int { return sort.SearchFloat64s(s.x, x) }

// at returns the value of the last point at or before x.
func (s *series) at(x float64) (y float64, known bool) {
	i := sort.Search(len(s.x), func(i int) bool { return s.x[i] > x })
	if i == 0 {
		return 0, false
	}
	return s.y[i-1], true
}

// along returns the value at x by linear interpolation, NaN beyond the ends.
func (s *series) along(x float64) float64 {
	i := s.from(x)
	switch {
	case i == len(s.x) || i == 0 && s.x[0] != x:
		return math.NaN()
	case s.x[i] == x:
		return s.y[i]
	}
	return s.y[i-1] + (s.y[i]-s.y[i-1])*(x-s.x[i-1])/(s.x[i]-s.x[i-1])
}

// smoothed returns the exponential moving average of values: each weighs factor times as much as the next. Dividing by the sum of the
// weights so far corrects the bias of the first values towards zero. Values that are not finite are skipped and give NaN.
func smoothed(values []float64, factor float64) []float64 {
	average, weight := 0.0, 0.0
	means := make([]float64, len(values))
	for i, value := range values {
		means[i] = math.NaN()
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			average, weight = factor*average+(1-factor)*value, factor*weight+(1-factor)
			means[i] = average / weight
		}
	}
	return means
}
