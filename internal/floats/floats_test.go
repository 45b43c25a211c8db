package floats

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

func TestHalfWidensHalfPrecision(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x0001: 5.960464477539063e-08, 0x8000: 0, 0x7bff: 65504,
		0x03ff: 6.097555160522461e-05,
	} {
		if got := half(bits); got != want {
			t.Errorf("%#x: %g, want %g", bits, got, want)
		}
	}
}

func TestReadConvertsEveryType(t *testing.T) {
	encode := map[Type]func(raw []byte, v float32) []byte{
		F16: func(raw []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint16(raw, map[float32]uint16{1.5: 0x3e00, -2: 0xc000, 0.25: 0x3400}[v])
		},
		BF16: func(raw []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint16(raw, uint16(math.Float32bits(v)>>16))
		},
		F32: func(raw []byte, v float32) []byte { return binary.LittleEndian.AppendUint32(raw, math.Float32bits(v)) },
		F64: func(raw []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint64(raw, math.Float64bits(float64(v)))
		},
	}
	want := []float32{1.5, -2, 0.25}
	for kind, add := range encode {
		raw := []byte{9}           // before the numbers
		for i := range 1 + block { // more than one block of the smallest
			raw = add(raw, want[i%3])
		}
		got, err := kind.Read(bytes.NewReader(raw), 1, 1+block)
		if err != nil || len(got) != 1+block {
			t.Fatalf("type %d: %d numbers, %v", kind, len(got), err)
		}
		for i, v := range got {
			if v != want[i%3] {
				t.Fatalf("type %d: number %d is %g, want %g", kind, i, v, want[i%3])
			}
		}
		if v := kind.At(raw[1:]); v != 1.5 {
			t.Errorf("type %d: At gives %g", kind, v)
		}
		if _, err := kind.Read(bytes.NewReader(raw), 1, 2+block); err == nil {
			t.Errorf("type %d: numbers beyond the end", kind)
		}
	}
}
