package op

import (
	G "gorgonia.org/gorgonia"

	"ftft/train/nn/kernel"
)

// dropout is the operation of Hidden and Drop.
type dropout[T kernel.Float] struct {
	g    *Graph[T]
	rate float64
	site int // see kernel.NewDropout
	rows extent

	y          buffer[T] // [capacity, columns]
	dx         buffer[T] // [capacity, columns]
	allocateDx func() buffer[T]
}

// Hidden adds dropout of x [tokens, columns], which the first layer or Project reads.
func (g *Graph[T]) Hidden(x *G.Node, rate float64, site int) Hidden[T] {
	columns := x.Shape()[1]
	d := &dropout[T]{g: g, rate: rate, site: site, rows: g.tokenRows(), y: g.saved("first", columns)}
	d.allocateDx = func() buffer[T] { return g.alternateOf("gradient", columns) }
	return Hidden[T]{d.add(x), d.rows, d.y.rows}
}

// Drop adds dropout of x [sequences, hidden].
func (g *Graph[T]) Drop(x *G.Node, rate float64, site int) *G.Node {
	d := &dropout[T]{g: g, rate: rate, site: site, rows: g.sequenceRows(), y: g.allocate(g.sequences, g.hidden)}
	d.allocateDx = func() buffer[T] { return g.allocate(g.sequences, g.hidden) }
	return d.add(x)
}

func (d *dropout[T]) add(x *G.Node) *G.Node {
	return d.g.apply(&fused{name: "dropout", run: d.forward, diff: d.differentiate, wrt: []bool{true, false}}, d.y.value, x, d.g.batch)
}

// forward reads x.
func (d *dropout[T]) forward(in []G.Value) error {
	n := d.rows.count()
	x := d.g.matrix(in[0], n) // [n, columns]
	y := d.y.rows(n)          // [n, columns]

	d.g.engine.Drop(y, x, d.g.dropout(d.rate, d.site, d.rows))
	return nil
}

// backward reads dy.
func (d *dropout[T]) backward(in []G.Value) error {
	n := d.rows.count()
	dy := d.g.matrix(in[0], n) // [n, columns]
	dx := d.dx.rows(n)         // [n, columns]

	d.g.engine.Drop(dx, dy, d.g.dropout(d.rate, d.site, d.rows))
	return nil
}

func (d *dropout[T]) differentiate(_ G.Nodes, gradient *G.Node) (G.Nodes, error) {
	d.dx = d.allocateDx()
	return G.Nodes{d.g.apply(&fused{name: "dropout backward", run: d.backward}, d.dx.value, gradient, d.g.batch), nil}, nil
}
