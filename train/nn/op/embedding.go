package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// Embeddings are the tables of a model: [rows, w] each, where w is their width. Positions and Types are nil where there are none.
type Embeddings[T kernel.Float] struct {
	Words, Positions, Types *Parameter[T]

	Pad int // the row of Words that has no gradient

	// First is the row of Positions for a sequence's first token. If it is not 0, pad tokens have the row before it, which has no
	// gradient, and are not counted.
	First int
}

// embedding is the operation of Embed. w is the width of the tables.
type embedding[T kernel.Float] struct {
	g       *Graph[T]
	sources []source[T] // of the rows that add up
	y       buffer[T]   // [tokens, w]
}

// source is a table with the rows that a batch takes from it.
type source[T kernel.Float] struct {
	table *Parameter[T]  // [rows, w]
	rows  func() []int32 // [tokens] in the current batch
	fixed int            // the row that has no gradient, -1 if all have one
	seen  []bool         // [rows] scratch memory of distinct
}

// Embed adds the sum of the rows of the tables: [tokens, w]. Their gradients are sparse: see Parameter.Touched. Row Pad of the words
// has no gradient, like row padding_idx of torch.nn.Embedding, even if a text contains a pad token. A table may be Frozen.
func (g *Graph[T]) Embed(tables Embeddings[T]) *G.Node {
	e := &embedding[T]{g: g, y: g.alternateOf("hidden", tables.Words.Shape[1])}
	e.add(tables.Words, func() []int32 { return g.input.IDs }, tables.Pad)
	if tables.Positions != nil {
		g.input.first, g.input.pad = int32(tables.First), int32(tables.Pad)
		e.add(tables.Positions, func() []int32 { return g.input.positions }, tables.First-1)
	}
	if tables.Types != nil {
		types := func() []int32 { return g.input.Types }
		if tables.Types.Shape[0] == 1 { // one row serves all tokens
			types = func() []int32 { return g.input.zeros[:g.input.Tokens()] }
		}
		e.add(tables.Types, types, -1)
	}
	inputs, wrt := []*G.Node{g.batch}, []bool{false}
	for _, s := range e.sources {
		inputs, wrt = append(inputs, g.node(s.table)), append(wrt, !s.table.Frozen)
	}
	return g.apply(&fused{name: "embed", run: e.forward, diff: e.differentiate, wrt: wrt}, e.y.value, inputs...)
}

func (e *embedding[T]) add(table *Parameter[T], rows func() []int32, fixed int) {
	e.sources = append(e.sources, source[T]{table: table, rows: rows, fixed: fixed})
}

func (e *embedding[T]) forward([]G.Value) error {
	y := e.y.rows(e.g.input.tokens()) // [n, w]
	var lookup kernel.Tables[T]
	for _, s := range e.sources {
		lookup.Add(s.table.matrix(s.table.Data), s.rows())
	}
	e.g.engine.Lookup(y, lookup)
	return nil
}

// backward reads dy.
func (e *embedding[T]) backward(in []G.Value) error {
	dy := e.g.matrix(in[0], e.g.input.tokens()) // [n, w]
	for _, s := range e.sources {
		if s.table.Frozen {
			continue
		}
		p, rows, stale := s.table, s.rows(), s.table.Touched
		if e.g.input.continues() {
			stale = nil
		}
		e.g.engine.Scatter(p.matrix(p.Grad), dy, rows, stale)
		p.Touched = distinct(p.Touched[:len(p.Touched)-len(stale)], s.seen, rows)
		if s.fixed >= 0 {
			clear(p.matrix(p.Grad).Row(s.fixed))
		}
	}
	return nil
}

func (e *embedding[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	for i, s := range e.sources {
		if s.table.Frozen {
			continue
		}
		e.sources[i].seen = make([]bool, s.table.Shape[0])
		s.table.Touched = make([]int32, 0, s.table.Shape[0])
	}
	// The batch has no gradient. The value of this operation is unused; it makes the views of the gradients wait for backward.
	done := e.g.apply(&fused{name: "embed backward", run: e.backward}, e.g.allocate(1, 1).value, gradient, e.g.batch)
	gradients := G.Nodes{nil}
	for _, s := range e.sources {
		if s.table.Frozen {
			gradients = append(gradients, nil)
		} else {
			gradients = append(gradients, e.g.gradientOf(s.table, done))
		}
	}
	return gradients, nil
}

// distinct appends to list, whose elements differ, those elements of rows that it lacks, in the order in which they first appear.
// seen is all false before and after.
func distinct(list []int32, seen []bool, rows []int32) []int32 {
	for _, r := range list {
		seen[r] = true
	}
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
