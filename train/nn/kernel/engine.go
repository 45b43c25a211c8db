// Package kernel computes what a transformer needs, forward and backward, on slices: matrix products, layer-norm,
// activations, attention inside packed sequences, embeddings, cross-entropy, dropout, and an optimiser's step.
//
// The bits of a result are the same for any number of threads and on every processor: each element is computed by one
// worker in an order that depends on shapes alone, by operations that IEEE 754 defines, written once in Go (plain) and
// again in assembly (simd). Nothing is allocated by a call, after the first of its size. The code is generic: float32
// is what trains, float64 is what checks gradients.
//
// Tokens lie packed: row t of a matrix of T rows is the t-th token of the batch, its sequences one after another.
package kernel

// Float is a type that kernels compute in.
type Float interface{ float32 | float64 }

// An Engine is a pool of workers with the memory that the kernels need between them. Its methods are the kernels; they
// must not be called at the same time.
type Engine[T Float] struct {
	*Pool
	arithmetic arithmetic[T]
	path       Path
	scratch    [][]T // by worker; see reserve

	// The task of each kernel, here so that a call allocates nothing.
	activation activation[T]
	elementary elementary[T]
	columns    columns[T]
	means      means[T]
	norm       norm[T]
	affine     affine[T]
	normBack   normBack[T]
	attention  attention[T]
	lookup     lookup[T]
	scatter    scatter[T]
	update     update[T]
	squares    squares[T]
}

// NewEngine starts an engine of the given number of threads; 0 stands for as many as Go uses. The path is for float32;
// the processor must have it.
func NewEngine[T Float](threads int, path Path) *Engine[T] {
	pool := NewPool(threads)
	e := &Engine[T]{Pool: pool, path: Plain, arithmetic: &plain[T]{}, scratch: make([][]T, pool.Threads())}
	m := machineOf(choose(path))
	if m == nil {
		return e
	}
	if a, ok := any(&simd{machine: m, alone: make([][]float32, pool.Threads())}).(arithmetic[T]); ok {
		e.arithmetic, e.path = a, choose(path)
	}
	return e
}

// Path is what the engine computes with.
func (e *Engine[T]) Path() Path { return e.path }

// reserve gives every worker scratch memory of n elements. It allocates only where n is greater than ever before.
func (e *Engine[T]) reserve(n int) {
	if len(e.scratch[0]) >= n {
		return
	}
	for i := range e.scratch {
		e.scratch[i] = make([]T, n)
	}
}

// rowTile is the number of rows in a tile of the kernels that go by rows, columnTile the number of columns in one of
// those that go by columns.
const (
	rowTile    = 16
	columnTile = 32
)

// rowsOf gives the rows of a tile out of n.
func rowsOf(index, n int) (from, to int) { return index * rowTile, min(n, (index+1)*rowTile) }

// tiles is the number of tiles of a size that cover n.
func tiles(n, size int) int { return (n + size - 1) / size }
