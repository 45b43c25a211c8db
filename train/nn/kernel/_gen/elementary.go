package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// exponential replaces x <= 0 by eˣ, computed as exp32 does. It keeps a NaN: VMAXPS returns its second source, which is the
// first operand here, if one of them is NaN.
func (s set) exponential(x VecVirtual) {
	n, p, square, t := s.register(), s.register(), s.register(), s.register()
	low := constant(expLow)
	lowest := s.register()
	VMOVUPS(low, lowest)
	VMAXPS(x, lowest, t)
	VMULPS(constant(math.Log2E), t, n)
	if s.wide() {
		VRNDSCALEPS(Imm(0), n, n)
	} else {
		VROUNDPS(Imm(0), n, n)
	}
	VFMADD231PS(constant(-0.693359375), n, t)
	VFMADD231PS(constant(2.12194440e-4), n, t)
	VMULPS(t, t, square)
	s.horner(p, t, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
	VADDPS(constant(1), t, t)
	VFMADD231PS(p, square, t)
	VCVTPS2DQ(n, n)
	VPSLLD(Imm(23), n, n)
	VPADDD(n, t, t)
	const notLess = 5 // or unordered
	if s.wide() {
		VCMPPS(Imm(notLess), lowest, x, K3)
		VMOVAPS_Z(t, K3, x)
	} else {
		VCMPPS(Imm(notLess), lowest, x, n)
		VANDPS(n, t, x)
	}
}

// expLow is the least x for which eˣ is not zero.
const expLow = -87.33654

// errorFunction returns a register with erf(x), computed as erf32 does.
func (s set) errorFunction(x VecVirtual) VecVirtual {
	z, p, q, size := s.register(), s.register(), s.register(), s.register()
	VMULPS(x, x, z)
	s.horner(p, z, -2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
		-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02)
	s.horner(q, z, -1.45660718464996e-05, -2.13374055282905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02)
	VMULPS(x, p, p)
	VDIVPS(q, p, p)
	// For |x| >= 4 the result is 1 with the sign of x.
	VANDPS(word(0x7fffffff), x, size)
	VANDPS(word(0x80000000), x, z)
	VORPS(constant(1), z, z)
	const notBelow = 13 // and ordered
	if s.wide() {
		VCMPPS(Imm(notBelow), constant(4), size, K3)
		VMOVAPS(z, K3, p)
	} else {
		VCMPPS(Imm(notBelow), constant(4), size, size)
		VBLENDVPS(size, z, p, p)
	}
	return p
}

// tangent returns a register with tanh(x), computed as tanh32 does.
func (s set) tangent(x VecVirtual) VecVirtual {
	size, z, p, e, t := s.register(), s.register(), s.register(), s.register(), s.register()
	VANDPS(word(0x7fffffff), x, size)
	VMULPS(constant(-2), size, e)
	s.exponential(e)
	VMOVUPS(constant(1), t)
	VADDPS(t, e, z)
	VSUBPS(e, t, e)
	VDIVPS(z, e, e)
	VANDPS(word(0x80000000), x, t)
	VORPS(t, e, e)

	VMULPS(x, x, z)
	s.horner(p, z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
	VMULPS(z, p, p)
	VFMADD213PS(x, x, p)
	const below = 1
	if s.wide() {
		VCMPPS(Imm(below), constant(0.625), size, K3)
		VMOVAPS(p, K3, e)
	} else {
		VCMPPS(Imm(below), constant(0.625), size, size)
		VBLENDVPS(size, p, e, e)
	}
	return e
}

// horner sets p to the value at x of a polynomial whose coefficients begin with that of the highest power.
func (s set) horner(p, x VecVirtual, first float64, rest ...float64) {
	VMOVUPS(constant(first), p)
	for _, c := range rest {
		VFMADD213PS(constant(c), x, p)
	}
}

// activation emits a function that sets y to the values and slope to the derivatives of an activation at z, both of which f
// computes.
func (s set) activation(name string, f func(x VecVirtual) (y, slope VecVirtual)) {
	s.begin(name, "func(y, slope, z *float32, n int)", "sets y to the activation of z and slope to its derivative.")
	n, pointers := arguments("y", "slope", "z")
	s.pass("loop", n, pointers, []string{"y", "slope", "z"}, 1, func(p part) {
		y, slope := f(p.load("z"))
		p.store(slope, "slope")
		p.store(y, "y")
	})
	end()
}

// gelu emits GELU.
func (s set) gelu() {
	s.activation("gelu", func(x VecVirtual) (y, slope VecVirtual) {
		t, density := s.register(), s.register()
		VMULPS(constant(math.Sqrt2/2), x, t)
		phi := s.errorFunction(t)
		VADDPS(constant(1), phi, phi)
		VMULPS(constant(0.5), phi, phi)
		VMULPS(constant(-0.5), x, density)
		VMULPS(x, density, density)
		s.exponential(density)
		VMULPS(constant(1/math.Sqrt(2*math.Pi)), density, density)
		VFMADD213PS(phi, x, density)
		VMULPS(phi, x, x)
		return x, density
	})
}

// geluTanh emits the approximation of GELU by tanh.
func (s set) geluTanh() {
	s.activation("geluTanh", func(x VecVirtual) (y, slope VecVirtual) {
		const a, b = 0.7978845608028654, 0.044715
		square, t := s.register(), s.register()
		VMULPS(x, x, square)
		VMULPS(constant(b), square, t)
		VFMADD213PS(x, x, t)
		VMULPS(constant(a), t, t)
		t = s.tangent(t)
		inner, half := s.register(), s.register()
		VMOVUPS(constant(3*b), inner)
		VFMADD213PS(constant(1), square, inner)
		VMULPS(constant(a), inner, inner)
		VADDPS(constant(1), t, half)
		VMULPS(constant(0.5), half, half)
		slope = s.register()
		VMULPS(constant(0.5), x, slope)
		VMULPS(inner, slope, slope)
		VFNMADD213PS(constant(1), t, t)
		VFMADD213PS(half, t, slope)
		VMULPS(half, x, x)
		return x, slope
	})
}

// relu emits ReLU. Its derivative at zero is zero.
func (s set) relu() {
	s.activation("relu", func(x VecVirtual) (y, slope VecVirtual) {
		slope = s.register()
		VMOVUPS(constant(1), slope)
		const notAbove = 2
		if s.wide() {
			zero := s.zero()
			VCMPPS(Imm(notAbove), zero, x, K3)
			VMOVAPS(zero, K3, x)
			VMOVAPS(zero, K3, slope)
		} else {
			m := s.zero()
			VCMPPS(Imm(notAbove), m, x, m)
			VANDNPS(x, m, x)
			VANDNPS(slope, m, slope)
		}
		return x, slope
	})
}

// tanh emits the hyperbolic tangent.
func (s set) tanh() {
	s.activation("tanh", func(x VecVirtual) (y, slope VecVirtual) {
		y, slope = s.tangent(x), s.register()
		VMOVUPS(y, slope)
		VFNMADD213PS(constant(1), y, slope)
		return y, slope
	})
}

// softmax emits three passes over a row: the maximum, the exponentials with their sum, and the quotients.
func (s set) softmax() {
	s.begin("softmax", "func(row *float32, n int, scale float32)", "computes row = softmax(scale row).")
	n, pointers := arguments("row")
	start := GP64()
	MOVQ(pointers["row"], start)
	pass := func(name string, unroll int, body func(p part)) {
		MOVQ(start, pointers["row"])
		s.pass(name, n, pointers, []string{"row"}, unroll, body)
	}
	highest := make([]VecVirtual, s.blockVectors())
	for i := range highest {
		highest[i] = s.fill(math.Inf(-1))
	}
	pass("highest", s.blockVectors(), func(p part) {
		h := highest[p.index]
		switch {
		case !p.masked:
			VMAXPS(p.memory("row"), h, h)
		case s.wide():
			VMAXPS(p.memory("row"), h, p.opmask(), h)
		default:
			v := p.load("row")
			VBLENDVPS(p.mask, v, h, v)
			VMAXPS(v, h, h)
		}
	})
	top := s.fold(highest, func(x, y, r Op) { VMAXPS(x, y, r) })
	s.everywhere(top)
	scale := s.argument("scale")
	sums := s.zeros(s.blockVectors())
	pass("exponentials", s.blockVectors(), func(p part) {
		v := p.load("row")
		VSUBPS(top, v, v)
		VMULPS(scale, v, v)
		s.exponential(v)
		p.store(v, "row")
		p.cut(v)
		VADDPS(v, sums[p.index], sums[p.index])
	})
	total, inverse := s.join(sums), s.fill(1)
	s.everywhere(total)
	VDIVPS(total, inverse, inverse)
	pass("quotients", 1, func(p part) {
		v := p.load("row")
		VMULPS(inverse, v, v)
		p.store(v, "row")
	})
	end()
}

// softmaxBack emits d = p (d - Σ p d) scale.
func (s set) softmaxBack() {
	s.begin("softmaxBack", "func(d, p *float32, n int, scale float32)", "computes d = p (d - Σ p d) scale.")
	n, pointers := arguments("d", "p")
	start := map[string]Register{"d": GP64(), "p": GP64()}
	MOVQ(pointers["d"], start["d"])
	MOVQ(pointers["p"], start["p"])
	sums := s.zeros(s.blockVectors())
	s.pass("dot", n, pointers, []string{"d", "p"}, s.blockVectors(), func(p part) {
		d, q := p.load("d"), p.load("p")
		VFMADD231PS(d, q, sums[p.index])
	})
	mean := s.join(sums)
	s.everywhere(mean)
	scale := s.argument("scale")
	s.pass("back", n, start, []string{"d", "p"}, 1, func(p part) {
		d, q := p.load("d"), p.load("p")
		VSUBPS(mean, d, d)
		VMULPS(q, d, d)
		VMULPS(scale, d, d)
		p.store(d, "d")
	})
	end()
}

// drop emits dst = src scale, or dst = src 0 in columns whose draw is less than threshold.
func (s set) drop() {
	s.begin("drop", "func(dst, src *float32, n int, low, high, threshold uint32, scale float32)",
		"computes dst = src scale, or dst = src 0 in columns whose draw is less than threshold.")
	n, pointers := arguments("dst", "src")
	low, high, threshold, scale := s.argument("low"), s.argument("high"), s.argument("threshold"), s.argument("scale")
	column, stride := s.register(), s.register()
	VMOVUPS(ramp(), column)
	VMOVUPS(word(uint32(s.lanes)*columnFactor), stride) // modulo 2³²
	VPMULLD(word(columnFactor), column, column)
	s.pass("loop", n, pointers, []string{"dst", "src"}, 1, func(p part) {
		x, t := s.register(), s.register()
		shift := func(by uint64) {
			VPSRLD(Imm(by), x, t)
			s.xor(t, x)
		}
		VPADDD(low, column, x)
		VPADDD(stride, column, column)
		shift(16)
		VPMULLD(word(0x7feb352d), x, x)
		shift(15)
		VPMULLD(word(0x846ca68b), x, x)
		VPADDD(high, x, x)
		shift(16)
		VPMULLD(word(0xd168aaad), x, x)
		shift(15)
		v := p.load("src")
		if s.wide() {
			const notLess = 5
			VPCMPUD(Imm(notLess), threshold, x, K3)
			VMOVAPS_Z(scale, K3, x)
		} else {
			VPMAXUD(x, threshold, t)
			VPCMPEQD(x, t, x)
			VANDPS(scale, x, x)
		}
		VMULPS(x, v, v)
		p.store(v, "dst")
	})
	end()
}

// columnFactor is the factor of the column in draw.
const columnFactor = 0x9e3779b9

// xor emits r = x xor r.
func (s set) xor(x, r VecVirtual) {
	if s.wide() {
		VPXORD(x, r, r)
	} else {
		VPXOR(x, r, r)
	}
}

// rampMemory is the vector that ramp has emitted.
var rampMemory Mem

// ramp returns the memory of a vector of 0, 1, 2 and so on.
func ramp() Mem {
	if rampMemory.Base == nil {
		rampMemory = GLOBL("ramp", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(i)))
		}
	}
	return rampMemory
}
