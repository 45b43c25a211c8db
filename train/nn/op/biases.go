package op

import (
	"math"

	"ftft/train/nn/kernel"
)

// Biases are a Relation: a bias of the scores by head and distance (Raffel et al., 2020, section 2.1).
type Biases[T kernel.Float] struct {
	g         *Graph[T]
	table     *Parameter[T] // [rows, heads]
	distances distances
	factor    T   // of the table: the kernel divides by it
	layers    int // added so far
	bias      []T // [heads, 2*longest-1] the table by head and distance, times factor
}

// biasesLayer is what one layer computes.
type biasesLayer[T kernel.Float] struct {
	*Biases[T]
	number int
	dbias  []T // [heads, 2*longest-1] the sum over the batch so far
}

// Biases returns the relation of a table [rows, heads]. A score of a query and a key is biased by the row of the distance, which is
// the key's position less the query's. No sequence has more than longest tokens.
func (g *Graph[T]) Biases(table *Parameter[T], longest int, row func(distance int) int) *Biases[T] {
	return &Biases[T]{
		g: g, table: table, distances: newDistances(min(g.tokens, longest), row),
		factor: T(math.Sqrt(float64(g.hidden / table.Shape[1]))),
	}
}

func (b *Biases[T]) layer(SelfAttention[T]) layerRelation[T] {
	b.layers++
	return &biasesLayer[T]{Biases: b, number: b.layers - 1}
}

func (l *biasesLayer[T]) parameters() []*Parameter[T] {
	if l.number == 0 {
		return []*Parameter[T]{l.table}
	}
	return nil
}

// rows returns the rows of the table by distance [2*longest-1].
func (b *Biases[T]) rows() []int32 { return b.distances.within(b.g.input.longest) }

// matrix returns a matrix by head and distance [heads, 2*longest-1].
func (b *Biases[T]) matrix(values *[]T) kernel.Matrix[T] {
	heads, distances := b.table.Shape[1], 2*b.g.input.longest-1
	return kernel.Dense(b.g.memory.grown(values, heads*distances), heads, distances)
}

func (l *biasesLayer[T]) attend(context, q, k, v kernel.Matrix[T], heads int, d kernel.Dropout) {
	bias := l.matrix(&l.bias)
	if l.number == 0 {
		kernel.SpreadBias(bias, l.table.matrix(l.table.Data), l.rows(), l.factor)
	}
	l.g.engine.AttendBiased(context, q, k, v, bias, l.g.input.Starts, heads, d)
}

func (l *biasesLayer[T]) attendBackward(dq, dk, dv, dcontext, q, k, v kernel.Matrix[T], heads int, d kernel.Dropout) {
	dbias := l.matrix(&l.dbias)
	if !l.g.input.continues() {
		clear(dbias.Data)
	}
	l.g.engine.AttendBiasedBackward(dq, dk, dv, dbias, dcontext, q, k, v, l.matrix(&l.bias), l.g.input.Starts, heads, d)
}

func (l *biasesLayer[T]) finish() {
	if !l.g.input.ends() {
		return
	}
	if l.number == l.layers-1 {
		clear(l.table.Grad)
	}
	kernel.CollectBias(l.table.matrix(l.table.Grad), l.matrix(&l.dbias), l.rows(), l.factor)
}
