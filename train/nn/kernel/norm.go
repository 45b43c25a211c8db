package kernel

import (
	"fmt"
	"math"
)

// Norm holds what a layer-norm of [rows, columns] keeps from its forward pass for the backward one.
type Norm[T Float] struct {
	Unit    Matrix[T] // [rows, columns]: the row less its mean, times Inverse
	Inverse []T       // [rows]: 1/√(variance + epsilon)
}

type norm[T Float] struct {
	arithmetic[T]
	y, x, residual Matrix[T]
	scale, shift   []T
	dropout        Dropout
	epsilon        float64
	keep           Norm[T]
}

// AddNorm sets y to the layer-norm of residual + dropout(x), times scale plus shift. y, x and residual are
// [rows, columns], scale and shift [columns]. Where residual has no data, y is the layer-norm of x alone.
func (e *Engine[T]) AddNorm(y, x, residual Matrix[T], scale, shift []T, d Dropout, epsilon float64, keep Norm[T]) {
	e.norm = norm[T]{e.arithmetic, y, x, residual, scale, shift, d, epsilon, keep}
	e.Run(tiles(y.Rows, rowTile), &e.norm)
}

func (t *norm[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	n := T(t.y.Cols)
	for i := from; i < to; i++ {
		x := t.x.Row(i)
		u := t.keep.Unit.Row(i)
		if t.residual.Data == nil {
			copy(u, x)
		} else {
			apply(t.arithmetic, t.dropout, i, u, x)
			t.add(u, u, t.residual.Row(i))
		}
		variance := t.center(u, t.sum(u)/n) / n
		inverse := T(1 / math.Sqrt(float64(variance)+t.epsilon))
		t.keep.Inverse[i] = inverse
		t.affine(t.y.Row(i), u, t.scale, t.shift, inverse)
	}
}

// Affine sets y to what AddNorm made: unit times scale plus shift. y has as many rows as are wanted.
func (e *Engine[T]) Affine(y, unit Matrix[T], scale, shift []T) {
	e.affine = affine[T]{e.arithmetic, y, unit, scale, shift}
	e.Run(tiles(y.Rows, rowTile), &e.affine)
}

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

type normBack[T Float] struct {
	arithmetic[T]
	dx, dropped, dy Matrix[T]
	scale           []T
	dropout         Dropout
	keep            Norm[T]
}

// AddNormBackward sets dx to the gradient of the sum that AddNorm normalised, which is the residual's, and dropped to that
// of x. dy is the gradient of y; dx may be dy's memory. Without dropout (or a residual) dropped may have no data.
func (e *Engine[T]) AddNormBackward(dx, dropped, dy Matrix[T], scale []T, d Dropout, keep Norm[T]) {
	e.normBack = normBack[T]{e.arithmetic, dx, dropped, dy, scale, d, keep}
	e.Run(tiles(dx.Rows, rowTile), &e.normBack)
}

func (t *normBack[T]) Tile(worker, index int) {
	from, to := rowsOf(index, t.dx.Rows)
	n := T(t.dx.Cols)
	for i := from; i < to; i++ {
		dx, u := t.dx.Row(i), t.keep.Unit.Row(i)
		sum, dot := t.slopes(dx, t.dy.Row(i), t.scale, u)
		t.arithmetic.normBack(dx, u, t.keep.Inverse[i], sum/n, dot/n)
		if t.dropped.Data != nil {
			apply(t.arithmetic, t.dropout, i, t.dropped.Row(i), dx)
		}
	}
}

type columns[T Float] struct {
	arithmetic[T]
	dst  []T
	x, y Matrix[T]
}

// ColumnSums sets dst to the sums of the columns of x, or of x times y, element by element, where y has data: the
// gradients of a bias, of a layer-norm's shift and of its scale. dst is [columns]; y may have more rows than x.
func (e *Engine[T]) ColumnSums(dst []T, x, y Matrix[T]) {
	if len(dst) != x.Cols || y.Data != nil && (y.Rows < x.Rows || y.Cols != x.Cols) {
		panic(fmt.Sprintf("kernel: %d sums of the columns of [%d, %d] and [%d, %d]", len(dst), x.Rows, x.Cols, y.Rows, y.Cols))
	}
	x.check()
	y.check()
	e.columns = columns[T]{e.arithmetic, dst, x, y}
	e.Run(tiles(x.Cols, columnTile), &e.columns)
}

func (t *columns[T]) Tile(_, index int) {
	from := index * columnTile
	count := min(columnTile, t.x.Cols-from)
	dst, x := t.dst[from:from+count], t.x.Columns(from, count)
	if t.y.Data == nil {
		t.columnSums(dst, x)
	} else {
		t.columnDots(dst, x, t.y.Columns(from, count))
	}
}
