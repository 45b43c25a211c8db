// Package limit runs the bodies of tests, fuzz tests above all, under limits of memory and time.
//
// It imports nothing of the project. Begin with Check.
package limit

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// Check runs f and fails the test if f allocates more than the given number of bytes in all, freed or not, or takes longer than
// the given seconds. If a limit is passed while f runs, the process ends with the stacks of all goroutines, for nothing else
// stops f; a fuzz test keeps the input then. Tests that run in parallel count as well.
func Check(t testing.TB, bytes uint64, seconds float64, f func()) {
	t.Helper()
	check(t, bytes, seconds, f, func(over string) {
		debug.SetTraceback("all")
		panic(t.Name() + " " + over)
	})
}

// check is Check with the function that ends the process.
func check(t testing.TB, bytes uint64, seconds float64, f func(), end func(over string)) {
	t.Helper()
	before := allocated()
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		if over := watch(before, bytes, time.Now().Add(time.Duration(seconds*float64(time.Second))), done); over != "" {
			end(over)
		}
	}()
	func() {
		defer func() { close(done); <-stopped }()
		f()
	}()
	if n := allocated() - before; n > bytes {
		t.Errorf("allocated %d bytes; the limit is %d", n, bytes)
	}
}

// watch returns which limit is passed once the bytes allocated since before exceed bytes, or a deadline is over. It returns ""
// when done is closed.
func watch(before, bytes uint64, deadline time.Time, done <-chan struct{}) (over string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return ""
		case now := <-tick.C:
			if allocated()-before > bytes {
				return fmt.Sprintf("allocated more than %d bytes", bytes)
			}
			if now.After(deadline) {
				return "took longer than its limit"
			}
		}
	}
}

// allocated returns the number of bytes that this process has allocated on the heap since it started.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
