package kernel

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counts is a task that counts how often each tile runs.
type counts struct {
	tiles [40]atomic.Int32
	bad   int // this tile panics
}

func (c *counts) Tile(_, index int) {
	if index == c.bad {
		panic("bad tile")
	}
	c.tiles[index].Add(1)
}

func TestEveryTileRunsOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		p := NewPool(threads)
		for round := range 2000 {
			c := &counts{bad: -1}
			n := 1 + round%len(c.tiles)
			if round%500 == 499 {
				time.Sleep(5 * time.Millisecond) // the workers fall asleep
			}
			p.Run(n, c)
			for i := range c.tiles {
				if got, want := c.tiles[i].Load(), int32(0); got != want && i >= n || i < n && got != 1 {
					t.Fatalf("%d threads, %d tiles: tile %d ran %d times", threads, n, i, got)
				}
			}
		}
		p.Close()
	}
}

func TestRunPanicsIfATilePanics(t *testing.T) {
	for _, threads := range []int{1, 4} {
		p := NewPool(threads)
		defer p.Close()
		for range 50 {
			func() {
				defer func() {
					if v := recover(); v == nil || !strings.Contains(v.(string), "bad tile") {
						t.Fatalf("recovered %v", v)
					}
				}()
				p.Run(20, &counts{bad: 7})
				t.Fatal("no panic")
			}()
			p.Run(20, &counts{bad: -1}) // the pool still works
		}
	}
}
