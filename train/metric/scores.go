// Package metric turns logits and gold classes into the scores that a run logs and reports.
package metric

import (
	"fmt"
	"math"
)

// Scores are the figures of one evaluation set.
type Scores struct {
	Examples int     `json:"examples"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"` // mean F1 of the classes that occur in gold or prediction, as scikit-learn's
	Loss     float64 `json:"loss"`     // mean cross-entropy, in nats
}

// Score scores logits, [n, classes] row by row, against the n gold classes. The predicted class is the one with the
// highest logit, the lowest such class on a tie. No examples give zeros. It panics where the sizes disagree or a gold
// class is out of range: both are the caller's mistakes.
func Score(logits []float32, gold []int32, classes int) Scores {
	if len(gold) == 0 {
		return Scores{}
	}
	s := fromConfusion(Confusion(logits, gold, classes))
	for i, g := range gold {
		s.Loss += crossEntropy(logits[i*classes:(i+1)*classes], g)
	}
	s.Loss /= float64(len(gold))
	return s
}

// Confusion counts the examples by gold class (row) and predicted class (column).
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

// Predict is the class with the highest logit, the lowest such class on a tie.
func Predict(logits []float32) int {
	best := 0
	for c, v := range logits {
		if v > logits[best] {
			best = c
		}
	}
	return best
}

// crossEntropy is -log softmax(logits)[gold], reckoned in float64.
func crossEntropy(logits []float32, gold int32) float64 {
	greatest := float64(logits[Predict(logits)])
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - greatest)
	}
	return math.Log(sum) + greatest - float64(logits[gold])
}

// fromConfusion gives every score but the loss.
func fromConfusion(counts [][]int) Scores {
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

func table(classes int) [][]int {
	counts := make([][]int, classes)
	for c := range counts {
		counts[c] = make([]int, classes)
	}
	return counts
}

// Value is a score by the name that a config gives it: accuracy, macro_f1 or loss.
func (s Scores) Value(name string) float64 {
	switch name {
	case "macro_f1":
		return s.MacroF1
	case "loss":
		return s.Loss
	}
	return s.Accuracy
}
