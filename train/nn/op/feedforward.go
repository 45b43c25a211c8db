package op

import "ftft/train/nn/kernel"

// feedForward is the operation of FeedForward. h is the width of the hidden states, w that of the inner layer.
type feedForward[T kernel.Float] struct {
	g          *Graph[T]
	x          Hidden[T]
	activation kernel.Activation
	layer      Dense[T] // weight [w, h]
	output     output[T]

	z     buffer[T] // [tokens, w] x Wᵀ + b
	inner buffer[T] // [tokens, w] activation(z); in the backward pass also its gradient and that of z
	slope buffer[T] // [tokens, w] the activation's derivative at z
}

// FeedForward adds the second half of a layer: activation(x Wᵀ + b), then out. The backward pass recomputes the activation
// and its derivative: to save them would double the memory of a layer.
func (g *Graph[T]) FeedForward(x Hidden[T], activation kernel.Activation, layer Dense[T], out Output[T]) Hidden[T] {
	width := layer.Weight.Shape[0]
	f := &feedForward[T]{
		g: g, x: x, activation: activation, layer: layer,
		z:     g.saved("inner", width),
		inner: g.shared("inner", width),
		slope: g.shared("slope", width),
	}
	y := g.alternate("hidden")
	f.output = g.newOutput(out, x.rows)
	return f.output.hidden(g.addHalf("feed forward", f, x, y, x.rows))
}

func (f *feedForward[T]) parameters() []*Parameter[T] {
	return append([]*Parameter[T]{f.layer.Weight, f.layer.Bias}, f.output.parameters()...)
}

// forward computes y [n, h] from x [n, h], where n is the number of tokens, or of sequences after AttendFirst.
func (f *feedForward[T]) forward(y, x kernel.Matrix[T]) {
	z := f.z.rows(x.Rows)         // [n, w]
	inner := f.inner.rows(x.Rows) // [n, w]
	slope := f.slope.rows(x.Rows) // [n, w]

	f.g.linearForward(z, x, f.layer)
	f.g.engine.Activate(f.activation, inner, slope, z)
	f.output.forward(y, inner, x)
}

func (f *feedForward[T]) allocateGradients() {}

// backward computes dx [n, h] from dy [n, h].
func (f *feedForward[T]) backward(dx, dy kernel.Matrix[T]) {
	z := f.z.rows(dy.Rows)         // [n, w]
	inner := f.inner.rows(dy.Rows) // [n, w]
	slope := f.slope.rows(dy.Rows) // [n, w]
	dinner, dz := inner, inner     // [n, w] each takes the place of the one before

	f.g.engine.Activate(f.activation, inner, slope, z)
	f.output.backward(dx, dinner, dy, inner)
	f.g.engine.Product(dz, dinner, slope)
	x := f.x.recompute(dy.Rows) // [n, h]
	f.g.linearBackward(dx, dz, x, f.layer, dx)
}
