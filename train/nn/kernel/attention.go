package kernel

import "math"

// queryRows is the number of queries that are processed at a time. Their scores for 512 keys take 128 KiB.
const queryRows = 64

// attention is the task of Attend and AttendBackward. A tile is one head of one sequence.
type attention[T Float] struct {
	arithmetic[T]
	q, k, v    Matrix[T]
	out        Matrix[T]
	dq, dk, dv Matrix[T]
	dout       Matrix[T] // has no data in the forward pass
	starts     []int32
	firsts     bool // whether only first tokens have queries: one row for each sequence
	heads      int
	window     int // 0 = any key; else a key counts that is less than window positions from the query
	scale      T   // factor of the scores
	dropout    Dropout
	scratch    [][]T
	relation   relation[T] // nil = none
}

// A relation makes the scores of attention depend on the distances of tokens.
type relation[T Float] interface {
	// scores sets p [b.count, b.n] to the scores of a block of queries, before the factor of the scores.
	scores(worker int, b block[T], p Matrix[T])

	// gradients adds what depends on distances to dq [b.count, width] and dk [b.n, width], the gradients of the block's
	// queries and keys, and to the gradients of the relation's own arguments, given dp, the gradient of the scores.
	gradients(worker int, b block[T], dp, dq, dk Matrix[T])
}

// A block is some queries of one head of one sequence, with the sequence's keys.
type block[T Float] struct {
	head  int
	n     int       // tokens of the sequence
	first int       // position of the first query
	count int       // number of queries
	q     Matrix[T] // [count, width]
	k     Matrix[T] // [n, width]
}

// Attend sets out to scaled dot-product attention inside each sequence (Vaswani et al., 2017, section 3.2.1), which is
// softmax(q kᵀ/√width) v for each head, with dropout of the probabilities. q, k, v and out are [tokens, heads*width]. starts
// [sequences+1] holds the first token of each sequence, then the number of tokens.
//
// If q has fewer rows than k, then q and out are [sequences, heads*width] and belong to the first token of each sequence.
func (e *Engine[T]) Attend(out, q, k, v Matrix[T], starts []int32, heads int, d Dropout) {
	e.reserveAttention(q, starts, heads)
	e.attention = attention[T]{q: q, k: k, v: v, out: out, starts: starts, heads: heads, dropout: d}
	e.attend(nil, 1)
}

// AttendBackward sets dq, dk and dv to the gradients of Attend's arguments, given dout, the gradient of its result. All have
// the shapes of the matrices that they are gradients of. It recomputes the probabilities, which would take more memory than
// anything else.
func (e *Engine[T]) AttendBackward(dq, dk, dv, dout, q, k, v Matrix[T], starts []int32, heads int, d Dropout) {
	e.reserveAttention(q, starts, heads)
	e.attention = attention[T]{
		q: q, k: k, v: v, dq: dq, dk: dk, dv: dv, dout: dout, starts: starts, heads: heads, dropout: d,
	}
	e.attend(nil, 1)
}

// reserveAttention allocates the scratch memory of attention without a relation, forward and backward.
func (e *Engine[T]) reserveAttention(q Matrix[T], starts []int32, heads int) {
	e.reserve(3 * queryRows * longest(starts))
	e.arithmetic.reserve(max(queryRows, longest(starts)), q.Cols/heads)
}

// attend runs the task in e.attention, whose arguments are set. The scores are divided by √(kinds width).
func (e *Engine[T]) attend(r relation[T], kinds int) {
	t := &e.attention
	t.arithmetic, t.scratch, t.relation = e.arithmetic, e.scratch, r
	t.firsts = t.q.Rows < t.k.Rows
	t.scale = T(1 / math.Sqrt(float64(kinds*t.q.Cols/t.heads)))
	sequences := len(t.starts) - 1
	if r != nil && t.dout.Data != nil {
		e.Run(t.heads, t)
		return
	}
	e.Run(sequences*t.heads, t)
}

// longest returns the length of the longest sequence, in tokens.
func longest(starts []int32) int {
	n := 0
	for i := range len(starts) - 1 {
		n = max(n, int(starts[i+1]-starts[i]))
	}
	return n
}

