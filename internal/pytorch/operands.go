package pytorch

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

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
