package kernel

// keyRows is the number of keys whose products with the queries of positions are computed at a time.
const keyRows = 64

// disentangled is the relation of AttendDisentangled.
//
// The products of queries i and keys j with the rows of distance i-j or j-i form a band: each row of the matrix of products is
// needed from a column that is one less than that of the row before. Seen with a stride that is one less, the band is a matrix
// by query and key; see band. Nothing needs to be gathered by index.
type disentangled[T Float] struct {
	arithmetic[T]
	keys, queries   Matrix[T] // [2*longest-1, heads*width]
	dkeys, dqueries Matrix[T]
	scratch         [][]T // by worker
	own             int   // elements of scratch that attention itself uses; the products follow
}

// AttendDisentangled is Attend with the disentangled scores of DeBERTa (He et al., 2021, section 3.1):
//
//	(q[i]·k[j] + q[i]·keys[longest-1+j-i] + k[j]·queries[longest-1+i-j]) / √(terms width)
//
// The rows of keys and queries [2*longest-1, heads*width] are the keys and queries of distances; longest is the number of tokens
// of the longest sequence or more. One of the two may have no data. Then its term is missing, and there are two terms.
func (e *Engine[T]) AttendDisentangled(out, q, k, v, keys, queries Matrix[T], starts []int32, heads int, d Dropout) {
	e.attention = attention[T]{q: q, k: k, v: v, out: out, starts: starts, heads: heads, dropout: d}
	e.disentangled = disentangled[T]{keys: keys, queries: queries}
	e.attendDisentangled()
}

// AttendDisentangledBackward is AttendBackward for AttendDisentangled. It adds the gradients of keys and queries to dkeys and
// dqueries, which have data where keys and queries have.
func (e *Engine[T]) AttendDisentangledBackward(dq, dk, dv, dkeys, dqueries, dout, q, k, v, keys, queries Matrix[T], starts []int32,
	heads int, d Dropout) {
	e.attention = attention[T]{
		q: q, k: k, v: v, dq: dq, dk: dk, dv: dv, dout: dout, starts: starts, heads: heads, dropout: d,
	}
	e.disentangled = disentangled[T]{keys: keys, queries: queries, dkeys: dkeys, dqueries: dqueries}
	e.attendDisentangled()
}

func (e *Engine[T]) attendDisentangled() {
	t, r := &e.attention, &e.disentangled
	longest := longest(t.starts)
	own := 3 * queryRows * longest // of attention itself
	e.reserve(own + max(queryRows*(longest+queryRows), keyRows*(keyRows+queryRows)))
	e.arithmetic.reserve(longest+max(queryRows, keyRows), t.q.Cols/t.heads)
	r.arithmetic, r.scratch, r.own = e.arithmetic, e.scratch, own
	terms := 1
	for _, m := range [2]Matrix[T]{r.keys, r.queries} {
		if m.Data != nil {
			terms++
		}
	}
	e.attend(r, terms)
}

// rows returns the head's columns of keys, queries or their gradients for count distances, from a distance on.
func (r *disentangled[T]) rows(m Matrix[T], b block[T], from, count int) Matrix[T] {
	return m.Block(m.Rows/2+from, b.head*b.q.Cols, count, b.q.Cols)
}

// products returns scratch memory for products of rows by distances [rows, rows+columns-1].
func (r *disentangled[T]) products(worker, rows, columns int) Matrix[T] {
	return Dense(r.scratch[worker][r.own:], rows, rows+columns-1)
}

// band returns a view [rows, columns] of m [rows, rows+columns-1], whose element (i, j) is m's element (i, rows-1-i+j).
func band[T Float](m Matrix[T], columns int) Matrix[T] {
	return Matrix[T]{m.Data[m.Rows-1:], m.Rows, columns, m.Cols - 1}
}

// keyBlocks calls f for blocks of the keys: the position of the first, and their number.
func (b block[T]) keyBlocks(f func(first, count int)) {
	size := min(keyRows, max(16, b.count))
	for first := 0; first < b.n; first += size {
		f(first, min(size, b.n-first))
	}
}

func (r *disentangled[T]) scores(worker int, b block[T], p Matrix[T]) {
	var from, zero Matrix[T]
	if r.keys.Data != nil {
		products := r.products(worker, b.count, b.n)
		keys := r.rows(r.keys, b, -(b.first + b.count - 1), products.Cols)
		r.multiplyAlone(worker, NT, products, b.q, keys, zero)
		from = band(products, b.n)
	}
	r.multiplyAlone(worker, NT, p, b.q, b.k, from)
	if r.queries.Data == nil {
		return
	}
	b.keyBlocks(func(first, count int) {
		products := r.products(worker, count, b.count)
		queries := r.rows(r.queries, b, b.first-(first+count-1), products.Cols)
		r.multiplyAlone(worker, NT, products, b.k.Block(first, 0, count, b.k.Cols), queries, zero)
		r.addTransposed(worker, p.Block(0, first, b.count, count), band(products, b.count))
	})
}

func (r *disentangled[T]) gradients(worker int, b block[T], dp, dq, dk Matrix[T]) {
	if r.keys.Data != nil {
		dproducts := r.products(worker, b.count, b.n)
		clear(dproducts.Data)
		inside := band(dproducts, b.n)
		for i := range b.count {
			copy(inside.Row(i), dp.Row(i))
		}
		from := -(b.first + b.count - 1)
		dkeys := r.rows(r.dkeys, b, from, dproducts.Cols)
		r.multiplyAlone(worker, NN, dq, dproducts, r.rows(r.keys, b, from, dproducts.Cols), dq)
		r.multiplyAlone(worker, TN, dkeys, dproducts, b.q, dkeys)
	}
	if r.queries.Data == nil {
		return
	}
	b.keyBlocks(func(first, count int) {
		dproducts := r.products(worker, count, b.count)
		clear(dproducts.Data)
		r.transpose(worker, band(dproducts, b.count), dp.Block(0, first, b.count, count))
		from := b.first - (first + count - 1)
		k, dk := b.k.Block(first, 0, count, b.k.Cols), dk.Block(first, 0, count, dk.Cols)
		dqueries := r.rows(r.dqueries, b, from, dproducts.Cols)
		r.multiplyAlone(worker, NN, dk, dproducts, r.rows(r.queries, b, from, dproducts.Cols), dk)
		r.multiplyAlone(worker, TN, dqueries, dproducts, k, dqueries)
	})
}
