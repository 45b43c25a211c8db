package kernel

// biases is the relation of AttendBiased.
type biases[T Float] struct {
	arithmetic[T]
	bias, dbias Matrix[T] // [heads, 2*longest-1]
}

// AttendBiased is Attend with a bias of the scores by head and distance (Raffel et al., 2020, section 2.1): column
// longest-1+j-i of bias [heads, 2*longest-1], where longest is the number of tokens of the longest sequence or more, is added to
// the product of query i and key j. Like that product it is divided by √width.
func (e *Engine[T]) AttendBiased(out, q, k, v, bias Matrix[T], starts []int32, heads int, d Dropout) {
	e.reserveAttention(q, starts, heads)
	e.attention = attention[T]{q: q, k: k, v: v, out: out, starts: starts, heads: heads, dropout: d}
	e.biases = biases[T]{arithmetic: e.arithmetic, bias: bias}
	e.attend(&e.biases, 1)
}

// AttendBiasedBackward is AttendBackward for AttendBiased. It adds the gradient of bias to dbias.
func (e *Engine[T]) AttendBiasedBackward(dq, dk, dv, dbias, dout, q, k, v, bias Matrix[T], starts []int32, heads int, d Dropout) {
	e.reserveAttention(q, starts, heads)
	e.attention = attention[T]{
		q: q, k: k, v: v, dq: dq, dk: dk, dv: dv, dout: dout, starts: starts, heads: heads, dropout: d,
	}
	e.biases = biases[T]{e.arithmetic, bias, dbias}
	e.attend(&e.biases, 1)
}

// row returns the elements of bias or dbias for a query of a block: one for each key.
func (r *biases[T]) row(m Matrix[T], b block[T], query int) []T {
	from := m.Cols/2 - b.first - query
	return m.Row(b.head)[from : from+b.n]
}

func (r *biases[T]) scores(worker int, b block[T], p Matrix[T]) {
	r.multiplyAlone(worker, NT, p, b.q, b.k, Matrix[T]{})
	for i := range b.count {
		r.add(p.Row(i), p.Row(i), r.row(r.bias, b, i))
	}
}

func (r *biases[T]) gradients(_ int, b block[T], dp, _, _ Matrix[T]) {
	for i := range b.count {
		sum := r.row(r.dbias, b, i)
		r.add(sum, sum, dp.Row(i))
	}
}

// SpreadBias sets column t of bias [heads, columns] to row rows[t] of table [rows, heads], times factor.
func SpreadBias[T Float](bias, table Matrix[T], rows []int32, factor T) {
	for head := range bias.Rows {
		row := bias.Row(head)
		for t, r := range rows {
			row[t] = factor * table.Row(int(r))[head]
		}
	}
}

// CollectBias adds to dtable [rows, heads] the gradient of SpreadBias's table, given dbias [heads, columns].
func CollectBias[T Float](dtable, dbias Matrix[T], rows []int32, factor T) {
	for head := range dbias.Rows {
		row := dbias.Row(head)
		for t, r := range rows {
			dtable.Row(int(r))[head] += T(factor * row[t])
		}
	}
}
