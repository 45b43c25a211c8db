package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// A Dense is the parameters of a linear layer: Weight [out, in], Bias [out].
type Dense[T kernel.Float] struct{ Weight, Bias *Parameter[T] }

// multiply sets y to x Wᵀ + b.
func (g *Graph[T]) multiply(y, x kernel.Matrix[T], l Dense[T]) {
	g.engine.Multiply(kernel.NT, y, x, l.Weight.matrix(l.Weight.Data), kernel.Repeat(l.Bias.Data, y.Rows))
}

// differentiate sets the gradients of a layer's parameters, dy being that of what multiply made of x.
func (g *Graph[T]) differentiate(dy, x kernel.Matrix[T], l Dense[T]) {
	g.engine.ColumnSums(l.Bias.Grad, dy, kernel.Matrix[T]{})
	g.engine.Multiply(kernel.TN, l.Weight.matrix(l.Weight.Grad), dy, x, kernel.Matrix[T]{})
}

// Linear is activation(x Wᵀ + b) of a row a sequence: [sequences, out].
func (g *Graph[T]) Linear(x *G.Node, activation kernel.Activation, l Dense[T]) *G.Node {
	in, columns := x.Shape()[1], l.Weight.Shape[0]
	out := g.output(g.sequences, columns)
	var slope result[T]
	if activation != kernel.Identity {
		slope = g.output(g.sequences, columns)
	}
	forward := func(v []G.Value) error {
		n := g.input.Sequences()
		y := out.rows(n)
		g.multiply(y, g.matrix(v[0], n), l)
		if activation != kernel.Identity {
			g.engine.Activate(activation, y, slope.rows(n), y)
		}
		return nil
	}
	diff := func(inputs G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := g.output(g.sequences, in)
		backward := func(v []G.Value) error {
			n := g.input.Sequences()
			dy, x := g.matrix(v[0], n), g.matrix(v[1], n)
			if activation != kernel.Identity {
				g.engine.Product(dy, dy, slope.rows(n))
			}
			g.differentiate(dy, x, l)
			g.engine.Multiply(kernel.NN, dx.rows(n), dy, l.Weight.matrix(l.Weight.Data), kernel.Matrix[T]{})
			return nil
		}
		done := g.apply(&fused{name: "linear back", run: backward}, dx.value, gradient, inputs[0], g.batch)
		return G.Nodes{done, nil, g.gradientOf(l.Weight, done), g.gradientOf(l.Bias, done)}, nil
	}
	return g.apply(&fused{name: "linear", run: forward, diff: diff, wrt: []bool{true, false, true, true}}, out.value,
		x, g.batch, g.node(l.Weight), g.node(l.Bias))
}
