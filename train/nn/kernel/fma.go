package kernel

import (
	"math"
	"unsafe"
)

// fma is x*y + z rounded once, on every processor.
func fma[T Float](x, y, z T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.FMA(float64(x), float64(y), float64(z)))
	}
	return T(fma32(float32(x), float32(y), float32(z)))
}

// fma32 rounds the sum in float64, where the product is exact, and then to float32. That is one rounding too many only
// where the first ends just between two float32: there the last bit of the float64 is set to say on which side the
// sum was (rounding to odd: Boldo and Melquiond, 2008).
func fma32(x, y, z float32) float32 {
	product := float64(x) * float64(y)
	sum := product + float64(z)
	if math.Float64bits(sum)&(1<<28-1) != 0 {
		return float32(sum)
	}
	return float32(odd(sum, product, float64(z)))
}

// odd moves an even sum of a and b to its neighbour on the side of what rounding has lost, if anything.
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
