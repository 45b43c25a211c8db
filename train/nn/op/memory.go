package op

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"ftft/train/nn/kernel"
)

// A Memory is what the graphs of one network compute in beside the values that a backward pass needs again: buffers by
// name, each used by whatever needs it no longer than until the next of its name.
type Memory[T kernel.Float] struct{ buffers map[string][]T }

// NewMemory is an empty one: it grows as graphs are built.
func NewMemory[T kernel.Float]() *Memory[T] { return &Memory[T]{map[string][]T{}} }

func (m *Memory[T]) take(name string, n int) []T {
	if len(m.buffers[name]) < n {
		m.buffers[name] = make([]T, n)
	}
	return m.buffers[name][:n]
}

// A result is the value of an operation: a tensor, and the same memory as a matrix.
type result[T kernel.Float] struct {
	value *tensor.Dense
	all   kernel.Matrix[T] // [capacity, columns]
}

// rows is the part that a batch fills.
func (r result[T]) rows(n int) kernel.Matrix[T] { return r.all.Block(0, 0, n, r.all.Cols) }

func (g *Graph[T]) wrap(data []T, rows, columns int) result[T] {
	r := result[T]{tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(data)), kernel.Dense(data, rows, columns)}
	g.results[r.value] = r
	return r
}

// matrix is the n first rows of an operation's input, which is another's result. (To ask the tensor for its data would
// allocate.)
func (g *Graph[T]) matrix(v G.Value, n int) kernel.Matrix[T] {
	r, ok := g.results[v]
	if !ok {
		panic("an input that no operation made")
	}
	return r.rows(n)
}

// output allocates what a forward operation writes for good.
func (g *Graph[T]) output(rows, columns int) result[T] {
	return g.wrap(make([]T, rows*columns), rows, columns)
}

// kept is memory [capacity in tokens, columns] for what the backward pass reads again. A graph without one has such
// memory once for all layers.
func (g *Graph[T]) kept(name string, columns int) result[T] {
	if g.training {
		return g.output(g.tokens, columns)
	}
	return g.shared("kept "+name, columns)
}

// shared is the memory [capacity in tokens, columns] of a name.
func (g *Graph[T]) shared(name string, columns int) result[T] {
	return g.wrap(g.memory.take(name, g.tokens*columns), g.tokens, columns)
}

// next is the memory of the next hidden states or of their gradients: the operations form a chain, so that two of each
// serve all.
func (g *Graph[T]) next(name string) result[T] {
	g.turns[name] = 1 - g.turns[name]
	return g.shared(name+[]string{" one", " two"}[g.turns[name]], g.hidden)
}
