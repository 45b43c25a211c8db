package kernel

import (
	"math"
	"unsafe"
)

// exp returns eˣ for x <= 0. In float64 it is math.Exp. In float32 its error is at most two units in the last place, and it
// is zero below the logarithm of the smallest normal number.
func exp[T Float](x T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.Exp(float64(x)))
	}
	return T(exp32(float32(x)))
}

// exp32 computes eˣ as 2ⁿ eᶠ with |f| <= ln(2)/2, and eᶠ by a polynomial (expf.c of the Cephes library).
func exp32(x float32) float32 {
	switch {
	case x != x:
		return x
	case x < -87.33654:
		return 0
	}
	n := float32(math.RoundToEven(float64(float32(x * math.Log2E))))
	f := fma32(n, -0.693359375, x)
	f = fma32(n, 2.12194440e-4, f)
	p := horner(f, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
	p = fma32(p, float32(f*f), f+1)
	return math.Float32frombits(math.Float32bits(p) + uint32(int32(n))<<23)
}

// horner returns the value at x of a polynomial whose coefficients begin with that of the highest power.
func horner(x float32, coefficients ...float32) float32 {
	p := coefficients[0]
	for _, c := range coefficients[1:] {
		p = fma32(p, x, c)
	}
	return p
}

// erf returns the error function of x. In float64 it is math.Erf. In float32 its error is at most 5e-7.
func erf[T Float](x T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.Erf(float64(x)))
	}
	return T(erf32(float32(x)))
}

// erf32 is a quotient of an odd and an even polynomial, fitted on [-4, 4] (the Eigen library). Beyond, the nearest float32 is
// 1 or -1.
func erf32(x float32) float32 {
	switch {
	case x >= 4:
		return 1
	case x <= -4:
		return -1
	}
	z := x * x
	p := horner(z, -2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
		-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02)
	q := horner(z, -1.45660718464996e-05, -2.13374055282905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02)
	return p * x / q
}

// tanh returns the hyperbolic tangent of x. In float64 it is math.Tanh, in float32 that of tanhf.c in the Cephes library.
func tanh[T Float](x T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.Tanh(float64(x)))
	}
	return T(tanh32(float32(x)))
}

func tanh32(x float32) float32 {
	size := math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
	if size < 0.625 {
		z := x * x
		p := horner(z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
		return fma32(float32(p*z), x, x)
	}
	e := exp32(-2 * size)
	return float32(math.Copysign(float64((1-e)/(1+e)), float64(x)))
}

// exp64 returns eˣ for x <= 0, with an error of a few units in the last place and the same bits on every processor. Those of
// math.Exp differ between processors.
func exp64(x float64) float64 {
	if x < -700 {
		return 0
	}
	n := math.RoundToEven(x * math.Log2E)
	f := math.FMA(n, -6.93147180369123816490e-01, x)
	f = math.FMA(n, -1.90821492927058770002e-10, f)
	p := 1.0
	for k := 14.0; k >= 1; k-- { // the Taylor series
		p = math.FMA(p, f/k, 1)
	}
	return math.Ldexp(p, int(n))
}

// Log returns the natural logarithm of x > 0, with an error of a few units in the last place and the same bits on every
// processor.
func Log(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := (m - 1) / (m + 1) // log m = 2 artanh s
	z, p := s*s, 0.0
	for k := 23.0; k >= 1; k -= 2 {
		p = math.FMA(p, z, 1/k)
	}
	return math.FMA(float64(e), math.Ln2, float64(2*s*p))
}
