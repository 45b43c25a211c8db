package datamap

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Quantiles of unsorted values equal those of sorted values bit for bit, whether the values spread evenly, crowd at an end or
// coincide.
func TestQuantilesEqualThoseOfSortedValues(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	unsorted := new(quantiles)
	for _, n := range []int{1, 2, 3, 10, 1000, 20_000} {
		for name, value := range map[string]func() float32{
			"even": draw.Float32,
			"low":  func() float32 { return draw.Float32() * draw.Float32() * 1e-30 },
			"high": func() float32 { return 1 - draw.Float32()*1e-6 },
			"few":  func() float32 { return float32(draw.IntN(4)) / 3 },
			"one":  func() float32 { return 0.25 },
		} {
			values, sorted := make([]float32, n), make([]float64, n)
			for i := range values {
				values[i] = value()
				sorted[i] = float64(values[i])
			}
			slices.Sort(sorted)
			unsorted.reset(values)
			for _, q := range []float64{0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1} {
				if got, want := unsorted.quantile(q), quantile(sorted, q); got != want {
					t.Errorf("%d %s values: quantile %g is %v, not %v", n, name, q, got, want)
				}
			}
		}
	}
}

func BenchmarkHealth(b *testing.B) {
	m, err := New(large(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Health(0.33); err != nil {
			b.Fatal(err)
		}
	}
}
