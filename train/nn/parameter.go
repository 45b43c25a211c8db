package nn

import "ftft/train/nn/spec"

// Float is the type that a network computes in: float32 when it trains, float64 where a test wants exact gradients.
type Float interface{ ~float32 | ~float64 }

// A Parameter is one tensor that training moves, with its gradient. Both slices have the tensor's size, are
// row-major, and stay in place for the life of the network: an optimiser updates Data where it lies.
type Parameter[T Float] struct {
	spec.Tensor
	Data []T
	Grad []T // of the last backward pass

	// Touched lists the rows of an embedding that have a gradient, ascending; all other rows of Grad hold zeros.
	// nil means that every row counts.
	Touched []int32
}

// Weights are the values of a model's parameters by the names that its Spec gives them.
type Weights map[string][]float32
