package facility

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// A block is some examples of a class, each similar to each.
//
// Vectors are scaled to length 1 and rounded to multiples of 2⁻²⁶, which moves a cosine by about 1e-8. Their products
// are then whole numbers in units of 2⁻⁵², and no sum of them, not even in part, exceeds 1 by more than the rounding: a
// float64 holds each exactly. So the product of matrices, by whatever instructions and in whatever order, has one
// result. Similarities are rounded to multiples of 2⁻³⁰, and sums of these are sums of integers.
type block struct {
	n          int
	units      []float64 // [n, width] in units of 2⁻²⁶
	products   []float64 // [strip, n] at most
	similarity []int32   // [n, n] in units of 2⁻³⁰, symmetric
	best       []int32   // [n] similarity to the nearest that is taken
	gain       []int64   // [n] by how much each would raise the sum of best; negative once taken
}

const (
	unit  = 1 << 26
	one   = 1 << 30 // a similarity of 1
	strip = 64      // rows of a matrix that are multiplied at a time
)

// load takes the examples, in the order of their guids, and computes their similarities.
func (b *block) load(in *Input, members []int32) {
	b.n = len(members)
	b.units = units(b.units[:0], in, members)
	b.products = slices.Grow(b.products[:0], strip*b.n)[:strip*b.n]
	b.similarity = slices.Grow(b.similarity[:0], b.n*b.n)[:b.n*b.n]
	for from := 0; from < b.n; from += strip {
		to := min(from+strip, b.n)
		multiply(b.products, b.units[from*in.Width:to*in.Width], b.units[from*in.Width:], in.Width)
		columns := b.n - from
		for j := from; j < b.n; j++ { // what lies below the diagonal is what lies above
			for i := from; i < to; i++ {
				s := fixed(b.products[(i-from)*columns+j-from])
				b.similarity[i*b.n+j], b.similarity[j*b.n+i] = s, s
			}
		}
	}
	for i := range b.n {
		b.similarity[i*b.n+i] = one
	}
}

// greedy is the order in which the examples are taken, each the first of those that raise the sum of best most: the order
// of plain greedy, and of Minoux's lazy greedy (1978), which computes gains again where they may still be the greatest.
// Here all are kept instead, which is exact with integers and takes less than half of the time: when an example finds a
// nearer one taken, what it adds to the gain of every other falls. It finds one about as often as a random sequence has
// a new greatest, so that all are ranked in some n² log n steps.
func (b *block) greedy() (order []int32) {
	b.best = slices.Grow(b.best[:0], b.n)[:b.n]
	b.gain = slices.Grow(b.gain[:0], b.n)[:b.n]
	clear(b.best)
	for i := range b.gain {
		b.gain[i] = 0
		for _, s := range b.row(i) {
			b.gain[i] += int64(s)
		}
	}
	for len(order) < b.n {
		next := 0
		for i, gain := range b.gain {
			if gain > b.gain[next] {
				next = i
			}
		}
		order = append(order, int32(next))
		for i, s := range b.row(next) {
			if s > b.best[i] {
				b.raise(i, s)
			}
		}
		b.gain[next] = math.MinInt64 / 2 // lower than any, whatever is still taken from it
	}
	return order
}

// raise gives example i a greater best.
func (b *block) raise(i int, best int32) {
	before := b.best[i]
	b.best[i] = best
	gain := b.gain
	for k, s := range b.row(i)[:len(gain)] {
		gain[k] -= int64(max(min(s, best), before) - before)
	}
}

func (b *block) row(i int) []int32 { return b.similarity[i*b.n : (i+1)*b.n] }

// units appends the vectors of some examples, scaled to the length unit and rounded.
func units(list []float64, in *Input, members []int32) []float64 {
	list = slices.Grow(list, len(members)*in.Width)
	for _, i := range members {
		square := 0.0
		for _, v := range in.vector(i) {
			square += float64(float64(v) * float64(v)) // exact, and not fused with the sum
		}
		length := max(math.Sqrt(square), math.SmallestNonzeroFloat64) // zeros stay zeros
		for _, v := range in.vector(i) {
			list = append(list, math.RoundToEven(float64(v)/length*unit))
		}
	}
	return list
}

// multiply sets products to a bᵀ, a and b having rows of a width.
func multiply(products, a, b []float64, width int) {
	rows, columns := len(a)/width, len(b)/width
	gonum.Implementation{}.Dgemm(blas.NoTrans, blas.Trans, rows, columns, width, 1, a, width, b, width, 0, products, columns)
}

// fixed is the similarity of two vectors of length unit, by their product.
func fixed(product float64) int32 {
	const step = unit * unit / one // of a similarity, in units of a product
	return int32(min(max((int64(product)+step/2)/step, 0), one))
}
