package datamap

import (
	"fmt"
	"math"
	"sync/atomic"

	"ftft/internal/parallel"
)

// AreProbabilities reports whether Epochs holds probabilities where logits belong: every value lies in [0, 1], and those of each example
// in each epoch sum to 1. Logits are not like that by chance. Rows that are not seen do not count.
func (in *Input) AreProbabilities() bool {
	var other, seen atomic.Bool
	parallel.InBlocks(len(in.GUIDs), blockSize, func(_, from, to int) {
		for row := int32(from); row < int32(to) && !other.Load(); row++ {
			for e := range in.Epochs {
				switch values := in.logits(e, row); {
				case !Seen(values):
				case areProbabilities(values):
					seen.Store(true)
				default:
					other.Store(true)
				}
			}
		}
	})
	return seen.Load() && !other.Load()
}

// areProbabilities reports whether values, [C], are probabilities, in any precision from two decimals on.
func areProbabilities(values []float32) bool {
	sum := 0.0
	for _, v := range values {
		if !(v >= 0 && v <= 1+1e-3) { // float16 may exceed 1
			return false
		}
		sum += float64(v)
	}
	return math.Abs(sum-1) <= min(0.005*float64(len(values)), 0.02)
}

// leastProbability stands for a probability of 0, which has no finite logarithm.
const leastProbability = math.SmallestNonzeroFloat32

// ReadAsProbabilities makes the values of Epochs, which are probabilities, the probabilities of the map, exactly, and replaces them by
// their logarithms, which are logits: softmax(log p) = p. For the examples whose values are no probabilities it calls refuse with the
// row and what is wrong.
func (in *Input) ReadAsProbabilities(refuse func(row int, wrong string)) {
	in.probabilities = make([][]float32, len(in.Epochs))
	for e, values := range in.Epochs {
		in.probabilities[e] = values
		logits := make([]float32, len(values))
		for i, p := range values {
			logits[i] = float32(math.Log(max(float64(p), leastProbability))) // NaN stays NaN
		}
		in.Epochs[e] = logits
	}
	for row := range in.GUIDs {
		for e, all := range in.probabilities {
			values := all[row*in.Classes : (row+1)*in.Classes]
			if Seen(values) && !areProbabilities(values) {
				refuse(row, fmt.Sprintf("example %q (row %d), epoch %d: the values %s are not probabilities, which lie between 0 and 1 and sum to 1",
					in.GUIDs[row], row, e, numberList(values)))
				break
			}
		}
	}
}

// probability returns the probability of a class.
func (in *Input) probability(epoch int, row, class int32) float64 {
	if in.probabilities != nil {
		return float64(in.probabilities[epoch][int(row)*in.Classes+int(class)])
	}
	return Probability(in.logits(epoch, row), class)
}

// numberList formats values for a message, at most eight of them.
func numberList(values []float32) string {
	const most = 8
	text := ""
	for i, v := range values {
		if i == most {
			return text + ", …"
		}
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%.4g", v)
	}
	return text
}
