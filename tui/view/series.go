package view

import (
	"math"
	"sort"
)

// series is the points of a curve, x ascending, with the extremes of ever longer stretches, so that those of any part
// are found without looking at every point. A y that is NaN is a gap.
type series struct {
	x, y   []float64
	levels [][]extent // of stride points each, of stride of these, and so on
}

// extent is the least and the greatest of some values; low is above high where there is none.
type extent struct{ low, high float64 }

const stride = 16

var nothing = extent{math.Inf(1), math.Inf(-1)}

// join ignores what is not finite.
func (e extent) join(o extent) extent {
	if o.low <= o.high && !math.IsInf(o.high-o.low, 0) {
		return extent{min(e.low, o.low), max(e.high, o.high)}
	}
	return e
}

func (e extent) empty() bool { return !(e.low <= e.high) }

func newSeries(x, y []float64) *series {
	s := &series{x: x, y: y}
	for n := len(y); n > stride; {
		n = (n + stride - 1) / stride
		s.levels = append(s.levels, make([]extent, n))
		for i := range n {
			s.levels[len(s.levels)-1][i] = s.gather(len(s.levels)-2, i*stride, (i+1)*stride)
		}
	}
	return s
}

// size is the number of entries of a level; -1 is the points themselves.
func (s *series) size(level int) int {
	if level < 0 {
		return len(s.y)
	}
	return len(s.levels[level])
}

// gather joins entries of one level.
func (s *series) gather(level, first, last int) extent {
	e := nothing
	for i := first; i < min(last, s.size(level)); i++ {
		if level < 0 {
			e = e.join(extent{s.y[i], s.y[i]})
		} else {
			e = e.join(s.levels[level][i])
		}
	}
	return e
}

// between gives the extremes of the points from one up to but without another.
func (s *series) between(first, last int) extent {
	e := nothing
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

// from is the index of the first point at or beyond x.
func (s *series) from(x float64) int { return sort.SearchFloat64s(s.x, x) }

// at is the value of the last point at or before x: what was known there.
func (s *series) at(x float64) (y float64, known bool) {
	i := sort.Search(len(s.x), func(i int) bool { return s.x[i] > x })
	if i == 0 {
		return 0, false
	}
	return s.y[i-1], true
}

// along is the value at x on the line between the points, NaN beyond its ends.
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

// smoothed is the exponential moving average of values, each weighing factor times as much as the next. Dividing by the
// sum of the weights so far keeps the beginning from being drawn towards zero.
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
