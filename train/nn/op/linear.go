package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// A Dense is the parameters of a linear layer: Weight [out, in], Bias [out].
type Dense[T kernel.Float] struct{ Weight, Bias *Parameter[T] }

// Linear is activation(x Wᵀ + b): [rows, out].
func (g *Graph[T]) Linear(x *G.Node, per Per, activation kernel.Activation, layer Dense[T]) *G.Node {
	return g.linear(x, per, activation, false, layer)
}

// Expand is x itself, for the residual, and beside it activation(x Wᵀ + b) of each layer: [tokens, hidden + Σ out].
func (g *Graph[T]) Expand(x *G.Node, activation kernel.Activation, layers ...Dense[T]) *G.Node {
	return g.linear(x, Token, activation, true, layers...)
}

func (g *Graph[T]) linear(x *G.Node, per Per, activation kernel.Activation, carry bool, layers ...Dense[T]) *G.Node {
	width, first := x.Shape()[1], 0
	if carry {
		first = width
	}
	columns := first
	for _, l := range layers {
		columns += l.Weight.Shape[0]
	}
	capacity := g.capacity(per)
	out := g.output(capacity, columns)
	var slopes result[T]
	if activation != kernel.Identity {
		slopes = g.output(capacity, columns-first)
	}
	// parts calls f with each layer, and its columns of a matrix that has the result's columns.
	parts := func(m kernel.Matrix[T], f func(l Dense[T], part, slope kernel.Matrix[T])) {
		at := first
		for _, l := range layers {
			n := l.Weight.Shape[0]
			var slope kernel.Matrix[T]
			if activation != kernel.Identity {
				slope = slopes.rows(m.Rows).Columns(at-first, n)
			}
			f(l, m.Columns(at, n), slope)
			at += n
		}
	}

	forward := func(in []G.Value) error {
		n := g.rows(per)
		x, y := matrixOf[T](in[0], n), out.rows(n)
		if carry {
			g.engine.Drop(y.Columns(0, width), x, kernel.Dropout{}) // a copy
		}
		parts(y, func(l Dense[T], y, slope kernel.Matrix[T]) {
			g.engine.Multiply(kernel.NT, y, x, l.Weight.matrix(l.Weight.Data), kernel.Repeat(l.Bias.Data, n))
			if activation != kernel.Identity {
				g.engine.Activate(activation, y, slope, y)
			}
		})
		return nil
	}

	diff := func(inputs G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := g.gradient(capacity, width)
		backward := func(in []G.Value) error {
			n := g.rows(per)
			dy, x, dx := matrixOf[T](in[0], n), matrixOf[T](in[1], n), dx.rows(n)
			var sum kernel.Matrix[T]
			if carry {
				sum = dx
				g.engine.Drop(dx, dy.Columns(0, width), kernel.Dropout{}) // a copy
			}
			parts(dy, func(l Dense[T], dz, slope kernel.Matrix[T]) {
				if activation != kernel.Identity {
					g.engine.Product(dz, dz, slope)
				}
				g.engine.ColumnSums(l.Bias.Grad, dz, kernel.Matrix[T]{})
				g.engine.Multiply(kernel.TN, l.Weight.matrix(l.Weight.Grad), dz, x, kernel.Matrix[T]{})
				g.engine.Multiply(kernel.NN, dx, dz, l.Weight.matrix(l.Weight.Data), sum)
				sum = dx
			})
			return nil
		}
		done := g.apply(&fused{name: "linear back", run: backward}, dx.value, gradient, inputs[0], g.batch)
		gradients := G.Nodes{done, nil}
		for _, l := range layers {
			gradients = append(gradients, g.gradientOf(l.Weight, done), g.gradientOf(l.Bias, done))
		}
		return gradients, nil
	}

	inputs, wrt := []*G.Node{x, g.batch}, []bool{true, false}
	for _, l := range layers {
		inputs, wrt = append(inputs, g.node(l.Weight), g.node(l.Bias)), append(wrt, true, true)
	}
	return g.apply(&fused{name: "linear", run: forward, diff: diff, wrt: wrt}, out.value, inputs...)
}
