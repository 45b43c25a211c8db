package kernel

import (
	"fmt"
	"math"
)

// A Norm holds what the forward pass of a layer-norm saves for the backward pass.
type Norm[T Float] struct {
	Unit    Matrix[T] // [rows, columns] (x - mean) Inverse: the normalised rows
	Inverse []T       // [rows] 1/√(variance + epsilon)
}

// norm is the task of AddNorm. A tile is some rows.
type norm[T Float] struct {
	arithmetic[T]
	y, x, residual Matrix[T]
	scale, shift   []T
	dropout        Dropout
	epsilon        float64
	saved          Norm[T]
}

// AddNorm sets y to the layer-norm (Ba, Kiros and Hinton, 2016) of residual + dropout(x), or of x alone if residual has no
// data: y = unit scale + shift, where unit has rows of mean 0 and variance 1. y, x and residual are [rows, columns], scale
// and shift are [columns]. saved may have more rows than y.
func (e *Engine[T]) AddNorm(y, x, residual Matrix[T], scale, shift []T, d Dropout, epsilon float64, saved Norm[T]) {
	e.norm = norm[T]{e.arithmetic, y, x, residual, scale, shift, d, epsilon, saved}
	e.Run(tiles(y.Rows, rowTile), &e.norm)
}

func (t *norm[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	n := T(t.y.Cols)
	for i := from; i < to; i++ {
		x := t.x.Row(i)
		u := t.saved.Unit.Row(i)
		if t.residual.Data == nil {
			copy(u, x)
		} else {
			dropRow(t.arithmetic, t.dropout, i, u, x)
			t.add(u, u, t.residual.Row(i))
		}
		variance := t.center(u, t.sum(u)/n) / n
		inverse := T(1 / math.Sqrt(float64(variance)+t.epsilon))
		t.saved.Inverse[i] = inverse
		t.affine(t.y.Row(i), u, t.scale, t.shift, inverse)
	}
}

// Affine sets y [rows, columns] to unit scale + shift, which restores the y of AddNorm. unit may have more rows than y.
func (e *Engine[T]) Affine(y, unit Matrix[T], scale, shift []T) {
	e.affine = affine[T]{e.arithmetic, y, unit, scale, shift}
	e.Run(tiles(y.Rows, rowTile), &e.affine)
}

// affine is the task of Affine. A tile is some rows.
type affine[T Float] struct {
	arithmetic[T]
	y, unit      Matrix[T]
	scale, shift []T
}

func (t *affine[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	for i := from; i < to; i++ {
		t.arithmetic.affine(t.y.Row(i), t.unit.Row(i), t.scale, t.shift, 1)
	}
}

// normBack is the task of AddNormBackward. A tile is some rows.
type normBack[T Float] struct {
	arithmetic[T]
	dx, dropped, dy Matrix[T]
	scale           []T
	dropout         Dropout
	saved           Norm[T]
}

// AddNormBackward sets dx to the gradient of residual + dropout(x), which is that of residual, and dropped to the gradient of
// x, given dy, the gradient of AddNorm's y. All are [rows, columns]. dx may be the memory of dy. dropped may have no data.
func (e *Engine[T]) AddNormBackward(dx, dropped, dy Matrix[T], scale []T, d Dropout, saved Norm[T]) {
	e.normBack = normBack[T]{e.arithmetic, dx, dropped, dy, scale, d, saved}
	e.Run(tiles(dx.Rows, rowTile), &e.normBack)
}

func (t *normBack[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.dx.Rows)
	n := T(t.dx.Cols)
	for i := from; i < to; i++ {
		dx, u := t.dx.Row(i), t.saved.Unit.Row(i)
		sum, dot := t.slopes(dx, t.dy.Row(i), t.scale, u)
		t.arithmetic.normBack(dx, u, t.saved.Inverse[i], sum/n, dot/n)
		if t.dropped.Data != nil {
			dropRow(t.arithmetic, t.dropout, i, t.dropped.Row(i), dx)
		}
	}
}

// columns is the task of ColumnSums. A tile is some columns.
type columns[T Float] struct {
	arithmetic[T]
	dst  []T
	x, y Matrix[T]
	add  bool
}

// ColumnSums sets dst [columns] to the sums of the columns of x [rows, columns] or, if y has data, of the product of x and y
// element by element. These are the gradients of a bias, and of the shift and the scale of a layer-norm. y may have more
// rows than x. With add, each sum begins with the element of dst instead of zero and follows the rows in order, so the division of
// the rows into several calls does not affect the bits.
func (e *Engine[T]) ColumnSums(dst []T, x, y Matrix[T], add bool) {
	if len(dst) != x.Cols || y.Data != nil && (y.Rows < x.Rows || y.Cols != x.Cols) {
		panic(fmt.Sprintf("kernel: %d sums of the columns of [%d, %d] and [%d, %d]", len(dst), x.Rows, x.Cols, y.Rows, y.Cols))
	}
	x.check()
	y.check()
	e.columns = columns[T]{e.arithmetic, dst, x, y, add}
	e.Run(tiles(x.Cols, columnTile), &e.columns)
}

func (t *columns[T]) Tile(_, index int) {
	from := index * columnTile
	count := min(columnTile, t.x.Cols-from)
	dst, x := t.dst[from:from+count], t.x.Columns(from, count)
	if !t.add {
		clear(dst)
	}
	if t.y.Data == nil {
		t.columnSums(dst, x)
	} else {
		t.columnDots(dst, x, t.y.Columns(from, count))
	}
}
