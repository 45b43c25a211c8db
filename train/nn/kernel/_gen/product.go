package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// product emits the product C[rows, n] = from + A[rows, k] B[k, n]. Each element is one chain of fused multiply-adds in the
// order of k. It begins with the element of from, or with zero if from is nil.
//
// Element (i, p) of A is at a + i*arow + p*astep. B is packed in panels [k, columns], where columns is that of two vectors;
// the last panel is full for every n. Row i of C is at c + i*crow, row i of from at from + i*fromrow. Steps are in bytes.
func (s set) product(rows int) {
	s.begin(label("product%dRows", rows),
		"func(k int, a *float32, arow, astep int, b, c *float32, crow int, from *float32, fromrow, n int)",
		label("computes C[%d, n] = from + A[%d, k] B[k, n].", rows, rows))
	var (
		count, arow, astep = R13, R8, R9
		b, c, crow         = RSI, RDI, R10
		from, n            = R11, R14
		row, temporary     = RCX, R15
		groups             = []GPPhysical{RAX, RBX, RDX, R12}[:(rows+2)/3] // each is the address of three rows of A
		panel              = 2 * s.bytes()
	)
	element := func(i int) Mem {
		m := Mem{Base: groups[i/3]}
		if i%3 > 0 {
			m.Index, m.Scale = arow, uint8(i%3)
		}
		return m
	}
	acc := func(i, j int) VecPhysical { return s.registers[2*i+j] }
	free := s.registers[2*rows:]
	b0, b1, broadcast := free[0], free[1], free[2:min(6, len(free))]
	mask := []VecPhysical{b0, b1}      // AVX2, outside the loop over k
	opmask := []OpmaskPhysical{K1, K2} // AVX-512

	Load(Param("arow"), arow)
	Load(Param("astep"), astep)
	Load(Param("b"), b)
	Load(Param("c"), c)
	Load(Param("crow"), crow)
	Load(Param("from"), from)
	Load(Param("n"), n)

	// setMasks masks the remaining columns of a panel: n of them or, if n is larger, all.
	setMasks := func() {
		MOVQ(U32(2*s.lanes), row)
		CMPQ(n, row)
		CMOVQLT(n, row)
		if s.wide() {
			MOVL(U32(0xffffffff), R15L)
			BZHIL(ECX, R15L, R15L)
			KMOVW(R15L, K1)
			SHRL(Imm(16), R15L)
			KMOVW(R15L, K2)
			return
		}
		NEGQ(row)
		LEAQ(masks(), temporary)
		LEAQ(Mem{Base: temporary, Index: row, Scale: 4}, temporary) // masks - 4n: n lanes of the panel
		VMOVUPS(Mem{Base: temporary}, mask[0])
		VMOVUPS(Mem{Base: temporary, Disp: s.bytes()}, mask[1])
	}

	Label("panel")
	Load(Param("a"), groups[0])
	for g := 1; g < len(groups); g++ {
		LEAQ(Mem{Base: groups[g-1], Index: arow, Scale: 2}, groups[g])
		ADDQ(arow, groups[g])
	}
	TESTQ(from, from)
	JZ(LabelRef("zero"))
	setMasks()
	MOVQ(from, row)
	Load(Param("fromrow"), temporary)
	for i := range rows {
		for j := range 2 {
			if s.wide() {
				VMOVUPS_Z(s.at(row, j), opmask[j], acc(i, j))
			} else {
				VMASKMOVPS(s.at(row, j), mask[j], acc(i, j))
			}
		}
		if i < rows-1 {
			ADDQ(temporary, row)
		}
	}
	ADDQ(I32(panel), from)
	JMP(LabelRef("begin"))
	Label("zero")
	for i := range rows {
		for j := range 2 {
			s.clear(acc(i, j))
		}
	}

	Label("begin")
	// Prefetch the rows of C that the next panel loads or stores.
	LEAQ(Mem{Base: c, Disp: panel}, row)
	for i := range rows {
		PREFETCHT0(Mem{Base: row})
		PREFETCHT0(Mem{Base: row, Disp: panel - 4})
		if i < rows-1 {
			ADDQ(crow, row)
		}
	}
	step := func(u int) {
		VMOVUPS(Mem{Base: b, Disp: u * panel}, b0)
		VMOVUPS(Mem{Base: b, Disp: u*panel + s.bytes()}, b1)
		for i := range rows {
			x := broadcast[i%len(broadcast)]
			VBROADCASTSS(element(i), x)
			VFMADD231PS(b0, x, acc(i, 0))
			VFMADD231PS(b1, x, acc(i, 1))
		}
		for _, g := range groups {
			ADDQ(astep, g)
		}
	}
	const unroll = 4
	Load(Param("k"), count)
	SHRQ(Imm(2), count)
	JZ(LabelRef("tail"))
	Label("loop")
	for u := range unroll {
		for line := 0; line < panel; line += 64 {
			PREFETCHT0(Mem{Base: b, Disp: 8*panel + u*panel + line})
		}
		step(u)
	}
	ADDQ(I32(unroll*panel), b)
	DECQ(count)
	JNZ(LabelRef("loop"))
	Label("tail")
	Load(Param("k"), count)
	ANDQ(Imm(unroll-1), count)
	JZ(LabelRef("store"))
	Label("rest")
	step(0)
	ADDQ(I32(panel), b)
	DECQ(count)
	JNZ(LabelRef("rest"))

	Label("store")
	store := func(masked bool) {
		MOVQ(c, row)
		for i := range rows {
			for j := range 2 {
				switch {
				case !masked:
					VMOVUPS(acc(i, j), s.at(row, j))
				case s.wide():
					VMOVUPS(acc(i, j), opmask[j], s.at(row, j))
				default:
					VMASKMOVPS(acc(i, j), mask[j], s.at(row, j))
				}
			}
			if i < rows-1 {
				ADDQ(crow, row)
			}
		}
	}
	CMPQ(n, U32(2*s.lanes))
	JL(LabelRef("masked"))
	store(false)
	ADDQ(I32(panel), c)
	SUBQ(I32(2*s.lanes), n)
	JNZ(LabelRef("panel"))
	end()
	Label("masked")
	setMasks()
	store(true)
	end()
}

