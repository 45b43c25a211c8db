package kernel

import "math"

// Norm holds what a layer-norm of [rows, columns] keeps from its forward pass for the backward one.
type Norm[T Float] struct {
	Unit    Matrix[T] // [rows, columns]: the row less its mean, times Inverse
	Inverse []T       // [rows]: 1/√(variance + epsilon)
}

type norm[T Float] struct {
	y, x, residual Matrix[T]
	scale, shift   []T
	dropout        Dropout
	epsilon        float64
	keep           Norm[T]
}

// AddNorm sets y to the layer-norm of residual + dropout(x), times scale plus shift. y, x and residual are
// [rows, columns], scale and shift [columns]. Where residual has no data, y is the layer-norm of x alone.
func (e *Engine[T]) AddNorm(y, x, residual Matrix[T], scale, shift []T, d Dropout, epsilon float64, keep Norm[T]) {
	e.norm = norm[T]{y, x, residual, scale, shift, d, epsilon, keep}
	e.Run(tiles(y.Rows, rowTile), &e.norm)
}

func (t *norm[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	n := T(t.y.Cols)
	for i := from; i < to; i++ {
		x := t.x.Row(i)
		u := t.keep.Unit.Row(i)[:len(x)]
		if t.residual.Data == nil {
			copy(u, x)
		} else {
			apply(t.dropout, i, u, x)
			for j, v := range t.residual.Row(i)[:len(u)] {
				u[j] += v
			}
		}
		mean := sum(u) / n
		for j := range u {
			u[j] -= mean
		}
		inverse := T(1 / math.Sqrt(float64(dot(u, u)/n)+t.epsilon))
		t.keep.Inverse[i] = inverse
		y, scale, shift := t.y.Row(i)[:len(u)], t.scale[:len(u)], t.shift[:len(u)]
		for j, v := range u {
			v *= inverse
			u[j] = v
			y[j] = v*scale[j] + shift[j]
		}
	}
}

type normBack[T Float] struct {
	dx, dropped, dy Matrix[T]
	scale           []T
	dropout         Dropout
	keep            Norm[T]
}

// AddNormBack sets dx to the gradient of the sum that AddNorm normalised, which is the residual's, and dropped to that
// of x. dy is the gradient of y; dx may be dy's memory. Without dropout (or a residual) dropped may have no data.
func (e *Engine[T]) AddNormBack(dx, dropped, dy Matrix[T], scale []T, d Dropout, keep Norm[T]) {
	e.normBack = normBack[T]{dx, dropped, dy, scale, d, keep}
	e.Run(tiles(dx.Rows, rowTile), &e.normBack)
}

func (t *normBack[T]) Tile(worker, index int) {
	from, to := rowsOf(index, t.dx.Rows)
	n := T(t.dx.Cols)
	for i := from; i < to; i++ {
		dy := t.dy.Row(i)
		dx, u, scale := t.dx.Row(i)[:len(dy)], t.keep.Unit.Row(i)[:len(dy)], t.scale[:len(dy)]
		for j, v := range dy {
			dx[j] = v * scale[j]
		}
		mean, slope := sum(dx)/n, dot(dx, u)/n
		inverse := t.keep.Inverse[i]
		for j, v := range u {
			dx[j] = inverse * (dx[j] - mean - v*slope)
		}
		if t.dropped.Data != nil {
			apply(t.dropout, i, t.dropped.Row(i), dx)
		}
	}
}

type sums[T Float] struct {
	dst  []T
	x, y Matrix[T]
}

// ColumnSums sets dst to the sums of the columns of x, or of x times y, element by element, where y has data: the
// gradients of a bias, of a layer-norm's shift and of its scale. dst is [columns].
func (e *Engine[T]) ColumnSums(dst []T, x, y Matrix[T]) {
	e.sums = sums[T]{dst, x, y}
	e.Run(tiles(x.Cols, columnTile), &e.sums)
}

func (t *sums[T]) Tile(_, index int) {
	from, to := index*columnTile, min(t.x.Cols, (index+1)*columnTile)
	dst := t.dst[from:to]
	clear(dst)
	for i := range t.x.Rows {
		x := t.x.Row(i)[from:to]
		if t.y.Data == nil {
			for j, v := range x {
				dst[j] += v
			}
			continue
		}
		y := t.y.Row(i)[from:to]
		for j, v := range x {
			dst[j] += v * y[j]
		}
	}
}
