package kernel

// gather is the task of Gather. A tile is some rows of dst.
type gather[T Float] struct {
	arithmetic[T]
	dst, src Matrix[T]
	rows     []int32
	dropout  Dropout
	in       bool // whether row i of src is row i of dst, instead of row rows[i]
}

// Gather sets row i of dst [len(rows), columns] to row rows[i] of table, with dropout as if Drop had dropped the whole table.
func (e *Engine[T]) Gather(dst, table Matrix[T], rows []int32, d Dropout) {
	e.gather = gather[T]{e.arithmetic, dst, table, rows, d, false}
	e.Run(tiles(len(rows), rowTile), &e.gather)
}

// GatherBackward adds the gradient of Gather's table to dtable, given ddst, the gradient of dst, which it overwrites.
func (e *Engine[T]) GatherBackward(dtable, ddst Matrix[T], rows []int32, d Dropout) {
	e.gather = gather[T]{e.arithmetic, ddst, ddst, rows, d, true}
	e.Run(tiles(len(rows), rowTile), &e.gather)
	e.Scatter(dtable, ddst, rows, nil)
}

func (t *gather[T]) Tile(_, index int) {
	from, to := rowsOf(index, len(t.rows))
	for i := from; i < to; i++ {
		row := int(t.rows[i])
		src := row
		if t.in {
			src = i
		}
		dropRow(t.arithmetic, t.dropout, row, t.dst.Row(i), t.src.Row(src))
	}
}
