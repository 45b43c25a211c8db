package kernel

import "math"

// arithmetic is the set of functions that the kernels are made of: products, and functions of rows. It has two
// implementations, plain and simd, which give the same bits in float32. plain is the definition.
type arithmetic[T Float] interface {
	// multiply computes c = from + op(a) op(b); see Engine.Multiply.
	multiply(pool *Pool, form Form, c, a, b, from Matrix[T])

	// multiplyAlone is multiply by the calling worker alone, for small products.
	multiplyAlone(worker int, form Form, c, a, b, from Matrix[T])

	// reserve allocates what multiplyAlone needs, on any worker, for a factor b of at most the given size.
	reserve(rows, columns int)

	// transpose computes dst = srcᵀ, addTransposed dst = dst + srcᵀ. src has at most as many columns as the rows of reserve.
	transpose(worker int, dst, src Matrix[T])
	addTransposed(worker int, dst, src Matrix[T])

	add(dst, a, b []T)   // dst = a + b
	times(dst, a, b []T) // dst = a b
	activate(kind Activation, y, slope, z []T)
	rotate(a, b, cos, sin []T)     // a, b = a cos - b sin, b cos + a sin
	softmax(row []T, scale T)      // row = softmax(scale row)
	softmaxBack(d, p []T, scale T) // d = scale p (d - Σ p d)

	// drop computes dst[j] = scale src[j], or 0 src[j] if draw(low, high, j) < threshold.
	drop(dst, src []T, low, high, threshold uint32, scale T)

	sum(x []T) T                                   // returns Σ x
	center(x []T, mean T) T                        // x = x - mean; returns Σ x²
	affine(y, unit, scale, shift []T, inverse T)   // unit = inverse unit; y = unit scale + shift
	slopes(dx, dy, scale, unit []T) (sum, dot T)   // dx = dy scale; returns Σ dx and Σ dx unit
	normBack(dx, unit []T, inverse, mean, slope T) // dx = inverse (dx - mean - unit slope)
	columnSums(dst []T, x Matrix[T])               // dst = dst + Σ x over the rows, in their order
	columnDots(dst []T, x, y Matrix[T])            // dst = dst + Σ x y over the rows, in their order

	// adamw computes a step of AdamW; see AdamStep. c holds Factor, Beta1, 1-Beta1, Beta2, 1-Beta2, Root, Epsilon, Move and
	// Keep. A nil grad counts as zeros.
	adamw(data, grad, first, second []T, c *[9]T)

	squares(x []T) float64 // returns Σ x² in float64
}

// lanes is the number of partial sums of a row. Element j is added to sum j modulo lanes, and the sums are joined in a tree.
// Vectors of any width up to lanes can compute that.
const lanes = 32

// sums are the partial sums of a row.
type sums[T any] [lanes]T

// at returns the partial sum that element j belongs to.
func (s *sums[T]) at(j int) *T { return &s[j%lanes] }

// join returns the total. It adds sums half of lanes apart, then a quarter of lanes apart, and so on.
func join[T Float](s *sums[T]) T {
	for half := lanes / 2; half > 0; half /= 2 {
		for i := range half {
			s[i] += s[i+half]
		}
	}
	return s[0]
}

// plain is the arithmetic in Go, for every processor. A product that is added to something is first converted to its own
// type: without the conversion the compiler may fuse the two on some processors.
type plain[T Float] struct{ product product[T] }

func (*plain[T]) reserve(int, int) {}

func (*plain[T]) transpose(_ int, dst, src Matrix[T]) {
	for i := range dst.Rows {
		row := dst.Row(i)
		for j := range row {
			row[j] = src.Data[j*src.Stride+i]
		}
	}
}

func (*plain[T]) addTransposed(_ int, dst, src Matrix[T]) {
	for i := range dst.Rows {
		row := dst.Row(i)
		for j := range row {
			row[j] += src.Data[j*src.Stride+i]
		}
	}
}

