package dynamics

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/x448/float16"

	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/input"
)

// Vectors is an open array of vectors, such as embeddings, that is read in parts, so that a large one takes little memory. Its
// methods may be called from several goroutines.
type Vectors struct {
	Len, Width int // the array is [Len, Width]

	path  string
	file  *disk.File
	start int64 // the offset of the data
	size  int   // of an element, in bytes
}

// OpenVectors opens an array of float16, float32 or float64 with two dimensions, in row-major order. Without the file the error is
// fs.ErrNotExist.
func OpenVectors(path string) (*Vectors, error) {
	file, err := disk.Open(path)
	if err != nil {
		return nil, err
	}
	descr, shape, start, err := readHeader(file, "<f2", "<f4", "<f8")
	if err == nil && (len(shape) != 2 || shape[1] == 0) {
		err = fmt.Errorf("an array of shape %s; expected [examples, width]", Sizes(shape))
	}
	if err == nil && shape[0] > 0 {
		if wrong := input.TooLarge((4 + width(descr)) * int64(shape[1])); wrong != "" { // of one vector
			err = errors.New(wrong)
		}
	}
	if err != nil {
		file.Close()
		return nil, fault.At(path, 0, err.Error())
	}
	return &Vectors{Len: shape[0], Width: shape[1], path: path, file: file, start: start, size: int(width(descr))}, nil
}

// Close closes the file.
func (v *Vectors) Close() error { return v.file.Close() }

// Part is memory for some vectors, which Read uses again.
type Part struct {
	Values []float32 // [rows, Width]
	data   []byte
}

// Read reads the vectors of the rows from..to-1 into a part. A float64 is rounded to nearest.
func (v *Vectors) Read(p *Part, from, to int) error {
	n := (to - from) * v.Width
	if cap(p.Values) < n || cap(p.data) < n*v.size {
		p.Values, p.data = make([]float32, n), make([]byte, n*v.size)
	}
	p.Values, p.data = p.Values[:n], p.data[:n*v.size]
	if _, err := v.file.ReadAt(p.data, v.start+int64(from)*int64(v.Width*v.size)); err != nil {
		return fmt.Errorf("%s: %w", v.path, err)
	}
	switch v.size {
	case 2:
		values := halves()
		for i := range p.Values {
			p.Values[i] = values[binary.LittleEndian.Uint16(p.data[2*i:])]
		}
	case 4:
		for i := range p.Values {
			p.Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(p.data[4*i:]))
		}
	default:
		for i := range p.Values {
			p.Values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(p.data[8*i:])))
		}
	}
	return nil
}

// halves holds the value of every float16, by its bits. Looking it up takes a third of the time of a conversion.
var halves = sync.OnceValue(func() *[1 << 16]float32 {
	var values [1 << 16]float32
	for bits := range values {
		values[bits] = float16.Frombits(uint16(bits)).Float32()
	}
	return &values
})