// Tile computes one head of one sequence. In the backward pass with a relation, it computes one head of all sequences in order:
// the gradients of the relation's arguments are sums over sequences, whose order must not depend on the number of threads.
func (t *attention[T]) Tile(worker, index int) {
	if t.relation == nil || t.dout.Data == nil {
		t.sequence(worker, index/t.heads, index%t.heads)
		return
	}
	for sequence := range len(t.starts) - 1 {
		t.sequence(worker, sequence, index)
	}
}

// sequence computes one head of one sequence.
func (t *attention[T]) sequence(worker, sequence, head int) {
	from, n := int(t.starts[sequence]), int(t.starts[sequence+1]-t.starts[sequence])
	width := t.q.Cols / t.heads
	queries, top := n, from // number of queries, and the row of the first
	if t.firsts {
		queries, top = 1, sequence
	}
	// some returns the head's columns of some keys [count, width], part those of some queries [count, width].
	some := func(m Matrix[T], first, count int) Matrix[T] { return m.Block(from+first, head*width, count, width) }
	part := func(m Matrix[T], first, count int) Matrix[T] { return m.Block(top+first, head*width, count, width) }
	scratch := t.scratch[worker]
	var zero Matrix[T]
	summed := 0 // keys whose gradients hold the sums so far

	for first := 0; first < queries; first += queryRows {
		count := min(queryRows, queries-first)
		low, high := t.near(first, count, n)
		keys := high - low
		k, v := some(t.k, low, keys), some(t.v, low, keys) // [keys, width] each
		q := part(t.q, first, count)                       // [count, width]
		b := block[T]{head, n, first, count, q, k}
		// drop applies dropout to a matrix [count, keys]. Its row in the whole matrix of probabilities, which determines the
		// dropout together with the key, is unique to the head and the query in the batch.
		drop := func(dst, src Matrix[T]) {
			for i := range count {
				dropRow(t.arithmetic, t.dropout, (from+first+i)*t.heads+head, dst.Row(i), src.Row(i))
			}
		}
		p := Dense(scratch, count, keys) // [count, keys] probabilities
		if t.relation == nil {
			t.multiplyAlone(worker, NT, p, q, k, zero)
		} else {
			t.relation.scores(worker, b, p)
		}
		for i := range count {
			t.softmax(t.inside(p.Row(i), first+i, low), t.scale)
		}
		if t.dout.Data == nil {
			if t.dropout.threshold > 0 {
				drop(p, p)
			}
			t.multiplyAlone(worker, NN, part(t.out, first, count), p, v, zero)
			continue
		}

		dropped, dp := p, Dense(scratch[2*queryRows*n:], count, keys) // [count, keys] each
		if t.dropout.threshold > 0 {
			dropped = Dense(scratch[queryRows*n:], count, keys)
			drop(dropped, p)
		}
		dk, dv := some(t.dk, low, keys), some(t.dv, low, keys) // [keys, width] each
		kSum, vSum := dk, dv                                   // the sums so far: none before the first block of queries
		if first == 0 {
			kSum, vSum = zero, zero
		} else {
			clearRows(some(t.dk, summed, high-summed))
			clearRows(some(t.dv, summed, high-summed))
		}
		summed = high
		dout := part(t.dout, first, count) // [count, width]
		t.multiplyAlone(worker, TN, dv, dropped, dout, vSum)
		t.multiplyAlone(worker, NT, dp, dout, v, zero)
		if t.dropout.threshold > 0 {
			drop(dp, dp)
		}
		for i := range count {
			t.softmaxBack(t.inside(dp.Row(i), first+i, low), t.inside(p.Row(i), first+i, low), t.scale)
		}
		t.multiplyAlone(worker, NN, part(t.dq, first, count), dp, k, zero)
		t.multiplyAlone(worker, TN, dk, dp, q, kSum)
		if t.relation != nil {
			t.relation.gradients(worker, b, dp, part(t.dq, first, count), dk)
		}
	}
	if t.dout.Data != nil { // keys outside of all windows
		clearRows(some(t.dk, summed, n-summed))
		clearRows(some(t.dv, summed, n-summed))
	}
}
