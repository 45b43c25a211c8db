package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
)

// element describes how a storage encodes a number: in how many bytes, and how to decode them.
type element struct {
	size  int64
	value func(data []byte) float64
}

// elements holds the supported classes of storages.
var elements = map[global]element{
	"torch.DoubleStorage": {8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }},
	"torch.FloatStorage":  {4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }},
	"torch.HalfStorage":   {2, func(b []byte) float64 { return half(binary.LittleEndian.Uint16(b)) }},
	"torch.BFloat16Storage": {2, func(b []byte) float64 {
		return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16))
	}},
}

// half decodes an IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
func half(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 != 0 {
		v = -v
	}
	return v
}

// storage holds the numbers that tensors are views into. Its bytes are the zip's entry data/KEY.
type storage struct {
	class global
	key   string
	count int64 // number of elements according to the pickle
	data  []byte
}

// newStorage returns the storage for a persistent ID of torch.save: the word "storage", class, key, device, number of elements.
func newStorage(v any) (*storage, error) {
	args, _ := v.(tuple)
	if len(args) == 5 && args[0] == "storage" {
		class, isClass := args[1].(global)
		key, isKey := args[2].(string)
		count, isCount := args[4].(int64)
		if _, ok := elements[class]; ok && isClass && isKey && isCount && count >= 0 {
			return &storage{class: class, key: key, count: count}, nil
		}
	}
	return nil, errors.New("a storage that torch.save does not write: the file is damaged, or of another kind")
}

// load reads the numbers. Their bytes must match the count of the pickle.
func (s *storage) load(a *archive) error {
	size := elements[s.class].size
	if s.count > math.MaxInt64/size {
		return a.bad("the storage %q of %d elements is larger than any file", brief(s.key), s.count)
	}
	data, err := a.read("data/"+s.key, uint64(s.count*size))
	s.data = data
	return err
}

// tensor is a view: element [i, j] is number offset + i*stride[0] + j*stride[1] of the storage.
type tensor struct {
	storage      *storage
	offset       int64
	size, stride tuple
}

// newTensor returns the tensor for the arguments of torch's rebuild function: storage, offset, size, stride, requires_grad,
// hooks. A seventh argument would change the meaning of the numbers, for instance negate them, and is refused.
func newTensor(args tuple) (*tensor, error) {
	if len(args) == 6 {
		s, isStorage := args[0].(*storage)
		offset, isOffset := args[1].(int64)
		size, isSize := args[2].(tuple)
		stride, isStride := args[3].(tuple)
		if isStorage && isOffset && isSize && isStride && len(size) == len(stride) {
			return &tensor{s, offset, size, stride}, nil
		}
	}
	return nil, errors.New("a tensor that is not a plain one: save a copy of it, as in tensor.clone()")
}

// list formats a tensor's size or strides for a message.
func list(sizes tuple) string {
	const most = 8
	if len(sizes) > most {
		return fmt.Sprintf("%d dimensions", len(sizes))
	}
	texts := make([]string, len(sizes))
	for i, n := range sizes {
		texts[i] = "?"
		switch n.(type) {
		case int64, *big.Int:
			texts[i] = brief(fmt.Sprint(n))
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// view is a tensor of two dimensions.
type view struct {
	storage       *storage
	offset        int64
	size, strides [2]int64
}

// view checks that a tensor has two dimensions, neither of them empty, and lies in its storage. Otherwise it returns what is
// wrong.
func (t *tensor) view() (v view, wrong string) {
	v = view{storage: t.storage, offset: t.offset}
	if len(t.size) != 2 {
		return v, fmt.Sprintf("a tensor of %s; expected [epochs, classes]", list(t.size))
	}
	last, inside := t.offset, t.offset >= 0 && t.offset < t.storage.count
	for i := range v.size {
		size, isSize := t.size[i].(int64)
		stride, isStride := t.stride[i].(int64)
		if !isSize || !isStride || size < 1 {
			return v, fmt.Sprintf("a tensor of %s; expected [epochs, classes]", list(t.size))
		}
		v.size[i], v.strides[i] = size, stride
		if size > 1 && inside {
			inside = stride >= 0 && stride <= (t.storage.count-1-last)/(size-1) // checked by division, so nothing overflows
			last += stride * (size - 1)
		}
	}
	if !inside {
		return v, fmt.Sprintf("a tensor of %s with strides %s from %d on, which is not inside its storage of %d elements: it is damaged",
			list(t.size), list(t.stride), t.offset, t.storage.count)
	}
	return v, ""
}

// row copies an epoch's logits, rounded to float32, and reports whether all are finite.
func (v *view) row(epoch int, logits []float32) bool {
	e := elements[v.storage.class]
	at := v.offset + int64(epoch)*v.strides[0]
	for class := range logits {
		x := e.value(v.storage.data[at*e.size:])
		if math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
			return false
		}
		logits[class] = float32(x)
		at += v.strides[1]
	}
	return true
}

// distinct returns the storages of views, each once, in order.
func distinct(views []view) []*storage {
	seen := map[*storage]bool{}
	var storages []*storage
	for _, v := range views {
		if !seen[v.storage] {
			seen[v.storage] = true
			storages = append(storages, v.storage)
		}
	}
	return storages
}
