package op

import "ftft/train/nn/kernel"

// Rotary describes self-attention whose queries and keys are turned by their positions, in a pre-norm layer.
type Rotary[T kernel.Float] struct {
	QKV   Dense[T] // weight [3*hidden, hidden]: queries, keys and values, one below the other
	Heads int
	Turns kernel.Rotary[T] // of as many positions as the longest sequence has
	Reach int              // how far from a token those are that it attends to, at most; negative = any
	Rate  float64          // of dropout of the probabilities
	Site  int              // of that dropout; see kernel.NewDropout
}

// dropout returns the dropout of the probabilities, which have a row for each token and head.
func (r *Rotary[T]) dropout(g *Graph[T]) kernel.Dropout {
	return g.dropoutFrom(r.Rate, r.Site, g.input.firstToken*r.Heads)
}

// rotary is the operation of AttendRotary. h is the width of the hidden states.
type rotary[T kernel.Float] struct {
	Rotary[T]
	g        *Graph[T]
	pre      preNorm[T]
	qkv      buffer[T] // [tokens, 3h] queries, keys and values side by side; the first two are turned
	dqkv     buffer[T] // [tokens, 3h]
	context  buffer[T] // [tokens, h] the results of the heads side by side
	dcontext buffer[T] // [tokens, h]
}

// AttendRotary adds the first half of a pre-norm layer: multi-head self-attention inside each sequence with rotary position
// embeddings (Su et al., 2021), then out.
func (g *Graph[T]) AttendRotary(x Hidden[T], r Rotary[T], out PreNorm[T]) Hidden[T] {
	a := &rotary[T]{
		Rotary: r, g: g, pre: g.newPreNorm(out, x, x.rows),
		qkv:     g.saved("query, key, value", 3*g.hidden),
		context: g.saved("context", g.hidden),
	}
	y := g.alternate("hidden")
	return Hidden[T]{Node: g.addHalf("attend rotary", a, x, y, x.rows), rows: x.rows}
}

func (a *rotary[T]) parameters() []*Parameter[T] {
	return append(a.QKV.parameters(), a.pre.parameters()...)
}

// forward computes y [n, h] from x [n, h], where n is the number of tokens.
func (a *rotary[T]) forward(y, x kernel.Matrix[T]) {
	qkv := a.qkv.rows(x.Rows)         // [n, 3h]
	context := a.context.rows(x.Rows) // [n, h]
	h := a.g.hidden
	e, starts := a.g.engine, a.g.input.Starts

	a.g.linearForward(qkv, a.pre.begin(x), a.QKV)
	e.Rotate(qkv.Columns(0, 2*h), starts, a.Turns, false)
	e.AttendNear(context, qkv.Columns(0, h), qkv.Columns(h, h), qkv.Columns(2*h, h), starts, a.Heads, a.Reach,
		a.dropout(a.g))
	a.pre.end(y, context, x)
}

func (a *rotary[T]) allocateGradients() {
	a.pre.allocateGradients()
	a.dqkv, a.dcontext = a.g.shared("inner", 3*a.g.hidden), a.g.shared("gradient of context", a.g.hidden)
}

// backward computes dx [n, h] from dy [n, h].
func (a *rotary[T]) backward(dx, dy kernel.Matrix[T]) {
	qkv, dqkv := a.qkv.rows(dy.Rows), a.dqkv.rows(dy.Rows)                 // [n, 3h] each
	context, dcontext := a.context.rows(dy.Rows), a.dcontext.rows(dy.Rows) // [n, h] each
	h := a.g.hidden
	e, starts := a.g.engine, a.g.input.Starts

	a.pre.endBackward(dcontext, dy, context)
	e.AttendNearBackward(dqkv.Columns(0, h), dqkv.Columns(h, h), dqkv.Columns(2*h, h), dcontext,
		qkv.Columns(0, h), qkv.Columns(h, h), qkv.Columns(2*h, h), starts, a.Heads, a.Reach, a.dropout(a.g))
	e.Rotate(dqkv.Columns(0, 2*h), starts, a.Turns, true)
	a.g.linearBackward(a.pre.gradient(dx), dqkv, a.pre.again(dy.Rows), a.QKV, kernel.Matrix[T]{})
	a.pre.beginBackward(dx)
	e.Add(dx, dx, dy, kernel.Dropout{})
}

// rotaryFirst is the operation of AttendRotaryFirst. h is the width of the hidden states.
type rotaryFirst[T kernel.Float] struct {
	Rotary[T]
	g        *Graph[T]
	pre      preNorm[T]
	query    Dense[T]  // weight [h, h]: the part of QKV for the queries
	rest     Dense[T]  // weight [2h, h]: the part for keys and values
	kv       buffer[T] // [tokens, 2h] keys, turned, and values side by side
	dkv      buffer[T] // [tokens, 2h]
	first    buffer[T] // [sequences, h] hidden states of the first tokens
	normed   buffer[T] // [sequences, h] what the queries are computed from; later its gradient
	q, dq    buffer[T] // [sequences, h] queries: position 0 leaves them as they are
	context  buffer[T] // [sequences, h] the results of the heads side by side
	dcontext buffer[T] // [sequences, h]
}