// packRows emits the packing of a panel of B whose rows follow k: it copies n rows of two vectors each, from src in steps of
// stride bytes to dst without gaps.
func (s set) packRows() {
	s.begin("packRows", "func(n int, src *float32, stride int, dst *float32)",
		"copies n rows of two vectors, from src with a stride to dst without.")
	Load(Param("n"), RCX)
	Load(Param("src"), RSI)
	Load(Param("stride"), RDX)
	Load(Param("dst"), RDI)
	LEAQ(Mem{Base: RDX, Index: RDX, Scale: 2}, R8)
	Label("loop")
	for line := 0; line < 2*s.bytes(); line += 64 {
		PREFETCHT0(Mem{Base: RSI, Index: R8, Scale: 4, Disp: line}) // twelve rows ahead
	}
	for j := range 2 {
		VMOVUPS(s.at(RSI, j), s.registers[j])
		VMOVUPS(s.registers[j], s.at(RDI, j))
	}
	ADDQ(RDX, RSI)
	ADDQ(I32(2*s.bytes()), RDI)
	DECQ(RCX)
	JNZ(LabelRef("loop"))
	end()
}

// packColumns emits the packing of half a panel of B whose columns follow k: it transposes a matrix [rows, n], where rows is
// at least one and n a multiple of the lanes. Column p of src, whose rows are stride bytes apart, becomes row p of dst, whose
// rows are two vectors apart. If there are fewer rows than lanes, the last row replaces those that are missing.
func (s set) packColumns() {
	s.begin("packColumns", "func(rows, n int, src *float32, stride int, dst *float32)",
		"transposes src[rows, n] into one half of the columns of dst[n, two vectors].")
	Load(Param("n"), RCX)
	Load(Param("src"), RSI)
	Load(Param("dst"), RDI)
	XORQ(R9, R9)
	low, high := s.registers[:s.lanes], s.registers[s.lanes:2*s.lanes]
	Label("loop")
	MOVQ(RSI, RAX)
	Load(Param("stride"), RDX)
	Load(Param("rows"), R8)
	for i := range s.lanes {
		VMOVUPS(Mem{Base: RAX}, low[i])
		if i < s.lanes-1 {
			DECQ(R8)
			CMOVQEQ(R9, RDX) // no step beyond the last row
			ADDQ(RDX, RAX)
		}
	}
	// Transpose within groups of four lanes, then the groups.
	for i := 0; i < s.lanes; i += 2 {
		VUNPCKLPS(low[i+1], low[i], high[i])
		VUNPCKHPS(low[i+1], low[i], high[i+1])
	}
	for i := 0; i < s.lanes; i += 4 {
		VUNPCKLPD(high[i+2], high[i], low[i])
		VUNPCKHPD(high[i+2], high[i], low[i+1])
		VUNPCKLPD(high[i+3], high[i+1], low[i+2])
		VUNPCKHPD(high[i+3], high[i+1], low[i+3])
	}
	result := high
	if s.wide() {
		for i := range 4 {
			VSHUFF32X4(Imm(0x88), low[4+i], low[i], high[i])
			VSHUFF32X4(Imm(0xdd), low[4+i], low[i], high[4+i])
			VSHUFF32X4(Imm(0x88), low[12+i], low[8+i], high[8+i])
			VSHUFF32X4(Imm(0xdd), low[12+i], low[8+i], high[12+i])
		}
		for i := range 4 {
			VSHUFF32X4(Imm(0x88), high[8+i], high[i], low[i])
			VSHUFF32X4(Imm(0x88), high[12+i], high[4+i], low[4+i])
			VSHUFF32X4(Imm(0xdd), high[8+i], high[i], low[8+i])
			VSHUFF32X4(Imm(0xdd), high[12+i], high[4+i], low[12+i])
		}
		result = low
	} else {
		for i := range 4 {
			VPERM2F128(Imm(0x20), low[4+i], low[i], high[i])
			VPERM2F128(Imm(0x31), low[4+i], low[i], high[4+i])
		}
	}
	for i, r := range result {
		VMOVUPS(r, Mem{Base: RDI, Disp: i * 2 * s.bytes()})
	}
	ADDQ(I32(s.bytes()), RSI)
	ADDQ(I32(s.lanes*2*s.bytes()), RDI)
	SUBQ(I32(s.lanes), RCX)
	JNZ(LabelRef("loop"))
	end()
}

