package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// Embed sums the rows of three tables: [tokens, hidden]. Their gradients are sparse: see Parameter.Touched. The row of
// the word pad has none, as PyTorch's padding_idx has it: a text can spell out [PAD].
func (g *Graph[T]) Embed(words, positions, types *Parameter[T], pad int) *G.Node {
	tables := [3]*Parameter[T]{words, positions, types}
	rows := func() [3][]int32 { return [3][]int32{g.input.IDs, g.input.positions, g.input.Types} }
	out := g.next("hidden")
	forward := func([]G.Value) error {
		values := [3]kernel.Matrix[T]{}
		for i, p := range tables {
			values[i] = p.matrix(p.Data)
		}
		g.engine.Lookup(out.rows(g.input.Tokens()), values, rows())
		return nil
	}
	diff := func(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
		var seen [3][]bool
		for i, p := range tables {
			seen[i] = make([]bool, p.Shape[0])
			p.Touched = make([]int32, 0, p.Shape[0])
		}
		backward := func(in []G.Value) error {
			dy := g.matrix(in[0], g.input.Tokens())
			for i, rows := range rows() {
				p := tables[i]
				g.engine.Scatter(p.matrix(p.Grad), dy, rows, p.Touched)
				p.Touched = distinct(p.Touched, seen[i], rows)
			}
			clear(words.matrix(words.Grad).Row(pad))
			return nil
		}
		done := g.apply(&fused{name: "embed back", run: backward}, g.output(1, 1).value, gradient, g.batch)
		return G.Nodes{nil, g.gradientOf(words, done), g.gradientOf(positions, done), g.gradientOf(types, done)}, nil
	}
	return g.apply(&fused{name: "embed", run: forward, diff: diff, wrt: []bool{false, true, true, true}}, out.value,
		g.batch, g.node(words), g.node(positions), g.node(types))
}

// distinct fills list with the distinct rows. seen is all false before and after.
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

// Norm is the layer-norm of x [tokens, hidden].
func (g *Graph[T]) Norm(x *G.Node, scale, shift *Parameter[T], epsilon float64) *G.Node {
	out := g.next("hidden")
	keep := g.keep()
	forward := func(in []G.Value) error {
		n := g.input.Tokens()
		g.engine.AddNorm(out.rows(n), g.matrix(in[0], n), kernel.Matrix[T]{}, scale.Data, shift.Data, kernel.Dropout{}, epsilon, keep)
		return nil
	}
	diff := func(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := g.next("gradient")
		backward := func(in []G.Value) error {
			n := g.input.Tokens()
			dy := g.matrix(in[0], n)
			g.engine.ColumnSums(shift.Grad, dy, kernel.Matrix[T]{})
			g.engine.ColumnSums(scale.Grad, dy, keep.Unit)
			g.engine.AddNormBack(dx.rows(n), kernel.Matrix[T]{}, dy, scale.Data, kernel.Dropout{}, keep)
			return nil
		}
		done := g.apply(&fused{name: "norm back", run: backward}, dx.value, gradient, g.batch)
		return G.Nodes{done, g.gradientOf(scale, done), g.gradientOf(shift, done), nil}, nil
	}
	return g.apply(&fused{name: "norm", run: forward, diff: diff, wrt: []bool{true, true, true, false}}, out.value,
		x, g.node(scale), g.node(shift), g.batch)
}

// keep allocates what a layer-norm keeps for its backward pass.
func (g *Graph[T]) keep() kernel.Norm[T] {
	return kernel.Norm[T]{Unit: g.kept("unit", g.hidden).all, Inverse: make([]T, g.tokens)}
}

// Hidden is dropout of x [tokens, hidden]: what the first layer reads.
func (g *Graph[T]) Hidden(x *G.Node, rate float64, site int) Hidden[T] {
	out := g.kept("first", g.hidden)
	tokens := func() int { return g.input.Tokens() }
	node := g.drop(x, out, tokens, func() result[T] { return g.next("gradient") }, rate, site)
	return Hidden[T]{node, tokens, out.rows}
}

// Drop is dropout of x [sequences, hidden].
func (g *Graph[T]) Drop(x *G.Node, rate float64, site int) *G.Node {
	gradient := func() result[T] { return g.output(g.sequences, g.hidden) }
	return g.drop(x, gradient(), func() int { return g.input.Sequences() }, gradient, rate, site)
}

func (g *Graph[T]) drop(x *G.Node, out result[T], rows func() int, gradientMemory func() result[T], rate float64, site int) *G.Node {
	forward := func(in []G.Value) error {
		n := rows()
		g.engine.Drop(out.rows(n), g.matrix(in[0], n), g.dropout(rate, site))
		return nil
	}
	diff := func(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
		dx := gradientMemory()
		backward := func(in []G.Value) error {
			n := rows()
			g.engine.Drop(dx.rows(n), g.matrix(in[0], n), g.dropout(rate, site))
			return nil
		}
		return G.Nodes{g.apply(&fused{name: "dropout back", run: backward}, dx.value, gradient, g.batch), nil}, nil
	}
	return g.apply(&fused{name: "dropout", run: forward, diff: diff, wrt: []bool{true, false}}, out.value, x, g.batch)
}
