package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// exactly returns x*y + z in exact arithmetic, rounded to float32.
func exactly(x, y, z float32) float32 {
	f := func(v float32) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(float64(v)) }
	sum := f(x)
	sum.Mul(sum, f(y)).Add(sum, f(z))
	v, _ := sum.Float32()
	return v
}

// special are values with which the test replaces some elements of rows.
var special = []float32{0, float32(math.Copysign(0, -1)), 1e-40, -1e-40, 1e38, -1e38, 4, -4, 88, -88, 200, -200,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}

// The rows have every length from 1 to 199, with and without special values.
func TestRowsHaveTheSameBitsOnEveryPath(t *testing.T) {
	type call struct {
		name string
		run  func(a arithmetic[float32], x [4][]float32) []float32 // changes x; returns the function's results
	}
	calls := []call{
		{"add", func(a arithmetic[float32], x [4][]float32) []float32 { a.add(x[0], x[1], x[2]); return nil }},
		{"times", func(a arithmetic[float32], x [4][]float32) []float32 { a.times(x[0], x[1], x[2]); return nil }},
		{"gelu", func(a arithmetic[float32], x [4][]float32) []float32 { a.activate(GELU, x[0], x[1], x[2]); return nil }},
		{"gelu by tanh", func(a arithmetic[float32], x [4][]float32) []float32 {
			a.activate(GELUTanh, x[0], x[1], x[2])
			return nil
		}},
		{"relu", func(a arithmetic[float32], x [4][]float32) []float32 { a.activate(ReLU, x[0], x[1], x[2]); return nil }},
		{"tanh", func(a arithmetic[float32], x [4][]float32) []float32 { a.activate(Tanh, x[0], x[1], x[2]); return nil }},
		{"rotate", func(a arithmetic[float32], x [4][]float32) []float32 { a.rotate(x[0], x[1], x[2], x[3]); return nil }},
		{"softmax", func(a arithmetic[float32], x [4][]float32) []float32 { a.softmax(x[0], 0.3); return nil }},
		{"softmaxBack", func(a arithmetic[float32], x [4][]float32) []float32 { a.softmaxBack(x[0], x[1], 0.3); return nil }},
		{"drop", func(a arithmetic[float32], x [4][]float32) []float32 {
			a.drop(x[0], x[1], 0x12345678, 0x9abcdef0, 1<<31, 2)
			return nil
		}},
		{"sum", func(a arithmetic[float32], x [4][]float32) []float32 { return []float32{a.sum(x[0])} }},
		{"center", func(a arithmetic[float32], x [4][]float32) []float32 { return []float32{a.center(x[0], 0.1)} }},
		{"affine", func(a arithmetic[float32], x [4][]float32) []float32 {
			a.affine(x[0], x[1], x[2], x[3], 1.7)
			return nil
		}},
		{"slopes", func(a arithmetic[float32], x [4][]float32) []float32 {
			s, d := a.slopes(x[0], x[1], x[2], x[3])
			return []float32{s, d}
		}},
		{"normBack", func(a arithmetic[float32], x [4][]float32) []float32 {
			a.normBack(x[0], x[1], 1.1, 0.2, 0.3)
			return nil
		}},
		{"columnSums", func(a arithmetic[float32], x [4][]float32) []float32 {
			n := len(x[0])
			a.columnSums(x[0][:n/3], Dense(x[1], 3, n/3))
			return nil
		}},
		{"columnDots", func(a arithmetic[float32], x [4][]float32) []float32 {
			n := len(x[0])
			a.columnDots(x[0][:n/3], Dense(x[1], 3, n/3), Dense(x[2], 3, n/3))
			return nil
		}},
		{"adamw", func(a arithmetic[float32], x [4][]float32) []float32 {
			a.adamw(x[0], x[1], x[2], x[3], &[9]float32{0.5, 0.9, 0.1, 0.999, 0.001, 1.3, 1e-8, 1e-3, 0.99})
			return nil
		}},
		{"adamw without gradient", func(a arithmetic[float32], x [4][]float32) []float32 {
			a.adamw(x[0], nil, x[2], x[3], &[9]float32{0.5, 0.9, 0.1, 0.999, 0.001, 1.3, 1e-8, 1e-3, 0.99})
			return nil
		}},
		{"squares", func(a arithmetic[float32], x [4][]float32) []float32 {
			v := math.Float64bits(a.squares(x[0]))
			if math.IsNaN(math.Float64frombits(v)) {
				return []float32{float32(math.NaN())}
			}
			return []float32{float32(v >> 40), float32(v >> 20 & (1<<20 - 1)), float32(v & (1<<20 - 1))}
		}},
	}
	plain := NewEngine[float32](1, Plain).arithmetic
	r := rand.New(rand.NewPCG(5, 5))
	for _, path := range fast(t) {
		simd := NewEngine[float32](1, path).arithmetic
		for _, c := range calls {
			step := 1
			if testing.Short() {
				step = 13
			}
			for n := 1; n < 200; n += step {
				for _, withSpecial := range []bool{false, true} {
					var x, y [4][]float32
					for i := range x {
						// The row lies between guards of 32 elements, which must not change.
						x[i] = random[float32](uint64(n*10+i), n+64)
						if withSpecial {
							for range 3 {
								x[i][32+r.IntN(n)] = special[r.IntN(len(special))]
							}
						}
						y[i] = slices.Clone(x[i])
					}
					inner := func(x [4][]float32) (z [4][]float32) {
						for i := range x {
							z[i] = x[i][32 : 32+n]
						}
						return z
					}
					want, got := c.run(plain, inner(x)), c.run(simd, inner(y))
					if i := same(got, want); i >= 0 {
						t.Fatalf("%v %s of %d, special %v: result %d is %v, want %v", path, c.name, n, withSpecial, i, got, want)
					}
					for k := range x {
						if i := same(y[k], x[k]); i >= 0 {
							t.Fatalf("%v %s of %d, special %v: argument %d [%d] is %g, want %g",
								path, c.name, n, withSpecial, k, i-32, y[k][i], x[k][i])
						}
					}
				}
			}
		}
	}
}

