package train

import (
	"math"
	"slices"
	"testing"
)

func TestOrderIsAPermutation(t *testing.T) {
	for _, n := range []int{1, 2, 3, 17, 1000, 4097} {
		for epoch := range 3 {
			o := NewOrder(n, 1, epoch, true)
			seen := make([]bool, n)
			for i := range n {
				seen[o.At(i)] = true
			}
			if slices.Contains(seen, false) {
				t.Errorf("n %d, epoch %d: not a permutation", n, epoch)
			}
		}
	}
}

// Over many epochs, the mean example at a position is the middle one, and neighbours do not stay together.
func TestOrderMixes(t *testing.T) {
	const n, epochs = 500, 400
	for _, position := range []int{0, 1, 250, 499} {
		sum, together := 0, 0
		for epoch := range epochs {
			o := NewOrder(n, 7, epoch, true)
			sum += o.At(position)
			if o.At(position)-o.At((position+1)%n) == -1 {
				together++
			}
		}
		// The standard error of the mean of a uniform draw is n/√12/√epochs, here 7.2.
		if mean := float64(sum) / epochs; math.Abs(mean-n/2) > 30 {
			t.Errorf("position %d: mean example %g", position, mean)
		}
		if together > 10 {
			t.Errorf("position %d has the neighbour of the next one in %d of %d epochs", position, together, epochs)
		}
	}
}

func TestOrderDependsOnSeedAndEpoch(t *testing.T) {
	list := func(seed int64, epoch int, shuffle bool) []int {
		o := NewOrder(100, seed, epoch, shuffle)
		var l []int
		for i := range 100 {
			l = append(l, o.At(i))
		}
		return l
	}
	a := list(1, 0, true)
	if !slices.Equal(a, list(1, 0, true)) || slices.Equal(a, list(1, 1, true)) || slices.Equal(a, list(2, 0, true)) {
		t.Error("an order is not a function of seed and epoch")
	}
	if !slices.IsSorted(list(1, 3, false)) {
		t.Error("without shuffle the order is not the dataset's")
	}
}