// AttendRotaryFirst is AttendRotary for the last layer of a model that reads only the first token of each sequence, as
// AttendFirst is Attend.
func (g *Graph[T]) AttendRotaryFirst(x Hidden[T], r Rotary[T], out PreNorm[T]) Hidden[T] {
	sequences := func() buffer[T] { return g.allocate(g.sequences, g.hidden) }
	a := &rotaryFirst[T]{
		Rotary: r, g: g, pre: g.newPreNorm(out, x, g.sequenceRows()),
		query: r.QKV.outputs(0, g.hidden), rest: r.QKV.outputs(g.hidden, 2*g.hidden),
		kv:    g.saved("query, key, value", 2*g.hidden),
		first: sequences(), normed: sequences(), q: sequences(), context: sequences(),
	}
	y := g.alternate("hidden")
	return Hidden[T]{Node: g.addHalf("attend rotary first", a, x, y, g.sequenceRows()), rows: g.sequenceRows()}
}

func (a *rotaryFirst[T]) parameters() []*Parameter[T] {
	return append(a.QKV.parameters(), a.pre.parameters()...)
}

// forward computes y [s, h] from x [n, h], where s is the number of sequences and n that of tokens.
func (a *rotaryFirst[T]) forward(y, x kernel.Matrix[T]) {
	kv := a.kv.rows(x.Rows)         // [n, 2h]
	first := a.first.rows(y.Rows)   // [s, h]
	normed := a.normed.rows(y.Rows) // [s, h]
	q := a.q.rows(y.Rows)           // [s, h]
	context := a.context.rows(y.Rows)
	h := a.g.hidden
	e, starts := a.g.engine, a.g.input.Starts

	all := a.pre.begin(x) // [n, h]
	a.gather(first, x)
	a.gather(normed, all)
	a.g.linearForward(q, normed, a.query)
	a.g.linearForward(kv, all, a.rest)
	e.Rotate(kv.Columns(0, h), starts, a.Turns, false)
	e.AttendNear(context, q, kv.Columns(0, h), kv.Columns(h, h), starts, a.Heads, a.Reach, a.dropout(a.g))
	a.pre.end(y, context, first)
}

// gather copies the rows of the first tokens of x [n, h] to dst [s, h].
func (a *rotaryFirst[T]) gather(dst, x kernel.Matrix[T]) {
	for i := range dst.Rows {
		copy(dst.Row(i), x.Row(int(a.g.input.Starts[i])))
	}
}

func (a *rotaryFirst[T]) allocateGradients() {
	g := a.g
	a.pre.allocateGradients()
	a.dkv = g.shared("inner", 2*g.hidden)
	a.dq, a.dcontext = g.allocate(g.sequences, g.hidden), g.allocate(g.sequences, g.hidden)
}

// backward computes dx [n, h] from dy [s, h].
func (a *rotaryFirst[T]) backward(dx, dy kernel.Matrix[T]) {
	kv, dkv := a.kv.rows(dx.Rows), a.dkv.rows(dx.Rows)                     // [n, 2h] each
	normed := a.normed.rows(dy.Rows)                                       // [s, h]
	q, dq := a.q.rows(dy.Rows), a.dq.rows(dy.Rows)                         // [s, h] each
	context, dcontext := a.context.rows(dy.Rows), a.dcontext.rows(dy.Rows) // [s, h] each
	h := a.g.hidden
	e, starts := a.g.engine, a.g.input.Starts

	a.pre.endBackward(dcontext, dy, context)
	e.AttendNearBackward(dq, dkv.Columns(0, h), dkv.Columns(h, h), dcontext, q, kv.Columns(0, h), kv.Columns(h, h), starts, a.Heads,
		a.Reach, a.dropout(a.g))
	e.Rotate(dkv.Columns(0, h), starts, a.Turns, true)
	dall := a.pre.gradient(dx) // [n, h]
	a.g.linearBackward(dall, dkv, a.pre.again(dx.Rows), a.rest, kernel.Matrix[T]{})
	a.g.linearBackward(normed, dq, normed, a.query, kernel.Matrix[T]{})
	e.Scatter(dall, normed, starts[:dy.Rows], nil) // adds row i of normed, now its gradient, to row starts[i] of dall
	a.pre.beginBackward(dx)
	e.Scatter(dx, dy, starts[:dy.Rows], nil)
}
