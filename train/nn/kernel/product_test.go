package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func random[T Float](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.NormFloat64())
	}
	return s
}

// at reads op(M)[i, j].
func element(m Matrix[float64], transposed bool, i, j int) float64 {
	if transposed {
		i, j = j, i
	}
	return m.Row(i)[j]
}

func TestMultiplyAgainstItsDefinition(t *testing.T) {
	e := NewEngine[float64](2)
	defer e.Close()
	for _, form := range []Form{NN, NT, TN} {
		for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {64, 192, 64}, {65, 193, 129}, {130, 20, 300}} {
			m, n, k := s[0], s[1], s[2]
			a, b := Dense(random[float64](1, m*k), m, k), Dense(random[float64](2, k*n), k, n)
			if form == TN {
				a = Dense(a.Data, k, m)
			}
			if form == NT {
				b = Dense(b.Data, n, k)
			}
			for _, add := range []bool{false, true} {
				before := random[float64](3, m*n)
				c := Dense(slices.Clone(before), m, n)
				e.Multiply(form, c, a, b, add)
				for i := range m {
					for j := range n {
						want := 0.0
						if add {
							want = before[i*n+j]
						}
						for l := range k {
							want += element(a, form == TN, i, l) * element(b, form == NT, l, j)
						}
						if got := c.Row(i)[j]; math.Abs(got-want) > 1e-10 {
							t.Fatalf("form %d, %v, add %v: C[%d,%d] = %g, want %g", form, s, add, i, j, got, want)
						}
					}
				}
			}
		}
	}
}

func TestExponentialAndErrorFunction(t *testing.T) {
	for x := float32(-20); x < 20; x += 0.0137 {
		if got, want := float64(exp32(x)), math.Exp(float64(x)); math.Abs(got-want) > 3e-7*want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
		if got, want := float64(erf32(x)), math.Erf(float64(x)); math.Abs(got-want) > 5e-7 {
			t.Fatalf("erf(%g) = %g, want %g", x, got, want)
		}
	}
}

func TestDropoutKeepsItsShareAndItsScale(t *testing.T) {
	const n = 1 << 16
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	dst := make([]float32, n)
	for _, rate := range []float64{0, 0.1, 0.5} {
		d := NewDropout(rate, 1, 2, 3)
		dropped := 0
		apply(d, 7, dst, ones)
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

func BenchmarkMultiply(b *testing.B) {
	e := NewEngine[float32](0)
	defer e.Close()
	for _, s := range []struct {
		name    string
		form    Form
		m, n, k int
	}{
		{"forward", NT, 800, 1536, 384}, {"inputs", NN, 800, 384, 1536}, {"weights", TN, 1536, 384, 800},
	} {
		b.Run(fmt.Sprintf("%s-%dx%dx%d", s.name, s.m, s.n, s.k), func(b *testing.B) {
			x, y := random[float32](1, s.m*s.k), random[float32](2, s.k*s.n)
			ma, mb := Dense(x, s.m, s.k), Dense(y, s.k, s.n)
			if s.form == NT {
				mb = Dense(y, s.n, s.k)
			}
			if s.form == TN {
				ma = Dense(x, s.k, s.m)
			}
			c := Dense(make([]float32, s.m*s.n), s.m, s.n)
			for b.Loop() {
				e.Multiply(s.form, c, ma, mb, false)
			}
			b.ReportMetric(2*float64(s.m*s.n*s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}
