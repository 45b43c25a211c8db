package bench

import (
	"strings"
	"testing"

	"ftft/internal/slow"
	"ftft/train/nn/kernel"
)

func BenchmarkEngine(b *testing.B) {
	for _, path := range kernel.Paths()[1:] {
		e := kernel.NewEngine[float32](0, path)
		defer e.Close()
		peak := e.Peak()
		for _, c := range Cases() {
			b.Run(path.String()+"/"+c.Name, func(b *testing.B) {
				run, end, err := c.Start(e)
				if err != nil {
					b.Fatal(err)
				}
				defer end()
				if err := run(); err != nil { // the first run allocates memory
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
				for _, r := range c.Rates(b.Elapsed().Seconds()/float64(b.N), peak) {
					b.ReportMetric(r.Value, r.Unit)
				}
			})
		}
	}
}

// The test skips the cases that take a minute on the plain path.
func TestCasesRun(t *testing.T) {
	e := kernel.NewEngine[float32](2, kernel.Plain)
	defer e.Close()
	for _, c := range Cases() {
		if c.Flops > 1e8 || large(c) {
			continue
		}
		if _, err := c.Median(t.Context(), e, 1); err != nil {
			t.Fatal(c.Name, err)
		}
	}
}

// After the first run of a size, only Gorgonia allocates memory.
func TestLaterRunsDoNotAllocate(t *testing.T) {
	for _, path := range kernel.Paths()[1:] {
		e := kernel.NewEngine[float32](2, path)
		defer e.Close()
		for _, c := range Cases() {
			if !slow.Enabled() && (c.Flops > 3e9 || large(c)) || large(c) && path != kernel.Fastest() {
				continue
			}
			run, end, err := c.Start(e)
			if err != nil {
				t.Fatal(c.Name, err)
			}
			defer end()
			again := func() {
				if err := run(); err != nil {
					t.Fatal(c.Name, err)
				}
			}
			again()
			// AllocsPerRun rounds the average of several runs down, so each run is measured alone. The minimum excludes what
			// the runtime happens to allocate.
			got := min(testing.AllocsPerRun(1, again), testing.AllocsPerRun(1, again), testing.AllocsPerRun(1, again))
			// Gorgonia allocates about five times for each operation of a step.
			most := map[string]float64{"step/tiny": 450, "step/minilm-l3": 600, "step/minilm-l6": 1050}[c.Name]
			if large(c) {
				most = 1050
			}
			if got > most {
				t.Errorf("%v %s: %g allocations", path, c.Name, got)
			}
			if most > 0 {
				t.Logf("%v %s: %g allocations", path, c.Name, got)
			}
		}
	}
}

// large reports whether a case is the step of a family's model, which takes as long as minilm-l6's.
func large(c Case) bool { return strings.HasPrefix(c.Name, "family/") }
