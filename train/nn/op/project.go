package op

import "ftft/train/nn/kernel"

// projection is the operation of Project. w is the width of its input, h that of the hidden states.
type projection[T kernel.Float] struct {
	g     *Graph[T]
	x     Hidden[T]
	layer Dense[T] // weight [h, w]
}

// Project adds x Wᵀ + b [tokens, hidden], which the first layer reads, where x is [tokens, w]: the projection of embeddings that are
// narrower than the hidden states.
func (g *Graph[T]) Project(x Hidden[T], layer Dense[T]) Hidden[T] {
	y := g.saved("projected", g.hidden)
	p := &projection[T]{g, x, layer}
	return Hidden[T]{g.addHalf("project", p, x, y, x.rows), x.rows, y.rows}
}

func (p *projection[T]) parameters() []*Parameter[T] {
	return p.layer.parameters()
}

// forward computes y [n, h] from x [n, w], where n is the number of tokens.
func (p *projection[T]) forward(y, x kernel.Matrix[T]) { p.g.linearForward(y, x, p.layer) }

func (p *projection[T]) allocateGradients() {}

// backward computes dx [n, w] from dy [n, h].
func (p *projection[T]) backward(dx, dy kernel.Matrix[T]) {
	p.g.linearBackward(dx, dy, p.x.recompute(dy.Rows), p.layer, kernel.Matrix[T]{})
}
