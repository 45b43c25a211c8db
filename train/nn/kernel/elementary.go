package kernel

import (
	"math"
	"unsafe"
)

// exp is eˣ: the standard library's in float64; in float32 within two units of the last place, zero below -87 and
// infinite above 88.
func exp[T Float](x T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.Exp(float64(x)))
	}
	return T(exp32(float32(x)))
}

// exp32 reduces to 2ⁿ eᶠ with |f| <= ln(2)/2 and takes eᶠ from a polynomial (Cephes).
func exp32(x float32) float32 {
	switch {
	case x != x:
		return x
	case x < -87:
		return 0
	case x > 88:
		return float32(math.Inf(1))
	}
	n := float32(int32(x*math.Log2E + float32(math.Copysign(0.5, float64(x)))))
	f := x - n*0.693359375 + n*2.12194440e-4
	p := float32(1.9875691500e-4)
	p = p*f + 1.3981999507e-3
	p = p*f + 8.3334519073e-3
	p = p*f + 4.1665795894e-2
	p = p*f + 1.6666665459e-1
	p = p*f + 5.0000001201e-1
	p = p*f*f + f + 1
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// erf is the error function: the standard library's in float64; in float32 within 5e-7.
func erf[T Float](x T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.Erf(float64(x)))
	}
	return T(erf32(float32(x)))
}

// erf32 is a rational function of odd numerator and even denominator, fitted on [-4, 4] (Eigen); beyond, the nearest
// float32 is one.
func erf32(x float32) float32 {
	switch {
	case x >= 4:
		return 1
	case x <= -4:
		return -1
	}
	z := x * x
	p := float32(-2.72614225801306e-10)
	p = p*z + 2.77068142495902e-08
	p = p*z - 2.10102402082508e-06
	p = p*z - 5.69250639462346e-05
	p = p*z - 7.34990630326855e-04
	p = p*z - 2.95459980854025e-03
	p = p*z - 1.60960333262415e-02
	q := float32(-1.45660718464996e-05)
	q = q*z - 2.13374055278905e-04
	q = q*z - 1.68282697438203e-03
	q = q*z - 7.37332916720468e-03
	q = q*z - 1.42647390514189e-02
	return x * p / q
}

// tanh is the hyperbolic tangent, by the standard library in both precisions: it is rare.
func tanh[T Float](x T) T { return T(math.Tanh(float64(x))) }

// sum adds a row up over eight lanes, joined in a fixed tree.
func sum[T Float](row []T) T {
	var s [8]T
	i := 0
	for ; i+8 <= len(row); i += 8 {
		r := row[i : i+8 : i+8]
		s[0] += r[0]
		s[1] += r[1]
		s[2] += r[2]
		s[3] += r[3]
		s[4] += r[4]
		s[5] += r[5]
		s[6] += r[6]
		s[7] += r[7]
	}
	for j, v := range row[i:] {
		s[j] += v
	}
	return join(&s)
}

// dot is the scalar product of two rows, summed as sum does.
func dot[T Float](a, b []T) T {
	var s [8]T
	b = b[:len(a)]
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := a[i:i+8:i+8], b[i:i+8:i+8]
		s[0] += x[0] * y[0]
		s[1] += x[1] * y[1]
		s[2] += x[2] * y[2]
		s[3] += x[3] * y[3]
		s[4] += x[4] * y[4]
		s[5] += x[5] * y[5]
		s[6] += x[6] * y[6]
		s[7] += x[7] * y[7]
	}
	for j, v := range a[i:] {
		s[j] += v * b[i+j]
	}
	return join(&s)
}

func join[T Float](s *[8]T) T {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}
