package cartography

import (
	"runtime"
	"sync"
)

// inOrder calls produce(i, slot) for 0 <= i < count in parallel, and use(slot) in ascending order of i until use returns false.
// Slots are reused for later calls.
func inOrder[T any](count int, produce func(i int, slot *T), use func(slot *T) bool) {
	workers := min(2*runtime.GOMAXPROCS(0), count)
	ready, used := make([]chan *T, workers), make([]chan struct{}, workers)
	quit := make(chan struct{})
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(quit)
	for w := range workers {
		ready[w], used[w] = make(chan *T, 1), make(chan struct{}, 1)
		wait.Go(func() {
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
		if !use(<-ready[i%workers]) {
			return
		}
		used[i%workers] <- struct{}{}
	}
}
