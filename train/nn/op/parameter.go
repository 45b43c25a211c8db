package op

import (
	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// A Parameter is one tensor that training moves, with its gradient. Both slices have the tensor's size, are
// row-major, and stay in place for the life of the network: an optimiser updates Data where it lies.
type Parameter[T kernel.Float] struct {
	spec.Tensor
	Data []T
	Grad []T // of the last backward pass

	// Touched lists the rows of an embedding that have a gradient, each once; all other rows of Grad hold zeros.
	// nil means that every row counts.
	Touched []int32
}

// matrix views a slice of the parameter's size as [rows, columns].
func (p *Parameter[T]) matrix(data []T) kernel.Matrix[T] {
	return kernel.Dense(data, p.Shape[0], p.Shape[1])
}
