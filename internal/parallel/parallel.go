// Package parallel spreads work over all processors while leaving time for the screen, which must answer a key at once. Go's
// scheduler knows no priorities: with more busy goroutines than processors, each runs for its 10 ms before the one that reads
// keys. Therefore this package never starts more goroutines than processors, and each yields between two pieces of work.
//
// It imports nothing of the project. Begin with InBlocks.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls f for each of the pieces 0 to pieces-1, in parallel and in no particular order. A piece should take about a
// millisecond. If a piece panics, Do panics with a *Panic once the others have ended.
func Do(pieces int, f func(piece int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	var caught Catcher
	for range min(runtime.GOMAXPROCS(0), pieces) {
		wait.Go(func() {
			defer caught.Catch()
			for piece := int(next.Add(1)) - 1; piece < pieces && !caught.Caught(); piece = int(next.Add(1)) - 1 {
				f(piece)
				runtime.Gosched()
			}
		})
	}
	wait.Wait()
	caught.Repeat()
}

// Blocks returns the number of blocks of a size that n elements fill. The last block may be smaller.
func Blocks(n, size int) int { return (n + size - 1) / size }

// InBlocks calls f(block, from, to) in parallel for consecutive blocks [from, to) of [0, n).
func InBlocks(n, size int, f func(block, from, to int)) {
	Do(Blocks(n, size), func(block int) { f(block, block*size, min(n, (block+1)*size)) })
}
