// Package kernel computes the parts of a transformer, forward and backward, on slices: matrix products, layer-norm, activations,
// attention inside packed sequences, rotary positions, embeddings, cross-entropy, dropout and the step of an optimiser.
//
// A result has the same bits for any number of threads and on every processor. One worker computes each element, in an
// order that depends only on shapes, by operations that IEEE 754 defines. The arithmetic is written once in Go (plain) and
// once in assembly (simd), which the program in _gen generates. After the first call of a size, no call allocates. The code
// is generic: training uses float32, the tests of gradients use float64.
//
// Sequences are packed: row t of a matrix [tokens, columns] is the t-th token of the batch, whose sequences follow one
// another without padding. Matrices are row-major.
//
// The package imports nothing of this project. Begin reading at Engine, then arithmetic.go, where plain defines each
// function.
package kernel

// Float is a type that the kernels compute in.
type Float interface{ float32 | float64 }

// An Engine is a pool of workers and their scratch memory. Its methods are the kernels. They must not be called
// concurrently.
type Engine[T Float] struct {
	*Pool
	arithmetic arithmetic[T]
	path       Path
	scratch    [][]T // by worker; see reserve

	// The task of each kernel. They are fields so that a call does not allocate.
	activation   activation[T]
	elementary   elementary[T]
	columns      columns[T]
	means        means[T]
	norm         norm[T]
	affine       affine[T]
	normBack     normBack[T]
	attention    attention[T]
	biases       biases[T]
	disentangled disentangled[T]
	gather       gather[T]
	residual     residual[T]
	rotary       rotary[T]
	gate         gate[T]
	gateBack     gateBack[T]
	lookup       lookup[T]
	scatter      scatter[T]
	update       update[T]
	squares      squares[T]
}

// NewEngine starts an engine with the given number of threads; 0 means GOMAXPROCS. The path applies to float32. NewEngine
// panics if the processor lacks it.
func NewEngine[T Float](threads int, path Path) *Engine[T] {
	pool := NewPool(threads)
	e := &Engine[T]{Pool: pool, path: Plain, arithmetic: &plain[T]{}, scratch: make([][]T, pool.Threads())}
	r := routinesOf(resolve(path))
	if r == nil {
		return e
	}
	if a, ok := any(&simd{routines: r, alone: make([][]float32, pool.Threads())}).(arithmetic[T]); ok {
		e.arithmetic, e.path = a, resolve(path)
	}
	return e
}

// Path returns the path that the engine uses.
func (e *Engine[T]) Path() Path { return e.path }

// reserve makes the scratch memory of every worker at least n elements long.
func (e *Engine[T]) reserve(n int) {
	if len(e.scratch[0]) >= n {
		return
	}
	for i := range e.scratch {
		e.scratch[i] = make([]T, n)
	}
}

// Sizes of tiles.
const (
	rowTile    = 16 // rows, in kernels that divide a matrix by rows
	columnTile = 32 // columns, in kernels that divide a matrix by columns
)

// rowsOf returns the range of rows in a tile of a matrix of n rows.
func rowsOf(index, n int) (from, to int) { return index * rowTile, min(n, (index+1)*rowTile) }

// tiles returns the number of tiles of a size that cover n.
func tiles(n, size int) int { return (n + size - 1) / size }
