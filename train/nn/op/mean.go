package op

import (
	"errors"

	G "gorgonia.org/gorgonia"
)

// Mean is the mean of each sequence's hidden states, which have a row a token: [sequences, hidden]. It is for encodings
// and has no backward pass: a graph with it cannot be differentiated.
func (g *Graph[T]) Mean(x Hidden[T]) *G.Node {
	out := g.output(g.sequences, g.hidden)
	forward := func(in []G.Value) error {
		g.engine.Means(out.rows(g.input.Sequences()), g.matrix(in[0], g.input.Tokens()), g.input.Starts)
		return nil
	}
	diff := func(G.Nodes, *G.Node) (G.Nodes, error) {
		return nil, errors.New("the mean over a sequence's tokens has no gradient: it is for encodings, not for training")
	}
	return g.apply(&fused{name: "mean", run: forward, diff: diff, wrt: []bool{true, false}}, out.value, x.Node, g.batch)
}
