// Package cost computes what training costs: floating-point operations of real tokens, compute as the FTFT paper counts it,
// disk space, and the remaining time. The loop, the screens and the report take their figures from here; train.Memory has those of
// memory. It is pure and
// imports configs and train/nn/spec. Start with Forward and Compute.
package cost

import (
	"time"

	"ftft/train/nn/spec"
)

// Forward returns the floating-point operations of one forward pass over sequences without padding: two for each multiply-add
// of the matrix products, which are all but a few percent of the work. tokens is the sequences' total length, squares the sum of
// their squared lengths. A layer takes 8 H² per token for query, key, value and output, 4 H I per token for the feed-forward
// part (6 H I if it is gated), and 4 H per pair of tokens for scores and context. Each term that disentangled attention adds to the
// scores takes 2 H more per pair; the keys and queries of its distances, which it computes once for a batch, are left out. A layer
// that attends to near tokens has at most as many pairs as they allow. Embeddings of a width E other than H take 2 E H per token. The
// head takes 2 H² + 2 H C per sequence.
func Forward(s spec.Spec, sequences, tokens, squares int64) float64 {
	h, i, n := float64(s.Hidden), float64(s.Intermediate), float64(tokens)
	feedForward, pair := 4*h*i, 4*h
	if s.Gated {
		feedForward = 6 * h * i
	}
	for _, term := range []bool{s.Relative.ContentToPosition, s.Relative.PositionToContent} {
		if term {
			pair += 2 * h
		}
	}
	near := 0 // layers that attend to near tokens, whose reach is the same in all of them
	for i := range s.Local {
		if s.Reach(i) >= 0 {
			near++
		}
	}
	far := squares - min(squares, tokens*int64(1+s.Window/2*2)) // pairs that such a layer leaves out
	layer := n*(8*h*h+feedForward) + pair*float64(squares)
	projection := 0.0
	if s.Embedding != s.Hidden {
		projection = 2 * float64(s.Embedding) * h * n
	}
	head := 2*h*float64(len(s.Labels)) + 2*h*h
	return float64(s.Layers)*layer - float64(near)*pair*float64(far) + projection + float64(sequences)*head
}

// Training returns the floating-point operations of a forward and a backward pass. The backward pass takes twice as much as the
// forward pass: the gradients of inputs and of weights. That this program computes attention's probabilities again is its own
// choice, and does not count.
func Training(s spec.Spec, sequences, tokens, squares int64) float64 {
	return 3 * Forward(s, sequences, tokens, squares)
}

// Compute returns the compute of a main model and its reference, as a fraction of training the main model for the whole budget
// (arXiv 2310.06588, section 4). ratio is the reference's size as a fraction of the main model's, 0 without a reference; steps
// is the fraction of the budget that the main model took.
func Compute(ratio, steps float64) float64 { return ratio + steps }

// Ratio returns a reference's parameters as a fraction of the main model's: body without embedding tables, as papers count, and
// total with them.
func Ratio(reference, main spec.Spec) (body, total float64) {
	r, m := reference.Parameters(), main.Parameters()
	return float64(r.Body()) / float64(m.Body()), float64(r.Total) / float64(m.Total)
}

// Disk returns an upper bound of the bytes that a run writes: float32 weights with both of AdamW's moments for each of its
// checkpoints and for one more while it is written, and rows of logits over all epochs and evaluations.
func Disk(s spec.Spec, checkpoints int, rows int64) int64 {
	return 4 * (3*int64(checkpoints+1)*int64(s.Parameters().Total) + rows*int64(len(s.Labels)))
}

// Checkpoints is the most checkpoints that a run keeps: the best one and the last two.
const Checkpoints = 3

// Left returns the time that the rest of a run takes at its speed so far: done of total steps in the time spent. It returns
// false before the first step.
func Left(done, total int, spent time.Duration) (time.Duration, bool) {
	if done <= 0 || total < done {
		return 0, false
	}
	return time.Duration(float64(spent) / float64(done) * float64(total-done)), true
}
