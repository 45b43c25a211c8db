package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// embedding is the operation of Embed. h is the width of the hidden states.
type embedding[T kernel.Float] struct {
	g      *Graph[T]
	tables [3]*Parameter[T] // [rows, h] each: words, positions, types
	pad    int              // the row of the word table that has no gradient
	y      buffer[T]        // [tokens, h]
	seen   [3][]bool        // [rows] each: scratch memory of distinct
}

// Embed adds the sum of the rows of three tables: [tokens, hidden]. Their gradients are sparse: see Parameter.Touched. Row
// pad of words has no gradient, like row padding_idx of torch.nn.Embedding, even if a text contains [PAD].
func (g *Graph[T]) Embed(words, positions, types *Parameter[T], pad int) *G.Node {
	e := &embedding[T]{g: g, tables: [3]*Parameter[T]{words, positions, types}, pad: pad, y: g.alternate("hidden")}
	return g.apply(&fused{name: "embed", run: e.forward, diff: e.differentiate, wrt: []bool{false, true, true, true}}, e.y.value,
		g.batch, g.node(words), g.node(positions), g.node(types))
}

// rows returns the rows of the batch's tokens in each table, [tokens] each.
func (e *embedding[T]) rows() [3][]int32 {
	return [3][]int32{e.g.input.IDs, e.g.input.positions, e.g.input.Types}
}

func (e *embedding[T]) forward([]G.Value) error {
	y := e.y.rows(e.g.input.tokens()) // [n, h]
	var tables [3]kernel.Matrix[T]    // [rows, h] each
	for i, p := range e.tables {
		tables[i] = p.matrix(p.Data)
	}
	e.g.engine.Lookup(y, tables, e.rows())
	return nil
}

// backward reads dy.
func (e *embedding[T]) backward(in []G.Value) error {
	dy := e.g.matrix(in[0], e.g.input.tokens()) // [n, h]
	for i, rows := range e.rows() {
		p := e.tables[i]
		e.g.engine.Scatter(p.matrix(p.Grad), dy, rows, p.Touched)
		p.Touched = distinct(p.Touched, e.seen[i], rows)
	}
	words := e.tables[0]
	clear(words.matrix(words.Grad).Row(e.pad))
	return nil
}

func (e *embedding[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	for i, p := range e.tables {
		e.seen[i] = make([]bool, p.Shape[0])
		p.Touched = make([]int32, 0, p.Shape[0])
	}
	// The batch has no gradient. The value of this operation is unused; it makes the views of the gradients wait for backward.
	done := e.g.apply(&fused{name: "embed backward", run: e.backward}, e.g.allocate(1, 1).value, gradient, e.g.batch)
	return G.Nodes{nil, e.g.gradientOf(e.tables[0], done), e.g.gradientOf(e.tables[1], done), e.g.gradientOf(e.tables[2], done)}, nil
}

// distinct fills list with the distinct elements of rows, in the order in which they first appear. seen is all false
// before and after.
func distinct(list []int32, seen []bool, rows []int32) []int32 {
	list = list[:0]
	for _, r := range rows {
		if !seen[r] {
			seen[r] = true
			list = append(list, r)
		}
	}
	for _, r := range list {
		seen[r] = false
	}
	return list
}
