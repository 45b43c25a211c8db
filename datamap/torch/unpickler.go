package torch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"unicode/utf8"

	"ftft/internal/input"
)

// unpickler runs a pickle. The time and memory of an instruction are proportional to its own bytes or to the values that it takes from the
// stack, and no size that the pickle claims is trusted. Values may contain one another in a cycle, so nothing descends into them.
type unpickler struct {
	data     []byte
	at       int
	stack    []any
	marks    []int // the stack positions where a tuple or the items of a dict begin
	memo     []any
	storages map[string]*storage
	size     int64 // of the values built so far, in bytes
}

// run returns the value that the pickle leaves. After an error, at is the position after the instruction.
func (u *unpickler) run() (any, error) {
	u.storages = map[string]*storage{}
	budget := input.Budget()
	for {
		op, err := u.next(1)
		if err != nil {
			return nil, err
		}
		if op[0] == stop {
			return u.pop()
		}
		if err := u.step(op[0]); err != nil {
			return nil, err
		}
		if u.size > budget {
			return nil, errors.New("its values do not fit into the memory of this machine: save {uid: tensor} alone")
		}
	}
}

func (u *unpickler) step(op byte) error {
	switch op {
	case protocol:
		_, err := u.next(1)
		return err
	case frame: // the number of bytes to read ahead; all are in memory
		_, err := u.next(8)
		return err
	case mark:
		u.marks = append(u.marks, len(u.stack))
		return nil
	case pop:
		_, err := u.pop()
		return err
	case popMark:
		_, err := u.popMark()
		return err
	case none:
		return u.push(nil, nil)
	case newTrue, newFalse:
		return u.push(op == newTrue, nil)
	case emptyTuple:
		return u.push(tuple(nil), nil)
	case emptyDict:
		return u.push(&dict{}, nil)
	case binInt, binInt1, binInt2:
		return u.push(u.integer(op))
	case long1:
		return u.push(u.long())
	case unicode:
		return u.push(u.text(4))
	case unicode1:
		return u.push(u.text(1))
	case tupleOf:
		items, err := u.popMark()
		return u.push(tuple(slices.Clone(items)), err)
	case tuple1, tuple2, tuple3:
		items, err := u.popN(int(op - tuple1 + 1))
		return u.push(tuple(slices.Clone(items)), err)
	case setItem:
		items, err := u.popN(2)
		return u.push(u.set(items, err))
	case setItems:
		items, err := u.popMark()
		return u.push(u.set(items, err))
	case globalOf:
		return u.push(u.global())
	case stackGlobal:
		return u.push(u.stackGlobal())
	case reduce:
		return u.push(u.reduce())
	case persistent:
		return u.push(u.persistent())
	case put, put4, memoize:
		return u.put(op)
	case get, get4:
		return u.get(op)
	}
	if name, ok := foreign[op]; ok {
		return fmt.Errorf("%s, which a dict from uid to tensor does not hold: save {uid: tensor of [epochs, classes]}", name)
	}
	return fmt.Errorf("the instruction 0x%02x, which a dict of tensors does not need: the file is damaged, or of another kind", op)
}

var (
	errShort = errors.New("the pickle is truncated: copy or save it again")
	errStack = errors.New("the pickle uses a value that does not exist: it is damaged; copy or save it again")
)

// next returns the next n bytes.
func (u *unpickler) next(n int) ([]byte, error) {
	if n < 0 || n > len(u.data)-u.at {
		return nil, errShort
	}
	u.at += n
	return u.data[u.at-n : u.at], nil
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
	case binInt1:
		n, err := u.number(1)
		return int64(n), err
	case binInt2:
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
		return nil, fmt.Errorf("the string %q is not UTF-8: it has a surrogate, or is damaged", brief(string(b)))
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
	case tuple:
		return place + 24 + 16*int64(len(v))
	case string:
		return place + 16 + int64(len(v))
	case *dict, *tensor, *storage, *big.Int:
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
	d, ok := v.(*dict)
	if !ok || len(items)%2 != 0 {
		return nil, errStack
	}
	for i := 0; i < len(items); i += 2 {
		d.keys, d.values = append(d.keys, items[i]), append(d.values, items[i+1])
	}
	u.size += 32 * int64(len(items))
	return d, nil
}

// global reads a class or function: a line with its module and one with its name.
func (u *unpickler) global() (any, error) {
	var lines [2]string
	for i := range lines {
		end := bytes.IndexByte(u.data[u.at:], '\n')
		if end < 0 {
			return nil, errShort
		}
		lines[i] = string(u.data[u.at : u.at+end])
		u.at += end + 1
	}
	return named(lines[0], lines[1])
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
	return named(module, name)
}

// named accepts the classes and functions of tensors alone. Nothing else is ever created or called.
func named(module, name string) (any, error) {
	g := global(module + "." + name)
	if _, ok := elements[g]; ok || g == orderedDict || g == rebuild {
		return g, nil
	}
	return nil, fmt.Errorf("it asks for %q, which a dict of plain float tensors does not need: nothing was run; "+
		"do not open the file with torch.load unless you trust it, and save {uid: tensor} with floats alone", brief(string(g)))
}

// reduce creates an OrderedDict or a tensor.
func (u *unpickler) reduce() (any, error) {
	items, err := u.popN(2)
	if err != nil {
		return nil, err
	}
	args, ok := items[1].(tuple)
	switch {
	case ok && items[0] == orderedDict && len(args) == 0:
		return &dict{}, nil
	case ok && items[0] == rebuild:
		return newTensor(args)
	}
	return nil, fmt.Errorf("a call of %s that torch.save does not write: the file is damaged, or of another kind", kind(items[0]))
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
			return nil, fmt.Errorf("the storage %q has two classes or sizes: save a storage's tensors as one type", brief(s.key))
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
	if op != memoize {
		if at, err = u.index(op == put4); err != nil {
			return err
		}
	}
	if at >= len(u.data) { // each entry needs an instruction
		return fmt.Errorf("the pickle numbers a value %d but is shorter than that", at)
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
	at, err := u.index(op == get4)
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
