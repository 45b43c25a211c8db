package cartography

import (
	"runtime"
	"sync"

	"ftft/internal/parallel"
)

// inOrder calls produce(i, slot) for 0 <= i < count in parallel, and use(slot) in ascending order of i until use returns false.
// Slots are reused for later calls.
func inOrder[T any](count int, produce func(i int, slot *T), use func(slot *T) bool) {
	workers := min(2*runtime.GOMAXPROCS(0), count)
	ready, used := make([]chan *T, workers), make([]chan struct{}, workers)
	quit := make(chan struct{})
	var wait sync.WaitGroup
	var caught parallel.Catcher
	defer caught.Repeat()
	defer wait.Wait()
	defer close(quit)
	for w := range workers {
		ready[w], used[w] = make(chan *T, 1), make(chan struct{}, 1)
		wait.Go(func() {
			defer close(ready[w]) // after a panic, nothing more comes
			defer caught.Catch()
			var slot T
			for i := w; i < count; i += workers {
				produce(i, &slot)
				ready[w] <- &slot
				select {
				case <-used[w]:
				case <-quit:
					return
				}
			}
		})
	}
	for i := range count {
		slot, ok := <-ready[i%workers]
		if !ok || !use(slot) {
			return
		}
		used[i%workers] <- struct{}{}
	}
}
