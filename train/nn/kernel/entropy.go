package kernel

import "math"

// CrossEntropy returns total plus the sum over the rows of -log softmax(logits)[gold], and sets grad to the gradient of that sum
// divided by count, the number of rows that the loss is the mean of. logits and grad are [rows, classes], gold is [rows]. The
// computation is in float64. It follows the rows in order, so their division into several calls does not affect the bits.
func CrossEntropy[T Float](grad, logits Matrix[T], gold []int32, count int, total float64) float64 {
	n := float64(count)
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
	return total
}
