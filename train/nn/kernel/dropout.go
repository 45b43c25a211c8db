package kernel

// Dropout determines which elements of a matrix are dropped, as a function of a key, the row and the column. The backward
// pass therefore drops the same elements as the forward pass, with any number of threads. The zero Dropout drops nothing.
type Dropout struct {
	key       uint64
	threshold uint32  // an element is dropped if its draw is less
	scale     float64 // factor of the other elements
	first     int     // the number of the first row
}

// NewDropout returns a dropout of the given rate, which is at least 0 and less than 1. Its key is made of the seed of a run,
// the step, and the site: the number of the dropout in the model.
func NewDropout(rate float64, seed, step int64, site int) Dropout {
	if rate == 0 {
		return Dropout{}
	}
	key := SplitMix64(SplitMix64(SplitMix64(uint64(seed))+uint64(step)) + uint64(site))
	return Dropout{key, uint32(rate * (1 << 32)), 1 / (1 - rate), 0}
}

// From returns the dropout of a matrix whose first row is row first of the one that d is for.
func (d Dropout) From(first int) Dropout {
	d.first = first
	return d
}

// SplitMix64 returns the number that the generator of that name (Steele, Lea and Flood, 2014) draws from state x. Dropout
// masks and the order of examples are keyed by it.
func SplitMix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// dropRow sets dst to row src of a matrix with some elements dropped and the others scaled by 1/(1-rate). dst may be src.
func dropRow[T Float](a arithmetic[T], d Dropout, row int, dst, src []T) {
	if d.threshold == 0 {
		copy(dst, src)
		return
	}
	key := SplitMix64(d.key + uint64(d.first+row))
	a.drop(dst, src, uint32(key), uint32(key>>32), d.threshold, T(d.scale))
}

// draw returns a hash of a column and the two halves of a row's key. It uses 32-bit operations alone, which vectors have.
func draw(low, high, column uint32) uint32 {
	x := column*0x9e3779b9 + low
	x = (x ^ x>>16) * 0x7feb352d
	x = (x^x>>15)*0x846ca68b + high
	x = (x ^ x>>16) * 0xd168aaad
	return x ^ x>>15
}

// elementary is the task of Drop and Product. A tile is some rows.
type elementary[T Float] struct {
	arithmetic[T]
	dst, a, b Matrix[T]
	dropout   Dropout
}

// Drop sets dst to src with some elements dropped. Both are [rows, columns], and dst may be src. The gradient of a dropout
// is the same dropout of the gradient.
func (e *Engine[T]) Drop(dst, src Matrix[T], d Dropout) {
	e.elementary = elementary[T]{arithmetic: e.arithmetic, dst: dst, a: src, dropout: d}
	e.Run(tiles(dst.Rows, rowTile), &e.elementary)
}

// Product sets dst to the product of a and b element by element. All are [rows, columns], and dst may be a or b.
func (e *Engine[T]) Product(dst, a, b Matrix[T]) {
	e.elementary = elementary[T]{arithmetic: e.arithmetic, dst: dst, a: a, b: b}
	e.Run(tiles(dst.Rows, rowTile), &e.elementary)
}

func (t *elementary[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.dst.Rows)
	for i := from; i < to; i++ {
		dst, a := t.dst.Row(i), t.a.Row(i)
		if t.b.Data == nil {
			dropRow(t.arithmetic, t.dropout, i, dst, a)
			continue
		}
		t.times(dst, a, t.b.Row(i))
	}
}
