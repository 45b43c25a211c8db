package op

import "ftft/train/nn/kernel"

// A DistanceTable describes the embeddings of distances of disentangled attention (He et al., 2021, section 3.1).
type DistanceTable[T kernel.Float] struct {
	Embeddings   *Parameter[T]          // [rows, hidden]
	Scale, Shift *Parameter[T]          // [hidden] of their layer-norm; nil = none
	Epsilon      float64                // of the layer-norm
	Row          func(distance int) int // the row of a distance, which is the query's position less the key's
	Longest      int                    // tokens of the longest sequence
	Dropout      float64                // rate, of the embeddings in each layer
	Site         func() int             // the number of that dropout in the next layer; see kernel.NewDropout

	// Whether the scores have a term of the query and the distance's key, and one of the key and the distance's query.
	ContentToPosition, PositionToContent bool
}

// Disentangled is a Relation: scores with terms for the embedding of the distance, which the layer's weights for queries and keys
// project. h is the width of the hidden states.
type Disentangled[T kernel.Float] struct {
	DistanceTable[T]
	g       *Graph[T]
	byQuery distances // by the query's position less the key's
	byKey   distances // by the key's position less the query's
	layers  int       // added so far

	normed  kernel.Matrix[T] // [rows, h] the embeddings after the layer-norm, if there is one
	norm    kernel.Norm[T]   // [rows, h]
	dnormed kernel.Matrix[T] // [rows, h] the sum over the layers so far
	x, dx   []T              // [2*longest-1, h] embeddings by distance, with dropout, and their gradient

	keys, queries []T // [2*longest-1, h] of the current layer, without a backward pass
}

// disentangledLayer is what one layer computes. A term that is missing is nil.
type disentangledLayer[T kernel.Float] struct {
	*Disentangled[T]
	number        int
	site          int
	keys, queries *distanceTerm[T]
}

// A distanceTerm is the keys of distances in a layer, or their queries.
type distanceTerm[T kernel.Float] struct {
	distances
	layer Dense[T]
	y     *[]T // [2*longest-1, h]; all layers share it where there is no backward pass
	dy    []T  // [2*longest-1, h] the sum over the batch so far
}

// Disentangled returns the relation of a table.
func (g *Graph[T]) Disentangled(t DistanceTable[T]) *Disentangled[T] {
	capacity, rows := min(g.tokens, t.Longest), t.Embeddings.Shape[0]
	d := &Disentangled[T]{
		DistanceTable: t, g: g,
		byQuery: newDistances(capacity, t.Row),
		byKey:   newDistances(capacity, func(distance int) int { return t.Row(-distance) }),
		normed:  t.Embeddings.matrix(t.Embeddings.Data),
	}
	matrix := func() kernel.Matrix[T] { return kernel.Dense(g.memory.make(rows*g.hidden), rows, g.hidden) }
	if t.Scale != nil {
		d.normed, d.norm = matrix(), kernel.Norm[T]{Unit: matrix(), Inverse: g.memory.make(rows)}
	}
	if g.training {
		d.dnormed = t.Embeddings.matrix(t.Embeddings.Grad)
		if t.Scale != nil {
			d.dnormed = matrix()
		}
	}
	return d
}

func (d *Disentangled[T]) layer(a SelfAttention[T]) layerRelation[T] {
	l := &disentangledLayer[T]{Disentangled: d, number: d.layers, site: d.Site()}
	if d.ContentToPosition {
		l.keys = &distanceTerm[T]{distances: d.byKey, layer: a.Key, y: &d.keys}
	}
	if d.PositionToContent {
		l.queries = &distanceTerm[T]{distances: d.byQuery, layer: a.Query, y: &d.queries}
	}
	for _, t := range [2]*distanceTerm[T]{l.keys, l.queries} {
		if t != nil && d.g.training {
			t.y = new([]T)
		}
	}
	d.layers++
	return l
}

func (l *disentangledLayer[T]) parameters() []*Parameter[T] {
	switch {
	case l.number > 0:
		return nil
	case l.Scale == nil:
		return []*Parameter[T]{l.Embeddings}
	}
	return []*Parameter[T]{l.Embeddings, l.Scale, l.Shift}
}

