package op

import "ftft/train/nn/kernel"

// A Relation makes attention depend on the distances of tokens, by a table that all layers share. It is a *Biases or a
// *Disentangled.
//
// The graph is a chain, in which a value has one consumer. So the operation of the first layer is the only one with the table
// among its parameters, and computes its gradient: in the backward pass it is the last to run.
type Relation[T kernel.Float] interface {
	// layer returns what the next layer computes.
	layer(SelfAttention[T]) layerRelation[T]
}

// A layerRelation computes the attention of a layer.
type layerRelation[T kernel.Float] interface {
	// parameters returns the parameters whose gradients the layer computes beside those of queries and keys.
	parameters() []*Parameter[T]

	// attend computes context [rows, hidden] from q [rows, hidden], and k and v [tokens, hidden]; see kernel.Engine.Attend.
	attend(context, q, k, v kernel.Matrix[T], heads int, d kernel.Dropout)

	// attendBackward computes dq [rows, hidden], dk and dv [tokens, hidden] from dcontext [rows, hidden].
	attendBackward(dq, dk, dv, dcontext, q, k, v kernel.Matrix[T], heads int, d kernel.Dropout)

	// finish computes the gradients of the parameters, and adds to those of queries and keys what comes through the table, when the
	// batch is complete. It follows attendBackward and the gradients of queries and keys.
	finish()
}

// unrelated is attention that does not depend on distances.
type unrelated[T kernel.Float] struct{ g *Graph[T] }

func (*unrelated[T]) parameters() []*Parameter[T] { return nil }
func (*unrelated[T]) finish()                     {}

func (u *unrelated[T]) attend(context, q, k, v kernel.Matrix[T], heads int, d kernel.Dropout) {
	u.g.engine.Attend(context, q, k, v, u.g.input.Starts, heads, d)
}

func (u *unrelated[T]) attendBackward(dq, dk, dv, dcontext, q, k, v kernel.Matrix[T], heads int, d kernel.Dropout) {
	u.g.engine.AttendBackward(dq, dk, dv, dcontext, q, k, v, u.g.input.Starts, heads, d)
}

// distances are the rows of a table by the distances of tokens.
type distances struct {
	rows []int32 // [2*capacity-1] from distance 1-capacity on
}

// newDistances returns the rows for sequences of at most capacity tokens.
func newDistances(capacity int, row func(distance int) int) distances {
	d := distances{make([]int32, 2*capacity-1)}
	for i := range d.rows {
		d.rows[i] = int32(row(i - capacity + 1))
	}
	return d
}

// within returns the rows [2*longest-1] for sequences of at most longest tokens.
func (d distances) within(longest int) []int32 {
	middle := len(d.rows) / 2
	return d.rows[middle-longest+1 : middle+longest]
}

// grown returns the first n elements of *values, which it replaces if they are too few. New values are zero.
func (m *Memory[T]) grown(values *[]T, n int) []T {
	if len(*values) < n {
		m.values -= int64(len(*values))
		*values = m.make(n)
	}
	return (*values)[:n]
}
