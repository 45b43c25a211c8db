package pytorch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"

	"ftft/internal/input"
)

// unpickler runs pickles that follow one another. The time and memory of an instruction are proportional to its own bytes or to the
// values that it takes from the stack, and no size that a pickle claims is trusted. Values may contain one another in a cycle, so
// nothing descends into them.
type unpickler struct {
	from     io.Reader // what follows the window
	window   []byte    // the bytes to read next
	buffer   []byte    // the memory of the window
	at, end  int64     // the position in what it reads, and where that ends
	advice   string    // what the file should hold, for messages
	stack    []any
	marks    []int // the stack positions where a tuple or the items of a dict begin
	memo     []any
	storages map[string]*Storage
	size     int64 // of the values built so far, in bytes
	budget   int64
}

// newUnpickler returns an unpickler of a text, and of size bytes of a reader after it.
func newUnpickler(text []byte, from io.Reader, size int64, advice string) *unpickler {
	return &unpickler{
		window: text, from: from, end: int64(len(text)) + size, advice: advice, storages: map[string]*Storage{}, budget: input.Budget(),
	}
}

// run returns the value that the next pickle leaves. After an error, at is the position after the instruction.
func (u *unpickler) run() (any, error) {
	u.stack, u.marks, u.memo = u.stack[:0], u.marks[:0], u.memo[:0]
	for {
		op, err := u.next(1)
		if err != nil {
			return nil, err
		}
		if op[0] == Stop {
			return u.pop()
		}
		if err := u.step(op[0]); err != nil {
			return nil, err
		}
		if u.size > u.budget {
			return nil, errLarge
		}
	}
}

var errLarge = errors.New("its values do not fit into the memory of this machine")

func (u *unpickler) step(op byte) error {
	switch op {
	case Protocol:
		_, err := u.next(1)
		return err
	case Frame: // the number of bytes to read ahead; all are in memory
		_, err := u.next(8)
		return err
	case Mark:
		u.marks = append(u.marks, len(u.stack))
		return nil
	case Pop:
		_, err := u.pop()
		return err
	case PopMark:
		_, err := u.popMark()
		return err
	case None:
		return u.push(nil, nil)
	case True, False:
		return u.push(op == True, nil)
	case EmptyTuple:
		return u.push(Tuple(nil), nil)
	case EmptyList:
		return u.push(&List{}, nil)
	case Append:
		items, err := u.popN(1)
		return u.push(u.append(items, err))
	case Appends:
		items, err := u.popMark()
		return u.push(u.append(items, err))
	case EmptyDict:
		return u.push(&Dict{}, nil)
	case Int4, Int1, Int2:
		return u.push(u.integer(op))
	case Long1:
		return u.push(u.long())
	case Float:
		return u.push(u.float())
	case String:
		return u.push(u.text(4))
	case String1:
		return u.push(u.text(1))
	case Unicode:
		return u.push(u.text(4))
	case Unicode1:
		return u.push(u.text(1))
	case TupleOf:
		items, err := u.popMark()
		return u.push(Tuple(slices.Clone(items)), err)
	case Tuple1, Tuple2, Tuple3:
		items, err := u.popN(int(op - Tuple1 + 1))
		return u.push(Tuple(slices.Clone(items)), err)
	case SetItem:
		items, err := u.popN(2)
		return u.push(u.set(items, err))
	case SetItems:
		items, err := u.popMark()
		return u.push(u.set(items, err))
	case GlobalOf:
		return u.push(u.global())
	case StackGlobal:
		return u.push(u.stackGlobal())
	case Reduce:
		return u.push(u.reduce())
	case Build:
		return u.build()
	case Persistent:
		return u.push(u.persistent())
	case Put, Put4, Memoize:
		return u.put(op)
	case Get, Get4:
		return u.get(op)
	}
	if name, ok := others[op]; ok {
		return fmt.Errorf("it holds %s, which is not read: %s", name, u.advice)
	}
	return fmt.Errorf("the instruction 0x%02x, which a dict of tensors does not need: the file is damaged, or of another kind", op)
}

// next returns the next n bytes, which are valid until the next call.
func (u *unpickler) next(n int) ([]byte, error) {
	if n < 0 || int64(n) > u.end-u.at {
		return nil, errShort
	}
	if n > len(u.window) {
		if err := u.fill(n); err != nil {
			return nil, err
		}
	}
	b := u.window[:n]
	u.window = u.window[n:]
	u.at += int64(n)
	return b, nil
}

// bufferSize is the number of bytes that are read at a time.
const bufferSize = 64 << 10

