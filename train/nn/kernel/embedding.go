package kernel

type lookup[T Float] struct {
	out    Matrix[T]
	tables [3]Matrix[T]
	rows   [3][]int32
}

// Lookup sets each row of out to the sum of three tables' rows: words, positions and types. out is [tokens, columns],
// each list of rows [tokens].
func (e *Engine[T]) Lookup(out Matrix[T], tables [3]Matrix[T], rows [3][]int32) {
	e.lookup = lookup[T]{out, tables, rows}
	e.Run(tiles(out.Rows, rowTile), &e.lookup)
}

func (t *lookup[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.out.Rows)
	for i := from; i < to; i++ {
		out := t.out.Row(i)
		a := t.tables[0].Row(int(t.rows[0][i]))[:len(out)]
		b := t.tables[1].Row(int(t.rows[1][i]))[:len(out)]
		c := t.tables[2].Row(int(t.rows[2][i]))[:len(out)]
		for j := range out {
			out[j] = a[j] + b[j] + c[j]
		}
	}
}

type scatter[T Float] struct {
	table, grad Matrix[T]
	rows, clear []int32
}

// Scatter is the gradient of a lookup in one table: it clears the rows of table that are listed in stale, then adds row
// i of grad to row rows[i], in the order of i.
func (e *Engine[T]) Scatter(table, grad Matrix[T], rows, stale []int32) {
	e.scatter = scatter[T]{table, grad, rows, stale}
	e.Run(tiles(table.Cols, columnTile), &e.scatter)
}

func (t *scatter[T]) Tile(_, index int) {
	from, to := index*columnTile, min(t.table.Cols, (index+1)*columnTile)
	for _, r := range t.clear {
		clear(t.table.Row(int(r))[from:to])
	}
	for i, r := range t.rows {
		dst, src := t.table.Row(int(r))[from:to], t.grad.Row(i)[from:to]
		for j, v := range src {
			dst[j] += v
		}
	}
}
