package torch

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
)

// pickler writes the pickle of a dict of views into one storage, [epochs, rows, classes], in protocol 2 and with the
// instructions that torch.load knows when it loads weights only.
type pickler struct {
	text                  []byte
	known                 [memos]bool
	epochs, rows, classes int
}

// What the pickle remembers of its first tensor, by number.
const (
	memoFunction = iota
	memoStorage
	memoSize
	memoStride
	memoHooks
	memos
)

// batch is how many items the dict gets at a time, as Python's pickler has it.
const batch = 1000

func (p *pickler) run(guids []string, numbers bool) ([]byte, error) {
	p.add(protocol, 2, emptyDict)
	row := 0
	for part := range slices.Chunk(guids, batch) {
		p.add(mark)
		for _, guid := range part {
			if err := p.uid(guid, numbers); err != nil {
				return nil, err
			}
			p.tensor(row)
			row++
		}
		p.add(setItems)
	}
	p.add(stop)
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
		return fmt.Errorf("guid %q is no integer in decimal, where the guids are to be integers", brief(guid))
	case n.IsInt64():
		p.integer(n.Int64())
	case size(n) > math.MaxUint8:
		return fmt.Errorf("guid %s is an integer of more than 255 bytes", brief(guid))
	default:
		p.long(n)
	}
	return nil
}

// tensor is the call that makes one: storage, offset, size, stride, no gradient, no hooks.
func (p *pickler) tensor(row int) {
	p.remembered(memoFunction, func() { p.global("torch._utils\n_rebuild_tensor_v2\n") })
	p.add(mark)
	p.remembered(memoStorage, p.storage)
	p.integer(int64(row) * int64(p.classes))
	p.remembered(memoSize, func() { p.pair(int64(p.epochs), int64(p.classes)) })
	p.remembered(memoStride, func() { p.pair(int64(p.rows)*int64(p.classes), 1) })
	p.add(newFalse)
	p.remembered(memoHooks, func() { p.global("collections\nOrderedDict\n") })
	p.add(emptyTuple, reduce, tupleOf, reduce)
}

func (p *pickler) storage() {
	p.add(mark)
	p.string("storage")
	p.global("torch\nFloatStorage\n")
	p.string("0")
	p.string("cpu")
	p.integer(int64(p.epochs) * int64(p.rows) * int64(p.classes))
	p.add(tupleOf, persistent)
}

// remembered writes a value the first time, and its number ever after.
func (p *pickler) remembered(number byte, write func()) {
	if p.known[number] {
		p.add(get, number)
		return
	}
	write()
	p.add(put, number)
	p.known[number] = true
}

func (p *pickler) add(instructions ...byte) { p.text = append(p.text, instructions...) }

func (p *pickler) global(lines string) { p.text = append(append(p.text, globalOf), lines...) }

func (p *pickler) pair(a, b int64) {
	p.integer(a)
	p.integer(b)
	p.add(tuple2)
}

func (p *pickler) string(s string) {
	p.text = append(binary.LittleEndian.AppendUint32(append(p.text, unicode), uint32(len(s))), s...)
}

// integer takes the shortest form, as Python's pickler does.
func (p *pickler) integer(n int64) {
	switch {
	case n >= 0 && n <= math.MaxUint8:
		p.add(binInt1, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		p.text = binary.LittleEndian.AppendUint16(append(p.text, binInt2), uint16(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		p.text = binary.LittleEndian.AppendUint32(append(p.text, binInt), uint32(n))
	default:
		p.long(big.NewInt(n))
	}
}

// size is how many bytes an integer takes in two's complement.
func size(n *big.Int) int {
	if n.Sign() < 0 {
		n = new(big.Int).Not(n)
	}
	return n.BitLen()/8 + 1
}

// long is an integer in two's complement, least byte first.
func (p *pickler) long(n *big.Int) {
	b := make([]byte, size(n))
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(8*len(b)))
	new(big.Int).Mod(n, modulus).FillBytes(b)
	slices.Reverse(b)
	p.add(long1, byte(len(b)))
	p.add(b...)
}