// fill reads until the window has at least n bytes, which are more than it has and not more than there are.
func (u *unpickler) fill(n int) error {
	memory := u.buffer
	switch {
	case n > bufferSize: // a long string
		if u.size+2*int64(n) > u.budget {
			return errLarge
		}
		memory = make([]byte, n)
	case memory == nil:
		memory = make([]byte, bufferSize)
		u.buffer = memory
	}
	have := copy(memory, u.window)
	most := int(min(int64(len(memory)), u.end-u.at))
	got, err := io.ReadAtLeast(u.from, memory[have:most], n-have)
	if err == io.EOF || err == io.ErrUnexpectedEOF { // the file has become shorter
		return errShort
	}
	u.window = memory[:have+got]
	return err
}

// number reads an unsigned integer of 1, 2 or 4 bytes.
func (u *unpickler) number(size int) (int, error) {
	b, err := u.next(size)
	if err != nil {
		return 0, err
	}
	var whole [8]byte
	copy(whole[:], b)
	return int(binary.LittleEndian.Uint64(whole[:])), nil
}

func (u *unpickler) integer(op byte) (any, error) {
	switch op {
	case Int1:
		n, err := u.number(1)
		return int64(n), err
	case Int2:
		n, err := u.number(2)
		return int64(n), err
	}
	n, err := u.number(4)
	return int64(int32(n)), err
}

// long reads an integer of up to 255 bytes in two's complement, lowest byte first.
func (u *unpickler) long() (any, error) {
	size, err := u.number(1)
	if err != nil {
		return nil, err
	}
	b, err := u.next(size)
	if err != nil {
		return nil, err
	}
	b = slices.Clone(b)
	slices.Reverse(b)
	n := new(big.Int).SetBytes(b)
	if size > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	if n.IsInt64() {
		return n.Int64(), nil
	}
	return n, nil
}

func (u *unpickler) float() (any, error) {
	b, err := u.next(8)
	if err != nil {
		return nil, err
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// text reads a string after its length, a number of size bytes.
func (u *unpickler) text(size int) (any, error) {
	length, err := u.number(size)
	if err != nil {
		return nil, err
	}
	b, err := u.next(length)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("the string %q is not UTF-8: it has a surrogate, or is damaged", Brief(string(b)))
	}
	return string(b), nil
}

func (u *unpickler) push(v any, err error) error {
	if err == nil {
		u.stack = append(u.stack, v)
		u.size += sizeOf(v)
	}
	return err
}

// sizeOf returns about how many bytes a value takes, with its place on the stack while that grows.
func sizeOf(v any) int64 {
	const place = 32
	switch v := v.(type) {
	case Tuple:
		return place + 24 + 16*int64(len(v))
	case string:
		return place + 16 + int64(len(v))
	case *Dict, *List, *Tensor, *Storage, *big.Int:
		return place + 128
	}
	return place + 8
}

// popN removes n values, all above the last mark, and returns them. They stay valid until the next push.
func (u *unpickler) popN(n int) ([]any, error) {
	least := 0
	if len(u.marks) > 0 {
		least = u.marks[len(u.marks)-1]
	}
	at := len(u.stack) - n
	if at < least {
		return nil, errStack
	}
	items := u.stack[at:]
	u.stack = u.stack[:at]
	return items, nil
}

// popMark removes the last mark and the values above it, and returns these. They stay valid until the next push.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, errStack
	}
	at := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	return u.popN(len(u.stack) - at)
}

func (u *unpickler) pop() (any, error) {
	items, err := u.popN(1)
	if err != nil {
		return nil, err
	}
	return items[0], nil
}

// set adds alternating keys and values to the dict on top of the stack.
func (u *unpickler) set(items []any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	v, err := u.pop()
	if err != nil {
		return nil, err
	}
	d, ok := v.(*Dict)
	if !ok || len(items)%2 != 0 {
		return nil, errStack
	}
	for i := 0; i < len(items); i += 2 {
		d.Keys, d.Values = append(d.Keys, items[i]), append(d.Values, items[i+1])
	}
	u.size += 32 * int64(len(items))
	return d, nil
}

// append adds items to the list on top of the stack.
func (u *unpickler) append(items []any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items) // pop leaves them in the stack's memory
	v, err := u.pop()
	if err != nil {
		return nil, err
	}
	l, ok := v.(*List)
	if !ok {
		return nil, errStack
	}
	l.Items = append(l.Items, items...)
	u.size += 32 * int64(len(items))
	return l, nil
}

// build drops the attributes of the dict on top of the stack, such as the versions of modules that a state_dict has.
func (u *unpickler) build() error {
	if _, err := u.pop(); err != nil {
		return err
	}
	v, err := u.pop()
	if err != nil {
		return err
	}
	if _, ok := v.(*Dict); !ok {
		return fmt.Errorf("it sets attributes of %s: %s", Kind(v), u.advice)
	}
	return u.push(v, nil)
}

