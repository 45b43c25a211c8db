package op

import (
	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// A Parameter is a tensor that training updates, with its gradient. Data and Grad have the tensor's size in row-major
// order and stay in place for the life of the network: an optimiser updates Data in place.
type Parameter[T kernel.Float] struct {
	spec.Tensor
	Data []T
	Grad []T // of the latest backward pass; nil before training and if Frozen

	Frozen bool // not trained: it has no gradient

	// Touched lists the rows of an embedding that have a gradient, each once; all other rows of Grad are zero.
	// If it is nil, every row counts.
	Touched []int32
}

// matrix returns Data or Grad of a two-dimensional parameter as [rows, columns].
func (p *Parameter[T]) matrix(data []T) kernel.Matrix[T] {
	return kernel.Dense(data, p.Shape[0], p.Shape[1])
}
