package op

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"ftft/train/nn/kernel"
)

// End makes x [sequences, columns] what Run returns, and ends the graph without a loss.
func (g *Graph[T]) End(x *G.Node) {
	out := g.output(g.sequences, x.Shape()[1])
	g.logits = out.all
	forward := func(in []G.Value) error {
		n := g.input.Sequences()
		g.engine.Drop(out.rows(n), g.matrix(in[0], n), kernel.Dropout{}) // a copy
		return nil
	}
	g.end = g.apply(&fused{name: "end", run: forward}, out.value, x, g.batch)
}

// Entropy ends the graph with the mean cross-entropy of x [sequences, classes] and the batch's gold labels. x is what
// Run returns.
func (g *Graph[T]) Entropy(x *G.Node) {
	classes := x.Shape()[1]
	g.logits = g.output(g.sequences, classes).all
	residual := g.output(g.sequences, classes) // the loss's gradient by x
	loss := tensor.New(tensor.FromScalar(T(0)))
	forward := func(in []G.Value) error {
		n := g.input.Sequences()
		x := g.matrix(in[0], n)
		g.engine.Drop(g.logits.Block(0, 0, n, classes), x, kernel.Dropout{}) // a copy
		g.loss = kernel.CrossEntropy(residual.rows(n), x, g.input.Gold)
		return nil
	}
	diff := func(inputs G.Nodes, gradient *G.Node) (G.Nodes, error) {
		// The gradient of the loss by itself is one, and the forward pass has left the rest.
		done := g.apply(&fused{name: "entropy back"}, residual.value, gradient, g.end)
		return G.Nodes{done, nil}, nil
	}
	g.end = g.apply(&fused{name: "entropy", run: forward, diff: diff, wrt: []bool{true, false}}, loss, x, g.batch)
}
