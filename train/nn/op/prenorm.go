package op

import "ftft/train/nn/kernel"

// A LayerNorm is the parameters of a layer-norm, one value for each column. Shift may be nil: it then counts as zero.
type LayerNorm[T kernel.Float] struct {
	Scale, Shift *Parameter[T]
	Epsilon      float64
}

func (l LayerNorm[T]) parameters() []*Parameter[T] { return present(l.Scale, l.Shift) }

// present returns the parameters that are not nil.
func present[T kernel.Float](parameters ...*Parameter[T]) (list []*Parameter[T]) {
	for _, p := range parameters {
		if p != nil {
			list = append(list, p)
		}
	}
	return list
}

// shift returns the shift of a layer-norm.
func (g *Graph[T]) shift(l LayerNorm[T]) []T {
	if l.Shift == nil {
		return g.memory.buffer("no shift", len(l.Scale.Data)) // nothing writes to it
	}
	return l.Shift.Data
}

// A PreNorm describes half a layer whose layer-norm comes first (Xiong et al., 2020): x + dropout(inner Wᵀ + b), where x is the
// input of the half and inner what the half computes from layer-norm(x). The layer-norm may have no Scale: the half then computes
// inner from x itself.
type PreNorm[T kernel.Float] struct {
	Norm    LayerNorm[T]
	Dense   Dense[T]
	Dropout float64 // rate
	Site    int     // of the dropout; see kernel.NewDropout
}

// preNorm is a PreNorm with its memory. The backward pass restores the output of the layer-norm from what that saved. It does
// not need x, except where there is no layer-norm.
type preNorm[T kernel.Float] struct {
	PreNorm[T]
	g          *Graph[T]
	x          Hidden[T]
	rows       extent         // of the half's result
	saved      kernel.Norm[T] // [tokens, hidden] what the layer-norm saves for the backward pass
	normed     buffer[T]      // [tokens, hidden] layer-norm(x)
	dnormed    buffer[T]      // [tokens, hidden]
	projection buffer[T]      // [tokens, hidden] inner Wᵀ + b; in the backward pass its gradient
}

// newPreNorm returns the begin and the end of a half that reads x and whose result has the given rows.
func (g *Graph[T]) newPreNorm(p PreNorm[T], x Hidden[T], rows extent) preNorm[T] {
	n := preNorm[T]{PreNorm: p, g: g, x: x, rows: rows, projection: g.shared("projection", g.hidden)}
	if p.Norm.Scale != nil {
		n.saved, n.normed = g.newNorm(g.hidden), g.shared("normed", g.hidden)
	}
	return n
}

func (p *preNorm[T]) parameters() []*Parameter[T] {
	return append(p.Norm.parameters(), p.Dense.parameters()...)
}

func (p *preNorm[T]) allocateGradients() {
	if p.Norm.Scale != nil {
		p.dnormed = p.g.shared("gradient of normed", p.g.hidden)
	}
}

// begin returns layer-norm(x) [n, hidden], or x [n, hidden] itself where there is no layer-norm.
func (p *preNorm[T]) begin(x kernel.Matrix[T]) kernel.Matrix[T] {
	if p.Norm.Scale == nil {
		return x
	}
	normed := p.normed.rows(x.Rows) // [n, hidden]
	p.g.engine.AddNorm(normed, x, kernel.Matrix[T]{}, p.Norm.Scale.Data, p.g.shift(p.Norm), kernel.Dropout{}, p.Norm.Epsilon, p.saved)
	return normed
}

// again returns what begin returned [n, hidden], in the backward pass.
func (p *preNorm[T]) again(n int) kernel.Matrix[T] {
	if p.Norm.Scale == nil {
		return p.x.recompute(n)
	}
	normed := p.normed.rows(n) // [n, hidden]
	p.g.engine.Affine(normed, p.saved.Unit, p.Norm.Scale.Data, p.g.shift(p.Norm))
	return normed
}

// end computes y [n, hidden] from inner [n, width] and x [n, hidden].
func (p *preNorm[T]) end(y, inner, x kernel.Matrix[T]) {
	projection := p.projection.rows(y.Rows) // [n, hidden]
	p.g.linearForward(projection, inner, p.Dense)
	p.g.engine.Add(y, projection, x, p.g.dropout(p.Dropout, p.Site, p.rows))
}

// endBackward computes dinner [n, width] from dy [n, hidden]. dinner may be the memory of inner [n, width].
func (p *preNorm[T]) endBackward(dinner, dy, inner kernel.Matrix[T]) {
	dprojection := p.projection.rows(dy.Rows) // [n, hidden]
	p.g.engine.Drop(dprojection, dy, p.g.dropout(p.Dropout, p.Site, p.rows))
	p.g.linearBackward(dinner, dprojection, inner, p.Dense, kernel.Matrix[T]{})
}

// gradient returns the memory [n, hidden] for the gradient of what begin returned. Where there is no layer-norm, it is dx.
func (p *preNorm[T]) gradient(dx kernel.Matrix[T]) kernel.Matrix[T] {
	if p.Norm.Scale == nil {
		return dx
	}
	return p.dnormed.rows(dx.Rows)
}

// beginBackward computes dx [n, hidden] from the gradient of what begin returned, in the memory that gradient returned. dx is only
// the part of x's gradient that comes through the layer-norm: the caller adds the part of the residual connection.
func (p *preNorm[T]) beginBackward(dx kernel.Matrix[T]) {
	if p.Norm.Scale == nil {
		return
	}
	dnormed := p.dnormed.rows(dx.Rows) // [n, hidden]
	p.g.normBackward(dx, dnormed, p.Norm, p.saved)
}

// normBackward computes dx [n, hidden] and the gradients of the parameters of a layer-norm from dy [n, hidden].
func (g *Graph[T]) normBackward(dx, dy kernel.Matrix[T], l LayerNorm[T], saved kernel.Norm[T]) {
	if l.Shift != nil {
		g.sumColumns(l.Shift, dy, kernel.Matrix[T]{})
	}
	g.sumColumns(l.Scale, dy, saved.Unit)
	g.engine.AddNormBackward(dx, kernel.Matrix[T]{}, dy, l.Scale.Data, kernel.Dropout{}, saved)
}
