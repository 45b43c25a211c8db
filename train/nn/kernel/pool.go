package kernel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A Task is work cut into tiles. Tile may run on any worker, beside other tiles and in any order: what a tile writes
// is its own, and depends on its index alone. The worker's number, from 0 to Threads()-1, chooses scratch memory.
type Task interface {
	Tile(worker, index int)
}

// A Pool is a fixed number of workers that take tiles from a shared counter, so that a core which another program
// takes away slows a task down without stalling it. The caller of Run is worker 0; the others are goroutines that
// live until Close. A Pool runs one task at a time.
type Pool struct {
	wake    []chan struct{} // one for each worker but the caller
	next    atomic.Int64    // the next tile
	running sync.WaitGroup
	task    Task
	tiles   int64
	failure atomic.Pointer[failure]
}

type failure struct {
	value any
	stack []byte
}

// NewPool starts a pool of the given number of threads; 0 stands for as many as Go uses.
func NewPool(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{wake: make([]chan struct{}, threads-1)}
	for i := range p.wake {
		wake := make(chan struct{}, 1)
		p.wake[i] = wake
		go func() {
			for range wake {
				p.work(i + 1)
				p.running.Done()
			}
		}()
	}
	return p
}

// Threads is the number of workers.
func (p *Pool) Threads() int { return len(p.wake) + 1 }

// Run runs tiles 0 to tiles-1 of the task and returns when all are done. A panic in a tile is raised again here.
func (p *Pool) Run(tiles int, task Task) {
	helpers := min(len(p.wake), tiles-1)
	if helpers <= 0 {
		for i := range tiles {
			task.Tile(0, i)
		}
		return
	}
	p.task, p.tiles = task, int64(tiles)
	p.next.Store(0)
	p.running.Add(helpers)
	for _, wake := range p.wake[:helpers] {
		wake <- struct{}{}
	}
	p.work(0)
	p.running.Wait()
	p.task = nil
	if f := p.failure.Swap(nil); f != nil {
		panic(fmt.Sprintf("%v\n%s", f.value, f.stack))
	}
}

// work runs tiles until none is left. After a panic the remaining tiles are skipped.
func (p *Pool) work(worker int) {
	defer func() {
		if value := recover(); value != nil {
			p.failure.CompareAndSwap(nil, &failure{value, debug.Stack()})
			p.next.Store(p.tiles)
		}
	}()
	for {
		i := p.next.Add(1) - 1
		if i >= p.tiles {
			return
		}
		p.task.Tile(worker, int(i))
	}
}

// Close ends the workers. The pool must not be used afterwards.
func (p *Pool) Close() {
	for _, wake := range p.wake {
		close(wake)
	}
	p.wake = nil
}
