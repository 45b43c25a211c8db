package bench

import (
	"testing"

	"ftft/train/nn/kernel"
)

func BenchmarkEngine(b *testing.B) {
	for _, path := range kernel.Paths()[1:] {
		e := kernel.NewEngine[float32](0, path)
		defer e.Close()
		peak := e.Peak()
		for _, c := range Cases() {
			b.Run(path.String()+"/"+c.Name, func(b *testing.B) {
				run, err := c.Start(e)
				if err != nil {
					b.Fatal(err)
				}
				if err := run(); err != nil { // the first allocates
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

// Every case runs, on every path.
func TestCasesRun(t *testing.T) {
	for _, path := range kernel.Paths() {
		e := kernel.NewEngine[float32](2, path)
		defer e.Close()
		for _, c := range Cases() {
			if path == kernel.Plain && c.Flops > 1e8 {
				continue // a minute each
			}
			run, err := c.Start(e)
			if err != nil {
				t.Fatal(c.Name, err)
			}
			if err := run(); err != nil {
				t.Fatal(path, c.Name, err)
			}
		}
	}
}
