// Package bench is what the engine is timed by: the same cases for "go test -bench" and for "ftft bench".
package bench

import (
	"context"
	"slices"
	"time"

	"ftft/train/nn/kernel"
)

// A Case is one thing to time, and how much of its work one run does.
type Case struct {
	Name     string  // group/what-sizes
	Flops    float64 // floating-point operations of its products; 0: it has none
	Elements int     // of the matrix that it goes through; 0: not counted
	Tokens   int
	Examples int
	// Start readies the case to run again and again, until end.
	Start func(e *kernel.Engine[float32]) (run func() error, end func(), err error)
}

// Cases lists them in the order of a report.
func Cases() []Case {
	cases := products()
	cases = append(cases, operations()...)
	cases = append(cases, attentions()...)
	return append(cases, steps()...)
}

// Median is the median time of a run: of the given number of samples of at least 50 ms each, or of one where a run takes
// seconds. The first run, which allocates, does not count.
func (c Case) Median(ctx context.Context, e *kernel.Engine[float32], samples int) (time.Duration, error) {
	run, end, err := c.Start(e)
	if err != nil {
		return 0, err
	}
	defer end()
	sample := func(n int) (time.Duration, error) {
		start := time.Now()
		for range n {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			if err := run(); err != nil {
				return 0, err
			}
		}
		return time.Since(start) / time.Duration(n), nil
	}
	if _, err := sample(1); err != nil {
		return 0, err
	}
	once, err := sample(1)
	if err != nil || once > 2*time.Second {
		return once, err
	}
	n := 1 + int(50*time.Millisecond/max(once, 1))
	var times []time.Duration
	for range samples {
		t, err := sample(n)
		if err != nil {
			return 0, err
		}
		times = append(times, t)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// A Rate is a figure with its unit.
type Rate struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// Rates are what the case does in a second, when one run takes the given seconds and the machine can do peak GF/s.
func (c Case) Rates(seconds, peak float64) []Rate {
	var rates []Rate
	add := func(work float64, unit string) {
		if work > 0 {
			rates = append(rates, Rate{work / seconds, unit})
		}
	}
	add(c.Flops/1e9, "GF/s")
	if peak > 0 {
		add(100*c.Flops/1e9/peak, "%peak")
	}
	add(float64(c.Elements)/1e9, "Gelements/s")
	add(float64(c.Tokens), "tokens/s")
	add(float64(c.Examples), "examples/s")
	return rates
}

func random(n int) []float32 {
	s, x := make([]float32, n), uint32(1)
	for i := range s {
		x = x*1664525 + 1013904223
		s[i] = float32(int32(x)) / (1 << 31)
	}
	return s
}

func matrix(rows, cols int) kernel.Matrix[float32] {
	return kernel.Dense(random(rows*cols), rows, cols)
}