// matrix returns a matrix by distance [2*longest-1, h].
func (d *Disentangled[T]) matrix(values *[]T) kernel.Matrix[T] {
	rows := 2*d.g.input.longest - 1
	return kernel.Dense(d.g.memory.grown(values, rows*d.g.hidden), rows, d.g.hidden)
}

func (l *disentangledLayer[T]) attend(context, q, k, v kernel.Matrix[T], heads int, drop kernel.Dropout) {
	if l.number == 0 && l.Scale != nil {
		l.g.engine.AddNorm(l.normed, l.Embeddings.matrix(l.Embeddings.Data), kernel.Matrix[T]{}, l.Scale.Data, l.Shift.Data,
			kernel.Dropout{}, l.Epsilon, l.norm)
	}
	keys, queries := l.project(l.keys), l.project(l.queries) // [2*longest-1, h] each
	l.g.engine.AttendDisentangled(context, q, k, v, keys, queries, l.g.input.Starts, heads, drop)
}

// project computes a term [2*longest-1, h], a matrix without data if there is none.
func (l *disentangledLayer[T]) project(t *distanceTerm[T]) kernel.Matrix[T] {
	if t == nil {
		return kernel.Matrix[T]{}
	}
	y := l.matrix(t.y)
	l.g.linearForward(y, l.gather(t), t.layer)
	return y
}

// dropout returns the layer's dropout of the whole table.
func (l *disentangledLayer[T]) dropout() kernel.Dropout { return l.g.dropoutFrom(l.Dropout, l.site, 0) }

// gather returns the embeddings by distance [2*longest-1, h] of a term.
func (l *disentangledLayer[T]) gather(t *distanceTerm[T]) kernel.Matrix[T] {
	x := l.matrix(&l.x)
	l.g.engine.Gather(x, l.normed, t.within(l.g.input.longest), l.dropout())
	return x
}

func (l *disentangledLayer[T]) attendBackward(dq, dk, dv, dcontext, q, k, v kernel.Matrix[T], heads int, drop kernel.Dropout) {
	keys, dkeys := l.gradient(l.keys)          // [2*longest-1, h] each
	queries, dqueries := l.gradient(l.queries) // [2*longest-1, h] each
	l.g.engine.AttendDisentangledBackward(dq, dk, dv, dkeys, dqueries, dcontext, q, k, v, keys, queries, l.g.input.Starts, heads, drop)
}

// gradient returns what project has computed and its gradient so far, [2*longest-1, h] each.
func (l *disentangledLayer[T]) gradient(t *distanceTerm[T]) (y, dy kernel.Matrix[T]) {
	if t == nil {
		return y, dy
	}
	dy = l.matrix(&t.dy)
	if !l.g.input.continues() {
		clear(dy.Data)
	}
	return l.matrix(t.y), dy
}

func (l *disentangledLayer[T]) finish() {
	if !l.g.input.ends() {
		return
	}
	if l.number == l.layers-1 {
		clear(l.dnormed.Data)
	}
	l.projectBackward(l.keys)
	l.projectBackward(l.queries)
	if l.number == 0 && l.Scale != nil {
		none := kernel.Matrix[T]{}
		l.g.engine.ColumnSums(l.Shift.Grad, l.dnormed, none, false)
		l.g.engine.ColumnSums(l.Scale.Grad, l.dnormed, l.norm.Unit, false)
		l.g.engine.AddNormBackward(l.Embeddings.matrix(l.Embeddings.Grad), none, l.dnormed, l.Scale.Data, kernel.Dropout{}, l.norm)
	}
}

// projectBackward adds to the gradients of a term's weights and of the table.
func (l *disentangledLayer[T]) projectBackward(t *distanceTerm[T]) {
	if t == nil {
		return
	}
	x, dx, dy := l.gather(t), l.matrix(&l.dx), l.matrix(&t.dy) // [2*longest-1, h] each
	weight, bias := t.layer.Weight, t.layer.Bias
	grad := weight.matrix(weight.Grad)
	l.g.engine.Multiply(kernel.TN, grad, dy, x, grad)
	l.g.engine.ColumnSums(bias.Grad, dy, kernel.Matrix[T]{}, true)
	l.g.engine.Multiply(kernel.NN, dx, dy, weight.matrix(weight.Data), kernel.Matrix[T]{})
	l.g.engine.GatherBackward(l.dnormed, dx, t.within(l.g.input.longest), l.dropout())
}