// global reads a class or function: a line with its module and one with its name.
func (u *unpickler) global() (any, error) {
	var lines [2]string
	for i := range lines {
		length := bytes.IndexByte(u.window, '\n')
		if length < 0 && int64(len(u.window)) < u.end-u.at && len(u.window) < bufferSize {
			if err := u.fill(int(min(bufferSize, u.end-u.at))); err != nil {
				return nil, err
			}
			length = bytes.IndexByte(u.window, '\n')
		}
		switch {
		case length < 0 && len(u.window) >= bufferSize:
			return nil, u.unknown(string(u.window[:bufferSize]))
		case length < 0:
			return nil, errShort
		}
		line, err := u.next(length + 1)
		if err != nil {
			return nil, err
		}
		lines[i] = string(line[:length])
	}
	return u.named(lines[0], lines[1])
}

func (u *unpickler) stackGlobal() (any, error) {
	items, err := u.popN(2)
	if err != nil {
		return nil, err
	}
	module, isModule := items[0].(string)
	name, isName := items[1].(string)
	if !isModule || !isName {
		return nil, errStack
	}
	return u.named(module, name)
}

// The functions that torch.save writes calls of.
const (
	orderedDict class = "collections.OrderedDict"
	rebuild1    class = "torch._utils._rebuild_tensor"
	rebuild2    class = "torch._utils._rebuild_tensor_v2"
	rebuild3    class = "torch._utils._rebuild_tensor_v3"
	parameter   class = "torch._utils._rebuild_parameter"
)

// named accepts the classes and functions of tensors alone. Nothing else is ever created or called.
func (u *unpickler) named(module, name string) (any, error) {
	c := class(module + "." + name)
	switch c {
	case orderedDict, rebuild1, rebuild2, rebuild3, parameter:
		return c, nil
	}
	if _, ok := storageTypes[c]; ok {
		return c, nil
	}
	if _, ok := types[c]; ok {
		return c, nil
	}
	return nil, u.unknown(string(c))
}

// unknown is the error of a class or function that is not known.
func (u *unpickler) unknown(name string) error {
	return fmt.Errorf("it asks for %q, which tensors do not need: nothing was run; "+
		"do not open the file with torch.load unless you trust it, and %s", Brief(name), u.advice)
}

// reduce creates an OrderedDict or a tensor.
func (u *unpickler) reduce() (any, error) {
	items, err := u.popN(2)
	if err != nil {
		return nil, err
	}
	function, _ := items[0].(class)
	args, ok := items[1].(Tuple)
	switch {
	case ok && function == orderedDict && len(args) == 0:
		return &Dict{}, nil
	case ok && (function == rebuild1 || function == rebuild2 || function == rebuild3):
		return newTensor(function, args)
	case ok && function == parameter && len(args) == 3:
		if t, ok := args[0].(*Tensor); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("a call of %s that torch.save does not write: the file is damaged, or of another kind", Kind(items[0]))
}

// persistent returns the storage of a persistent ID. Each key stands for one storage.
func (u *unpickler) persistent() (any, error) {
	v, err := u.pop()
	if err != nil {
		return nil, err
	}
	s, err := newStorage(v)
	if err != nil {
		return nil, err
	}
	if known := u.storages[s.key]; known != nil {
		if known.class != s.class || known.count != s.count {
			return nil, fmt.Errorf("the storage %q has two classes or sizes: save a storage's tensors as one type", Brief(s.key))
		}
		return known, nil
	}
	u.storages[s.key] = s
	return s, nil
}

// put stores the value on top of the stack in the memo, under the next number or a given one.
func (u *unpickler) put(op byte) error {
	v, err := u.pop()
	if err != nil {
		return err
	}
	at := len(u.memo)
	if op != Memoize {
		if at, err = u.index(op == Put4); err != nil {
			return err
		}
	}
	if int64(at) >= u.at { // each entry needs an instruction
		return fmt.Errorf("the pickle numbers a value %d, but has had fewer: it is damaged; copy or save it again", at)
	}
	if at >= len(u.memo) {
		u.size += 32 * int64(at-len(u.memo)+1)
		u.memo = append(u.memo, make([]any, at-len(u.memo)+1)...)
	}
	u.memo[at] = v
	u.stack = append(u.stack, v)
	return nil
}

func (u *unpickler) get(op byte) error {
	at, err := u.index(op == Get4)
	if err != nil {
		return err
	}
	if at >= len(u.memo) || u.memo[at] == nil {
		return errStack
	}
	u.stack = append(u.stack, u.memo[at])
	u.size += 32
	return nil
}

func (u *unpickler) index(long bool) (int, error) {
	if long {
		return u.number(4)
	}
	return u.number(1)
}
