package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

var errHybrid = errors.New("run lengths that do not fit their page")

// hybrid visits the values of the RLE and bit-packing hybrid encoding: repeat for a run of one value, and each for a packed value. It
// returns an error unless there are exactly count values.
func hybrid(data []byte, width, count int, repeat func(value uint32, times int) error, each func(value uint32) error) error {
	if width < 0 || width > 32 {
		return fmt.Errorf("values of %d bits", width)
	}
	for count > 0 {
		header, size := binary.Uvarint(data)
		if size <= 0 {
			return errHybrid
		}
		data = data[size:]
		if header&1 == 0 {
			times := header >> 1
			bytes := (width + 7) / 8
			if times > uint64(count) || len(data) < bytes {
				return errHybrid
			}
			var value uint32
			for i, b := range data[:bytes] {
				value |= uint32(b) << (8 * i)
			}
			if bits.Len32(value) > width {
				return errHybrid
			}
			data = data[bytes:]
			if err := repeat(value, int(times)); err != nil {
				return err
			}
			count -= int(times)
			continue
		}
		groups := header >> 1 // of 8 values, which take width bytes
		if groups == 0 || groups > uint64(count+7)/8 {
			return errHybrid
		}
		n := min(count, int(groups)*8)
		if len(data) < (n*width+7)/8 {
			return errHybrid
		}
		reader := bitReader{data: data}
		for range n {
			if err := each(uint32(reader.read(width))); err != nil {
				return err
			}
		}
		data = data[min(len(data), int(groups)*width):]
		count -= n
	}
	if len(data) > 0 {
		return errHybrid
	}
	return nil
}

// bitReader reads values that are packed from the least significant bit on. It returns zeros beyond the end.
type bitReader struct {
	data []byte
	at   int // in bits
}

func (r *bitReader) read(width int) uint64 {
	var value uint64
	for got := 0; got < width; {
		i, shift := r.at>>3, r.at&7
		if i >= len(r.data) {
			r.at += width - got
			break
		}
		if shift == 0 && width-got >= 8 {
			value |= uint64(r.data[i]) << got
			got, r.at = got+8, r.at+8
			continue
		}
		n := min(8-shift, width-got)
		value |= uint64(r.data[i]>>shift&(1<<n-1)) << got
		got, r.at = got+n, r.at+n
	}
	return value
}

// appendLevels appends count levels, none above most.
func appendLevels(levels *[]byte, data []byte, most byte, count int, budget *Budget) error {
	if err := budget.Take(int64(count), 1); err != nil {
		return err
	}
	add := func(value uint32, times int) error {
		if value > uint32(most) {
			return fmt.Errorf("a level of %d where %d is the greatest", value, most)
		}
		at := len(*levels)
		*levels = append(*levels, make([]byte, times)...)
		for i := range times {
			(*levels)[at+i] = byte(value)
		}
		return nil
	}
	return hybrid(data, bits.Len8(most), count, add, func(value uint32) error {
		if value > uint32(most) {
			return fmt.Errorf("a level of %d where %d is the greatest", value, most)
		}
		*levels = append(*levels, byte(value))
		return nil
	})
}
