package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// block is the number of partial sums of a row. It equals lanes in the package above.
const block = 32

// register returns a vector register that avo will allocate.
func (s set) register() VecVirtual {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

// zero returns a register that holds zero.
func (s set) zero() VecVirtual {
	r := s.register()
	if s.wide() {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
	return r
}

// zeros returns n registers that hold zero.
func (s set) zeros(n int) []VecVirtual {
	z := make([]VecVirtual, n)
	for i := range z {
		z[i] = s.zero()
	}
	return z
}

// fill returns a register with x in every lane.
func (s set) fill(x float64) VecVirtual {
	r := s.register()
	VMOVUPS(constant(x), r)
	return r
}

// argument returns a register with a float32 or uint32 parameter of the function in every lane.
func (s set) argument(name string) VecVirtual {
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := s.register()
	VBROADCASTSS(c.Addr, r)
	return r
}

// blockVectors returns the number of vectors in a block.
func (s set) blockVectors() int { return block / s.lanes }

// A part is one vector of the rows that a loop goes through: whole, or masked at the end of the rows.
type part struct {
	set
	index    int // in an unrolled step
	masked   bool
	pointers map[string]Register // addresses in the rows, by parameter
	mask     VecVirtual          // AVX2
}

// opmask returns the mask register of a masked part of AVX-512.
func (p part) opmask() OpmaskPhysical { return []OpmaskPhysical{K1, K2}[p.index] }

// memory returns the memory operand of the part of a row.
func (p part) memory(name string) Mem { return p.at(p.pointers[name], p.index) }

// load returns a register with the part of a row. Masked lanes are zero.
func (p part) load(name string) VecVirtual {
	r := p.register()
	switch {
	case !p.masked:
		VMOVUPS(p.memory(name), r)
	case p.wide():
		VMOVUPS_Z(p.memory(name), p.opmask(), r)
	default:
		VMASKMOVPS(p.memory(name), p.mask, r)
	}
	return r
}

// store stores a register as the part of a row. Masked lanes are not written.
func (p part) store(r VecVirtual, name string) {
	switch {
	case !p.masked:
		VMOVUPS(r, p.memory(name))
	case p.wide():
		VMOVUPS(r, p.opmask(), p.memory(name))
	default:
		VMASKMOVPS(r, p.mask, p.memory(name))
	}
}

// cut sets the lanes beyond the end of the rows to zero.
func (p part) cut(r VecVirtual) {
	switch {
	case !p.masked:
	case p.wide():
		VMOVAPS_Z(r, p.opmask(), r)
	default:
		VANDPS(p.mask, r, r)
	}
}

// whole returns count parts without a mask.
func (s set) whole(pointers map[string]Register, count int) []part {
	parts := make([]part, count)
	for i := range parts {
		parts[i] = part{set: s, index: i, pointers: pointers}
	}
	return parts
}

// ending returns count masked parts whose rows end after n elements. n must be less than the lanes of all parts together.
func (s set) ending(n Register, pointers map[string]Register, count int) []part {
	parts := s.whole(pointers, count)
	var table GPVirtual
	if s.wide() {
		m := GP32()
		MOVL(U32(0xffffffff), m)
		BZHIL(n.(GP).As32(), m, m)
		KMOVW(m, K1)
		SHRL(Imm(16), m)
		KMOVW(m, K2)
	} else {
		table = GP64()
		NEGQ(n)
		LEAQ(masks(), table)
		LEAQ(Mem{Base: table, Index: n, Scale: 4}, table)
	}
	for i := range parts {
		parts[i].masked = true
		if !s.wide() {
			parts[i].mask = s.register()
			VMOVUPS(s.at(table, i), parts[i].mask)
		}
	}
	return parts
}

// pass emits a loop over n elements of some rows, unroll vectors at a time. order names the rows whose pointers advance; they
// end after the last whole step.
func (s set) pass(name string, n Register, pointers map[string]Register, order []string, unroll int, body func(p part)) {
	left := GP64()
	MOVQ(n, left)
	step := unroll * s.lanes
	CMPQ(left, I32(int32(step)))
	JL(LabelRef(name + "tail"))
	Label(name)
	for _, p := range s.whole(pointers, unroll) {
		body(p)
	}
	for _, q := range order {
		ADDQ(I32(int32(4*step)), pointers[q])
	}
	SUBQ(I32(int32(step)), left)
	CMPQ(left, I32(int32(step)))
	JGE(LabelRef(name))
	Label(name + "tail")
	TESTQ(left, left)
	JZ(LabelRef(name + "done"))
	for _, p := range s.ending(left, pointers, unroll) {
		body(p)
	}
	Label(name + "done")
}

// arguments loads the parameter n and the pointers of the given names.
func arguments(names ...string) (n Register, pointers map[string]Register) {
	pointers = map[string]Register{}
	for _, name := range names {
		pointers[name] = Load(Param(name), GP64())
	}
	return Load(Param("n"), GP64()), pointers
}

// join returns the total of a block of partial sums, in the first lane. It adds sums 16 apart, then 8 apart, and so on.
func (s set) join(lanes []VecVirtual) VecVirtual {
	return s.fold(lanes, func(x, y, r Op) { VADDPS(x, y, r) })
}

// fold combines the lanes of a block by f in the order of join.
func (s set) fold(lanes []VecVirtual, f func(x, y, r Op)) VecVirtual {
	for half := len(lanes) / 2; half > 0; half /= 2 {
		for i := range half {
			f(lanes[i+half], lanes[i], lanes[i])
		}
	}
	y := lanes[0].AsY()
	if s.wide() {
		high := YMM()
		VEXTRACTF32X8(Imm(1), lanes[0], high)
		f(high, y, y)
	}
	x, high := lanes[0].AsX(), XMM()
	VEXTRACTF128(Imm(1), y, high)
	f(high, x, x)
	VMOVHLPS(x, x, high)
	f(high, x, x)
	VMOVSHDUP(x, high)
	f(high, x, x)
	return lanes[0]
}

// everywhere copies the first lane to all lanes.
func (s set) everywhere(r VecVirtual) { VBROADCASTSS(r.AsX(), r) }

// result stores the first lane as result i of the function.
func result(r VecVirtual, i int) { Store(r.AsX(), ReturnIndex(i)) }
