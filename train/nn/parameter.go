package nn

import (
	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
)

// A Parameter is one tensor that training moves, with its gradient.
type Parameter[T kernel.Float] = op.Parameter[T]

// A Batch is packed sequences: the network's input.
type Batch = op.Batch

// Weights are the values of a model's parameters by the names that its Spec gives them.
type Weights map[string][]float32