func TestElementaryFunctionsAreAccurate(t *testing.T) {
	near := func(name string, x, got, want, relative, absolute float64) {
		if math.Abs(got-want) > relative*math.Abs(want)+absolute {
			t.Fatalf("%s(%g) = %g, want %g", name, x, got, want)
		}
	}
	for x := float32(-87); x < 20; x += 0.0137 {
		v := float64(x)
		if x <= 0 {
			near("exp", v, float64(exp32(x)), math.Exp(v), 3e-7, 0)
			near("exp", v, exp64(v), math.Exp(v), 4e-16, 0)
		}
		near("erf", v, float64(erf32(x)), math.Erf(v), 0, 5e-7)
		near("tanh", v, float64(tanh32(x)), math.Tanh(v), 3e-7, 0)
		near("log", math.Exp2(v), Log(math.Exp2(v)), v*math.Ln2, 4e-16, 2e-16)
	}
	if v := exp32(float32(math.Inf(-1))); v != 0 {
		t.Errorf("exp(-Inf) = %g", v)
	}
	for _, f := range []func(float32) float32{exp32, erf32, tanh32} {
		if v := f(float32(math.NaN())); v == v {
			t.Errorf("a NaN became %g", v)
		}
	}
}

func TestDropoutHasItsRateAndScale(t *testing.T) {
	const n = 1 << 16
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	dst := make([]float32, n)
	for _, rate := range []float64{0, 0.1, 0.5} {
		d := NewDropout(rate, 1, 2, 3)
		dropped := 0
		dropRow(&plain[float32]{}, d, 7, dst, ones)
		for _, v := range dst {
			if v == 0 {
				dropped++
			} else if v != float32(1/(1-rate)) {
				t.Fatalf("rate %g: kept value %g", rate, v)
			}
		}
		if share := float64(dropped) / n; math.Abs(share-rate) > 0.01 {
			t.Errorf("rate %g: dropped %g", rate, share)
		}
	}
}
