// Package metric computes the scores of evaluations from logits and gold classes, and replays early stopping over them. It is
// pure and imports nothing of the project. Start with Score and Stop.
package metric

import (
	"fmt"
	"math"
)

// Scores are the scores of one evaluation set.
type Scores struct {
	Examples int     `json:"examples"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"` // mean F1 over the classes that occur in gold or prediction, as in scikit-learn
	Loss     float64 `json:"loss"`     // mean cross-entropy, in nats
}

// Score scores logits [n, classes], row-major, against the gold classes [n]. The predicted class is Predict's. Without examples
// all scores are zero. It panics if the sizes disagree or a gold class is out of range.
func Score(logits []float32, gold []int32, classes int) Scores {
	if len(gold) == 0 {
		return Scores{}
	}
	s := OfConfusion(Confusion(logits, gold, classes))
	for i, g := range gold {
		s.Loss += CrossEntropy(logits[i*classes:(i+1)*classes], g)
	}
	s.Loss /= float64(len(gold))
	return s
}

// Confusion counts the examples by gold class (row) and predicted class (column), [classes, classes].
func Confusion(logits []float32, gold []int32, classes int) [][]int {
	if len(logits) != len(gold)*classes {
		panic(fmt.Sprintf("metric: %d logits for %d examples of %d classes", len(logits), len(gold), classes))
	}
	counts := table(classes)
	for i, g := range gold {
		counts[g][Predict(logits[i*classes:(i+1)*classes])]++
	}
	return counts
}

// Predict returns the class with the highest logit, the lowest such class on a tie.
func Predict(logits []float32) int {
	best := 0
	for c, v := range logits {
		if v > logits[best] {
			best = c
		}
	}
	return best
}

// CrossEntropy returns -log softmax(logits)[gold], computed in float64.
func CrossEntropy(logits []float32, gold int32) float64 {
	greatest := float64(logits[Predict(logits)])
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - greatest)
	}
	return math.Log(sum) + greatest - float64(logits[gold])
}

// OfConfusion computes every score except the loss from counts by gold class (row) and predicted class (column).
func OfConfusion(counts [][]int) Scores {
	var total, right, present int
	var f1 float64
	for c := range counts {
		var gold, predicted int
		for k := range counts {
			gold += counts[c][k]
			predicted += counts[k][c]
		}
		total += gold
		right += counts[c][c]
		if gold+predicted > 0 {
			present++
			f1 += 2 * float64(counts[c][c]) / float64(gold+predicted)
		}
	}
	if total == 0 {
		return Scores{}
	}
	return Scores{Examples: total, Accuracy: float64(right) / float64(total), MacroF1: f1 / float64(present)}
}

// table returns a square of zeros.
func table(classes int) [][]int {
	counts := make([][]int, classes)
	for c := range counts {
		counts[c] = make([]int, classes)
	}
	return counts
}

// Value returns the score with a config's name: accuracy, macro_f1 or loss.
func (s Scores) Value(name string) float64 {
	switch name {
	case "macro_f1":
		return s.MacroF1
	case "loss":
		return s.Loss
	}
	return s.Accuracy
}
