package train

import "ftft/train/nn/kernel"

// An Order is the order of an epoch's examples: a permutation of 0 to n-1 that is a function of (seed, epoch, position), so
// that a run can start anywhere without a generator's history.
type Order struct {
	n    uint64
	half uint   // bits of each half of a position
	key  uint64 // 0 = dataset order
}

// NewOrder returns the order of an epoch, counted from 0. Without shuffle it is the order of the dataset.
func NewOrder(n int, seed int64, epoch int, shuffle bool) Order {
	o := Order{n: uint64(n), half: 1}
	for 1<<(2*o.half) < o.n {
		o.half++
	}
	if shuffle {
		o.key = kernel.SplitMix64(kernel.SplitMix64(uint64(seed))+uint64(epoch)) | 1
	}
	return o
}

// At returns the example at a position. A Feistel network permutes the smallest range of 0 to 4^half - 1 that covers n. A result
// beyond n is permuted again, until one lies within; this takes less than four permutations on average.
func (o Order) At(position int) int {
	if o.key == 0 {
		return position
	}
	x := uint64(position)
	for {
		left, right := x>>o.half, x&(1<<o.half-1)
		for round := range uint64(4) {
			left, right = right, left^kernel.SplitMix64(o.key+round<<32+right)>>(64-o.half)
		}
		if x = left<<o.half | right; x < o.n {
			return int(x)
		}
	}
}
