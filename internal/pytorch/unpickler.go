package pytorch

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

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
