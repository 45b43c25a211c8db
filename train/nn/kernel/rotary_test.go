package kernel

import (
	"math"
	"testing"
)

func TestRotationTurnsByThePosition(t *testing.T) {
	const heads, width, theta = 3, 6, 100.0
	starts := []int32{0, 1, 20, 20 + 2*rowTile}
	n := int(starts[len(starts)-1])
	e := NewEngine[float64](2, Best)
	defer e.Close()
	x := Dense(random[float64](1, n*heads*width), n, heads*width)
	before := append([]float64{}, x.Data...)
	r := NewRotary[float64](40, width, theta)
	e.Rotate(x, starts, r, false)
	for s := range len(starts) - 1 {
		for i := int(starts[s]); i < int(starts[s+1]); i++ {
			for h := range heads {
				for j := range width / 2 {
					angle := float64(i-int(starts[s])) * math.Pow(theta, -2*float64(j)/width)
					a, b := before[i*heads*width+h*width+j], before[i*heads*width+h*width+j+width/2]
					wantA, wantB := a*math.Cos(angle)-b*math.Sin(angle), b*math.Cos(angle)+a*math.Sin(angle)
					if gotA, gotB := x.Row(i)[h*width+j], x.Row(i)[h*width+j+width/2]; math.Abs(gotA-wantA)+math.Abs(gotB-wantB) > 1e-5 {
						t.Fatalf("row %d, head %d: %g, %g, want %g, %g", i, h, gotA, gotB, wantA, wantB)
					}
				}
			}
		}
	}
	// The gradient of the sum of weight times the rotated x.
	weight := Dense(random[float64](2, len(x.Data)), n, heads*width)
	gradient := Dense(append([]float64{}, weight.Data...), n, heads*width)
	e.Rotate(gradient, starts, r, true)
	loss := func() (sum float64) {
		copy(x.Data, before)
		e.Rotate(x, starts, r, false)
		for i, v := range x.Data {
			sum += v * weight.Data[i]
		}
		return sum
	}
	for i := 0; i < len(before); i += 7 { // the rotation is linear, so any h will do
		if want := slope(&before[i], 1e-3, loss); math.Abs(gradient.Data[i]-want) > 1e-9 {
			t.Errorf("element %d: gradient %g, finite difference %g", i, gradient.Data[i], want)
		}
	}
}

func TestSincosIsAccurate(t *testing.T) {
	for x := 0.0; x < 1e6; x += 0.1 + x/1000 {
		sin, cos := sincos(x)
		if wantSin, wantCos := math.Sincos(x); math.Abs(sin-wantSin)+math.Abs(cos-wantCos) > 1e-15 {
			t.Fatalf("sincos(%g) = %g, %g, want %g, %g", x, sin, cos, wantSin, wantCos)
		}
	}
}

func TestGateMatchesFiniteDifferences(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	const rows, cols = rowTile + 3, 5
	m := func(seed uint64, cols int) Matrix[float64] {
		return Dense(random[float64](seed, rows*cols), rows, cols)
	}
	for _, kind := range []Activation{GELU, GELUTanh, ReLU, Tanh} {
		y, slopes, z, dy, dz := m(1, cols), m(2, 2*cols), m(3, 2*cols), m(4, cols), m(5, 2*cols)
		e.Gate(kind, y, slopes, z)
		for i := range rows {
			for j := range cols {
				want, _ := at(kind, z.Row(i)[j])
				if want *= z.Row(i)[j+cols]; y.Row(i)[j] != want {
					t.Fatalf("activation %d: [%d, %d] is %g, want %g", kind, i, j, y.Row(i)[j], want)
				}
			}
		}
		e.GateBackward(dz, dy, slopes)
		loss := func() (sum float64) {
			e.Gate(kind, y, slopes, z)
			for i, v := range y.Data {
				sum += v * dy.Data[i]
			}
			return sum
		}
		for i := range z.Data {
			if want := slope(&z.Data[i], 1e-6, loss); math.Abs(dz.Data[i]-want) > 1e-8 {
				t.Errorf("activation %d, element %d: gradient %g, finite difference %g", kind, i, dz.Data[i], want)
			}
		}
	}
}

func TestMeansBackwardIsTheGradientOfMeans(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	starts := []int32{0, 3, 4, 9}
	x, dx := Dense(random[float64](1, 9*4), 9, 4), Dense(random[float64](2, 9*4), 9, 4)
	y, dy := Dense(make([]float64, 3*4), 3, 4), Dense(random[float64](3, 3*4), 3, 4)
	e.MeansBackward(dx, dy, starts)
	for i := range x.Data {
		x.Data[i]++
		e.Means(y, x, starts)
		above := dot(y.Data, dy.Data)
		x.Data[i]--
		e.Means(y, x, starts)
		if want := above - dot(y.Data, dy.Data); math.Abs(dx.Data[i]-want) > 1e-12 {
			t.Errorf("element %d: gradient %g, difference %g", i, dx.Data[i], want)
		}
	}
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
