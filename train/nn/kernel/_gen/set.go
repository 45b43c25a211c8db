package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A set is an instruction set: what the two forms of a function differ in.
type set struct {
	name        string
	lanes       int // float32 in a vector
	registers   []VecPhysical
	productRows int // rows in the largest tile of a product, which is two vectors wide
}

var (
	avx2   = set{"AVX2", 8, vectors(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15), 6}
	avx512 = set{"AVX512", 16, vectors(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15, Z16, Z17, Z18,
		Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31), 12}
)

func vectors(r ...VecPhysical) []VecPhysical { return r }

// wide reports whether s is AVX-512.
func (s set) wide() bool { return s.lanes == 16 }

// bytes returns the size of a vector.
func (s set) bytes() int { return 4 * s.lanes }

// begin starts a function with its documentation, which continues its name. The function must not keep its pointers.
func (s set) begin(name, signature, doc string) {
	TEXT(name+s.name, NOSPLIT, signature)
	Doc(name + s.name + " " + doc)
	Pragma("noescape")
}

// end emits the return from a function.
func end() {
	VZEROUPPER()
	RET()
}

// clear sets a register to zero.
func (s set) clear(r VecPhysical) {
	if s.wide() {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// at returns the memory operand i vectors after the address in a register.
func (s set) at(base Register, i int) Mem { return Mem{Base: base, Disp: i * s.bytes()} }

// maskTable holds 32 words of ones, then 32 of zeros. A vector that begins 4*n bytes before the zeros masks n lanes.
var maskTable Mem

// masks returns the address of the zeros in maskTable, which it emits when first called.
func masks() Mem {
	if maskTable.Base == nil {
		maskTable = GLOBL("masks", RODATA|NOPTR)
		for i := range 64 {
			word := uint32(0xffffffff)
			if i >= 32 {
				word = 0
			}
			DATA(4*i, U32(word))
		}
	}
	return maskTable.Offset(128)
}

// constants are the vectors that word has emitted.
var constants = map[uint32]Mem{}

// constant returns the memory of a vector with x in every lane.
func constant(x float64) Mem { return word(math.Float32bits(float32(x))) }

// word returns the memory of a vector with the bits x in every lane.
func word(x uint32) Mem {
	if m, ok := constants[x]; ok {
		return m
	}
	m := GLOBL(label("all%08x", x), RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(x))
	}
	constants[x] = m
	return m
}

func label(format string, args ...any) string { return fmt.Sprintf(format, args...) }
