package parallel

import (
	"runtime"
	"sync/atomic"
	"testing"
)

func TestEachElementIsVisitedOnce(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 1000} {
		seen := make([]atomic.Int32, n)
		var busy, most atomic.Int32
		InBlocks(n, 100, func(block, from, to int) {
			for now, was := busy.Add(1), most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
			}
			if from != block*100 || to <= from || to > n {
				t.Errorf("block %d is from %d to %d of %d", block, from, to, n)
			}
			for i := from; i < to; i++ {
				seen[i].Add(1)
			}
			runtime.Gosched()
			busy.Add(-1)
		})
		for i := range seen {
			if times := seen[i].Load(); times != 1 {
				t.Errorf("%d of %d: %d times", i, n, times)
			}
		}
		if most.Load() > int32(runtime.GOMAXPROCS(0)) {
			t.Errorf("%d at a time", most.Load())
		}
	}
}
