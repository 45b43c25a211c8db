package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"
)

// plainDictionary is PLAIN_DICTIONARY in parquet.thrift: what old writers call PLAIN in a dictionary and RLE_DICTIONARY in data.
const plainDictionary format.Encoding = 2

// textSize is the memory that a byte array takes beside its bytes: a string and a code.
const textSize = 16 + 4

// appendValues decodes exactly count values of a page.
func (c *Column) appendValues(data []byte, encoding format.Encoding, count int, budget *Budget) error {
	switch encoding {
	case plainDictionary, format.RLEDictionary:
		return c.appendCodes(data, count, budget)
	case format.Plain:
		switch c.Type {
		case format.Boolean:
			return c.appendBits(data, count, budget)
		case format.ByteArray:
			first := len(c.Texts)
			if err := c.appendPlainTexts(data, count, budget); err != nil {
				return err
			}
			c.count(first, count)
			return nil
		}
		if count > len(data)/c.Width {
			return fmt.Errorf("%d values of %d bytes in a page of %d", count, c.Width, len(data))
		}
		return c.appendFixed(data[:count*c.Width], budget)
	case format.RLE:
		if c.Type == format.Boolean {
			return c.appendRuns(data, count, budget)
		}
	case format.DeltaBinaryPacked:
		if c.Type == format.Int32 || c.Type == format.Int64 {
			return c.appendDeltas(data, count, budget)
		}
	case format.DeltaLengthByteArray:
		if c.Type == format.ByteArray {
			return c.appendTexts(deltaTexts, data, count, budget)
		}
	case format.DeltaByteArray:
		switch c.Type {
		case format.ByteArray:
			return c.appendTexts(prefixTexts, data, count, budget)
		case format.FixedLenByteArray:
			return c.appendPrefixed(data, count, budget)
		}
	case format.ByteStreamSplit:
		if c.Width > 0 {
			return c.appendSplit(data, count, budget)
		}
	}
	return fmt.Errorf("values of type %v in the encoding %v, which is not supported", c.Type, encoding)
}

func (c *Column) appendFixed(data []byte, budget *Budget) error {
	if err := budget.Take(int64(len(data)), 1); err != nil {
		return err
	}
	c.Fixed = append(c.Fixed, data...)
	return nil
}

// appendBits appends booleans of one bit.
func (c *Column) appendBits(data []byte, count int, budget *Budget) error {
	if count > 8*len(data) {
		return fmt.Errorf("%d booleans in a page of %d bytes", count, len(data))
	}
	if err := budget.Take(int64(count), 1); err != nil {
		return err
	}
	for i := range count {
		c.Fixed = append(c.Fixed, data[i>>3]>>(i&7)&1)
	}
	return nil
}

// appendRuns appends booleans in the hybrid encoding, behind their size of 4 bytes.
func (c *Column) appendRuns(data []byte, count int, budget *Budget) error {
	if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
		return errHybrid
	}
	return appendLevels(&c.Fixed, data[4:4+int(binary.LittleEndian.Uint32(data))], 1, count, budget)
}

func (c *Column) appendDeltas(data []byte, count int, budget *Budget) error {
	if err := budget.Take(int64(count), int64(c.Width)); err != nil {
		return err
	}
	_, err := deltas(data, count, func(value int64) {
		if c.Width == 4 {
			c.Fixed = binary.LittleEndian.AppendUint32(c.Fixed, uint32(value))
		} else {
			c.Fixed = binary.LittleEndian.AppendUint64(c.Fixed, uint64(value))
		}
	})
	return err
}

// appendPrefixed appends values of one width in DELTA_BYTE_ARRAY.
func (c *Column) appendPrefixed(data []byte, count int, budget *Budget) error {
	wrong := false
	err := prefixTexts(data, count, budget, func(value []byte) {
		if wrong = wrong || len(value) != c.Width; !wrong {
			c.Fixed = append(c.Fixed, value...)
		}
	})
	if wrong {
		return errDelta
	}
	return errors.Join(err, budget.Take(int64(count), int64(c.Width)))
}

// appendSplit appends values whose first bytes come first, then their second bytes, and so on.
func (c *Column) appendSplit(data []byte, count int, budget *Budget) error {
	if count > len(data)/c.Width || len(data)%c.Width != 0 {
		return fmt.Errorf("%d values of %d bytes in a page of %d", count, c.Width, len(data))
	}
	if err := budget.Take(int64(count), int64(c.Width)); err != nil {
		return err
	}
	stride := len(data) / c.Width
	for i := range count {
		for k := range c.Width {
			c.Fixed = append(c.Fixed, data[k*stride+i])
		}
	}
	return nil
}

