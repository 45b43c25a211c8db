package parquet

import (
	"encoding/binary"
	"errors"
)

var errDelta = errors.New("delta-encoded values that do not fit their page")

// deltas decodes exactly count integers of DELTA_BINARY_PACKED and returns the data behind them. Arithmetic wraps around.
func deltas(data []byte, count int, visit func(value int64)) ([]byte, error) {
	var header [3]uint64 // values of a block, miniblocks of a block, values
	for i := range header {
		value, size := binary.Uvarint(data)
		if size <= 0 {
			return nil, errDelta
		}
		header[i], data = value, data[size:]
	}
	first, size := binary.Varint(data)
	block, minis, total := header[0], header[1], header[2]
	if size <= 0 || total != uint64(count) || block == 0 || block > 1<<20 || minis == 0 || minis > block || block%minis != 0 ||
		block/minis%8 != 0 {
		return nil, errDelta
	}
	data = data[size:]
	if count == 0 {
		return data, nil
	}
	value := first
	visit(value)
	for left := count - 1; left > 0; {
		least, size := binary.Varint(data)
		if size <= 0 || uint64(len(data)-size) < minis {
			return nil, errDelta
		}
		widths := data[size : size+int(minis)]
		data = data[size+int(minis):]
		for _, width := range widths {
			if left == 0 {
				break
			}
			n := int(block / minis)
			bytes := n / 8 * int(width)
			if width > 64 || len(data) < bytes {
				return nil, errDelta
			}
			reader := bitReader{data: data[:bytes]}
			for range min(n, left) {
				value += least + int64(reader.read(int(width)))
				visit(value)
			}
			data = data[bytes:]
			left -= min(n, left)
		}
	}
	return data, nil
}

// lengths decodes count lengths and returns the data behind them. None is beyond most.
func lengths(data []byte, count, most int, budget *Budget) ([]int, []byte, error) {
	if err := budget.Take(int64(count), 8); err != nil {
		return nil, nil, err
	}
	list := make([]int, 0, min(count, 1<<16))
	wrong := false
	rest, err := deltas(data, count, func(value int64) {
		wrong = wrong || value < 0 || value > int64(most)
		list = append(list, int(value))
	})
	if wrong {
		err = errDelta
	}
	return list, rest, err
}

// deltaTexts decodes count values of DELTA_LENGTH_BYTE_ARRAY.
func deltaTexts(data []byte, count int, budget *Budget, visit func(value []byte)) error {
	sizes, data, err := lengths(data, count, len(data), budget)
	if err != nil {
		return err
	}
	for _, size := range sizes {
		if size > len(data) {
			return errDelta
		}
		visit(data[:size:size])
		data = data[size:]
	}
	budget.Give(int64(count) * 8)
	return nil
}

// prefixTexts decodes count values of DELTA_BYTE_ARRAY: the length that each shares with the one before, and the rest. A value that is
// a part of the one before shares its memory.
func prefixTexts(data []byte, count int, budget *Budget, visit func(value []byte)) error {
	const most = 1<<31 - 1
	prefixes, data, err := lengths(data, count, most, budget)
	if err != nil {
		return err
	}
	var value []byte
	var wrong error
	i := 0
	err = deltaTexts(data, count, budget, func(suffix []byte) {
		prefix := prefixes[i]
		i++
		if prefix > len(value) {
			wrong = errDelta
		}
		if wrong != nil {
			return
		}
		switch {
		case prefix == 0:
			value = suffix
		case len(suffix) == 0:
			value = value[:prefix:prefix]
		default:
			if wrong = budget.Take(int64(prefix+len(suffix)), 1); wrong != nil {
				return
			}
			value = append(append(make([]byte, 0, prefix+len(suffix)), value[:prefix]...), suffix...)
		}
		visit(value)
	})
	budget.Give(int64(count) * 8)
	return errors.Join(err, wrong)
}
