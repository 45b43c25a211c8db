package limit

import (
	"strings"
	"testing"
)

var kept []byte

// recorder is a test that notes its failure.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestCheckFailsAboveTheLimitOfMemory(t *testing.T) {
	for _, c := range []struct {
		size int
		over bool
	}{{1 << 20, false}, {48 << 20, true}} {
		r := &recorder{TB: t}
		check(r, 32<<20, 60, func() { kept = make([]byte, c.size) }, func(string) {})
		if r.failed != c.over {
			t.Errorf("%d bytes: failed %v, expected %v", c.size, r.failed, c.over)
		}
	}
	kept = nil
}

func TestCheckEndsWhatExceedsALimitWhileItRuns(t *testing.T) {
	for _, c := range []struct {
		bytes   uint64
		seconds float64
		want    string
	}{{1 << 20, 60, "allocated more than 1048576 bytes"}, {1 << 40, 0, "took longer"}} {
		over := make(chan string, 1)
		check(&recorder{TB: t}, c.bytes, c.seconds, func() {
			kept = make([]byte, 16<<20)
			over <- <-over // until a limit is passed
		}, func(s string) { over <- s })
		if got := <-over; !strings.Contains(got, c.want) {
			t.Errorf("ended for %q, expected %q", got, c.want)
		}
	}
	kept = nil
}