// packTile emits the packing of a panel of A whose rows follow k: it copies n rows of the given number of columns, at most
// productRows, from src in steps of stride bytes to rows of productRows elements in dst.
func (s set) packTile() {
	s.begin("packTile", "func(n int, src *float32, stride int, dst *float32, columns int)",
		label("copies src[n, columns] with a stride to dst[n, %d] without.", s.productRows))
	Load(Param("n"), RCX)
	Load(Param("src"), RSI)
	Load(Param("stride"), RDX)
	Load(Param("dst"), RDI)
	Load(Param("columns"), RAX)
	value := s.registers[0]
	if s.wide() {
		MOVL(U32(0xffff), R9L)
		BZHIL(EAX, R9L, R9L)
		KMOVW(R9L, K1)
		MOVL(U32(1<<s.productRows-1), R9L)
		KMOVW(R9L, K2)
	} else {
		NEGQ(RAX)
		LEAQ(masks(), R9)
		VMOVUPS(Mem{Base: R9, Index: RAX, Scale: 4}, s.registers[1])
	}
	LEAQ(Mem{Base: RDX, Index: RDX, Scale: 2}, R8)
	Label("loop")
	PREFETCHT0(Mem{Base: RSI, Index: R8, Scale: 4}) // twelve rows ahead
	// Nothing may be written beyond the panel, because another worker packs the next.
	if s.wide() {
		VMOVUPS_Z(Mem{Base: RSI}, K1, value)
		VMOVUPS(value, K2, Mem{Base: RDI})
	} else {
		VMASKMOVPS(Mem{Base: RSI}, s.registers[1], value)
		VMOVUPS(X0, Mem{Base: RDI})
		VEXTRACTF128(Imm(1), Y0, X0)
		VMOVLPS(X0, Mem{Base: RDI, Disp: 16})
	}
	ADDQ(RDX, RSI)
	ADDQ(I32(4*s.productRows), RDI)
	DECQ(RCX)
	JNZ(LabelRef("loop"))
	end()
}

// peak emits n rounds of 24 fused multiply-adds on registers alone, which run at the highest rate of the processor.
func (s set) peak() {
	s.begin("peak", "func(n int)", "computes n rounds of 24 fused multiply-adds of vectors in registers.")
	Load(Param("n"), RCX)
	const chains = 12 // enough to hide the latency of two units
	for i := range chains {
		s.clear(s.registers[i])
	}
	Label("loop")
	for range 2 {
		for i := range chains {
			VFMADD231PS(s.registers[13], s.registers[14], s.registers[i])
		}
	}
	DECQ(RCX)
	JNZ(LabelRef("loop"))
	end()
}
