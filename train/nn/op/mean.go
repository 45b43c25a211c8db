package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// mean is the operation of Mean. h is the width of the hidden states.
type mean[T kernel.Float] struct {
	g  *Graph[T]
	y  buffer[T] // [sequences, h]
	dx buffer[T] // [tokens, h]
}

// Mean adds the mean over each sequence's tokens of x [tokens, hidden]: [sequences, hidden].
func (g *Graph[T]) Mean(x Hidden[T]) *G.Node {
	m := &mean[T]{g: g, y: g.allocate(g.sequences, g.hidden)}
	return g.apply(&fused{name: "mean", run: m.forward, diff: m.differentiate, wrt: []bool{true, false}}, m.y.value, x.Node, g.batch)
}

// forward reads x.
func (m *mean[T]) forward(in []G.Value) error {
	x := m.g.matrix(in[0], m.g.input.tokens()) // [n, h]
	y := m.y.rows(m.g.input.sequences())       // [s, h]
	m.g.engine.Means(y, x, m.g.input.Starts)
	return nil
}

// backward reads dy.
func (m *mean[T]) backward(in []G.Value) error {
	dy := m.g.matrix(in[0], m.g.input.sequences()) // [s, h]
	dx := m.dx.rows(m.g.input.tokens())            // [n, h]
	m.g.engine.MeansBackward(dx, dy, m.g.input.Starts)
	return nil
}

func (m *mean[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	m.dx = m.g.alternate("gradient")
	return G.Nodes{m.g.apply(&fused{name: "mean backward", run: m.backward}, m.dx.value, gradient, m.g.batch), nil}, nil
}