// appendPlainTexts appends byte arrays that each follow their length of 4 bytes. They share the memory of data.
func (c *Column) appendPlainTexts(data []byte, count int, budget *Budget) error {
	if count < 0 || count > len(data)/4 {
		return fmt.Errorf("%d texts in %d bytes", count, len(data))
	}
	if err := budget.Take(int64(count), textSize); err != nil {
		return err
	}
	for range count {
		if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
			return errors.New("a text beyond the end of its page")
		}
		end := 4 + int(binary.LittleEndian.Uint32(data))
		c.Texts = append(c.Texts, shared(data[4:end]))
		data = data[end:]
	}
	return nil
}

// shared returns a string with the memory of data, which is never written again.
func shared(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// appendTexts appends byte arrays that a decoder visits.
func (c *Column) appendTexts(decode func([]byte, int, *Budget, func([]byte)) error, data []byte, count int, budget *Budget) error {
	if err := budget.Take(int64(count), textSize); err != nil {
		return err
	}
	first := len(c.Texts)
	if err := decode(data, count, budget, func(value []byte) { c.Texts = append(c.Texts, shared(value)) }); err != nil {
		return err
	}
	c.count(first, count)
	return nil
}

// count appends the codes of count texts.
func (c *Column) count(first, count int) {
	for i := range count {
		c.Codes = append(c.Codes, uint32(first+i))
	}
}

// appendCodes appends the values that indices of the dictionary refer to.
func (c *Column) appendCodes(data []byte, count int, budget *Budget) error {
	if !c.dictionary.there {
		return errors.New("indices of a dictionary that is missing")
	}
	if count == 0 {
		return nil
	}
	size := c.Width
	if c.Type == format.ByteArray {
		size = 4
	}
	if err := budget.Take(int64(count), int64(size)); err != nil {
		return err
	}
	if len(data) == 0 {
		return errHybrid
	}
	add := func(code uint32) error {
		if uint64(code) >= uint64(c.dictionary.count) {
			return fmt.Errorf("index %d of a dictionary of %d values", code, c.dictionary.count)
		}
		if c.Type == format.ByteArray {
			c.Codes = append(c.Codes, uint32(c.dictionary.first)+code)
			return nil
		}
		at := int(code) * size
		c.Fixed = append(c.Fixed, c.dictionary.fixed[at:at+size]...)
		return nil
	}
	return hybrid(data[1:], int(data[0]), count, func(code uint32, times int) error {
		for range times {
			if err := add(code); err != nil {
				return err
			}
		}
		return nil
	}, add)
}

// block is the number of entries between two ranks.
const block = 512

// seal prepares a column for at. It must follow the last appendChunk.
func (c *Column) seal() {
	c.dictionary = dictionary{}
	if c.Definitions == nil {
		return
	}
	values := 0
	for i, level := range c.Definitions {
		if i%block == 0 {
			c.ranks = append(c.ranks, values)
		}
		if level == c.MaxDefinition {
			values++
		}
	}
}

// at returns the index of the value of an entry, and false for a null.
func (c *Column) at(entry int) (int, bool) {
	if c.Definitions == nil {
		return entry, true
	}
	if c.Definitions[entry] != c.MaxDefinition {
		return 0, false
	}
	return c.ranks[entry/block] + bytes.Count(c.Definitions[entry/block*block:entry], []byte{c.MaxDefinition}), true
}

// Bytes returns a value: little-endian numbers, one byte of a boolean, or a byte array. It shares the column's memory.
func (c *Column) Bytes(value int) []byte {
	if c.Type == format.ByteArray {
		text := c.Text(value)
		return unsafe.Slice(unsafe.StringData(text), len(text))
	}
	width := max(c.Width, 1)
	return c.Fixed[value*width : (value+1)*width : (value+1)*width]
}

// Text returns a value that is a byte array.
func (c *Column) Text(value int) string { return c.Texts[c.Codes[value]] }

// levels returns the repetition and the definition level of an entry.
func (c *Column) levels(entry int) (repetition, definition byte) {
	if definition = c.MaxDefinition; c.Definitions != nil {
		definition = c.Definitions[entry]
	}
	if c.Repetitions != nil {
		repetition = c.Repetitions[entry]
	}
	return repetition, definition
}

// rows returns how many rows begin at an entry or after it.
func (c *Column) rows(from int) (int, error) {
	if c.MaxRepetition == 0 {
		return c.Entries - from, nil
	}
	if from < c.Entries && c.Repetitions[from] != 0 {
		return 0, errors.New("its first value continues a row that is missing")
	}
	return bytes.Count(c.Repetitions[from:], []byte{0}), nil
}

// starts returns the first entry of each row, [rows + 1].
func (c *Column) starts(rows int, budget *Budget) ([]int, error) {
	if err := budget.Take(int64(rows)+1, 8); err != nil {
		return nil, err
	}
	starts := make([]int, 0, rows+1)
	for i, level := range c.Repetitions {
		if level == 0 {
			starts = append(starts, i)
		}
	}
	return append(starts, c.Entries), nil
}
