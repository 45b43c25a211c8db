package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// norm is the operation of Norm. h is the width of its input.
type norm[T kernel.Float] struct {
	g            *Graph[T]
	scale, shift *Parameter[T] // [h] each
	epsilon      float64

	y     buffer[T]      // [tokens, h]
	saved kernel.Norm[T] // [tokens, h]
	dx    buffer[T]      // [tokens, h]
}

// Norm adds the layer-norm of x [tokens, h].
func (g *Graph[T]) Norm(x *G.Node, scale, shift *Parameter[T], epsilon float64) *G.Node {
	width := x.Shape()[1]
	l := &norm[T]{
		g: g, scale: scale, shift: shift, epsilon: epsilon, y: g.alternateOf("hidden", width), saved: g.newNorm(width),
	}
	return g.apply(&fused{name: "norm", run: l.forward, diff: l.differentiate, wrt: []bool{true, true, true, false}}, l.y.value,
		x, g.node(scale), g.node(shift), g.batch)
}

// newNorm allocates what a layer-norm of [tokens, width] saves for its backward pass.
func (g *Graph[T]) newNorm(width int) kernel.Norm[T] {
	return kernel.Norm[T]{Unit: g.saved("unit", width).all, Inverse: make([]T, g.tokens)}
}

// forward reads x.
func (l *norm[T]) forward(in []G.Value) error {
	n := l.g.input.tokens()
	x := l.g.matrix(in[0], n) // [n, h]
	y := l.y.rows(n)          // [n, h]
	none := kernel.Matrix[T]{}

	l.g.engine.AddNorm(y, x, none, l.scale.Data, l.shift.Data, kernel.Dropout{}, l.epsilon, l.saved)
	return nil
}

// backward reads dy.
func (l *norm[T]) backward(in []G.Value) error {
	n := l.g.input.tokens()
	dy := l.g.matrix(in[0], n) // [n, h]
	dx := l.dx.rows(n)         // [n, h]
	none := kernel.Matrix[T]{}

	l.g.sumColumns(l.shift, dy, none)
	l.g.sumColumns(l.scale, dy, l.saved.Unit)
	l.g.engine.AddNormBackward(dx, none, dy, l.scale.Data, kernel.Dropout{}, l.saved)
	return nil
}

func (l *norm[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	l.dx = l.g.alternateOf("gradient", l.y.all.Cols)
	done := l.g.apply(&fused{name: "norm backward", run: l.backward}, l.dx.value, gradient, l.g.batch)
	return G.Nodes{done, l.g.gradientOf(l.scale, done), l.g.gradientOf(l.shift, done), nil}, nil
}
