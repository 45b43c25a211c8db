package nn

import (
	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
)

// A Parameter is a tensor that training updates, with its gradient.
type Parameter[T kernel.Float] = op.Parameter[T]

// A Batch is the network's input: sequences of tokens one after another, without padding.
type Batch = op.Batch

// Weights are the values of a model's parameters, in row-major order, by the names in Spec.Tensors.
type Weights map[string][]float32
