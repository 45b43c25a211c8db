package kernel

// lookup is the task of Lookup. A tile is some rows of out.
type lookup[T Float] struct {
	arithmetic[T]
	out    Matrix[T]
	tables [3]Matrix[T]
	rows   [3][]int32
}

// Lookup sets row i of out to the sum of row rows[j][i] of table j, for the three tables (words, positions, types). out is
// [tokens, columns], each table [rows, columns] and each list of rows [tokens].
func (e *Engine[T]) Lookup(out Matrix[T], tables [3]Matrix[T], rows [3][]int32) {
	e.lookup = lookup[T]{e.arithmetic, out, tables, rows}
	e.Run(tiles(out.Rows, rowTile), &e.lookup)
}

func (t *lookup[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.out.Rows)
	for i := from; i < to; i++ {
		out := t.out.Row(i)
		row := func(table int) []T { return t.tables[table].Row(int(t.rows[table][i])) }
		t.add(out, row(0), row(1))
		t.add(out, out, row(2))
	}
}

// scatter is the task of Scatter. A tile is some columns of table.
type scatter[T Float] struct {
	arithmetic[T]
	table, grad Matrix[T]
	rows, stale []int32
}

// Scatter computes the gradient of one table of Lookup: it clears the rows of table that stale lists, then adds row i of
// grad [tokens, columns] to row rows[i] of table, in the order of i.
func (e *Engine[T]) Scatter(table, grad Matrix[T], rows, stale []int32) {
	e.scatter = scatter[T]{e.arithmetic, table, grad, rows, stale}
	e.Run(tiles(table.Cols, columnTile), &e.scatter)
}

func (t *scatter[T]) Tile(_, index int) {
	from, to := index*columnTile, min(t.table.Cols, (index+1)*columnTile)
	for _, r := range t.stale {
		clear(t.table.Row(int(r))[from:to])
	}
	for i, r := range t.rows {
		dst, src := t.table.Row(int(r))[from:to], t.grad.Row(i)[from:to]
		t.add(dst, dst, src)
	}
}
