package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// multiply emits dst = a b.
func (s set) multiply() {
	s.binary("multiply", "computes dst = a b.", func(x, y, r Op) { VMULPS(x, y, r) })
}

// add emits dst = a + b.
func (s set) add() { s.binary("add", "computes dst = a + b.", func(x, y, r Op) { VADDPS(x, y, r) }) }

// binary emits dst = f(a, b).
func (s set) binary(name, doc string, f func(x, y, r Op)) {
	s.begin(name, "func(dst, a, b *float32, n int)", doc)
	n, pointers := arguments("dst", "a", "b")
	s.pass("loop", n, pointers, []string{"dst", "a", "b"}, 1, func(p part) {
		a, b := p.load("a"), p.load("b")
		f(b, a, a)
		p.store(a, "dst")
	})
	end()
}

// rotate emits a, b = a cos - b sin, b cos + a sin.
func (s set) rotate() {
	s.begin("rotate", "func(a, b, cos, sin *float32, n int)", "computes a, b = a cos - b sin, b cos + a sin.")
	n, pointers := arguments("a", "b", "cos", "sin")
	s.pass("loop", n, pointers, []string{"a", "b", "cos", "sin"}, 1, func(p part) {
		a, b, cos, sin := p.load("a"), p.load("b"), p.load("cos"), p.load("sin")
		x, y := s.register(), s.register()
		VMULPS(cos, a, x)
		VFNMADD231PS(sin, b, x)
		VMULPS(cos, b, y)
		VFMADD231PS(sin, a, y)
		p.store(x, "a")
		p.store(y, "b")
	})
	end()
}

// sum emits the sum of a row.
func (s set) sum() {
	s.begin("sum", "func(x *float32, n int) float32", "returns Σ x.")
	n, pointers := arguments("x")
	sums := s.zeros(s.blockVectors())
	s.pass("loop", n, pointers, []string{"x"}, s.blockVectors(), func(p part) {
		v := p.load("x")
		VADDPS(v, sums[p.index], sums[p.index])
	})
	result(s.join(sums), 0)
	end()
}

// center emits x = x - mean, and the sum of the squares of the result.
func (s set) center() {
	s.begin("center", "func(x *float32, n int, mean float32) float32", "computes x = x - mean and returns Σ x².")
	n, pointers := arguments("x")
	mean := s.argument("mean")
	sums := s.zeros(s.blockVectors())
	s.pass("loop", n, pointers, []string{"x"}, s.blockVectors(), func(p part) {
		v := p.load("x")
		VSUBPS(mean, v, v)
		p.store(v, "x")
		p.cut(v)
		VFMADD231PS(v, v, sums[p.index])
	})
	result(s.join(sums), 0)
	end()
}

// affine emits unit = unit inverse and y = unit scale + shift.
func (s set) affine() {
	s.begin("affine", "func(y, unit, scale, shift *float32, n int, inverse float32)",
		"computes unit = unit inverse, then y = unit scale + shift.")
	n, pointers := arguments("y", "unit", "scale", "shift")
	inverse := s.argument("inverse")
	s.pass("loop", n, pointers, []string{"y", "unit", "scale", "shift"}, 1, func(p part) {
		u, scale, shift := p.load("unit"), p.load("scale"), p.load("shift")
		VMULPS(inverse, u, u)
		p.store(u, "unit")
		VFMADD213PS(shift, u, scale)
		p.store(scale, "y")
	})
	end()
}

// slopes emits dx = dy scale, the sum of the result, and the sum of its product with unit.
func (s set) slopes() {
	s.begin("slopes", "func(dx, dy, scale, unit *float32, n int) (sum, dot float32)",
		"computes dx = dy scale and returns Σ dx and Σ dx unit.")
	n, pointers := arguments("dx", "dy", "scale", "unit")
	sums, dots := s.zeros(s.blockVectors()), s.zeros(s.blockVectors())
	s.pass("loop", n, pointers, []string{"dx", "dy", "scale", "unit"}, s.blockVectors(), func(p part) {
		d, scale, u := p.load("dy"), p.load("scale"), p.load("unit")
		VMULPS(scale, d, d)
		p.store(d, "dx")
		VADDPS(d, sums[p.index], sums[p.index])
		VFMADD231PS(u, d, dots[p.index])
	})
	result(s.join(sums), 0)
	result(s.join(dots), 1)
	end()
}

// normBack emits dx = inverse (dx - mean - unit slope).
func (s set) normBack() {
	s.begin("normBack", "func(dx, unit *float32, n int, inverse, mean, slope float32)",
		"computes dx = inverse (dx - mean - unit slope).")
	n, pointers := arguments("dx", "unit")
	inverse, mean, slope := s.argument("inverse"), s.argument("mean"), s.argument("slope")
	s.pass("loop", n, pointers, []string{"dx", "unit"}, 1, func(p part) {
		d, u := p.load("dx"), p.load("unit")
		VSUBPS(mean, d, d)
		VFNMADD231PS(u, slope, d)
		VMULPS(inverse, d, d)
		p.store(d, "dx")
	})
	end()
}

// columnSums emits dst = dst + Σ x over the rows.
func (s set) columnSums() {
	s.columns("columnSums", "func(dst *float32, n, rows int, x *float32, xstride int)",
		"computes dst = dst + Σ x over the rows of x[rows, n], where n is at most 32.", "x")
}

// columnDots emits dst = dst + Σ x y over the rows.
func (s set) columnDots() {
	s.columns("columnDots", "func(dst *float32, n, rows int, x *float32, xstride int, y *float32, ystride int)",
		"computes dst = dst + Σ x y over the rows of x[rows, n] and y[rows, n], where n is at most 32.", "x", "y")
}

