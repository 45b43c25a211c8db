package op

import "ftft/train/nn/kernel"

// selfAttention is what Attend and AttendFirst have in common.
type selfAttention[T kernel.Float] struct {
	g                 *Graph[T]
	x                 Hidden[T]
	query, key, value Dense[T]
	heads             int
	rate              float64
	site              int
	output            output[T]
}

func (a *selfAttention[T]) parameters() []*Parameter[T] {
	own := []*Parameter[T]{a.query.Weight, a.query.Bias, a.key.Weight, a.key.Bias, a.value.Weight, a.value.Bias}
	return append(own, a.output.parameters()...)
}

// dropout returns the dropout of the probabilities, which have a row for each token and head.
func (a *selfAttention[T]) dropout() kernel.Dropout {
	return a.g.dropoutFrom(a.rate, a.site, a.g.input.firstToken*a.heads)
}

// attention is the operation of Attend. h is the width of the hidden states.
type attention[T kernel.Float] struct {
	selfAttention[T]
	qkv      buffer[T] // [tokens, 3h] queries, keys and values side by side
	dqkv     buffer[T] // [tokens, 3h]
	context  buffer[T] // [tokens, h] the results of the heads side by side
	dcontext buffer[T] // [tokens, h]
}

// Attend adds the first half of a layer: multi-head self-attention inside each sequence (Vaswani et al., 2017, section
// 3.2), then out. The weights of query, key and value are [hidden, hidden]. Dropout applies to the probabilities.
func (g *Graph[T]) Attend(x Hidden[T], query, key, value Dense[T], heads int, rate float64, site int, out Output[T]) Hidden[T] {
	a := &attention[T]{
		selfAttention: selfAttention[T]{g: g, x: x, query: query, key: key, value: value, heads: heads, rate: rate, site: site},
		qkv:           g.saved("query, key, value", 3*g.hidden),
		context:       g.saved("context", g.hidden),
	}
	y := g.alternate("hidden")
	a.output = g.newOutput(out, x.rows)
	return a.output.hidden(g.addHalf("attend", a, x, y, x.rows))
}

// forward computes y [n, h] from x [n, h], where n is the number of tokens.
func (a *attention[T]) forward(y, x kernel.Matrix[T]) {
	q, k, v := a.split(a.qkv.rows(x.Rows)) // [n, h] each
	context := a.context.rows(x.Rows)      // [n, h]

	a.g.linearForward(q, x, a.query)
	a.g.linearForward(k, x, a.key)
	a.g.linearForward(v, x, a.value)
	a.g.engine.Attend(context, q, k, v, a.g.input.Starts, a.heads, a.dropout())
	a.output.forward(y, context, x)
}

func (a *attention[T]) allocateGradients() {
	a.dqkv, a.dcontext = a.g.shared("inner", 3*a.g.hidden), a.g.shared("gradient of context", a.g.hidden)
}

// backward computes dx [n, h] from dy [n, h].
func (a *attention[T]) backward(dx, dy kernel.Matrix[T]) {
	q, k, v := a.split(a.qkv.rows(dy.Rows))     // [n, h] each
	dq, dk, dv := a.split(a.dqkv.rows(dy.Rows)) // [n, h] each
	context := a.context.rows(dy.Rows)          // [n, h]
	dcontext := a.dcontext.rows(dy.Rows)        // [n, h]

	a.output.backward(dx, dcontext, dy, context)
	a.g.engine.AttendBackward(dq, dk, dv, dcontext, q, k, v, a.g.input.Starts, a.heads, a.dropout())
	x := a.x.recompute(dy.Rows) // [n, h]
	a.g.linearBackward(dx, dq, x, a.query, dx)
	a.g.linearBackward(dx, dk, x, a.key, dx)
	a.g.linearBackward(dx, dv, x, a.value, dx)
}

// split returns the three parts, [n, h] each, of a matrix [n, 3h].
func (a *attention[T]) split(qkv kernel.Matrix[T]) (q, k, v kernel.Matrix[T]) {
	h := a.g.hidden
	return qkv.Columns(0, h), qkv.Columns(h, h), qkv.Columns(2*h, h)
}

