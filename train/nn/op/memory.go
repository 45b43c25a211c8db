package op

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"ftft/train/nn/kernel"
)

// A Memory holds the scratch buffers that the graphs of one network share, by name. The contents of a buffer last until
// the next operation that uses the same name; values that a backward pass reads again are not kept here. All buffers of the graphs
// are made by their Memory, which counts them.
type Memory[T kernel.Float] struct {
	buffers map[string][]T
	values  int64 // in all buffers made so far
}

// NewMemory returns an empty memory. It grows while graphs are built.
func NewMemory[T kernel.Float]() *Memory[T] { return &Memory[T]{buffers: map[string][]T{}} }

// Values returns the number of values in the buffers of all graphs, those that the graphs do not share included.
func (m *Memory[T]) Values() int64 { return m.values }

// make returns a new buffer of n values, all zero.
func (m *Memory[T]) make(n int) []T {
	m.values += int64(n)
	return make([]T, n)
}

// buffer returns the first n elements of the buffer of a name, which it makes or enlarges as needed.
func (m *Memory[T]) buffer(name string, n int) []T {
	if len(m.buffers[name]) < n {
		m.buffers[name] = m.make(n)
	}
	return m.buffers[name][:n]
}

// A buffer is the memory of a value, [capacity, columns], as a tensor for Gorgonia and as a matrix for the kernels.
type buffer[T kernel.Float] struct {
	value *tensor.Dense
	all   kernel.Matrix[T]
}

// rows returns the first n rows, [n, columns]: the part that a batch fills.
func (b buffer[T]) rows(n int) kernel.Matrix[T] { return b.all.Block(0, 0, n, b.all.Cols) }

// wrap makes a buffer [rows, columns] of data.
func (g *Graph[T]) wrap(data []T, rows, columns int) buffer[T] {
	b := buffer[T]{tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(data)), kernel.Dense(data, rows, columns)}
	g.buffers[b.value] = b
	return b
}

// matrix returns the first n rows of an operation's input, which is the output of another operation. It looks the buffer
// up because the tensor's own Data method allocates.
func (g *Graph[T]) matrix(v G.Value, n int) kernel.Matrix[T] {
	b, ok := g.buffers[v]
	if !ok {
		panic("op: the input is not the output of an operation")
	}
	return b.rows(n)
}

// allocate returns a buffer [rows, columns] that nothing else uses.
func (g *Graph[T]) allocate(rows, columns int) buffer[T] {
	return g.wrap(g.memory.make(rows*columns), rows, columns)
}

// saved returns a buffer [tokens, columns] for a value that the backward pass reads again. A graph without a backward
// pass uses the same memory in every layer.
func (g *Graph[T]) saved(name string, columns int) buffer[T] {
	if g.training {
		return g.allocate(g.tokens, columns)
	}
	return g.shared("kept "+name, columns)
}

// shared returns the scratch buffer [tokens, columns] of a name.
func (g *Graph[T]) shared(name string, columns int) buffer[T] {
	return g.wrap(g.memory.buffer(name, g.tokens*columns), g.tokens, columns)
}

// alternate returns one of two scratch buffers [tokens, hidden] in turn. The operations form a chain, in which each reads
// the hidden states (or their gradient) of its predecessor alone, so two buffers are enough for all layers.
func (g *Graph[T]) alternate(name string) buffer[T] { return g.alternateOf(name, g.hidden) }

// alternateOf is alternate for another number of columns.
func (g *Graph[T]) alternateOf(name string, columns int) buffer[T] {
	g.turns[name] = 1 - g.turns[name]
	return g.shared(name+[]string{" one", " two"}[g.turns[name]], columns)
}
