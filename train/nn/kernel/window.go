package kernel

// AttendNear is Attend where a token attends only to tokens at most reach positions away, on either side (sliding-window
// attention; Beltagy et al., 2020). A negative reach is any distance.
func (e *Engine[T]) AttendNear(out, q, k, v Matrix[T], starts []int32, heads, reach int, d Dropout) {
	e.reserveAttention(q, starts, heads)
	e.attention = attention[T]{q: q, k: k, v: v, out: out, starts: starts, heads: heads, dropout: d, window: max(0, reach+1)}
	e.attend(nil, 1)
}

// AttendNearBackward is AttendBackward for AttendNear.
func (e *Engine[T]) AttendNearBackward(dq, dk, dv, dout, q, k, v Matrix[T], starts []int32, heads, reach int, d Dropout) {
	e.reserveAttention(q, starts, heads)
	e.attention = attention[T]{
		q: q, k: k, v: v, dq: dq, dk: dk, dv: dv, dout: dout, starts: starts, heads: heads, dropout: d, window: max(0, reach+1),
	}
	e.attend(nil, 1)
}

// near returns the range of the keys of a block of queries: those in the window of any of them. n is the length of the sequence.
func (t *attention[T]) near(first, count, n int) (from, to int) {
	if t.window == 0 {
		return 0, n
	}
	return max(0, first-t.window+1), min(n, first+count+t.window-1)
}

// inside returns the part of a row whose keys, of which the first is from, are in the query's window. It sets the rest to zero.
func (t *attention[T]) inside(row []T, query, from int) []T {
	if t.window == 0 {
		return row
	}
	a, b := max(0, query-t.window+1-from), min(len(row), query+t.window-from)
	clear(row[:a])
	clear(row[b:])
	return row[a:b]
}

// clearRows sets the rows of a matrix to zero.
func clearRows[T Float](m Matrix[T]) {
	for i := range m.Rows {
		clear(m.Row(i))
	}
}
