package kernel

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// A Form says which factor of a product is read transposed.
type Form uint8

const (
	NN Form = iota // C = A B
	NT             // C = A Bᵀ: a linear layer forward, and the gradient of attention's probabilities
	TN             // C = Aᵀ B: the gradient of weights
)

// Tiles of C, in elements. A tile is one worker's, over the whole of the inner dimension, so the order in which its
// elements are summed depends on the shapes alone. The tile is small enough for gonum to compute it on one thread:
// it starts its own from four blocks of 64 x 64 on.
const (
	tileRows = 64
	tileCols = 192

	tileDepth = 64 // rows of B that NN goes through at a time: gonum reads all of them for each row of A
)

type product[T Float] struct {
	form    Form
	c, a, b Matrix[T]
	add     bool
}

// Multiply computes C = op(A) op(B), or C += op(A) op(B) where add is set. C must not overlap A or B.
func (e *Engine[T]) Multiply(form Form, c, a, b Matrix[T], add bool) {
	e.product = product[T]{form, c, a, b, add}
	e.Run(tiles(c.Rows, tileRows)*tiles(c.Cols, tileCols), &e.product)
}

// Tile computes one tile of C; tiles of a column block follow each other, so that neighbours share their part of B.
func (p *product[T]) Tile(_, index int) {
	high := tiles(p.c.Rows, tileRows)
	i, j := index%high*tileRows, index/high*tileCols
	m, n := min(tileRows, p.c.Rows-i), min(tileCols, p.c.Cols-j)
	var a, b Matrix[T]
	if p.form == TN {
		a = p.a.Columns(i, m)
	} else {
		a = p.a.Block(i, 0, m, p.a.Cols)
	}
	if p.form == NT {
		b = p.b.Block(j, 0, n, p.b.Cols)
	} else {
		b = p.b.Columns(j, n)
	}
	c := p.c.Block(i, j, m, n)
	if p.form != NN {
		tile(p.form, c, a, b, p.add)
		return
	}
	for k := 0; k < a.Cols; k += tileDepth {
		depth := min(tileDepth, a.Cols-k)
		tile(NN, c, a.Columns(k, depth), b.Block(k, 0, depth, n), p.add || k > 0)
	}
}

// multiply is Multiply on the calling goroutine.
func multiply[T Float](form Form, c, a, b Matrix[T]) {
	p := product[T]{form, c, a, b, false}
	for i := range tiles(c.Rows, tileRows) * tiles(c.Cols, tileCols) {
		p.Tile(0, i)
	}
}

// tile computes a C of at most tileRows by tileCols.
func tile[T Float](form Form, c, a, b Matrix[T], add bool) {
	ta, tb, k := blas.NoTrans, blas.NoTrans, a.Cols
	switch form {
	case TN:
		ta, k = blas.Trans, a.Rows
	case NT:
		tb = blas.Trans
	}
	switch cd := any(c.Data).(type) {
	case []float32:
		beta := float32(0)
		if add {
			beta = 1
		}
		gonum.Implementation{}.Sgemm(ta, tb, c.Rows, c.Cols, k, 1, any(a.Data).([]float32), a.Stride, any(b.Data).([]float32), b.Stride, beta, cd, c.Stride)
	case []float64:
		beta := float64(0)
		if add {
			beta = 1
		}
		gonum.Implementation{}.Dgemm(ta, tb, c.Rows, c.Cols, k, 1, any(a.Data).([]float64), a.Stride, any(b.Data).([]float64), b.Stride, beta, cd, c.Stride)
	}
}
