package pytorch

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"

	"ftft/internal/floats"
	"ftft/internal/input"
)

// A dtype is the type of a tensor's elements.
type dtype struct {
	name  string // as torch prints it, without "torch."
	size  int64  // bytes
	float floats.Type
}

// storageTypes holds the types of the classes of storages.
var storageTypes = map[class]dtype{
	"torch.DoubleStorage":          {"float64", 8, floats.F64},
	"torch.FloatStorage":           {"float32", 4, floats.F32},
	"torch.HalfStorage":            {"float16", 2, floats.F16},
	"torch.BFloat16Storage":        {"bfloat16", 2, floats.BF16},
	"torch.LongStorage":            {"int64", 8, 0},
	"torch.IntStorage":             {"int32", 4, 0},
	"torch.ShortStorage":           {"int16", 2, 0},
	"torch.CharStorage":            {"int8", 1, 0},
	"torch.ByteStorage":            {"uint8", 1, 0},
	"torch.BoolStorage":            {"bool", 1, 0},
	"torch.ComplexFloatStorage":    {"complex64", 8, 0},
	"torch.ComplexDoubleStorage":   {"complex128", 16, 0},
	"torch.UntypedStorage":         {"bytes", 1, 0},
	"torch.storage.UntypedStorage": {"bytes", 1, 0},
}

// types holds the types that a tensor over untyped bytes may name.
var types = func() map[class]dtype {
	named := map[class]dtype{}
	for _, t := range storageTypes {
		named[class("torch."+t.name)] = t
	}
	delete(named, "torch.bytes")
	for _, name := range []string{"float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"} {
		named[class("torch."+name)] = dtype{name, 1, 0}
	}
	for name, size := range map[string]int64{"uint16": 2, "uint32": 4, "uint64": 8} {
		named[class("torch."+name)] = dtype{name, size, 0}
	}
	return named
}()

// A Storage holds the numbers that tensors are views into.
type Storage struct {
	key   string
	class class
	dtype dtype
	count int64 // elements, according to the pickle

	data io.ReaderAt // where the bytes are; nil until they are needed
}

// Count returns the number of elements.
func (s *Storage) Count() int64 { return s.count }

// size returns the number of bytes.
func (s *Storage) size() int64 { return s.count * s.dtype.size }

// newStorage returns the storage for a persistent ID of torch.save: the word "storage", class, key, device, number of elements. The
// format before PyTorch 1.6 adds None.
func newStorage(v any) (*Storage, error) {
	args, _ := v.(Tuple)
	if len(args) == 6 && args[5] != nil {
		return nil, errors.New("a view of a storage, which PyTorch before 0.4 wrote: load and save it again with a recent version")
	}
	if (len(args) == 5 || len(args) == 6) && args[0] == "storage" {
		name, isClass := args[1].(class)
		key, isKey := args[2].(string)
		count, isCount := args[4].(int64)
		if t, ok := storageTypes[name]; ok && isClass && isKey && isCount && count >= 0 {
			if count > math.MaxInt64/t.size {
				return nil, fmt.Errorf("the storage %q of %d elements is larger than any file", Brief(key), count)
			}
			return &Storage{key: key, class: name, dtype: t, count: count}, nil
		}
	}
	return nil, errors.New("a storage that torch.save does not write: the file is damaged, or of another kind")
}

// A Tensor is a view of a storage.
type Tensor struct {
	Storage *Storage

	dtype        dtype
	offset       int64 // of the first element, in elements
	size, stride Tuple
}

// newTensor returns the tensor for the arguments of torch's rebuild functions: storage, offset, size, stride, requires_grad, hooks,
// and for the third version a type. An argument more would change the meaning of the numbers, for instance negate them, and is
// refused.
func newTensor(function class, args Tuple) (*Tensor, error) {
	want := map[class]int{rebuild1: 4, rebuild2: 6, rebuild3: 7}[function]
	if len(args) == want {
		s, isStorage := args[0].(*Storage)
		offset, isOffset := args[1].(int64)
		size, isSize := args[2].(Tuple)
		stride, isStride := args[3].(Tuple)
		if isStorage && isOffset && isSize && isStride && len(size) == len(stride) {
			t := &Tensor{s, s.dtype, offset, size, stride}
			if function == rebuild3 {
				name, _ := args[6].(class)
				t.dtype = types[name]
			}
			if t.dtype.size > 0 && (t.dtype == s.dtype || s.dtype.name == "bytes") {
				return t, nil
			}
		}
	}
	return nil, errors.New("a tensor that is not a plain one: save a copy of it, as in tensor.clone()")
}

// Type returns the name of the type of the elements, such as "float32".
func (t *Tensor) Type() string { return t.dtype.name }

// Float returns how the elements are encoded, no type unless they are floating-point numbers of 16, 32 or 64 bits.
func (t *Tensor) Float() floats.Type { return t.dtype.float }

// elements returns how many elements of the tensor's type its storage holds.
func (t *Tensor) elements() int64 { return t.Storage.size() / t.dtype.size }

// Shape returns the size for a message: "[2, 3]".
func (t *Tensor) Shape() string { return list(t.size) }

