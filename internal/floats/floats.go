// Package floats decodes arrays of floating-point numbers as files hold them: little-endian, of 16, 32 or 64 bits.
//
// It imports nothing of the project. Begin with Type.
package floats

import (
	"encoding/binary"
	"io"
	"math"
)

// A Type is how a number is encoded.
type Type uint8

// The types: IEEE 754 binary16, bfloat16 (the upper half of a binary32), binary32 and binary64. The zero Type is none.
const (
	F16 Type = iota + 1
	BF16
	F32
	F64
)

// Size returns the bytes of a number, 0 for no type.
func (t Type) Size() int64 { return [...]int64{0, 2, 2, 4, 8}[t] }

// At returns the number that raw begins with.
func (t Type) At(raw []byte) float64 {
	switch t {
	case F16:
		return float64(half(binary.LittleEndian.Uint16(raw)))
	case BF16:
		return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw)) << 16))
	case F32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(raw)))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(raw))
}

// Append appends the numbers in raw as float32. Those of 64 bits are rounded to nearest, and may become infinite.
func (t Type) Append(values []float32, raw []byte) []float32 {
	switch t {
	case F16:
		for ; len(raw) >= 2; raw = raw[2:] {
			values = append(values, half(binary.LittleEndian.Uint16(raw)))
		}
	case BF16:
		for ; len(raw) >= 2; raw = raw[2:] {
			values = append(values, math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw))<<16))
		}
	case F32:
		for ; len(raw) >= 4; raw = raw[4:] {
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
		}
	case F64:
		for ; len(raw) >= 8; raw = raw[8:] {
			values = append(values, float32(math.Float64frombits(binary.LittleEndian.Uint64(raw))))
		}
	}
	return values
}

// block is the number of bytes that Read reads at a time, a multiple of every size.
const block = 1 << 20

// Read reads count numbers from byte at on, as float32. The caller has compared the count with the size of what it reads.
func (t Type) Read(from io.ReaderAt, at, count int64) ([]float32, error) {
	values := make([]float32, 0, count)
	left := count * t.Size()
	raw := make([]byte, min(block, left))
	for left > 0 {
		raw = raw[:min(int64(len(raw)), left)]
		if n, err := from.ReadAt(raw, at); n < len(raw) { // a whole block may come with io.EOF
			return nil, err
		}
		values = t.Append(values, raw)
		at, left = at+int64(len(raw)), left-int64(len(raw))
	}
	return values, nil
}

// half returns the float32 that equals an IEEE half-precision number.
func half(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10)&31, uint32(bits)&1023
	switch exponent {
	case 31: // infinity and NaN
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	case 0: // zero and subnormals: fraction · 2⁻²⁴
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(v))
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
