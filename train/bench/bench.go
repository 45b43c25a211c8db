// Package bench defines the benchmarks of the engine, for "go test -bench" and "ftft bench": single operations and whole
// training steps. It may import cost, nn and the packages below nn. Begin reading at Cases.
package bench

import (
	"context"
	"slices"
	"time"

	"ftft/train/nn/kernel"
)

// A Case is a benchmark. Its numbers are the amounts of work in one run; 0 means that the amount is not reported.
type Case struct {
	Name     string  // group/operation-sizes
	Flops    float64 // floating-point operations in products of matrices
	Elements int     // of the matrix that the operation processes
	Tokens   int
	Examples int

	// Start prepares the case. The caller calls run as often as it likes, then end.
	Start func(e *kernel.Engine[float32]) (run func() error, end func(), err error)
}

// Cases returns the benchmarks in the order of a report.
func Cases() []Case {
	cases := products()
	cases = append(cases, operations()...)
	cases = append(cases, attentions()...)
	cases = append(cases, steps()...)
	return append(cases, families()...)
}

// Median returns the median time of a run over the given number of samples. A sample lasts at least 50 ms. If one run takes
// more than two seconds, Median returns its time. The first run, which allocates memory, does not count.
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

// A Rate is an amount of work in a second.
type Rate struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// Rates returns the rates of a case whose run takes the given number of seconds. If peak, the highest rate of the machine in
// GFLOP/s, is positive, they include the share of it.
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

// random returns n values between -1 and 1.
func random(n int) []float32 {
	s, x := make([]float32, n), uint32(1)
	for i := range s {
		x = x*1664525 + 1013904223
		s[i] = float32(int32(x)) / (1 << 31)
	}
	return s
}

// matrix returns a matrix [rows, cols] of random values.
func matrix(rows, cols int) kernel.Matrix[float32] {
	return kernel.Dense(random(rows*cols), rows, cols)
}
