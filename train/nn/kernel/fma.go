package kernel

import (
	"math"
	"unsafe"
)

// fma returns x*y + z, rounded once, on every processor.
func fma[T Float](x, y, z T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.FMA(float64(x), float64(y), float64(z)))
	}
	return T(fma32(float32(x), float32(y), float32(z)))
}

// fma32 rounds the sum to float64, in which the product is exact, and then to float32. The second rounding is wrong only if
// the first ends exactly halfway between two float32. In that case fma32 rounds the sum to odd in float64 (Boldo and
// Melquiond, 2008), which keeps the side on which the exact sum lies.
func fma32(x, y, z float32) float32 {
	product := float64(x) * float64(y)
	sum := product + float64(z)
	if math.Float64bits(sum)&(1<<28-1) != 0 {
		return float32(sum)
	}
	return float32(odd(sum, product, float64(z)))
}

// odd returns the neighbour of sum, the rounded sum of a and b, in the direction of the exact sum, or sum itself if it is
// exact.
func odd(sum, a, b float64) float64 {
	part := sum - a
	lost := (a - (sum - part)) + (b - part)
	switch {
	case lost > 0:
		return math.Nextafter(sum, math.Inf(1))
	case lost < 0:
		return math.Nextafter(sum, math.Inf(-1))
	}
	return sum
}