// list formats a tensor's size or strides for a message.
func list(sizes Tuple) string {
	const most = 8
	if len(sizes) > most {
		return fmt.Sprintf("%d dimensions", len(sizes))
	}
	texts := make([]string, len(sizes))
	for i, n := range sizes {
		texts[i] = "?"
		switch n.(type) {
		case int64, *big.Int:
			texts[i] = Brief(fmt.Sprint(n))
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// A Layout tells where the elements of a tensor are in its storage: element [i, j, …] is number Offset + i·Strides[0] +
// j·Strides[1] + ….
type Layout struct {
	Offset         int64
	Sizes, Strides []int64
	Count          int64 // of the elements, at most that of the storage
	last           int64 // the greatest number of an element
}

// maxDimensions is the largest number of dimensions of PyTorch's tensors.
const maxDimensions = 64

// Layout checks that a tensor lies in its storage. Otherwise it returns the problem, to follow the tensor's name and "has".
// Strides of zero, which make many elements of one, are not checked.
func (t *Tensor) Layout() (l Layout, wrong string) {
	if len(t.size) > maxDimensions {
		return l, fmt.Sprintf("a tensor of %d dimensions, more than PyTorch has", len(t.size))
	}
	n := len(t.size)
	numbers := make([]int64, 2*n)
	l = Layout{Offset: t.offset, Sizes: numbers[:n:n], Strides: numbers[n:], Count: 1, last: t.offset}
	for i := range t.size {
		size, isSize := t.size[i].(int64)
		stride, isStride := t.stride[i].(int64)
		if !isSize || !isStride || size < 0 {
			return l, fmt.Sprintf("a tensor of %s with strides %s, which no tensor has: it is damaged", list(t.size), list(t.stride))
		}
		l.Sizes[i], l.Strides[i] = size, stride
		if size == 0 {
			l.Count = 0
		}
	}
	if l.Count == 0 {
		return l, ""
	}
	elements := t.elements()
	inside := t.offset >= 0 && t.offset < elements
	for i, size := range l.Sizes {
		if size > 1 && inside {
			inside = l.Strides[i] >= 0 && l.Strides[i] <= (elements-1-l.last)/(size-1) // checked by division, so nothing overflows
			l.last += l.Strides[i] * (size - 1)
		}
	}
	if !inside {
		return l, fmt.Sprintf("a tensor of %s with strides %s from %d on, which is not inside its storage of %d elements: it is damaged",
			list(t.size), list(t.stride), t.offset, elements)
	}
	for _, size := range l.Sizes {
		if l.Count > math.MaxInt64/size {
			l.Count = math.MaxInt64
			break
		}
		l.Count *= size
	}
	return l, ""
}

// contiguous reports whether the elements follow one another in row-major order.
func (l *Layout) contiguous() bool {
	next := int64(1)
	for i := len(l.Sizes) - 1; i >= 0; i-- {
		if l.Sizes[i] > 1 && l.Strides[i] != next {
			return false
		}
		next *= l.Sizes[i]
	}
	return true
}

// Floats reads a tensor's numbers in row-major order, as float32. Its elements must be floating-point numbers, and not more than its
// storage has.
func (f *File) Floats(t *Tensor) ([]float32, error) {
	l, wrong := t.Layout()
	switch {
	case wrong != "":
		return nil, f.Bad("%s", wrong)
	case t.dtype.float == 0:
		return nil, f.Bad("a tensor of type %s, not of floating-point numbers", t.dtype.name)
	case l.Count == 0:
		return []float32{}, nil
	case l.Count > t.elements():
		return nil, f.Bad("a tensor of %s shares the %d numbers of its storage: save a copy, as in tensor.clone()", t.Shape(), t.elements())
	}
	if t.Storage.data == nil {
		data, err := f.source.locate(t.Storage)
		if err != nil {
			return nil, err
		}
		t.Storage.data = data
	}
	from, width := t.Storage.data, t.dtype.size
	if l.contiguous() {
		values, err := t.dtype.float.Read(from, l.Offset*width, l.Count)
		if err != nil {
			return nil, input.Unreadable(f.path, err)
		}
		return values, nil
	}
	span := l.last - l.Offset + 1
	if wrong := input.TooLarge(4 * span); wrong != "" {
		return nil, f.Bad("a tensor of %s in a storage of %d numbers is too large: %s", t.Shape(), t.elements(), wrong)
	}
	all, err := t.dtype.float.Read(from, l.Offset*width, span)
	if err != nil {
		return nil, input.Unreadable(f.path, err)
	}
	return l.gather(all), nil
}

// gather copies the elements into row-major order. all are the numbers from the tensor's first to its last.
func (l *Layout) gather(all []float32) []float32 {
	values := make([]float32, 0, l.Count)
	index := make([]int64, len(l.Sizes))
	at := int64(0)
	for {
		values = append(values, all[at])
		d := len(index) - 1
		for ; d >= 0; d-- { // counts up, the last dimension first
			if index[d]++; index[d] < l.Sizes[d] {
				at += l.Strides[d]
				break
			}
			at -= (l.Sizes[d] - 1) * l.Strides[d]
			index[d] = 0
		}
		if d < 0 {
			return values
		}
	}
}
