package nn

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/floats"
	"ftft/internal/input"
)

// An entry describes a tensor in the header of a safetensors file.
type entry struct {
	Dtype   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // first byte and end of the values, counted from the end of the header
}

// widths are the bits of a value by its type. This program reads the values of F64, F32, F16 and BF16.
var widths = map[string]int64{
	"BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
	"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
	"I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}

// safetensors is an open file in Hugging Face's format of that name (github.com/huggingface/safetensors): the length of the
// header in eight bytes, the header in JSON, then the values. All numbers are little-endian.
type safetensors struct {
	file    *os.File
	tensors map[string]entry
	data    int64 // offset of the values in the file
}

// maxHeader is the longest header, in bytes, that the format's own library accepts.
const maxHeader = 100_000_000

// openSafetensors opens a file and checks its header. What is wrong with the content is a *fault.Bad.
func openSafetensors(path string) (*safetensors, error) {
	file, err := input.Open(path)
	if err != nil {
		return nil, input.Unreadable(path, err)
	}
	s := &safetensors{file: file}
	if err := s.readHeader(); err != nil {
		file.Close()
		return nil, err
	}
	return s, nil
}

// isSafetensors reports whether a file is of this format.
func isSafetensors(path string) bool {
	s, err := openSafetensors(path)
	if err == nil {
		s.close()
	}
	return err == nil
}

// bad returns an error about the file.
func (s *safetensors) bad(format string, args ...any) error {
	return fault.At(s.file.Name(), 0, fmt.Sprintf(format, args...))
}

func (s *safetensors) readHeader() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	first := make([]byte, min(info.Size(), 4096))
	if _, err := io.ReadFull(s.file, first); err != nil {
		return input.Unreadable(s.file.Name(), err)
	}
	if len(first) < 9 || first[8] != '{' { // a length may look like the beginning of another format
		if what := input.Recognise(first); what != "" {
			return s.bad("%s", what)
		}
	}
	if len(first) < 8 {
		return s.bad("not a safetensors file: %d bytes are too few for a header; download or copy it again", info.Size())
	}
	length := binary.LittleEndian.Uint64(first)
	if length > maxHeader || int64(length) > info.Size()-8 {
		return s.bad("not a safetensors file, or cut short: the header should have %d bytes, the file has %d; download or copy it again",
			length, info.Size())
	}
	if budget := input.Budget(); int64(length) > budget/headerFactor {
		return s.bad("its header of %s does not fit into the memory of this machine", input.Size(int64(length)))
	}
	text := make([]byte, length)
	if _, err := s.file.ReadAt(text, 8); err != nil {
		return input.Unreadable(s.file.Name(), err)
	}
	s.data = 8 + int64(length)
	if err := s.decodeHeader(text); err != nil {
		return err
	}
	return s.check(info.Size() - s.data)
}

// headerFactor is an upper bound of the bytes of memory that one byte of a header takes.
const headerFactor = 8

// decodeHeader decodes the header. A tensor that it names twice is an error.
func (s *safetensors) decodeHeader(text []byte) error {
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return s.bad("not a safetensors file: its header is not a JSON object")
	}
	s.tensors = map[string]entry{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.Token() // {
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return s.badHeader()
		}
		name, _ := token.(string)
		if name == "__metadata__" {
			var metadata json.RawMessage
			if decoder.Decode(&metadata) != nil {
				return s.badHeader()
			}
			continue
		}
		var t entry
		if err := decoder.Decode(&t); err != nil {
			if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
				return s.bad("the header of tensor %.80q has a %s of another type than expected", name, cmp.Or(kind.Field, "value"))
			}
			return s.badHeader()
		}
		if _, ok := s.tensors[name]; ok {
			return s.bad("the header names tensor %.80q twice", name)
		}
		if len(t.Offsets) != 2 {
			return s.bad("the header of tensor %.80q needs two data_offsets, and has %d", name, len(t.Offsets))
		}
		s.tensors[name] = t
	}
	if _, err := decoder.Token(); err != nil {
		return s.badHeader()
	}
	return nil
}

func (s *safetensors) badHeader() error {
	return s.bad("the header is damaged: it is not JSON; download or copy the file again")
}

