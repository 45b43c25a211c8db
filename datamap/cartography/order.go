package cartography

import (
	"runtime"
	"sync"
)

// inOrder makes so many things in parallel, and has each used in their order, until use says no. The place that one has
// been made in is used again for another.
func inOrder[T any](count int, produce func(i int, at *T), use func(at *T) bool) {
	workers := min(2*runtime.GOMAXPROCS(0), count)
	ready, used := make([]chan *T, workers), make([]chan struct{}, workers)
	quit := make(chan struct{})
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(quit)
	for w := range workers {
		ready[w], used[w] = make(chan *T, 1), make(chan struct{}, 1)
		wait.Go(func() {
			var at T
			for i := w; i < count; i += workers {
				produce(i, &at)
				ready[w] <- &at
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
