package dynamics

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/x448/float16"
)

// Magic is how a NumPy array begins.
const Magic = magic

// floatWidths are the bytes of a value by the types that ReadNPYFloats takes.
var floatWidths = map[string]int{"<f2": 2, "<f4": 4, "<f8": 8}

// ReadNPYFloats reads an array of half, single or double precision of any shape, in row-major order. Doubles are rounded;
// one that float32 cannot hold becomes infinite.
func ReadNPYFloats(path string) (values []float32, shape []int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	descr, shape, start, err := readAnyHeader(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	width, ok := floatWidths[descr]
	if !ok {
		return nil, nil, fmt.Errorf("%s: an array of type %q, where <f2, <f4 or <f8 is expected: convert it with astype", path, descr)
	}
	size, _ := product(shape)
	if err := checkSize(file, start, width, shape); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	data := make([]byte, width*size)
	if _, err := file.ReadAt(data, start); err != nil && (err != io.EOF || size > 0) {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	values = make([]float32, size)
	for i := range values {
		switch own := data[i*width:]; width {
		case 2:
			values[i] = float16.Frombits(binary.LittleEndian.Uint16(own)).Float32()
		case 4:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(own))
		default:
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(own)))
		}
	}
	return values, shape, nil
}

// WriteNPYFloat16 writes values, rounded to the nearest half-precision number, as an array of the given shape. A value that
// it cannot hold is an error. The file appears whole or not at all.
func WriteNPYFloat16(path string, values []float32, shape ...int) error {
	if size, ok := product(shape); !ok || size != len(values) {
		return fmt.Errorf("write %s: %d values do not fill the shape %v", path, len(values), shape)
	}
	data := headerOf("<f2", shape)
	for i, v := range values {
		half := float16.Fromfloat32(v)
		if !half.IsFinite() {
			return fmt.Errorf("write %s: value %d is %g, which half precision does not hold", path, i, v)
		}
		data = binary.LittleEndian.AppendUint16(data, half.Bits())
	}
	if err := writeWhole(path, data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