// attentionFirst is the operation of AttendFirst. h is the width of the hidden states.
type attentionFirst[T kernel.Float] struct {
	selfAttention[T]
	kv       buffer[T] // [tokens, 2h] keys and values side by side
	dkv      buffer[T] // [tokens, 2h]
	first    buffer[T] // [sequences, h] hidden states of the first tokens
	dfirst   buffer[T] // [sequences, h]
	q        buffer[T] // [sequences, h] queries
	dq       buffer[T] // [sequences, h]
	context  buffer[T] // [sequences, h] the results of the heads side by side
	dcontext buffer[T] // [sequences, h]
}

// AttendFirst is Attend for the last layer of a model that reads only the first token of each sequence. It computes queries,
// and everything that depends on them, for the first tokens alone, but keys and values for all tokens. Its results and
// gradients equal those of Attend, where the gradients of all other tokens' results would be zero.
func (g *Graph[T]) AttendFirst(x Hidden[T], query, key, value Dense[T], heads int, rate float64, site int, out Output[T]) Hidden[T] {
	a := &attentionFirst[T]{
		selfAttention: selfAttention[T]{g: g, x: x, query: query, key: key, value: value, heads: heads, rate: rate, site: site},
		kv:            g.saved("query, key, value", 2*g.hidden),
		first:         g.allocate(g.sequences, g.hidden),
		q:             g.allocate(g.sequences, g.hidden),
		context:       g.allocate(g.sequences, g.hidden),
	}
	y := g.alternate("hidden")
	a.output = g.newOutput(out, g.sequenceRows())
	return a.output.hidden(g.addHalf("attend first", a, x, y, g.sequenceRows()))
}

// forward computes y [s, h] from x [n, h], where s is the number of sequences and n that of tokens.
func (a *attentionFirst[T]) forward(y, x kernel.Matrix[T]) {
	k, v := a.split(a.kv.rows(x.Rows)) // [n, h] each
	first := a.first.rows(y.Rows)      // [s, h]
	q := a.q.rows(y.Rows)              // [s, h]
	context := a.context.rows(y.Rows)  // [s, h]

	for i := range first.Rows {
		copy(first.Row(i), x.Row(int(a.g.input.Starts[i])))
	}
	a.g.linearForward(q, first, a.query)
	a.g.linearForward(k, x, a.key)
	a.g.linearForward(v, x, a.value)
	a.g.engine.Attend(context, q, k, v, a.g.input.Starts, a.heads, a.dropout())
	a.output.forward(y, context, first)
}

func (a *attentionFirst[T]) allocateGradients() {
	g := a.g
	a.dkv = g.shared("inner", 2*g.hidden)
	a.dfirst, a.dq, a.dcontext = g.allocate(g.sequences, g.hidden), g.allocate(g.sequences, g.hidden), g.allocate(g.sequences, g.hidden)
}

// backward computes dx [n, h] from dy [s, h].
func (a *attentionFirst[T]) backward(dx, dy kernel.Matrix[T]) {
	k, v := a.split(a.kv.rows(dx.Rows))    // [n, h] each
	dk, dv := a.split(a.dkv.rows(dx.Rows)) // [n, h] each
	first := a.first.rows(dy.Rows)         // [s, h]
	dfirst := a.dfirst.rows(dy.Rows)       // [s, h]
	q := a.q.rows(dy.Rows)                 // [s, h]
	dq := a.dq.rows(dy.Rows)               // [s, h]
	context := a.context.rows(dy.Rows)     // [s, h]
	dcontext := a.dcontext.rows(dy.Rows)   // [s, h]

	a.output.backward(dfirst, dcontext, dy, context)
	a.g.engine.AttendBackward(dq, dk, dv, dcontext, q, k, v, a.g.input.Starts, a.heads, a.dropout())
	x := a.x.recompute(dx.Rows) // [n, h]
	a.g.linearBackward(dfirst, dq, first, a.query, dfirst)
	a.g.linearBackward(dx, dk, x, a.key, kernel.Matrix[T]{})
	a.g.linearBackward(dx, dv, x, a.value, dx)
	a.g.engine.Scatter(dx, dfirst, a.g.input.Starts[:dy.Rows], nil) // adds row i of dfirst to row Starts[i] of dx
}

// split returns the two parts, [n, h] each, of a matrix [n, 2h].
func (a *attentionFirst[T]) split(kv kernel.Matrix[T]) (k, v kernel.Matrix[T]) {
	h := a.g.hidden
	return kv.Columns(0, h), kv.Columns(h, h)
}
