package kernel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// A Task is work cut into tiles. Tile may run on any worker, beside other tiles and in any order: what a tile writes
// is its own, and depends on its index alone. The worker's number, from 0 to Threads()-1, chooses scratch memory.
type Task interface {
	Tile(worker, index int)
}

// A Pool is a fixed number of workers that take tiles from a shared counter, so that a core which another program
// takes away slows a task down without stalling it: nobody waits for a worker that has no tile. The caller of Run is
// worker 0; the others are goroutines that live until Close. A Pool runs one task at a time.
type Pool struct {
	workers []*sleeper // all but the caller
	caller  sleeper
	spins   int

	// task and tiles belong to who holds a tile, and to the caller when none is held.
	task    Task
	tiles   int64
	left    atomic.Int64 // tiles that nobody has taken; below zero, as often as somebody came too late
	pending atomic.Int64 // tiles that are not done
	closed  atomic.Bool
	failure atomic.Pointer[failure]
}

type failure struct {
	value any
	stack []byte
}

// spins is how often a worker looks for work before it sleeps: for 40 µs on a Zen 4, which is longer than most pauses
// within a step of training.
const spins = 20_000

// NewPool starts a pool of the given number of threads; 0 stands for as many as Go uses.
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

// Threads is the number of workers.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// Run runs tiles 0 to tiles-1 of the task and returns when all are done. A panic in a tile is raised again here, and
// tiles that had not begun are left out.
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

// work runs tiles until none is left.
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

// Close ends the workers. The pool must not be used afterwards.
func (p *Pool) Close() {
	p.closed.Store(true)
	for _, w := range p.workers {
		w.wake()
	}
	p.workers = nil
}

// A sleeper waits for a condition: awake for a while, then asleep, which costs nothing.
type sleeper struct {
	asleep *atomic.Bool
	bell   chan struct{}
}

func newSleeper() sleeper { return sleeper{new(atomic.Bool), make(chan struct{}, 1)} }

// until returns when the condition holds. Who makes it true calls wake.
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

func (s *sleeper) wake() {
	if s.asleep.CompareAndSwap(true, false) {
		s.bell <- struct{}{}
	}
}
