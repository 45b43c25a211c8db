package datamap

import "math"

// quantile interpolates linearly between sorted values, as numpy's does by default.
func quantile(sorted []float64, q float64) float64 {
	return between(len(sorted), q, func(place int) float64 { return sorted[place] })
}

func between(n int, q float64, sorted func(place int) float64) float64 {
	at := q * float64(n-1)
	low := int(at)
	first := sorted(low)
	return first + (at-float64(low))*(sorted(min(low+1, n-1))-first)
}

// picker finds what stands where in the order of values, none of which is negative, without sorting them: it counts values by the
// upper half of their bits, and those of one upper half by the lower.
type picker struct {
	values       []float32
	upper, lower [1 << 16]int32
	counted      int // whose lower halves are, -1 = none's
}

func (p *picker) take(values []float32) {
	p.values, p.counted = values, -1
	clear(p.upper[:])
	for _, v := range values {
		p.upper[math.Float32bits(v)>>16]++
	}
}

// quantile is that of the sorted values.
func (p *picker) quantile(q float64) float64 { return between(len(p.values), q, p.at) }

// at is the value at a place, from 0, of the sorted values.
func (p *picker) at(place int) float64 {
	upper, place := digit(&p.upper, place)
	if p.counted != upper {
		p.counted = upper
		clear(p.lower[:])
		for _, v := range p.values {
			if bits := math.Float32bits(v); int(bits>>16) == upper {
				p.lower[bits&0xffff]++
			}
		}
	}
	lower, _ := digit(&p.lower, place)
	return float64(math.Float32frombits(uint32(upper<<16 | lower)))
}

// digit finds whose count a place falls into, and its place there.
func digit(counts *[1 << 16]int32, place int) (of, rest int) {
	for place >= int(counts[of]) {
		place -= int(counts[of])
		of++
	}
	return of, place
}
