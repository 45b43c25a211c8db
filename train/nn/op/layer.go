package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// A Hidden is hidden states on their way through the layers: [tokens, hidden], and after AttendFirst [sequences, hidden].
type Hidden[T kernel.Float] struct {
	Node *G.Node
	rows func() int
	// restored gives the first n rows again in the backward pass: their memory was used again.
	restored func(n int) kernel.Matrix[T]
}

// A Close is how a half of a layer ends: the layer-norm of its input plus dropout(inner Wᵀ + b).
type Close[T kernel.Float] struct {
	Dense        Dense[T]
	Scale, Shift *Parameter[T]
	Dropout      float64
	Site         int
	Epsilon      float64
}

// closing is a Close at work.
type closing[T kernel.Float] struct {
	Close[T]
	g    *Graph[T]
	f    result[T] // inner Wᵀ + b, and in the backward pass its gradient
	keep kernel.Norm[T]
}

func (g *Graph[T]) closing(c Close[T]) closing[T] {
	return closing[T]{c, g, g.shared("projection", g.hidden), g.keep()}
}

func (c closing[T]) forward(y, inner, x kernel.Matrix[T]) {
	f := c.f.rows(y.Rows)
	c.g.multiply(f, inner, c.Dense)
	c.g.engine.AddNorm(y, f, x, c.Scale.Data, c.Shift.Data, c.g.dropout(c.Dropout, c.Site), c.Epsilon, c.keep)
}

// back sets dx to the gradient of the input as far as it is added, and dinner, which may be inner's memory.
func (c closing[T]) back(dx, dinner, dy, inner kernel.Matrix[T]) {
	df := c.f.rows(dy.Rows)
	e := c.g.engine
	e.ColumnSums(c.Shift.Grad, dy, kernel.Matrix[T]{})
	e.ColumnSums(c.Scale.Grad, dy, c.keep.Unit)
	e.AddNormBack(dx, df, dy, c.Scale.Data, c.g.dropout(c.Dropout, c.Site), c.keep)
	c.g.differentiate(df, inner, c.Dense)
	e.Multiply(kernel.NN, dinner, df, c.Dense.Weight.matrix(c.Dense.Weight.Data), kernel.Matrix[T]{})
}

// hidden is the end's result: restored from what the layer-norm keeps.
func (c closing[T]) hidden(node *G.Node, rows func() int) Hidden[T] {
	if !c.g.training {
		return Hidden[T]{Node: node, rows: rows}
	}
	again := c.g.shared("restored", c.g.hidden)
	return Hidden[T]{node, rows, func(n int) kernel.Matrix[T] {
		x := again.rows(n)
		c.g.engine.Affine(x, c.keep.Unit, c.Scale.Data, c.Shift.Data)
		return x
	}}
}

func (c closing[T]) parameters() []*Parameter[T] {
	return []*Parameter[T]{c.Dense.Weight, c.Dense.Bias, c.Scale, c.Shift}
}

// Attend is the first half of a layer: packed multi-head attention, its probabilities subject to dropout at a site.
func (g *Graph[T]) Attend(x Hidden[T], query, key, value Dense[T], heads int, rate float64, site int, end Close[T]) Hidden[T] {
	h, layers := g.hidden, [3]Dense[T]{query, key, value}
	qkv, context := g.kept("query, key, value", 3*h), g.kept("context", h)
	out, c := g.next("hidden"), g.closing(end)
	part := func(m kernel.Matrix[T], i int) kernel.Matrix[T] { return m.Columns(i*h, h) }

	forward := func(in []G.Value) error {
		n := g.input.Tokens()
		x, qkv, context := g.matrix(in[0], n), qkv.rows(n), context.rows(n)
		for i, l := range layers {
			g.multiply(part(qkv, i), x, l)
		}
		g.engine.Attend(context, part(qkv, 0), part(qkv, 1), part(qkv, 2), g.input.Starts, heads, g.dropout(rate, site))
		c.forward(out.rows(n), context, x)
		return nil
	}
	parameters := []*Parameter[T]{query.Weight, query.Bias, key.Weight, key.Bias, value.Weight, value.Bias}
	node := g.half("attend", x, out, x.rows, append(parameters, c.parameters()...), forward, func() func(dx, dy kernel.Matrix[T]) {
		dqkv, dcontext := g.shared("inner", 3*h).all.Data, g.shared("gradient of context", h)
		return func(dx, dy kernel.Matrix[T]) {
			n := dy.Rows
			qkv, dqkv, dcontext := qkv.rows(n), kernel.Dense(dqkv, n, 3*h), dcontext.rows(n)
			c.back(dx, dcontext, dy, context.rows(n))
			g.engine.AttendBack(part(dqkv, 0), part(dqkv, 1), part(dqkv, 2), dcontext,
				part(qkv, 0), part(qkv, 1), part(qkv, 2), g.input.Starts, heads, g.dropout(rate, site))
			x := x.restored(n)
			for i, l := range layers {
				g.differentiate(part(dqkv, i), x, l)
				g.engine.Multiply(kernel.NN, dx, part(dqkv, i), l.Weight.matrix(l.Weight.Data), dx)
			}
		}
	})
	return c.hidden(node, x.rows)
}

