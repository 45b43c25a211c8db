package facility

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// A block is some examples of a class, with the similarity between every two of them.
//
// Vectors are scaled to length 1 and rounded to multiples of 2⁻²⁶, which moves a cosine by about 1e-8. Their products are then
// integers in units of 2⁻⁵², and no partial sum exceeds 1 by more than the rounding, so a float64 holds each exactly. The
// matrix product therefore has one result, whatever the instructions and the order of summation. Similarities are rounded to
// multiples of 2⁻³⁰, and their sums are sums of integers.
type block struct {
	n          int
	units      []float64 // [n, width] in units of 2⁻²⁶
	products   []float64 // [strip, n] at most
	similarity []int32   // [n, n] in units of 2⁻³⁰, symmetric
	best       []int32   // [n] similarity to the nearest selected example
	gain       []int64   // [n] by how much selecting the example would raise the sum of best; negative once selected
}

const (
	unit  = 1 << 26
	one   = 1 << 30 // a similarity of 1
	strip = 64      // rows of a matrix product that are computed at a time
)

// load sets the examples of a block, in the order of their guids, and computes their similarities.
func (b *block) load(in *Input, members []int32) {
	b.n = len(members)
	b.units = units(b.units[:0], in, members)
	b.products = slices.Grow(b.products[:0], strip*b.n)[:strip*b.n]
	b.similarity = slices.Grow(b.similarity[:0], b.n*b.n)[:b.n*b.n]
	for from := 0; from < b.n; from += strip {
		to := min(from+strip, b.n)
		multiply(b.products, b.units[from*in.Width:to*in.Width], b.units[from*in.Width:], in.Width)
		columns := b.n - from
		for j := from; j < b.n; j++ { // the matrix is symmetric
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

// greedy returns the order in which examples are selected: each is the first of those that raise the sum of best most. This is
// the order of the plain greedy algorithm, and of Minoux's lazy greedy (1978), which recomputes gains that may still be the
// greatest.
//
// Here all gains are kept up to date instead, which is exact with integers and takes less than half the time: whenever an
// example gets a nearer selected one, its contribution to the gain of every other falls. That happens about as often as a
// random sequence has a new maximum, so ranking takes about n² log n steps.
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
		b.gain[next] = math.MinInt64 / 2 // below any gain, even after further reductions
	}
	return order
}

// raise sets a greater best of example i and updates the gains.
func (b *block) raise(i int, best int32) {
	before := b.best[i]
	b.best[i] = best
	gain := b.gain
	for k, s := range b.row(i)[:len(gain)] {
		gain[k] -= int64(max(min(s, best), before) - before)
	}
}

func (b *block) row(i int) []int32 { return b.similarity[i*b.n : (i+1)*b.n] }

// units appends the vectors of some examples, scaled to length unit and rounded.
func units(list []float64, in *Input, members []int32) []float64 {
	list = slices.Grow(list, len(members)*in.Width)
	for _, i := range members {
		square := 0.0
		for _, v := range in.vector(i) {
			square += float64(float64(v) * float64(v)) // exact; the conversion prevents fusing with the sum
		}
		length := max(math.Sqrt(square), math.SmallestNonzeroFloat64) // zeros stay zeros
		for _, v := range in.vector(i) {
			list = append(list, math.RoundToEven(float64(v)/length*unit))
		}
	}
	return list
}

// multiply sets products to a bᵀ. The rows of a and b have the given width.
func multiply(products, a, b []float64, width int) {
	rows, columns := len(a)/width, len(b)/width
	gonum.Implementation{}.Dgemm(blas.NoTrans, blas.Trans, rows, columns, width, 1, a, width, b, width, 0, products, columns)
}

// fixed returns the similarity of two vectors of length unit from their product.
func fixed(product float64) int32 {
	const step = unit * unit / one // one unit of similarity, in units of a product
	return int32(min(max((int64(product)+step/2)/step, 0), one))
}
