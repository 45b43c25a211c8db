package cost

import "ftft/train/nn/spec"

// Sequence returns the floating-point operations of training on one sequence of a mean length, in tokens.
func Sequence(s spec.Spec, length float64) float64 {
	const many = 1000 // Training counts whole tokens
	return Training(s, many, int64(many*length), int64(many*length*length)) / many
}
