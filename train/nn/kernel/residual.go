package kernel

// residual is the task of Add. A tile is some rows.
type residual[T Float] struct {
	arithmetic[T]
	dst, x, to Matrix[T]
	dropout    Dropout
}

// Add sets dst to to + dropout(x). All are [rows, columns], and dst may be x.
func (e *Engine[T]) Add(dst, x, to Matrix[T], d Dropout) {
	e.residual = residual[T]{e.arithmetic, dst, x, to, d}
	e.Run(tiles(dst.Rows, rowTile), &e.residual)
}

func (t *residual[T]) Tile(_, index int) {
	from, rows := rowsOf(index, t.dst.Rows)
	for i := from; i < rows; i++ {
		dst, x := t.dst.Row(i), t.x.Row(i)
		if t.dropout.threshold > 0 {
			dropRow(t.arithmetic, t.dropout, i, dst, x)
			x = dst
		}
		t.add(dst, x, t.to.Row(i))
	}
}
