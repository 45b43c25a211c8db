package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// A Hidden is the hidden states between two operations: [tokens, hidden], or [sequences, hidden] after AttendFirst.
type Hidden[T kernel.Float] struct {
	Node *G.Node
	rows extent

	// recompute returns the first n rows, [n, hidden], during the backward pass, when later layers have overwritten the
	// memory of Node. It is nil in a graph without a backward pass.
	recompute func(n int) kernel.Matrix[T]
}

// A half is half a layer: one operation from hidden states to hidden states, with its residual connection inside.
type half[T kernel.Float] interface {
	parameters() []*Parameter[T]

	// forward computes y [rows, hidden] from x [tokens, hidden].
	forward(y, x kernel.Matrix[T])

	// allocateGradients allocates what backward needs.
	allocateGradients()

	// backward computes dx [tokens, hidden] and the parameters' gradients from dy [rows, hidden].
	backward(dx, dy kernel.Matrix[T])
}

// addHalf adds half a layer to the graph. It reads x, fills y and returns y's node; rows returns the number of rows of y
// in the current batch.
func (g *Graph[T]) addHalf(name string, h half[T], x Hidden[T], y buffer[T], rows extent) *G.Node {
	forward := func(in []G.Value) error {
		h.forward(y.rows(rows.count()), g.matrix(in[0], x.rows.count()))
		return nil
	}
	diff := func(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := g.alternateOf("gradient", x.Node.Shape()[1])
		h.allocateGradients()
		backward := func(in []G.Value) error {
			h.backward(dx.rows(x.rows.count()), g.matrix(in[0], rows.count()))
			return nil
		}
		done := g.apply(&fused{name: name + " backward", run: backward}, dx.value, gradient, g.batch)
		gradients := G.Nodes{done, nil}
		for _, p := range h.parameters() {
			gradients = append(gradients, g.gradientOf(p, done))
		}
		return gradients, nil
	}
	inputs, wrt := []*G.Node{x.Node, g.batch}, []bool{true, false}
	for _, p := range h.parameters() {
		inputs, wrt = append(inputs, g.node(p)), append(wrt, true)
	}
	return g.apply(&fused{name: name, run: forward, diff: diff, wrt: wrt}, y.value, inputs...)
}

// An Output describes the end of half a layer: layer-norm(x + dropout(inner Wᵀ + b)), where x is the input of the half
// and inner what the half computed from it. It is BertSelfOutput or BertOutput in transformers.
type Output[T kernel.Float] struct {
	Dense        Dense[T]
	Scale, Shift *Parameter[T] // [hidden] of the layer-norm
	Dropout      float64       // rate
	Site         int           // of the dropout; see kernel.NewDropout
	Epsilon      float64       // of the layer-norm
}

// output is an Output with its memory.
type output[T kernel.Float] struct {
	Output[T]
	g          *Graph[T]
	rows       extent
	projection buffer[T]      // [tokens, hidden] inner Wᵀ + b; in the backward pass its gradient
	norm       kernel.Norm[T] // [tokens, hidden] what the layer-norm saves for the backward pass
}

// newOutput returns the end of a half whose result has the given rows.
func (g *Graph[T]) newOutput(o Output[T], rows extent) output[T] {
	return output[T]{o, g, rows, g.shared("projection", g.hidden), g.newNorm(g.hidden)}
}

func (o *output[T]) parameters() []*Parameter[T] {
	return []*Parameter[T]{o.Dense.Weight, o.Dense.Bias, o.Scale, o.Shift}
}

// forward computes y [n, hidden] from inner [n, width] and x [n, hidden].
func (o *output[T]) forward(y, inner, x kernel.Matrix[T]) {
	projection := o.projection.rows(y.Rows) // [n, hidden]
	o.g.linearForward(projection, inner, o.Dense)
	o.g.engine.AddNorm(y, projection, x, o.Scale.Data, o.Shift.Data, o.g.dropout(o.Dropout, o.Site, o.rows), o.Epsilon, o.norm)
}

// backward computes dinner [n, width] and dx [n, hidden] from dy [n, hidden]. dx is only the part of x's gradient that
// comes through the residual connection: the caller adds the part that comes through inner. dinner may be the memory of
// inner [n, width].
func (o *output[T]) backward(dx, dinner, dy, inner kernel.Matrix[T]) {
	dprojection := o.projection.rows(dy.Rows) // [n, hidden]
	o.g.sumColumns(o.Shift, dy, kernel.Matrix[T]{})
	o.g.sumColumns(o.Scale, dy, o.norm.Unit)
	o.g.engine.AddNormBackward(dx, dprojection, dy, o.Scale.Data, o.g.dropout(o.Dropout, o.Site, o.rows), o.norm)
	o.g.linearBackward(dinner, dprojection, inner, o.Dense, kernel.Matrix[T]{})
}

// hidden returns y, which forward computed. Its rows can be recomputed from what the layer-norm saved.
func (o *output[T]) hidden(node *G.Node) Hidden[T] {
	if !o.g.training {
		return Hidden[T]{Node: node, rows: o.rows}
	}
	recomputed := o.g.shared("restored", o.g.hidden) // [tokens, hidden]
	return Hidden[T]{node, o.rows, func(n int) kernel.Matrix[T] {
		y := recomputed.rows(n) // [n, hidden]
		o.g.engine.Affine(y, o.norm.Unit, o.Scale.Data, o.Shift.Data)
		return y
	}}
}