// AttendFirst is the first half of a last layer of which only the first tokens' hidden states are wanted: theirs are
// the only queries, and all that comes after has a row a sequence. Keys and values are those of all tokens. Results and
// gradients are those of Attend: the others' would be nought.
func (g *Graph[T]) AttendFirst(x Hidden[T], query, key, value Dense[T], heads int, rate float64, site int, end Close[T]) Hidden[T] {
	h := g.hidden
	kv := g.kept("query, key, value", 2*h)
	first, q, context := g.output(g.sequences, h), g.output(g.sequences, h), g.output(g.sequences, h)
	out, c := g.next("hidden"), g.closing(end)
	sequences := func() int { return g.input.Sequences() }

	forward := func(in []G.Value) error {
		n, s := g.input.Tokens(), sequences()
		x, k, v := g.matrix(in[0], n), kv.rows(n).Columns(0, h), kv.rows(n).Columns(h, h)
		first, q, context := first.rows(s), q.rows(s), context.rows(s)
		for i := range s {
			copy(first.Row(i), x.Row(int(g.input.Starts[i])))
		}
		g.multiply(q, first, query)
		g.multiply(k, x, key)
		g.multiply(v, x, value)
		g.engine.Attend(context, q, k, v, g.input.Starts, heads, g.dropout(rate, site))
		c.forward(out.rows(s), context, first)
		return nil
	}
	parameters := []*Parameter[T]{query.Weight, query.Bias, key.Weight, key.Bias, value.Weight, value.Bias}
	node := g.half("attend first", x, out, sequences, append(parameters, c.parameters()...), forward, func() func(dx, dy kernel.Matrix[T]) {
		dkv := g.shared("inner", 2*h).all.Data
		dfirst, dq, dcontext := g.output(g.sequences, h), g.output(g.sequences, h), g.output(g.sequences, h)
		return func(dx, dy kernel.Matrix[T]) {
			n, s := dx.Rows, dy.Rows
			k, v := kv.rows(n).Columns(0, h), kv.rows(n).Columns(h, h)
			dk, dv := kernel.Dense(dkv, n, 2*h).Columns(0, h), kernel.Dense(dkv, n, 2*h).Columns(h, h)
			dfirst, dq, dcontext := dfirst.rows(s), dq.rows(s), dcontext.rows(s)
			c.back(dfirst, dcontext, dy, context.rows(s))
			g.engine.AttendBack(dq, dk, dv, dcontext, q.rows(s), k, v, g.input.Starts, heads, g.dropout(rate, site))
			x := x.restored(n)
			g.differentiate(dq, first.rows(s), query)
			g.differentiate(dk, x, key)
			g.differentiate(dv, x, value)
			g.engine.Multiply(kernel.NN, dfirst, dq, query.Weight.matrix(query.Weight.Data), dfirst)
			g.engine.Multiply(kernel.NN, dx, dk, key.Weight.matrix(key.Weight.Data), kernel.Matrix[T]{})
			g.engine.Multiply(kernel.NN, dx, dv, value.Weight.matrix(value.Weight.Data), dx)
			g.engine.Scatter(dx, dfirst, g.input.Starts[:s], nil)
		}
	})
	return c.hidden(node, sequences)
}

// FeedForward is the second half of a layer: activation(x Wᵀ + b) inside. The backward pass computes the activation
// again: to keep it and its slope would double the memory of a layer.
func (g *Graph[T]) FeedForward(x Hidden[T], activation kernel.Activation, layer Dense[T], end Close[T]) Hidden[T] {
	width := layer.Weight.Shape[0]
	z := g.kept("inner", width)
	inner, slope := g.shared("inner", width), g.shared("slope", width)
	out, c := g.next("hidden"), g.closing(end)

	forward := func(in []G.Value) error {
		n := x.rows()
		x, z, inner := g.matrix(in[0], n), z.rows(n), inner.rows(n)
		g.multiply(z, x, layer)
		g.engine.Activate(activation, inner, slope.rows(n), z)
		c.forward(out.rows(n), inner, x)
		return nil
	}
	parameters := []*Parameter[T]{layer.Weight, layer.Bias}
	node := g.half("feed forward", x, out, x.rows, append(parameters, c.parameters()...), forward, func() func(dx, dy kernel.Matrix[T]) {
		return func(dx, dy kernel.Matrix[T]) {
			n := dy.Rows
			inner, slope := inner.rows(n), slope.rows(n)
			g.engine.Activate(activation, inner, slope, z.rows(n))
			c.back(dx, inner, dy, inner)
			g.engine.Product(inner, inner, slope)
			g.differentiate(inner, x.restored(n), layer)
			g.engine.Multiply(kernel.NN, dx, inner, layer.Weight.matrix(layer.Weight.Data), dx)
		}
	})
	return c.hidden(node, x.rows)
}

// half adds half a layer: one operation from hidden states to hidden states, of so many rows, with its residual inside.
// ready makes its backward pass; it is called when the graph is differentiated.
func (g *Graph[T]) half(name string, x Hidden[T], out result[T], rows func() int, parameters []*Parameter[T], forward func(in []G.Value) error,
	ready func() func(dx, dy kernel.Matrix[T])) *G.Node {
	diff := func(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx, run := g.next("gradient"), ready()
		backward := func(in []G.Value) error {
			run(dx.rows(x.rows()), g.matrix(in[0], rows()))
			return nil
		}
		done := g.apply(&fused{name: name + " back", run: backward}, dx.value, gradient, g.batch)
		gradients := G.Nodes{done, nil}
		for _, p := range parameters {
			gradients = append(gradients, g.gradientOf(p, done))
		}
		return gradients, nil
	}
	inputs, wrt := []*G.Node{x.Node, g.batch}, []bool{true, false}
	for _, p := range parameters {
		inputs, wrt = append(inputs, g.node(p)), append(wrt, true)
	}
	return g.apply(&fused{name: name, run: forward, diff: diff, wrt: wrt}, out.value, inputs...)
}
