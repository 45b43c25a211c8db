// Package dynamics stores training dynamics, the logits of every training example in every epoch, as NumPy arrays: one file per
// epoch, one row per example. A file has its full size from the start and is filled in place, so programs in any language can
// read it during the run.
//
// It may import internal packages. Begin with Store for writing and ReadEpoch for reading; the package also reads and writes
// other arrays.
package dynamics

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/input"
)

// Number is an element type of arrays: float32 ("<f4" in a header) or int32 ("<i4").
type Number interface{ float32 | int32 }

// Magic is the beginning of every NumPy array.
const Magic = "\x93NUMPY"

func header[T Number](shape []int) []byte { return headerOf(descr[T](), shape) }

// headerOf returns the bytes before the data: format version 1.0, padded so that the data begins at a multiple of 64
// (numpy.lib.format).
func headerOf(descr string, shape []int) []byte {
	sizes := make([]string, len(shape))
	for i, size := range shape {
		sizes[i] = strconv.Itoa(size)
	}
	tuple := strings.Join(sizes, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	const before = len(Magic) + 4 // with the version and the length of the text
	text += strings.Repeat(" ", 63-(before+len(text))%64) + "\n"
	h := append([]byte(Magic), 1, 0)
	h = binary.LittleEndian.AppendUint16(h, uint16(len(text)))
	return append(h, text...)
}

func descr[T Number]() string {
	var zero T
	if _, isFloat := any(zero).(float32); isFloat {
		return "<f4"
	}
	return "<i4"
}

// appendNumbers appends values in little-endian order. Bits are kept, including NaN payloads.
func appendNumbers[T Number](data []byte, values []T) []byte {
	switch values := any(values).(type) {
	case []float32:
		for _, value := range values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(value))
		}
	case []int32:
		for _, value := range values {
			data = binary.LittleEndian.AppendUint32(data, uint32(value))
		}
	}
	return data
}

// WriteNPY writes values as EncodeNPY does. The file appears complete or not at all.
func WriteNPY[T Number](path string, values []T, shape ...int) error {
	return disk.WriteStream(path, func(w io.Writer) error { return EncodeNPY(w, values, shape...) })
}

// EncodeNPY writes values, in row-major order, as an array of the given shape, or [len(values)] without a shape.
func EncodeNPY[T Number](w io.Writer, values []T, shape ...int) error {
	shape, err := checkShape(len(values), shape)
	if err == nil {
		_, err = w.Write(appendNumbers(header[T](shape), values))
	}
	return err
}

// checkShape returns shape, or [size] if there is none. A shape that size values do not fill is an error.
func checkShape(size int, shape []int) ([]int, error) {
	if len(shape) == 0 {
		return []int{size}, nil
	}
	if want, ok := product(shape); !ok || size != want {
		return nil, fmt.Errorf("%d values do not fill the shape %s", size, Sizes(shape))
	}
	return shape, nil
}

// ReadNPYFloat32 reads a float32 array of any shape, in row-major order.
func ReadNPYFloat32(path string) (values []float32, shape []int, err error) {
	return readNPY[float32](path, io.Discard)
}

// ReadNPYInt32 reads an int32 array of any shape, in row-major order.
func ReadNPYInt32(path string) (values []int32, shape []int, err error) {
	return readNPY[int32](path, io.Discard)
}

