package parallel

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// A Panic is the value of a panic on another goroutine, with the stack of that goroutine.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) String() string { return fmt.Sprint(p.Value) }

// A Catcher catches the first panic of several goroutines, because a panic that nothing catches ends the program at once. The zero
// Catcher is ready.
type Catcher struct{ first atomic.Pointer[Panic] }

// Catch recovers from a panic. Each goroutine defers it.
func (c *Catcher) Catch() {
	switch value := recover().(type) {
	case nil:
	case *Panic:
		c.first.CompareAndSwap(nil, value)
	default:
		c.first.CompareAndSwap(nil, &Panic{value, debug.Stack()})
	}
}

// Caught reports whether a goroutine has panicked.
func (c *Catcher) Caught() bool { return c.first.Load() != nil }

// Repeat panics with the first panic that was caught, if any, once the goroutines have ended.
func (c *Catcher) Repeat() {
	if p := c.first.Load(); p != nil {
		panic(p)
	}
}
