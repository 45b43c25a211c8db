package kernel

import "math"

// attention is the task of one direction; a tile is one head of one sequence.
type attention[T Float] struct {
	q, k, v    Matrix[T]
	out        Matrix[T]
	dq, dk, dv Matrix[T]
	dout       Matrix[T] // without data in the forward pass
	starts     []int32
	heads      int
	dropout    Dropout
	scratch    [][]T
}

// Attend sets out to scaled dot-product attention inside each sequence: softmax(q kᵀ/√width) v for every head, the
// probabilities subject to dropout. q, k, v and out are [tokens, heads*width]; starts holds the first token of each
// sequence and at last the number of tokens. Work memory is two squares of the longest sequence a worker.
func (e *Engine[T]) Attend(out, q, k, v Matrix[T], starts []int32, heads int, d Dropout) {
	e.reserve(2 * square(starts))
	e.attention = attention[T]{q: q, k: k, v: v, out: out, starts: starts, heads: heads, dropout: d, scratch: e.scratch}
	e.Run((len(starts)-1)*heads, &e.attention)
}

// AttendBack sets dq, dk and dv to the gradients of Attend's arguments, dout being that of its result. The
// probabilities are computed again: to keep them would take more memory than all else.
func (e *Engine[T]) AttendBack(dq, dk, dv, dout, q, k, v Matrix[T], starts []int32, heads int, d Dropout) {
	e.reserve(3 * square(starts))
	e.attention = attention[T]{q: q, k: k, v: v, dq: dq, dk: dk, dv: dv, dout: dout, starts: starts, heads: heads, dropout: d, scratch: e.scratch}
	e.Run((len(starts)-1)*heads, &e.attention)
}

// square is the size of the longest sequence's scores.
func square(starts []int32) int {
	longest := 0
	for i := range len(starts) - 1 {
		longest = max(longest, int(starts[i+1]-starts[i]))
	}
	return longest * longest
}

func (t *attention[T]) Tile(worker, index int) {
	sequence, head := index/t.heads, index%t.heads
	from, n := int(t.starts[sequence]), int(t.starts[sequence+1]-t.starts[sequence])
	width := t.q.Cols / t.heads
	part := func(m Matrix[T]) Matrix[T] { return m.Block(from, head*width, n, width) }
	scratch := t.scratch[worker]
	p, dropped := Dense(scratch, n, n), Dense(scratch[n*n:], n, n)
	scale := T(1 / math.Sqrt(float64(width)))

	multiply(NT, p, part(t.q), part(t.k))
	for i := range n {
		softmax(p.Row(i), scale)
		// A draw is known by its head, query and key; the row number makes sequences differ.
		apply(t.dropout, (from+i)*t.heads+head, dropped.Row(i), p.Row(i))
	}
	if t.dout.Data == nil {
		multiply(NN, part(t.out), dropped, part(t.v))
		return
	}

	multiply(TN, part(t.dv), dropped, part(t.dout))
	dp := Dense(scratch[2*n*n:], n, n)
	multiply(NT, dp, part(t.dout), part(t.v))
	for i := range n {
		p, dp := p.Row(i), dp.Row(i)
		apply(t.dropout, (from+i)*t.heads+head, dp, dp)
		mean := dot(p, dp)
		for j, v := range p {
			dp[j] = v * (dp[j] - mean) * scale
		}
	}
	multiply(NN, part(t.dq), dp, part(t.k))
	multiply(TN, part(t.dk), dp, part(t.q))
}

// softmax replaces a row by the softmax of its elements times scale.
func softmax[T Float](row []T, scale T) {
	highest := row[0]
	for _, v := range row {
		highest = max(highest, v)
	}
	for j, v := range row {
		row[j] = exp((v - highest) * scale)
	}
	inverse := 1 / sum(row)
	for j := range row {
		row[j] *= inverse
	}
}
