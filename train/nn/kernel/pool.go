package kernel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// A Task is work that is divided into tiles. Tiles run on any worker, concurrently and in any order: no two tiles write the
// same memory, and what a tile writes depends on its index alone. The worker's number, from 0 to Threads()-1, selects
// scratch memory.
type Task interface {
	Tile(worker, index int)
}

// A Pool is a fixed number of workers that take tiles from a shared counter. A worker whose core another program uses slows
// a task down but does not stall it, since a task waits only for workers that have a tile. The caller of Run is worker 0; the
// others are goroutines that live until Close. A Pool runs one task at a time.
type Pool struct {
	workers []*sleeper // all but the caller
	caller  sleeper
	spins   int

	// task and tiles may be read by a worker that has taken a tile. Only the caller writes them, while no tile is taken.
	task    Task
	tiles   int64
	left    atomic.Int64 // tiles not yet taken; below zero after workers found none left
	pending atomic.Int64 // tiles not yet done
	closed  atomic.Bool
	failure atomic.Pointer[failure]
}

// A failure is the first panic in a tile of a task.
type failure struct {
	value any
	stack []byte
}

// spins is the number of times that a worker checks for work before it sleeps. They take 40 µs on a Zen 4, which is longer
// than most pauses within a training step.
const spins = 20_000

// NewPool starts a pool with the given number of threads; 0 means GOMAXPROCS.
func NewPool(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{workers: make([]*sleeper, threads-1), caller: newSleeper()}
	if threads <= runtime.GOMAXPROCS(0) {
		p.spins = spins
	}
	for i := range p.workers {
		s := newSleeper()
		p.workers[i] = &s
		go func() {
			for !p.closed.Load() {
				p.work(i + 1)
				s.until(p.spins, func() bool { return p.left.Load() > 0 || p.closed.Load() })
			}
		}()
	}
	return p
}

// Threads returns the number of workers.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// Run runs tiles 0 to tiles-1 of the task and returns when all are done. If a tile panics, Run skips the tiles that have not
// begun and panics with the same value.
func (p *Pool) Run(tiles int, task Task) {
	if tiles <= 1 || len(p.workers) == 0 {
		for i := range tiles {
			task.Tile(0, i)
		}
		return
	}
	p.task, p.tiles = task, int64(tiles)
	p.pending.Store(p.tiles)
	p.left.Store(p.tiles)
	for _, w := range p.workers[:min(len(p.workers), tiles-1)] {
		w.wake()
	}
	p.work(0)
	p.caller.until(p.spins, func() bool { return p.pending.Load() == 0 })
	p.task = nil
	if f := p.failure.Swap(nil); f != nil {
		panic(fmt.Sprintf("%v\n%s", f.value, f.stack))
	}
}

// work takes and runs tiles until none is left.
func (p *Pool) work(worker int) {
	for {
		left := p.left.Add(-1)
		if left < 0 {
			return
		}
		p.tile(worker, int(p.tiles-1-left))
		if p.pending.Add(-1) == 0 {
			p.caller.wake()
		}
	}
}

// tile runs a tile, unless another has failed, and records a panic in it.
func (p *Pool) tile(worker, index int) {
	defer func() {
		if value := recover(); value != nil {
			p.failure.CompareAndSwap(nil, &failure{value, debug.Stack()})
		}
	}()
	if p.failure.Load() == nil {
		p.task.Tile(worker, index)
	}
}

// Close stops the workers. The pool must not be used afterwards.
func (p *Pool) Close() {
	p.closed.Store(true)
	for _, w := range p.workers {
		w.wake()
	}
	p.workers = nil
}

// A sleeper waits for a condition. It polls for a while, then sleeps until it is woken.
type sleeper struct {
	asleep *atomic.Bool
	bell   chan struct{}
}

func newSleeper() sleeper { return sleeper{new(atomic.Bool), make(chan struct{}, 1)} }

// until returns when the condition holds. Whoever makes it true must call wake.
func (s *sleeper) until(spins int, condition func() bool) {
	for i := 1; i <= spins; i++ {
		if condition() {
			return
		}
		if i%1000 == 0 {
			runtime.Gosched()
		}
	}
	for !condition() {
		s.asleep.Store(true)
		if condition() && s.asleep.CompareAndSwap(true, false) {
			return
		}
		<-s.bell
	}
}

// wake ends the sleep of until, if it sleeps.
func (s *sleeper) wake() {
	if s.asleep.CompareAndSwap(true, false) {
		s.bell <- struct{}{}
	}
}
