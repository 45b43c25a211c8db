package kernel

type lookup[T Float] struct {
	arithmetic[T]
	out    Matrix[T]
	tables [3]Matrix[T]
	rows   [3][]int32
}

// Lookup sets each row of out to the sum of three tables' rows: words, positions and types. out is [tokens, columns],
// each list of rows [tokens].
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

type scatter[T Float] struct {
	arithmetic[T]
	table, grad Matrix[T]
	rows, clear []int32
}

// Scatter is the gradient of a lookup in one table: it clears the rows of table that are listed in stale, then adds row
// i of grad to row rows[i], in the order of i.
func (e *Engine[T]) Scatter(table, grad Matrix[T], rows, stale []int32) {
	e.scatter = scatter[T]{e.arithmetic, table, grad, rows, stale}
	e.Run(tiles(table.Cols, columnTile), &e.scatter)
}

func (t *scatter[T]) Tile(_, index int) {
	from, to := index*columnTile, min(t.table.Cols, (index+1)*columnTile)
	for _, r := range t.clear {
		clear(t.table.Row(int(r))[from:to])
	}
	for i, r := range t.rows {
		dst, src := t.table.Row(int(r))[from:to], t.grad.Row(i)[from:to]
		t.add(dst, dst, src)
	}
}
