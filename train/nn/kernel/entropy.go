package kernel

import "math"

// CrossEntropy returns the mean over the rows of -log softmax(logits)[gold] and sets grad to its gradient. logits and grad
// are [rows, classes], gold is [rows]. The computation is in float64.
func CrossEntropy[T Float](grad, logits Matrix[T], gold []int32) float64 {
	total, n := 0.0, float64(logits.Rows)
	for i := range logits.Rows {
		row, d := logits.Row(i), grad.Row(i)
		highest := math.Inf(-1)
		for _, v := range row {
			highest = max(highest, float64(v))
		}
		norm := 0.0
		for _, v := range row {
			norm += exp64(float64(v) - highest)
		}
		log := highest + Log(norm)
		for j, v := range row {
			d[j] = T(exp64(float64(v)-log) / n)
		}
		total += log - float64(row[gold[i]])
		d[gold[i]] -= T(1 / n)
	}
	return total / n
}
