// Package kernel computes what a transformer needs, forward and backward, on slices: matrix products, layer-norm,
// activations, attention inside packed sequences, embeddings, cross-entropy and dropout.
//
// Every element of a result is computed by one worker in an order that depends on shapes alone, so the bits of a
// result are the same for any number of threads. Nothing is allocated by a call. The code is generic: float32 is what
// trains, float64 is what checks gradients.
//
// Tokens lie packed: row t of a matrix of T rows is the t-th token of the batch, its sequences one after another.
package kernel

// Float is a type that kernels compute in.
type Float interface{ float32 | float64 }

// An Engine is a pool of workers with the memory that the kernels need between them. Its methods are the kernels; they
// must not be called at the same time.
type Engine[T Float] struct {
	*Pool
	scratch [][]T // by worker; see reserve

	// The task of each kernel, here so that a call allocates nothing.
	product    product[T]
	activation activation[T]
	elementary elementary[T]
	sums       sums[T]
	norm       norm[T]
	normBack   normBack[T]
	attention  attention[T]
	lookup     lookup[T]
	scatter    scatter[T]
}

// NewEngine starts an engine of the given number of threads; 0 stands for as many as Go uses.
func NewEngine[T Float](threads int) *Engine[T] {
	pool := NewPool(threads)
	return &Engine[T]{Pool: pool, scratch: make([][]T, pool.Threads())}
}

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
