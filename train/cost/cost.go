// Package cost reckons what training takes: floating-point operations of real tokens, compute in the paper's way, and
// the time that is left. The loop, the screens and the report have their figures from here.
package cost

import (
	"time"

	"ftft/train/nn/spec"
)

// Forward is the floating-point operations of one pass over sequences without padding: two for each multiply-add of the
// matrix products, which are all but a few percent. tokens is their total length, squares the sum of their squared
// lengths. Layer by layer: query, key, value and output 8 H² a token, the feed-forward layer 4 H I a token, scores and
// context 4 H a pair of tokens; and the head once a sequence.
func Forward(s spec.Spec, sequences, tokens, squares int64) float64 {
	h, i := float64(s.Hidden), float64(s.Intermediate)
	layer := float64(tokens)*(8*h*h+4*h*i) + 4*h*float64(squares)
	head := 2*h*float64(len(s.Labels)) + 2*h*h
	return float64(s.Layers)*layer + float64(sequences)*head
}

// Training is Forward with the backward pass, which takes twice as much: the gradients of inputs and of weights.
// Attention's probabilities, computed again, do not count: that is this program's choice and not the model's need.
func Training(s spec.Spec, sequences, tokens, squares int64) float64 {
	return 3 * Forward(s, sequences, tokens, squares)
}

// Compute is the paper's measure of what a main model cost, with its reference, in fractions of training the main model
// plainly for the whole budget: ratio is the reference's size in main models, steps the fraction of the budget that the
// main model took. ratio 0 = no reference.
func Compute(ratio, steps float64) float64 { return ratio + steps }

// Ratio is a reference's size in main models: without embedding tables, as papers count, and with everything.
func Ratio(reference, main spec.Spec) (body, total float64) {
	r, m := reference.Parameters(), main.Parameters()
	return float64(r.Body()) / float64(m.Body()), float64(r.Total) / float64(m.Total)
}

// Disk is the bytes that a run writes at most: so many checkpoints of float32 weights with both of AdamW's moments, one more
// while it is written, and rows of logits over all epochs and evaluations.
func Disk(s spec.Spec, checkpoints int, rows int64) int64 {
	return 4 * (3*int64(checkpoints+1)*int64(s.Parameters().Total) + rows*int64(len(s.Labels)))
}

// Checkpoints is how many a run keeps at most: the best one and the last two.
const Checkpoints = 3

// Memory is the bytes that a training takes: float32 parameters, their gradients, both of AdamW's moments, and the copy of
// parameters and moments that a checkpoint is written from beside the training; and the values of every layer with their
// gradients for a batch of so many tokens (by layer and token 10 hidden + 2 intermediate ones: see nn.build). The program
// itself and the examples' token IDs are not counted.
func Memory(s spec.Spec, tokens int) int64 {
	values := int64(tokens) * int64(s.Layers) * int64(10*s.Hidden+2*s.Intermediate)
	return 4 * (7*int64(s.Parameters().Total) + 2*values)
}

// Left is the time that the rest of a run takes at the pace so far: done of total steps in the time spent. False where
// nothing is known yet.
func Left(done, total int, spent time.Duration) (time.Duration, bool) {
	if done <= 0 || total < done {
		return 0, false
	}
	return time.Duration(float64(spent) / float64(done) * float64(total-done)), true
}
