package op

import "ftft/train/nn/kernel"

// gated is the operation of FeedForwardGated. h is the width of the hidden states, w that of the inner layer.
type gated[T kernel.Float] struct {
	g          *Graph[T]
	activation kernel.Activation
	layer      Dense[T] // weight [2w, h]
	rate       float64
	site       int
	pre        preNorm[T]

	z      buffer[T] // [tokens, 2w] layer-norm(x) Wᵀ + b
	inner  buffer[T] // [tokens, w] dropout(activation(a) b), where z is a and b side by side; in the backward pass also its gradient
	slopes buffer[T] // [tokens, 2w] the derivatives by z; in the backward pass also the gradient of z
}

// FeedForwardGated adds the second half of a pre-norm layer: dropout(activation(a) b), where a and b are the halves of
// layer-norm(x) Wᵀ + b, then out. The backward pass recomputes the activation and its derivative, as that of FeedForward does.
func (g *Graph[T]) FeedForwardGated(x Hidden[T], activation kernel.Activation, layer Dense[T], rate float64, site int,
	out PreNorm[T]) Hidden[T] {
	width := layer.Weight.Shape[0]
	f := &gated[T]{
		g: g, activation: activation, layer: layer, rate: rate, site: site,
		z:      g.saved("inner", width),
		inner:  g.shared("inner", width/2),
		slopes: g.shared("slope", width),
		pre:    g.newPreNorm(out, x, x.rows),
	}
	y := g.alternate("hidden")
	return Hidden[T]{Node: g.addHalf("gated feed forward", f, x, y, x.rows), rows: x.rows}
}

func (f *gated[T]) parameters() []*Parameter[T] {
	return append(f.layer.parameters(), f.pre.parameters()...)
}

// activate computes inner [n, w] and the slopes [n, 2w] from z [n, 2w].
func (f *gated[T]) activate(inner, slopes, z kernel.Matrix[T]) {
	f.g.engine.Gate(f.activation, inner, slopes, z)
	f.drop(inner)
}

// drop applies the dropout of the inner layer to a matrix [n, w].
func (f *gated[T]) drop(x kernel.Matrix[T]) {
	if f.rate > 0 {
		f.g.engine.Drop(x, x, f.g.dropout(f.rate, f.site, f.pre.rows))
	}
}

// forward computes y [n, h] from x [n, h], where n is the number of tokens, or of sequences after the first tokens' attention.
func (f *gated[T]) forward(y, x kernel.Matrix[T]) {
	z := f.z.rows(x.Rows)           // [n, 2w]
	inner := f.inner.rows(x.Rows)   // [n, w]
	slopes := f.slopes.rows(x.Rows) // [n, 2w]

	f.g.linearForward(z, f.pre.begin(x), f.layer)
	f.activate(inner, slopes, z)
	f.pre.end(y, inner, x)
}

func (f *gated[T]) allocateGradients() { f.pre.allocateGradients() }

// backward computes dx [n, h] from dy [n, h].
func (f *gated[T]) backward(dx, dy kernel.Matrix[T]) {
	z := f.z.rows(dy.Rows)           // [n, 2w]
	inner := f.inner.rows(dy.Rows)   // [n, w]
	slopes := f.slopes.rows(dy.Rows) // [n, 2w]
	dinner, dz := inner, slopes      // each takes the place of the other

	f.activate(inner, slopes, z)
	f.pre.endBackward(dinner, dy, inner)
	f.drop(dinner)
	f.g.engine.GateBackward(dz, dinner, slopes)
	f.g.linearBackward(f.pre.gradient(dx), dz, f.pre.again(dy.Rows), f.layer, kernel.Matrix[T]{})
	f.pre.beginBackward(dx)
	f.g.engine.Add(dx, dx, dy, kernel.Dropout{})
}