// columns adds to dst the sums of the columns of one matrix, or of the product of two, which have at most a block of columns. The
// rows of matrix x are xstride bytes apart.
func (s set) columns(name, signature, doc string, matrices ...string) {
	s.begin(name, signature, doc)
	n, pointers := arguments(append(matrices, "dst")...)
	strides := map[string]Register{}
	for _, m := range matrices {
		strides[m] = Load(Param(m+"stride"), GP64())
	}
	rows := Load(Param("rows"), GP64())
	sums := make([]VecVirtual, s.blockVectors())
	load := func(parts []part) {
		for _, p := range parts {
			sums[p.index] = p.load("dst")
		}
	}
	next := func(name string, body func()) {
		Label(name)
		body()
		for _, m := range matrices {
			ADDQ(strides[m], pointers[m])
		}
		DECQ(rows)
		JNZ(LabelRef(name))
	}
	add := func(p part) {
		v := p.load(matrices[0])
		if len(matrices) == 2 {
			VFMADD231PS(p.load(matrices[1]), v, sums[p.index])
		} else {
			VADDPS(v, sums[p.index], sums[p.index])
		}
	}
	CMPQ(n, Imm(block))
	JL(LabelRef("narrow"))
	whole := s.whole(pointers, s.blockVectors())
	load(whole)
	next("rows", func() {
		for _, m := range matrices {
			ahead := GP64()
			LEAQ(Mem{Base: pointers[m], Index: strides[m], Scale: 8}, ahead)
			PREFETCHT0(Mem{Base: ahead})
			PREFETCHT0(Mem{Base: ahead, Disp: 64})
		}
		for _, p := range whole {
			add(p)
		}
	})
	for _, p := range whole {
		p.store(sums[p.index], "dst")
	}
	end()
	Label("narrow")
	masked := s.ending(n, pointers, s.blockVectors())
	load(masked)
	next("narrowrows", func() {
		for _, p := range masked {
			add(p)
		}
	})
	for _, p := range masked {
		p.store(sums[p.index], "dst")
	}
	end()
}

// adamw emits a step of AdamW. A nil grad counts as zeros.
func (s set) adamw() {
	s.begin("adamw", "func(data, grad, first, second *float32, n int, c *[9]float32)",
		"computes a step of AdamW. A nil grad counts as zeros.")
	n, pointers := arguments("data", "grad", "first", "second")
	c := Load(Param("c"), GP64())
	var constants [9]VecVirtual
	for i := range constants {
		constants[i] = s.register()
		VBROADCASTSS(Mem{Base: c, Disp: 4 * i}, constants[i])
	}
	factor, beta1, rest1, beta2, rest2 := constants[0], constants[1], constants[2], constants[3], constants[4]
	root, epsilon, move, keep := constants[5], constants[6], constants[7], constants[8]
	step := func(p part, gradient bool) {
		g, m := s.zero(), p.load("first")
		if gradient {
			g = p.load("grad")
			VMULPS(factor, g, g)
		}
		VMULPS(beta1, m, m)
		VFMADD231PS(rest1, g, m)
		p.store(m, "first")
		v := p.load("second")
		VMULPS(g, g, g)
		VMULPS(beta2, v, v)
		VFMADD231PS(rest2, g, v)
		p.store(v, "second")
		VSQRTPS(v, v)
		VFMADD213PS(epsilon, root, v)
		VMULPS(move, m, m)
		VDIVPS(v, m, m)
		d := p.load("data")
		VFMSUB213PS(m, keep, d)
		p.store(d, "data")
	}
	TESTQ(pointers["grad"], pointers["grad"])
	JZ(LabelRef("still"))
	s.pass("loop", n, pointers, []string{"data", "grad", "first", "second"}, 1, func(p part) { step(p, true) })
	end()
	Label("still")
	s.pass("stillloop", n, pointers, []string{"data", "first", "second"}, 1, func(p part) { step(p, false) })
	end()
}

// squares emits the sum of the squares of a row in float64.
func (s set) squares() {
	s.begin("squares", "func(x *float32, n int) float64", "returns Σ x² in float64.")
	n, pointers := arguments("x")
	sums := s.zeros(2 * s.blockVectors())
	s.pass("loop", n, pointers, []string{"x"}, s.blockVectors(), func(p part) {
		v := p.load("x")
		for half := range 2 {
			d, sum := s.register(), sums[2*p.index+half]
			switch {
			case half == 0 && s.wide():
				VCVTPS2PD(v.AsY(), d)
			case half == 0:
				VCVTPS2PD(v.AsX(), d)
			case s.wide():
				high := YMM()
				VEXTRACTF32X8(Imm(1), v, high)
				VCVTPS2PD(high, d)
			default:
				high := XMM()
				VEXTRACTF128(Imm(1), v, high)
				VCVTPS2PD(high, d)
			}
			VFMADD231PD(d, d, sum)
		}
	})
	for half := len(sums) / 2; half > 0; half /= 2 {
		for i := range half {
			VADDPD(sums[i+half], sums[i], sums[i])
		}
	}
	y := sums[0].AsY()
	if s.wide() {
		high := YMM()
		VEXTRACTF64X4(Imm(1), sums[0], high)
		VADDPD(high, y, y)
	}
	x, high := sums[0].AsX(), XMM()
	VEXTRACTF128(Imm(1), y, high)
	VADDPD(high, x, x)
	VUNPCKHPD(x, x, high)
	VADDPD(high, x, x)
	result(sums[0], 0)
	end()
}