// readNPY reads an array, and writes the bytes of its file to a copy.
func readNPY[T Number](path string, copied io.Writer) (values []T, shape []int, err error) {
	file, err := disk.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	_, shape, start, err := readHeader(file, descr[T]())
	if err != nil {
		return nil, nil, fault.At(path, 0, err.Error())
	}
	size, _ := product(shape)
	if wrong := input.TooLarge(8 * int64(size)); wrong != "" { // the bytes and the values
		return nil, nil, fault.At(path, 0, wrong)
	}
	data := make([]byte, 4*size)
	if _, err := file.ReadAt(data, start); err != nil && (err != io.EOF || size > 0) {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := io.Copy(copied, io.NewSectionReader(file, 0, start)); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	copied.Write(data) // a hash accepts all
	values = make([]T, size)
	switch values := any(values).(type) {
	case []float32:
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case []int32:
		for i := range values {
			values[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
		}
	}
	return values, shape, nil
}

var (
	descrKey      = regexp.MustCompile(`['"]descr['"]\s*:\s*['"]([^'"]*)['"]`)
	structuredKey = regexp.MustCompile(`['"]descr['"]\s*:\s*\[`)
	fortranKey    = regexp.MustCompile(`['"]fortran_order['"]\s*:\s*(True|False)`)
	shapeKey      = regexp.MustCompile(`['"]shape['"]\s*:\s*\(([\d\s,]*)\)`)
)

// readHeader checks that the file is an array of one of the types, in row-major order, and has the size that its shape
// requires. It returns the type, the shape and the offset of the data.
func readHeader(file *disk.File, types ...string) (descr string, shape []int, start int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return "", nil, 0, err
	}
	text, start, err := headerText(file)
	if err != nil {
		return "", nil, 0, err
	}
	descrFound, order, sizes := descrKey.FindStringSubmatch(text), fortranKey.FindStringSubmatch(text), shapeKey.FindStringSubmatch(text)
	if descrFound == nil || order == nil || sizes == nil {
		if structuredKey.MatchString(text) {
			return "", nil, 0, fmt.Errorf("a structured array, whose elements have fields; expected %s: save one field of it", alternatives(types))
		}
		return "", nil, 0, fmt.Errorf("unreadable NumPy header %q", text)
	}
	descr = descrFound[1]
	if !slices.Contains(types, descr) {
		return "", nil, 0, fmt.Errorf("an array of type %q; expected %s: convert it with astype", descr, alternatives(types))
	}
	if order[1] == "True" {
		return "", nil, 0, fmt.Errorf("an array in Fortran order; expected row-major order: save numpy.ascontiguousarray of it")
	}
	for _, text := range strings.FieldsFunc(sizes[1], func(r rune) bool { return r == ',' || r == ' ' }) {
		size, err := strconv.Atoi(text)
		if err != nil {
			return "", nil, 0, fmt.Errorf("a NumPy header with the invalid shape (%s)", sizes[1])
		}
		shape = append(shape, size)
	}
	size, ok := product(shape)
	if !ok {
		return "", nil, 0, fmt.Errorf("a NumPy header with the impossible shape %s", Sizes(shape))
	}
	if want := start + width(descr)*int64(size); info.Size() != want {
		return "", nil, 0, fmt.Errorf("%d bytes, but the shape %s needs %d: the file is truncated, or more than an array",
			info.Size(), Sizes(shape), want)
	}
	return descr, shape, start, nil
}

// width returns the size of an element in bytes. It has one digit in all supported types.
func width(descr string) int64 { return int64(descr[2] - '0') }

// alternatives formats types as a list with "or" before the last.
func alternatives(types []string) string {
	quoted := make([]string, len(types))
	for i, t := range types {
		quoted[i] = strconv.Quote(t)
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// headerText returns the header's dictionary and the offset after it, for the format versions 1 to 3.
func headerText(file *disk.File) (text string, start int64, err error) {
	fixed := make([]byte, len(Magic)+6)
	n, err := file.ReadAt(fixed, 0)
	if err != nil && err != io.EOF {
		return "", 0, err
	}
	if n < len(fixed) || string(fixed[:len(Magic)]) != Magic {
		return "", 0, notAnArray(file)
	}
	length, start := int64(binary.LittleEndian.Uint16(fixed[8:])), int64(10)
	if fixed[6] >= 2 {
		length, start = int64(binary.LittleEndian.Uint32(fixed[8:])), 12
	}
	if length > 1<<20 {
		return "", 0, fmt.Errorf("a NumPy header of %d bytes", length)
	}
	data := make([]byte, length)
	if _, err := file.ReadAt(data, start); err != nil {
		return "", 0, fmt.Errorf("a truncated NumPy header")
	}
	return string(data), start + length, nil
}

// notAnArray returns an error that names what a file is instead of an array.
func notAnArray(file io.ReaderAt) error {
	first := make([]byte, 1<<12)
	n, _ := file.ReadAt(first, 0)
	if what := input.Recognise(first[:n]); what != "" {
		return fmt.Errorf("not a NumPy array (.npy), but %s", what)
	}
	return errors.New("not a NumPy array (.npy)")
}

// Fault returns the error of reading an array as a *fault.Bad, unless the file is missing or may not be read.
func Fault(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.As(err, new(*fault.Bad)) {
		return err
	}
	return fault.At(path, 0, strings.TrimPrefix(err.Error(), path+": "))
}

// Sizes formats a shape for a message: [3, 12, 3].
func Sizes(shape []int) string {
	texts := make([]string, len(shape))
	for i, size := range shape {
		texts[i] = strconv.Itoa(size)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// product returns the number of elements of a shape. ok is false if a size is negative or the number of bytes overflows.
func product(shape []int) (size int, ok bool) {
	size = 1
	for _, n := range shape {
		if n < 0 || n > 0 && size > math.MaxInt/8/n {
			return 0, false
		}
		size *= n
	}
	return size, true
}
