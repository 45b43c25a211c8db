package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// Attend is packed multi-head attention. x is [tokens, 4 hidden]: residual, query, key, value; the result is
// [tokens, 2 hidden]: residual, context.
func (g *Graph[T]) Attend(x *G.Node, heads int, rate float64, site int) *G.Node {
	h := g.hidden
	out := g.output(g.tokens, 2*h)
	forward := func(in []G.Value) error {
		n := g.input.Tokens()
		x, y := matrixOf[T](in[0], n), out.rows(n)
		g.engine.Drop(y.Columns(0, h), x.Columns(0, h), kernel.Dropout{}) // a copy
		g.engine.Attend(y.Columns(h, h), x.Columns(h, h), x.Columns(2*h, h), x.Columns(3*h, h), g.input.Starts, heads, g.dropout(rate, site))
		return nil
	}
	diff := func(inputs G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := g.gradient(g.tokens, 4*h)
		backward := func(in []G.Value) error {
			n := g.input.Tokens()
			dy, x, dx := matrixOf[T](in[0], n), matrixOf[T](in[1], n), dx.rows(n)
			g.engine.Drop(dx.Columns(0, h), dy.Columns(0, h), kernel.Dropout{}) // a copy
			g.engine.AttendBack(dx.Columns(h, h), dx.Columns(2*h, h), dx.Columns(3*h, h), dy.Columns(h, h),
				x.Columns(h, h), x.Columns(2*h, h), x.Columns(3*h, h), g.input.Starts, heads, g.dropout(rate, site))
			return nil
		}
		return G.Nodes{g.apply(&fused{name: "attention back", run: backward}, dx.value, gradient, inputs[0], g.batch), nil}, nil
	}
	return g.apply(&fused{name: "attention", run: forward, diff: diff, wrt: []bool{true, false}}, out.value, x, g.batch)
}

// Project ends a sub-layer: the layer-norm of the residual plus dropout(inner Wᵀ + b). x is [tokens, hidden + in]:
// residual, inner; the result is [tokens, hidden].
func (g *Graph[T]) Project(x *G.Node, layer Dense[T], rate float64, site int, scale, shift *Parameter[T], epsilon float64) *G.Node {
	h, in := g.hidden, layer.Weight.Shape[1]
	out := g.output(g.tokens, h)
	keep := g.keep()
	if g.temporary == nil {
		g.temporary = make([]T, g.tokens*h)
	}
	forward := func(v []G.Value) error {
		n := g.input.Tokens()
		x, f := matrixOf[T](v[0], n), kernel.Dense(g.temporary, n, h)
		g.engine.Multiply(kernel.NT, f, x.Columns(h, in), layer.Weight.matrix(layer.Weight.Data), kernel.Repeat(layer.Bias.Data, n))
		g.engine.AddNorm(out.rows(n), f, x.Columns(0, h), scale.Data, shift.Data, g.dropout(rate, site), epsilon, keep)
		return nil
	}
	diff := func(inputs G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := g.gradient(g.tokens, h+in)
		backward := func(v []G.Value) error {
			n := g.input.Tokens()
			dy, x, dx, df := matrixOf[T](v[0], n), matrixOf[T](v[1], n), dx.rows(n), kernel.Dense(g.temporary, n, h)
			g.engine.ColumnSums(shift.Grad, dy, kernel.Matrix[T]{})
			g.engine.ColumnSums(scale.Grad, dy, keep.Unit)
			g.engine.AddNormBack(dx.Columns(0, h), df, dy, scale.Data, g.dropout(rate, site), keep)
			g.engine.ColumnSums(layer.Bias.Grad, df, kernel.Matrix[T]{})
			g.engine.Multiply(kernel.TN, layer.Weight.matrix(layer.Weight.Grad), df, x.Columns(h, in), kernel.Matrix[T]{})
			g.engine.Multiply(kernel.NN, dx.Columns(h, in), df, layer.Weight.matrix(layer.Weight.Data), kernel.Matrix[T]{})
			return nil
		}
		done := g.apply(&fused{name: "project back", run: backward}, dx.value, gradient, inputs[0], g.batch)
		return G.Nodes{done, nil, g.gradientOf(layer.Weight, done), g.gradientOf(layer.Bias, done), g.gradientOf(scale, done), g.gradientOf(shift, done)}, nil
	}
	return g.apply(&fused{name: "project", run: forward, diff: diff, wrt: []bool{true, false, true, true, true, true}}, out.value,
		x, g.batch, g.node(layer.Weight), g.node(layer.Bias), g.node(scale), g.node(shift))
}
