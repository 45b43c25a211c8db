package op

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"ftft/train/nn/kernel"
)

// end is the operation of End.
type end[T kernel.Float] struct {
	g *Graph[T]
	y buffer[T] // [sequences, columns]
}

// End ends the graph without a loss. Run then returns x [sequences, columns].
func (g *Graph[T]) End(x *G.Node) {
	e := &end[T]{g: g, y: g.allocate(g.sequences, x.Shape()[1])}
	g.results = e.y.all
	g.end = g.apply(&fused{name: "end", run: e.forward}, e.y.value, x, g.batch)
}

// forward copies x.
func (e *end[T]) forward(in []G.Value) error {
	n := e.g.input.sequences()
	x := e.g.matrix(in[0], n) // [n, columns]
	e.g.engine.Drop(e.y.rows(n), x, kernel.Dropout{})
	return nil
}

// crossEntropy is the operation of CrossEntropy. Its forward pass computes the gradient as well.
type crossEntropy[T kernel.Float] struct {
	g       *Graph[T]
	logits  buffer[T] // [sequences, classes] a copy of x
	dlogits buffer[T] // [sequences, classes] the gradient of the loss by x
}

// CrossEntropy ends the graph with the mean cross-entropy of x [sequences, classes] and the batch's gold labels. Run then
// returns the loss and x.
func (g *Graph[T]) CrossEntropy(x *G.Node) {
	classes := x.Shape()[1]
	c := &crossEntropy[T]{g: g, logits: g.allocate(g.sequences, classes), dlogits: g.allocate(g.sequences, classes)}
	g.results = c.logits.all
	loss := tensor.New(tensor.FromScalar(T(0))) // Gorgonia needs a value; the loss itself comes from g.loss, in float64
	g.end = g.apply(&fused{name: "cross-entropy", run: c.forward, diff: c.differentiate, wrt: []bool{true, false}}, loss, x, g.batch)
}

// forward reads x.
func (c *crossEntropy[T]) forward(in []G.Value) error {
	n := c.g.input.sequences()
	x := c.g.matrix(in[0], n)    // [n, classes]
	logits := c.logits.rows(n)   // [n, classes]
	dlogits := c.dlogits.rows(n) // [n, classes]

	c.g.engine.Drop(logits, x, kernel.Dropout{}) // a copy
	c.g.loss = kernel.CrossEntropy(dlogits, x, c.g.input.Gold, c.g.input.whole, c.g.loss)
	return nil
}

// differentiate adds no arithmetic: the gradient of the loss by itself is one, and forward has computed the rest.
func (c *crossEntropy[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	done := c.g.apply(&fused{name: "cross-entropy backward"}, c.dlogits.value, gradient, c.g.end)
	return G.Nodes{done, nil}, nil
}
