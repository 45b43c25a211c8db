package dynamics

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/x448/float16"

	"ftft/internal/disk"
	"ftft/internal/input"
)

// WriteNPYFloat16 writes values as EncodeNPYFloat16 does. The file appears complete or not at all.
func WriteNPYFloat16(path string, values []float32, shape ...int) error {
	return disk.WriteStream(path, func(w io.Writer) error { return EncodeNPYFloat16(w, values, shape...) })
}

// EncodeNPYFloat16 writes values, in row-major order, as a float16 array ("<f2") of the given shape, or [len(values)] without a
// shape. Each value is rounded to nearest, ties to even. A value that is or would become infinite (float16 ends at 65504) is an
// error; NaN is allowed.
func EncodeNPYFloat16(w io.Writer, values []float32, shape ...int) error {
	shape, err := checkShape(len(values), shape)
	if err != nil {
		return err
	}
	data := append(make([]byte, 0, 128+2*len(values)), headerOf("<f2", shape)...)
	for i, value := range values {
		half := float16.Fromfloat32(value)
		if half.IsInf(0) {
			return fmt.Errorf("value %d is %g, beyond the range of float16 (65504)", i, value)
		}
		data = binary.LittleEndian.AppendUint16(data, half.Bits())
	}
	_, err = w.Write(data)
	return err
}

// ReadNPYFloats reads an array of float16, float32 or float64 of any shape, in row-major order. float64 is rounded to nearest,
// ties to even; a finite value beyond float32 is an error.
func ReadNPYFloats(path string) (values []float32, shape []int, err error) {
	file, err := disk.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	descr, shape, start, err := readHeader(file, "<f2", "<f4", "<f8")
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	size, _ := product(shape)
	if wrong := input.TooLarge(4 * int64(size)); wrong != "" {
		return nil, nil, fmt.Errorf("%s: %s", path, wrong)
	}
	values = make([]float32, size)
	if err := readFloats(values, io.NewSectionReader(file, start, math.MaxInt64-start), descr); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, shape, nil
}

// readFloats fills values from little-endian numbers of a type, in parts: all of a float64 array at once would take three times
// the memory of the result.
func readFloats(values []float32, from io.Reader, descr string) error {
	size := int(width(descr))
	buffer := make([]byte, size*min(len(values), 1<<16))
	for at := 0; at < len(values); {
		part := values[at:min(at+1<<16, len(values))]
		data := buffer[:size*len(part)]
		if _, err := io.ReadFull(from, data); err != nil {
			return err
		}
		for i := range part {
			value, ok := float(data[size*i:][:size])
			if !ok {
				return fmt.Errorf("value %d is beyond float32", at+i)
			}
			part[i] = value
		}
		at += len(part)
	}
	return nil
}

// float decodes a number of two, four or eight bytes. ok is false if a finite number becomes infinite.
func float(data []byte) (value float32, ok bool) {
	switch len(data) {
	case 2:
		return float16.Frombits(binary.LittleEndian.Uint16(data)).Float32(), true
	case 4:
		return math.Float32frombits(binary.LittleEndian.Uint32(data)), true
	}
	exact := math.Float64frombits(binary.LittleEndian.Uint64(data))
	value = float32(exact)
	return value, math.IsInf(exact, 0) || !math.IsInf(float64(value), 0)
}