func (*plain[T]) add(dst, a, b []T) {
	for j := range dst {
		dst[j] = a[j] + b[j]
	}
}

func (*plain[T]) times(dst, a, b []T) {
	for j := range dst {
		dst[j] = a[j] * b[j]
	}
}

func (*plain[T]) activate(kind Activation, y, slope, z []T) {
	for j, x := range z {
		y[j], slope[j] = at(kind, x)
	}
}

func (*plain[T]) rotate(a, b, cos, sin []T) {
	for j, x := range a {
		y := b[j]
		a[j] = fma(-y, sin[j], T(x*cos[j]))
		b[j] = fma(x, sin[j], T(y*cos[j]))
	}
}

func (*plain[T]) softmax(row []T, scale T) {
	highest := row[0]
	for _, v := range row {
		if v > highest {
			highest = v
		}
	}
	var s sums[T]
	for j, v := range row {
		row[j] = exp((v - highest) * scale)
		*s.at(j) += row[j]
	}
	inverse := 1 / join(&s)
	for j := range row {
		row[j] *= inverse
	}
}

func (*plain[T]) softmaxBack(d, p []T, scale T) {
	var s sums[T]
	for j, v := range p {
		*s.at(j) = fma(v, d[j], *s.at(j))
	}
	mean := join(&s)
	for j, v := range p {
		d[j] = (d[j] - mean) * v * scale
	}
}

func (*plain[T]) drop(dst, src []T, low, high, threshold uint32, scale T) {
	for j, v := range src {
		factor := scale
		if draw(low, high, uint32(j)) < threshold {
			factor = 0
		}
		dst[j] = v * factor // not 0, so that a NaN stays visible
	}
}

func (*plain[T]) sum(x []T) T {
	var s sums[T]
	for j, v := range x {
		*s.at(j) += v
	}
	return join(&s)
}

func (*plain[T]) center(x []T, mean T) T {
	var s sums[T]
	for j := range x {
		x[j] -= mean
		*s.at(j) = fma(x[j], x[j], *s.at(j))
	}
	return join(&s)
}

func (*plain[T]) affine(y, unit, scale, shift []T, inverse T) {
	for j := range y {
		unit[j] *= inverse
		y[j] = fma(unit[j], scale[j], shift[j])
	}
}

func (*plain[T]) slopes(dx, dy, scale, unit []T) (sum, dot T) {
	var s, d sums[T]
	for j, v := range dy {
		v = T(v * scale[j])
		dx[j] = v
		*s.at(j) += v
		*d.at(j) = fma(v, unit[j], *d.at(j))
	}
	return join(&s), join(&d)
}

func (*plain[T]) normBack(dx, unit []T, inverse, mean, slope T) {
	for j, u := range unit {
		dx[j] = fma(-u, slope, dx[j]-mean) * inverse
	}
}

func (*plain[T]) columnSums(dst []T, x Matrix[T]) {
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			dst[j] += v
		}
	}
}

func (*plain[T]) columnDots(dst []T, x, y Matrix[T]) {
	for i := range x.Rows {
		y := y.Row(i)
		for j, v := range x.Row(i) {
			dst[j] = fma(v, y[j], dst[j])
		}
	}
}

func (*plain[T]) squares(x []T) float64 {
	var s sums[float64]
	for j, v := range x {
		*s.at(j) = math.FMA(float64(v), float64(v), *s.at(j))
	}
	return join(&s)
}

func (*plain[T]) adamw(data, grad, first, second []T, c *[9]T) {
	factor, beta1, rest1, beta2, rest2, root, epsilon, move, keep := c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]
	for j := range data {
		var g T
		if grad != nil {
			g = factor * grad[j]
		}
		m := fma(rest1, g, T(beta1*first[j]))
		v := fma(rest2, T(g*g), T(beta2*second[j]))
		first[j], second[j] = m, v
		update := T(move*m) / fma(root, T(math.Sqrt(float64(v))), epsilon)
		data[j] = fma(keep, data[j], -update)
	}
}
