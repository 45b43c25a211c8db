package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// A Dense is the parameters of a linear layer: Weight [out, in], Bias [out].
type Dense[T kernel.Float] struct{ Weight, Bias *Parameter[T] }

// linearForward computes y = x Wᵀ + b, where y is [n, out] and x [n, in].
func (g *Graph[T]) linearForward(y, x kernel.Matrix[T], l Dense[T]) {
	g.engine.Multiply(kernel.NT, y, x, l.Weight.matrix(l.Weight.Data), kernel.Repeat(l.Bias.Data, y.Rows))
}

// linearBackward computes dx = from + dy W and the gradients of W and b, where dx and x are [n, in] and dy [n, out]. from is
// dx, to accumulate, or has no data and counts as zero. dx may be the memory of x.
func (g *Graph[T]) linearBackward(dx, dy, x kernel.Matrix[T], l Dense[T], from kernel.Matrix[T]) {
	g.sumColumns(l.Bias, dy, kernel.Matrix[T]{})
	grad := l.Weight.matrix(l.Weight.Grad)
	g.engine.Multiply(kernel.TN, grad, dy, x, g.soFar(grad))
	g.engine.Multiply(kernel.NN, dx, dy, l.Weight.matrix(l.Weight.Data), from)
}

// linear is the operation of Linear.
type linear[T kernel.Float] struct {
	g          *Graph[T]
	activation kernel.Activation
	layer      Dense[T]

	y     buffer[T] // [sequences, out]
	slope buffer[T] // [sequences, out] the activation's derivative; without memory for Identity
	dx    buffer[T] // [sequences, in]
}

// Linear adds activation(x Wᵀ + b), where x is [sequences, in] and the result [sequences, out].
func (g *Graph[T]) Linear(x *G.Node, activation kernel.Activation, layer Dense[T]) *G.Node {
	out := layer.Weight.Shape[0]
	l := &linear[T]{g: g, activation: activation, layer: layer, y: g.allocate(g.sequences, out)}
	if activation != kernel.Identity {
		l.slope = g.allocate(g.sequences, out)
	}
	return g.apply(&fused{name: "linear", run: l.forward, diff: l.differentiate, wrt: []bool{true, false, true, true}}, l.y.value,
		x, g.batch, g.node(layer.Weight), g.node(layer.Bias))
}

// forward reads x.
func (l *linear[T]) forward(in []G.Value) error {
	n := l.g.input.sequences()
	x := l.g.matrix(in[0], n) // [n, in]
	y := l.y.rows(n)          // [n, out]

	l.g.linearForward(y, x, l.layer)
	if l.activation != kernel.Identity {
		l.g.engine.Activate(l.activation, y, l.slope.rows(n), y)
	}
	return nil
}

// backward reads dy and x. It overwrites dy with the gradient of x Wᵀ + b.
func (l *linear[T]) backward(in []G.Value) error {
	n := l.g.input.sequences()
	dy := l.g.matrix(in[0], n) // [n, out]
	x := l.g.matrix(in[1], n)  // [n, in]
	dx := l.dx.rows(n)         // [n, in]

	if l.activation != kernel.Identity {
		l.g.engine.Product(dy, dy, l.slope.rows(n))
	}
	l.g.linearBackward(dx, dy, x, l.layer, kernel.Matrix[T]{})
	return nil
}

func (l *linear[T]) differentiate(inputs G.Nodes, gradient *G.Node) (G.Nodes, error) {
	x := inputs[0]
	l.dx = l.g.allocate(l.g.sequences, x.Shape()[1])
	done := l.g.apply(&fused{name: "linear backward", run: l.backward}, l.dx.value, gradient, x, l.g.batch)
	return G.Nodes{done, nil, l.g.gradientOf(l.layer.Weight, done), l.g.gradientOf(l.layer.Bias, done)}, nil
}
