package nn

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
)

// An entry describes a tensor in the header of a safetensors file.
type entry struct {
	Dtype   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // first byte and end of the values, counted from the end of the header
}

// widths are the bytes of a value by its type.
var widths = map[string]int64{"F32": 4, "F16": 2, "BF16": 2}

// safetensors is an open file in Hugging Face's format of that name (github.com/huggingface/safetensors): the length of the
// header in eight bytes, the header in JSON, then the values. All numbers are little-endian.
type safetensors struct {
	file    *os.File
	tensors map[string]entry
	data    int64 // offset of the values in the file
}

// maxHeader is the longest header, in bytes, that the format's own library accepts.
const maxHeader = 100_000_000

// openSafetensors opens a file and checks its header.
func openSafetensors(path string) (*safetensors, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &safetensors{file: file}
	if err := s.readHeader(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *safetensors) readHeader() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	var length uint64
	if err := binary.Read(s.file, binary.LittleEndian, &length); err != nil {
		return fmt.Errorf("not a safetensors file: %d bytes are too few for a header", info.Size())
	}
	if length > maxHeader || int64(length) > info.Size()-8 {
		return fmt.Errorf("not a safetensors file, or cut short: the header should have %d bytes, the file has %d", length, info.Size())
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(s.file, text); err != nil {
		return err
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	delete(entries, "__metadata__")
	s.data, s.tensors = 8+int64(length), map[string]entry{}
	for name, text := range entries {
		var t entry
		decoder := json.NewDecoder(bytes.NewReader(text))
		if err := decoder.Decode(&t); err != nil {
			return fmt.Errorf("header of %s: %w", name, err)
		}
		s.tensors[name] = t
	}
	return s.check(info.Size() - s.data)
}

// check compares each tensor's extent with the size that its shape and type need, and all of them with the available bytes.
func (s *safetensors) check(available int64) error {
	names := slices.SortedFunc(maps.Keys(s.tensors), func(a, b string) int {
		return int(s.tensors[a].Offsets[0] - s.tensors[b].Offsets[0])
	})
	end := int64(0)
	for _, name := range names {
		t := s.tensors[name]
		from, to := t.Offsets[0], t.Offsets[1]
		if from != end || to < from {
			return fmt.Errorf("%s: its values are at bytes %d to %d, which overlap others or leave a gap before them", name, from, to)
		}
		if width, ok := widths[t.Dtype]; ok {
			size := width
			for _, d := range t.Shape {
				if d < 0 || d > 0 && size > math.MaxInt64/int64(d) {
					return fmt.Errorf("%s: impossible shape %v", name, t.Shape)
				}
				size *= int64(d)
			}
			if to-from != size {
				return fmt.Errorf("%s: %s %v takes %d bytes, the header gives it %d", name, t.Dtype, t.Shape, size, to-from)
			}
		}
		if to > available {
			return fmt.Errorf("cut short: %s ends at byte %d, the file at %d; download or copy it again", name, s.data+to, s.data+available)
		}
		end = to
	}
	return nil
}

// read returns a tensor's values, converted to float32.
func (s *safetensors) read(name string) ([]float32, error) {
	t := s.tensors[name]
	width, ok := widths[t.Dtype]
	if !ok {
		return nil, fmt.Errorf("%s: type %s is not supported; supported: F32, F16, BF16", name, t.Dtype)
	}
	raw := make([]byte, t.Offsets[1]-t.Offsets[0])
	if _, err := s.file.ReadAt(raw, s.data+t.Offsets[0]); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	values := make([]float32, int64(len(raw))/width)
	for i := range values {
		switch t.Dtype {
		case "F32":
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		case "BF16":
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		case "F16":
			values[i] = half(binary.LittleEndian.Uint16(raw[2*i:]))
		}
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

// writeSafetensors writes tensors as F32, in the order of names.
func writeSafetensors(w io.Writer, names []string, shape func(name string) []int, values func(name string) []float32) error {
	var header strings.Builder
	header.WriteString(`{"__metadata__":{"format":"pt"}`) // transformers refuses a file that does not name a library
	at := int64(0)
	for _, name := range names {
		size := 4 * int64(len(values(name)))
		text, err := json.Marshal(entry{"F32", shape(name), [2]int64{at, at + size}})
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
