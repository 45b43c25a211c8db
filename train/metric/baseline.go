package metric

import "math"

// Majority returns the most frequent gold class, the lowest on a tie.
func Majority(gold []int32, classes int) int {
	counts := frequencies(gold, classes)
	best := 0
	for c, n := range counts {
		if n > counts[best] {
			best = c
		}
	}
	return best
}

// Constant returns the scores of the baseline that predicts the same class for every example. A wrong prediction with
// probability 1 has an infinite loss, so Loss is that of the best constant probabilities: the entropy of the gold classes, in nats.
func Constant(class int, gold []int32, classes int) Scores {
	counts := table(classes)
	var entropy float64
	for c, n := range frequencies(gold, classes) {
		counts[c][class] = n
		if n > 0 {
			p := float64(n) / float64(len(gold))
			entropy -= p * math.Log(p)
		}
	}
	s := OfConfusion(counts)
	s.Loss = entropy
	return s
}

// frequencies returns the number of examples of each gold class.
func frequencies(gold []int32, classes int) []int {
	counts := make([]int, classes)
	for _, g := range gold {
		counts[g]++
	}
	return counts
}
