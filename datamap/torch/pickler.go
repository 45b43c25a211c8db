package torch

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"

	"ftft/internal/pytorch"
)

// pickler writes a pickle: a dict of views into one storage, [epochs, rows, classes], in protocol 2. It uses only instructions
// that torch.load accepts with weights_only.
type pickler struct {
	text                  []byte
	known                 [memos]bool // whether a value has been written, by its number
	epochs, rows, classes int
}

// Numbers under which the pickle stores parts of its first tensor for the others.
const (
	memoFunction = iota
	memoStorage
	memoSize
	memoStride
	memoHooks
	memos
)

// batch is the number of items written to the dict at a time, as in Python's pickler.
const batch = 1000

// run returns the pickle. If numbers is set, the guids are integers in decimal and the uids become integers.
func (p *pickler) run(guids []string, numbers bool) ([]byte, error) {
	p.add(pytorch.Protocol, 2, pytorch.EmptyDict)
	row := 0
	for part := range slices.Chunk(guids, batch) {
		p.add(pytorch.Mark)
		for _, guid := range part {
			if err := p.uid(guid, numbers); err != nil {
				return nil, err
			}
			p.tensor(row)
			row++
		}
		p.add(pytorch.SetItems)
	}
	p.add(pytorch.Stop)
	return p.text, nil
}

func (p *pickler) uid(guid string, number bool) error {
	if !number {
		p.string(guid)
		return nil
	}
	n, ok := new(big.Int).SetString(guid, 10)
	switch {
	case !ok || n.String() != guid:
		return fmt.Errorf("guid %q is not a decimal integer, although guids are integers", pytorch.Brief(guid))
	case n.IsInt64():
		p.integer(n.Int64())
	case size(n) > math.MaxUint8:
		return fmt.Errorf("guid %s is an integer of more than 255 bytes", pytorch.Brief(guid))
	default:
		p.long(n)
	}
	return nil
}

// tensor writes the call that creates one: storage, offset, size, stride, no gradient, no hooks.
func (p *pickler) tensor(row int) {
	p.once(memoFunction, func() { p.global("torch._utils\n_rebuild_tensor_v2\n") })
	p.add(pytorch.Mark)
	p.once(memoStorage, p.storage)
	p.integer(int64(row) * int64(p.classes))
	p.once(memoSize, func() { p.pair(int64(p.epochs), int64(p.classes)) })
	p.once(memoStride, func() { p.pair(int64(p.rows)*int64(p.classes), 1) })
	p.add(pytorch.False)
	p.once(memoHooks, func() { p.global("collections\nOrderedDict\n") })
	p.add(pytorch.EmptyTuple, pytorch.Reduce, pytorch.TupleOf, pytorch.Reduce)
}

func (p *pickler) storage() {
	p.add(pytorch.Mark)
	p.string("storage")
	p.global("torch\nFloatStorage\n")
	p.string("0")
	p.string("cpu")
	p.integer(int64(p.epochs) * int64(p.rows) * int64(p.classes))
	p.add(pytorch.TupleOf, pytorch.Persistent)
}

// once writes a value the first time and refers to its number afterwards.
func (p *pickler) once(number byte, write func()) {
	if p.known[number] {
		p.add(pytorch.Get, number)
		return
	}
	write()
	p.add(pytorch.Put, number)
	p.known[number] = true
}

func (p *pickler) add(instructions ...byte) { p.text = append(p.text, instructions...) }

func (p *pickler) global(lines string) { p.text = append(append(p.text, pytorch.GlobalOf), lines...) }

func (p *pickler) pair(a, b int64) {
	p.integer(a)
	p.integer(b)
	p.add(pytorch.Tuple2)
}

func (p *pickler) string(s string) {
	p.text = append(binary.LittleEndian.AppendUint32(append(p.text, pytorch.Unicode), uint32(len(s))), s...)
}

// integer uses the shortest form, as Python's pickler does.
func (p *pickler) integer(n int64) {
	switch {
	case n >= 0 && n <= math.MaxUint8:
		p.add(pytorch.Int1, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		p.text = binary.LittleEndian.AppendUint16(append(p.text, pytorch.Int2), uint16(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		p.text = binary.LittleEndian.AppendUint32(append(p.text, pytorch.Int4), uint32(n))
	default:
		p.long(big.NewInt(n))
	}
}

// size returns the number of bytes of an integer in two's complement.
func size(n *big.Int) int {
	if n.Sign() < 0 {
		n = new(big.Int).Not(n)
	}
	return n.BitLen()/8 + 1
}

// long writes an integer in two's complement, lowest byte first.
func (p *pickler) long(n *big.Int) {
	b := make([]byte, size(n))
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(8*len(b)))
	new(big.Int).Mod(n, modulus).FillBytes(b)
	slices.Reverse(b)
	p.add(pytorch.Long1, byte(len(b)))
	p.add(b...)
}
