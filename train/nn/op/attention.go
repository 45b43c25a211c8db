package op

import (
	"slices"

	"ftft/train/nn/kernel"
)

// SelfAttention describes multi-head self-attention.
type SelfAttention[T kernel.Float] struct {
	Query, Key, Value Dense[T] // weights [hidden, hidden]
	Heads             int
	Dropout           float64     // rate, of the probabilities
	Site              int         // of that dropout; see kernel.NewDropout
	Relation          Relation[T] // what depends on the distances of tokens; nil = nothing
}

// selfAttention is what Attend and AttendFirst have in common.
type selfAttention[T kernel.Float] struct {
	SelfAttention[T]
	g        *Graph[T]
	x        Hidden[T]
	relation layerRelation[T]
	output   output[T]
}

func (g *Graph[T]) newSelfAttention(x Hidden[T], s SelfAttention[T]) selfAttention[T] {
	a := selfAttention[T]{SelfAttention: s, g: g, x: x, relation: &unrelated[T]{g}}
	if s.Relation != nil {
		a.relation = s.Relation.layer(s)
	}
	return a
}

func (a *selfAttention[T]) parameters() []*Parameter[T] {
	own := []*Parameter[T]{a.Query.Weight, a.Query.Bias, a.Key.Weight, a.Key.Bias, a.Value.Weight, a.Value.Bias}
	return slices.Concat(own, a.relation.parameters(), a.output.parameters())
}

// dropout returns the dropout of the probabilities, which have a row for each token and head.
func (a *selfAttention[T]) dropout() kernel.Dropout {
	return a.g.dropoutFrom(a.Dropout, a.Site, a.g.input.firstToken*a.Heads)
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
// 3.2), then out.
func (g *Graph[T]) Attend(x Hidden[T], s SelfAttention[T], out Output[T]) Hidden[T] {
	a := &attention[T]{
		selfAttention: g.newSelfAttention(x, s),
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

	a.g.linearForward(q, x, a.Query)
	a.g.linearForward(k, x, a.Key)
	a.g.linearForward(v, x, a.Value)
	a.relation.attend(context, q, k, v, a.Heads, a.dropout())
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
	a.relation.attendBackward(dq, dk, dv, dcontext, q, k, v, a.Heads, a.dropout())
	x := a.x.recompute(dy.Rows) // [n, h]
	a.g.linearBackward(dx, dq, x, a.Query, dx)
	a.g.linearBackward(dx, dk, x, a.Key, dx)
	a.g.linearBackward(dx, dv, x, a.Value, dx)
	a.relation.finish()
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
func (g *Graph[T]) AttendFirst(x Hidden[T], s SelfAttention[T], out Output[T]) Hidden[T] {
	a := &attentionFirst[T]{
		selfAttention: g.newSelfAttention(x, s),
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
	a.g.linearForward(q, first, a.Query)
	a.g.linearForward(k, x, a.Key)
	a.g.linearForward(v, x, a.Value)
	a.relation.attend(context, q, k, v, a.Heads, a.dropout())
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
	a.relation.attendBackward(dq, dk, dv, dcontext, q, k, v, a.Heads, a.dropout())
	x := a.x.recompute(dx.Rows) // [n, h]
	a.g.linearBackward(dfirst, dq, first, a.Query, dfirst)
	a.g.linearBackward(dx, dk, x, a.Key, kernel.Matrix[T]{})
	a.g.linearBackward(dx, dv, x, a.Value, dx)
	a.relation.finish()
	a.g.engine.Scatter(dx, dfirst, a.g.input.Starts[:dy.Rows], nil) // adds row i of dfirst to row Starts[i] of dx
}

// split returns the two parts, [n, h] each, of a matrix [n, 2h].
func (a *attentionFirst[T]) split(kv kernel.Matrix[T]) (k, v kernel.Matrix[T]) {
	h := a.g.hidden
	return kv.Columns(0, h), kv.Columns(h, h)
}
