// Package parallel does work on all processors beside a screen that must answer a key at once. The scheduler knows no
// priorities: of more busy goroutines than processors, each is run for its 10 ms before the one that reads the keys. So there are
// never more of them, and each stands back between two pieces.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls f for each of so many pieces of work, at most one a processor at a time, in no order that could be relied on. A piece
// should take about a millisecond.
func Do(pieces int, f func(piece int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), pieces) {
		wait.Go(func() {
			for piece := int(next.Add(1)) - 1; piece < pieces; piece = int(next.Add(1)) - 1 {
				f(piece)
				runtime.Gosched()
			}
		})
	}
	wait.Wait()
}

// Blocks is how many blocks of a size n things are cut into, the last of which may be smaller.
func Blocks(n, size int) int { return (n + size - 1) / size }

// InBlocks is Do for the blocks of n things: f is to see to those from one on, up to but without another.
func InBlocks(n, size int, f func(block, from, to int)) {
	Do(Blocks(n, size), func(block int) { f(block, block*size, min(n, (block+1)*size)) })
}
