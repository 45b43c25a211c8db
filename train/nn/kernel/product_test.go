package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ftft/internal/slow"
)

// random returns n normally distributed values.
func random[T Float](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.NormFloat64())
	}
	return s
}

// element returns op(m)[i, j].
func element(m Matrix[float64], transposed bool, i, j int) float64 {
	if transposed {
		i, j = j, i
	}
	return m.Row(i)[j]
}

// factors returns the factors of a product [m, n] over k. Their strides are greater than their numbers of columns.
func factors[T Float](form Form, m, n, k int) (a, b Matrix[T]) {
	matrix := func(seed uint64, rows, cols int) Matrix[T] {
		return Dense(random[T](seed, rows*(cols+3)), rows, cols+3).Columns(1, cols)
	}
	a, b = matrix(1, m, k), matrix(2, k, n)
	if form == TN {
		a = matrix(1, k, m)
	}
	if form == NT {
		b = matrix(2, n, k)
	}
	return a, b
}

func TestMultiplyMatchesItsDefinition(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	for _, form := range []Form{NN, NT, TN} {
		for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {65, 20, 30}} {
			m, n, k := s[0], s[1], s[2]
			a, b := factors[float64](form, m, n, k)
			before := random[float64](3, m*n)
			c := Dense(slices.Clone(before), m, n)
			for name, from := range map[string]Matrix[float64]{"": {}, "add": c, "bias": Repeat(before[:n], m)} {
				copy(c.Data, before)
				e.Multiply(form, c, a, b, from)
				for i := range m {
					for j := range n {
						want := map[string]float64{"add": before[i*n+j], "bias": before[j]}[name]
						for l := range k {
							want += element(a, form == TN, i, l) * element(b, form == NT, l, j)
						}
						if got := c.Row(i)[j]; math.Abs(got-want) > 1e-10 {
							t.Fatalf("form %d, %v, %s: C[%d,%d] = %g, want %g", form, s, name, i, j, got, want)
						}
					}
				}
			}
		}
	}
}

// same returns the first index at which two slices have different bits, or -1. All NaN count as equal.
func same[T Float](a, b []T) int {
	if len(a) != len(b) {
		return 0
	}
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		if math.Float64bits(x) != math.Float64bits(y) && (x == x || y == y) {
			return i
		}
	}
	return -1
}

// fast returns the paths other than Plain. It skips the test if there are none.
func fast(t *testing.T) []Path {
	paths := Paths()[1:]
	if len(paths) == 0 {
		t.Skip("this processor has no path but the plain one")
	}
	return paths
}

// The shapes have complete and incomplete blocks, panels, tiles and packed parts.
func TestProductsHaveTheSameBitsOnEveryPath(t *testing.T) {
	plain := NewEngine[float32](1, Plain)
	r := rand.New(rand.NewPCG(7, 7))
	shapes := [][3]int{ // m, n, k
		{1, 1, 1}, {12, 32, 4}, {13, 33, 5}, {6, 16, 3}, {100, 64, 300}, {25, 70, 1000}, {400, 200, 40}, {7, 2000, 4399}, {5, 40, 0},
	}
	for range 25 {
		shapes = append(shapes, [3]int{1 + r.IntN(90), 1 + r.IntN(150), 1 + r.IntN(400)})
	}
	most := 1 << 21 // multiplications: the plain form is slow
	switch {
	case slow.Enabled():
		most = math.MaxInt
	case testing.Short():
		most = 1 << 20 // and slower under the race detector
	}
	for _, path := range fast(t) {
		for _, threads := range []int{1, 3} {
			e := NewEngine[float32](threads, path)
			defer e.Close()
			for _, s := range shapes {
				m, n, k := s[0], s[1], s[2]
				if m*n*k > most {
					continue
				}
				for _, form := range []Form{NN, NT, TN} {
					a, b := factors[float32](form, m, n, k)
					before := random[float32](3, m*(n+5))
					for _, start := range []string{"zero", "add", "bias"} {
						result := func(e *Engine[float32], alone bool) []float32 {
							c := Dense(slices.Clone(before), m, n+5).Columns(2, n)
							from := map[string]Matrix[float32]{"add": c, "bias": Repeat(before[:n], m)}[start]
							if alone {
								e.arithmetic.multiplyAlone(0, form, c, a, b, from)
							} else {
								e.Multiply(form, c, a, b, from)
							}
							return c.Data
						}
						want := result(plain, true)
						for _, alone := range []bool{false, true} {
							if i := same(result(e, alone), want); i >= 0 {
								t.Fatalf("%v, %d threads, form %d, %v, %s, alone %v: element %d differs",
									path, threads, form, s, start, alone, i)
							}
						}
					}
				}
			}
		}
	}
}

func TestFusedMultiplyAddRoundsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	check := func(x, y, z float32) {
		want := exactly(x, y, z)
		if got := fma32(x, y, z); math.Float32bits(got) != math.Float32bits(want) {
			t.Fatalf("fma(%x, %x, %x) = %x, want %x", x, y, z, got, want)
		}
	}
	for range 200_000 {
		any := func() float32 {
			return math.Float32frombits(uint32(r.IntN(2))<<31 | uint32(100+r.IntN(60))<<23 | uint32(r.IntN(1<<23)))
		}
		check(any(), any(), any())
		// Numbers of few bits and distant exponents, whose sums are often halfway between two float32.
		few := func(e int) float32 { return float32(math.Ldexp(float64(1+2*r.IntN(1<<11)), e+r.IntN(40))) }
		check(few(-30), few(-30), few(-20))
		check(few(-30), -few(-30), few(-20))
		check(few(-80), few(-80), few(-150)) // near the smallest float32
	}
}