// check compares each tensor's extent with the size that its shape and type need, and all of them with the available bytes.
func (s *safetensors) check(available int64) error {
	names := slices.SortedFunc(maps.Keys(s.tensors), func(a, b string) int {
		x, y := s.tensors[a].Offsets, s.tensors[b].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	end := int64(0)
	for _, name := range names {
		t := s.tensors[name]
		from, to := t.Offsets[0], t.Offsets[1]
		switch {
		case from < 0 || to < from:
			return s.bad("tensor %.80q: its values cannot be at bytes %d to %d", name, from, to)
		case from < end:
			return s.bad("tensor %.80q: its values at bytes %d to %d overlap those of another tensor", name, from, to)
		case from > end:
			return s.bad("tensor %.80q: its values at bytes %d to %d leave a gap before them", name, from, to)
		case to > available:
			return s.bad("cut short: %.80s ends at byte %d, the file at %d; download or copy it again", name, s.data+to, s.data+available)
		}
		width, ok := widths[t.Dtype]
		if !ok {
			return s.bad("tensor %.80q: type %.20q is unknown; supported: F64, F32, F16, BF16", name, t.Dtype)
		}
		values := int64(1)
		for _, d := range t.Shape {
			if d < 0 || d > 0 && values > math.MaxInt64/width/int64(d) {
				return s.bad("tensor %.80q: impossible shape %s", name, sizes(t.Shape))
			}
			values *= int64(d)
		}
		if size := (values*width + 7) / 8; to-from != size {
			return s.bad("tensor %.80q: %s %s takes %d bytes, the header gives it %d", name, t.Dtype, sizes(t.Shape), size, to-from)
		}
		end = to
	}
	if end < available {
		return s.bad("%d bytes follow the last tensor: the file or its header is damaged; download or copy it again", available-end)
	}
	return nil
}

// sizes describes a shape: "30522 x 384", or "scalar" without dimensions.
func sizes(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	if len(shape) > 8 {
		return fmt.Sprintf("of %d dimensions", len(shape))
	}
	text := make([]string, len(shape))
	for i, d := range shape {
		text[i] = strconv.Itoa(d)
	}
	return strings.Join(text, " x ")
}

// floatTypes are the types whose values are read.
var floatTypes = map[string]floats.Type{"F64": floats.F64, "F32": floats.F32, "F16": floats.F16, "BF16": floats.BF16}

// names returns the names of the tensors, in any order.
func (s *safetensors) names() []string { return slices.Collect(maps.Keys(s.tensors)) }

// shape returns the shape of a tensor that there is.
func (s *safetensors) shape(name string) []int { return s.tensors[name].Shape }

func (s *safetensors) wrongType(name string) string {
	if dtype := s.tensors[name].Dtype; floatTypes[dtype] == 0 {
		return fmt.Sprintf("type %s is not supported; supported: F64, F32, F16, BF16", dtype)
	}
	return ""
}

// read returns a tensor's values, converted to float32. A value that is NaN or infinite is an error: whatever is computed from it
// means nothing.
func (s *safetensors) read(name string) ([]float32, error) {
	t := s.tensors[name]
	if wrong := s.wrongType(name); wrong != "" {
		return nil, s.bad("tensor %.80q: %s", name, wrong)
	}
	kind := floatTypes[t.Dtype]
	values, err := kind.Read(s.file, s.data+t.Offsets[0], (t.Offsets[1]-t.Offsets[0])/kind.Size())
	if err != nil {
		return nil, input.Unreadable(s.file.Name(), err)
	}
	return values, checkFinite(s, name, values)
}

func (s *safetensors) close() error { return s.file.Close() }

// writeSafetensors writes tensors as F32, in the order of names.
func writeSafetensors(w io.Writer, names []string, shape func(name string) []int, values func(name string) []float32) error {
	var header strings.Builder
	header.WriteString(`{"__metadata__":{"format":"pt"}`) // transformers refuses a file that does not name a library
	at := int64(0)
	for _, name := range names {
		size := 4 * int64(len(values(name)))
		text, err := json.Marshal(entry{"F32", shape(name), []int64{at, at + size}})
		if err != nil {
			return err
		}
		fmt.Fprintf(&header, ",%q:%s", name, text)
		at += size
	}
	header.WriteString("}")
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	buffered := bufio.NewWriterSize(w, 1<<20)
	if err := binary.Write(buffered, binary.LittleEndian, uint64(header.Len())); err != nil {
		return err
	}
	if _, err := buffered.WriteString(header.String()); err != nil {
		return err
	}
	var four [4]byte
	for _, name := range names {
		for _, v := range values(name) {
			binary.LittleEndian.PutUint32(four[:], math.Float32bits(v))
			if _, err := buffered.Write(four[:]); err != nil {
				return err
			}
		}
	}
	return buffered.Flush()
}
