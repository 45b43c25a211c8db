package datamap

import "math"

// quantile returns a quantile of sorted values, interpolated linearly as numpy does by default.
func quantile(sorted []float64, q float64) float64 {
	return interpolate(len(sorted), q, func(place int) float64 { return sorted[place] })
}

// interpolate returns the quantile q of n values, given a function that returns the value at a place of their ascending order.
func interpolate(n int, q float64, sorted func(place int) float64) float64 {
	at := q * float64(n-1)
	low := int(at)
	first := sorted(low)
	return first + (at-float64(low))*(sorted(min(low+1, n-1))-first)
}

// quantiles finds quantiles of non-negative values in linear time, without sorting them: a histogram of the upper halves of the
// values' bits finds the upper half of a quantile, a histogram of the lower halves within that finds the rest.
type quantiles struct {
	values       []float32
	upper, lower [1 << 16]int32
	counted      int // the upper half that lower is a histogram of, -1 = none
}

// reset starts over with new values.
func (q *quantiles) reset(values []float32) {
	q.values, q.counted = values, -1
	clear(q.upper[:])
	for _, v := range values {
		q.upper[math.Float32bits(v)>>16]++
	}
}

// quantile returns a quantile of the values, as the function of that name does.
func (q *quantiles) quantile(share float64) float64 { return interpolate(len(q.values), share, q.at) }

// at returns the value at a place, from 0, of the ascending order.
func (q *quantiles) at(place int) float64 {
	upper, place := digit(&q.upper, place)
	if q.counted != upper {
		q.counted = upper
		clear(q.lower[:])
		for _, v := range q.values {
			if bits := math.Float32bits(v); int(bits>>16) == upper {
				q.lower[bits&0xffff]++
			}
		}
	}
	lower, _ := digit(&q.lower, place)
	return float64(math.Float32frombits(uint32(upper<<16 | lower)))
}

// digit returns the bin of a histogram into which a place of the ascending order falls, and the place within the bin.
func digit(counts *[1 << 16]int32, place int) (bin, rest int) {
	for place >= int(counts[bin]) {
		place -= int(counts[bin])
		bin++
	}
	return bin, place
}
