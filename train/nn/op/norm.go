package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// norm is the operation of Norm, NormHidden and NormHead. h is the width of its input.
type norm[T kernel.Float] struct {
	g     *Graph[T]
	layer LayerNorm[T]
	rows  extent

	y          buffer[T]      // [capacity, h]
	saved      kernel.Norm[T] // [capacity, h]
	dx         buffer[T]      // [capacity, h]
	allocateDx func() buffer[T]
}

// Norm adds the layer-norm of x [tokens, h].
func (g *Graph[T]) Norm(x *G.Node, l LayerNorm[T]) *G.Node {
	return g.NormHidden(Hidden[T]{Node: x, rows: g.tokenRows()}, l).Node
}

// NormHidden adds the layer-norm of x.
func (g *Graph[T]) NormHidden(x Hidden[T], l LayerNorm[T]) Hidden[T] {
	width := x.Node.Shape()[1]
	n := &norm[T]{g: g, layer: l, rows: x.rows, y: g.alternateOf("hidden", width), saved: g.newNorm(width)}
	n.allocateDx = func() buffer[T] { return g.alternateOf("gradient", width) }
	return Hidden[T]{Node: n.add(x.Node), rows: x.rows}
}

// NormHead adds the layer-norm of x [sequences, hidden].
func (g *Graph[T]) NormHead(x *G.Node, l LayerNorm[T]) *G.Node {
	sequences := func() buffer[T] { return g.allocate(g.sequences, g.hidden) }
	n := &norm[T]{g: g, layer: l, rows: g.sequenceRows(), y: sequences(), allocateDx: sequences}
	n.saved = kernel.Norm[T]{Unit: sequences().all, Inverse: g.memory.make(g.sequences)}
	return n.add(x)
}

func (l *norm[T]) add(x *G.Node) *G.Node {
	inputs, wrt := []*G.Node{x, l.g.batch}, []bool{true, false}
	for _, p := range l.layer.parameters() {
		inputs, wrt = append(inputs, l.g.node(p)), append(wrt, true)
	}
	return l.g.apply(&fused{name: "norm", run: l.forward, diff: l.differentiate, wrt: wrt}, l.y.value, inputs...)
}

// newNorm allocates what a layer-norm of [tokens, width] saves for its backward pass.
func (g *Graph[T]) newNorm(width int) kernel.Norm[T] {
	return kernel.Norm[T]{Unit: g.saved("unit", width).all, Inverse: g.memory.make(g.tokens)}
}

// forward reads x.
func (l *norm[T]) forward(in []G.Value) error {
	n := l.rows.count()
	x := l.g.matrix(in[0], n) // [n, h]
	y := l.y.rows(n)          // [n, h]
	none := kernel.Matrix[T]{}

	l.g.engine.AddNorm(y, x, none, l.layer.Scale.Data, l.g.shift(l.layer), kernel.Dropout{}, l.layer.Epsilon, l.saved)
	return nil
}

// backward reads dy.
func (l *norm[T]) backward(in []G.Value) error {
	n := l.rows.count()
	dy := l.g.matrix(in[0], n) // [n, h]
	dx := l.dx.rows(n)         // [n, h]

	l.g.normBackward(dx, dy, l.layer, l.saved)
	return nil
}

func (l *norm[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	l.dx = l.allocateDx()
	done := l.g.apply(&fused{name: "norm backward", run: l.backward}, l.dx.value, gradient, l.g.batch)
	gradients := G.Nodes{done, nil}
	for _, p := range l.layer.parameters() {
		gradients = append(gradients, l.g.gradientOf(p, done))
	}
	return gradients, nil
}
