package kernel

// Tables are one to three tables of embeddings with a list of their rows for each. Add fills them.
type Tables[T Float] struct {
	count  int
	tables [3]Matrix[T] // [rows, columns]
	rows   [3][]int32   // [tokens]
}

// NewTables returns tables [rows, columns] that share one list of rows [tokens].
func NewTables[T Float](rows []int32, tables ...Matrix[T]) (t Tables[T]) {
	for _, table := range tables {
		t.Add(table, rows)
	}
	return t
}

// Add adds a table [rows, columns] and its rows [tokens].
func (t *Tables[T]) Add(table Matrix[T], rows []int32) {
	t.tables[t.count], t.rows[t.count] = table, rows
	t.count++
}

// lookup is the task of Lookup. A tile is some rows of out.
type lookup[T Float] struct {
	arithmetic[T]
	Tables[T]
	out Matrix[T]
}

// Lookup sets row i of out [tokens, columns] to the sum of row rows[i] of every table, in the order in which they were added.
func (e *Engine[T]) Lookup(out Matrix[T], tables Tables[T]) {
	e.lookup = lookup[T]{e.arithmetic, tables, out}
	e.Run(tiles(out.Rows, rowTile), &e.lookup)
}

func (t *lookup[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.out.Rows)
	for i := from; i < to; i++ {
		out := t.out.Row(i)
		sum := t.tables[0].Row(int(t.rows[0][i]))
		for j := 1; j < t.count; j++ {
			t.add(out, sum, t.tables[j].Row(int(t.rows[j][i])))
			sum = out
		}
		if t.count == 1 {
			copy(out, sum)
		}
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
