package op

import (
	"errors"

	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// mean is the operation of Mean. h is the width of the hidden states.
type mean[T kernel.Float] struct {
	g *Graph[T]
	y buffer[T] // [sequences, h]
}

// Mean adds the mean over each sequence's tokens of x [tokens, hidden]: [sequences, hidden]. It serves encodings and has
// no backward pass: Differentiate fails on a graph that contains it.
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

func (m *mean[T]) differentiate(G.Nodes, *G.Node) (G.Nodes, error) {
	return nil, errors.New("the mean over a sequence's tokens has no gradient: it serves encodings, not training")
}
