package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// A Dense is the parameters of a linear layer: Weight [out, in], Bias [out]. Bias may be nil: it then counts as zero.
type Dense[T kernel.Float] struct{ Weight, Bias *Parameter[T] }

func (l Dense[T]) parameters() []*Parameter[T] { return present(l.Weight, l.Bias) }

// outputs returns the part of a layer that computes count of its outputs, beginning with output from. It shares the memory of l.
func (l Dense[T]) outputs(from, count int) Dense[T] {
	part := func(p *Parameter[T]) *Parameter[T] {
		if p == nil {
			return nil
		}
		shape := append([]int{count}, p.Shape[1:]...)
		size := len(p.Data) / p.Shape[0]
		q := &Parameter[T]{Tensor: spec.Tensor{Name: p.Name, Shape: shape, Kind: p.Kind}, Data: p.Data[from*size : (from+count)*size]}
		if p.Grad != nil {
			q.Grad = p.Grad[from*size : (from+count)*size]
		}
		return q
	}
	return Dense[T]{part(l.Weight), part(l.Bias)}
}

// linearForward computes y = x Wᵀ + b, where y is [n, out] and x [n, in].
func (g *Graph[T]) linearForward(y, x kernel.Matrix[T], l Dense[T]) {
	var bias kernel.Matrix[T]
	if l.Bias != nil {
		bias = kernel.Repeat(l.Bias.Data, y.Rows)
	}
	g.engine.Multiply(kernel.NT, y, x, l.Weight.matrix(l.Weight.Data), bias)
}

// linearBackward computes dx = from + dy W and the gradients of W and b, where dx and x are [n, in] and dy [n, out]. from is
// dx, to accumulate, or has no data and counts as zero. dx may be the memory of x.
func (g *Graph[T]) linearBackward(dx, dy, x kernel.Matrix[T], l Dense[T], from kernel.Matrix[T]) {
	if l.Bias != nil {
		g.sumColumns(l.Bias, dy, kernel.Matrix[T]{})
	}
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
	inputs, wrt := []*G.Node{x, g.batch}, []bool{true, false}
	for _, p := range layer.parameters() {
		inputs, wrt = append(inputs, g.node(p)), append(wrt, true)
	}
	return g.apply(&fused{name: "linear", run: l.forward, diff: l.differentiate, wrt: wrt}, l.y.value, inputs...)
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
	gradients := G.Nodes{done, nil}
	for _, p := range l.layer.parameters() {
		gradients = append(gradients, l.g.gradientOf(p, done))
	}
	return gradients, nil
}
