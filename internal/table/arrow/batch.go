package arrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"ftft/internal/packed"
)

// values are the values of a column in a batch.
type values struct {
	field    *field
	length   int
	parents  []validity // of the structs that the column is in, outermost first
	validity validity
	data     []byte   // of one width each, bits of booleans, or texts
	offsets  []byte   // of texts, length + 1
	views    [][]byte // the buffers that views refer to

	dictionary []*values
}

// validity has a bit for each value that is not null; nil = all.
type validity []byte

func (v validity) at(i int) bool { return v == nil || v[i>>3]>>(i&7)&1 == 1 }

// buffers reads the nodes and buffers of a batch in the order of its fields.
type buffers struct {
	file     *File
	nodes    [][2]int64 // length, nulls
	ranges   [][2]int64 // offset, length
	variadic []int64
	body     []byte
	codec    int64 // -1 = none, 0 = LZ4 frames, 1 = zstd
	columns  []*values
}

// readBatch reads the columns of a batch, by the leaf of their fields.
func (f *File) readBatch(header flat, body []byte, fields []*field) ([]*values, error) {
	b := &buffers{file: f, nodes: header.pairs(1), ranges: header.pairs(2), body: body, codec: -1}
	if compression, ok := header.table(3); ok {
		b.codec = compression.integer(0, 1, 0)
	}
	count, at := header.vector(4)
	for i := range min(count, len(header.data)) {
		b.variadic = append(b.variadic, int64(binary.LittleEndian.Uint64(header.data[at+8*i:])))
	}
	length := header.integer(0, 8, 0)
	b.columns = make([]*values, max(1, len(f.Leaves)))
	for _, one := range fields {
		if err := b.read(one, nil, length); err != nil {
			return nil, fmt.Errorf("column %q: %w", one.name, err)
		}
	}
	return b.columns, nil
}

// next returns the next buffer, unpacked.
func (b *buffers) next() ([]byte, error) {
	at, size := b.ranges[0][0], b.ranges[0][1]
	b.ranges = b.ranges[1:]
	if at < 0 || size < 0 || at > int64(len(b.body)) || size > int64(len(b.body))-at {
		return nil, errDamaged
	}
	data := b.body[at : at+size : at+size]
	if b.codec < 0 || size == 0 {
		return data, nil
	}
	claimed := int64(binary.LittleEndian.Uint64(data))
	if data = data[8:]; claimed == -1 {
		return data, nil
	}
	if claimed < 0 {
		return nil, errDamaged
	}
	if err := b.file.take(claimed); err != nil {
		return nil, err
	}
	var from io.Reader
	switch b.codec {
	case 0:
		from = lz4.NewReader(bytes.NewReader(data))
	case 1:
		decoder, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(packed.Window))
		if err != nil {
			return nil, errDamaged
		}
		defer decoder.Close()
		from = decoder
	default:
		return nil, errors.New("its values are packed in an unknown way")
	}
	unpacked := make([]byte, claimed)
	if _, err := io.ReadFull(from, unpacked); err != nil {
		return nil, errDamaged
	}
	return unpacked, nil
}

// read reads a field and those in it.
func (b *buffers) read(one *field, parents []validity, want int64) error {
	length := b.nodes[0][0]
	b.nodes = b.nodes[1:]
	if want >= 0 && length != want || length < 0 || length > 1<<40 {
		return errDamaged
	}
	v := &values{field: one, length: int(length), parents: parents}
	if one.leaf >= 0 {
		b.columns[one.leaf] = v
	}
	if one.kind == typeNull {
		return nil
	}
	var err error
	if one.kind != typeUnion && one.kind != typeRunEnd {
		bits, err := b.next()
		if err != nil {
			return err
		}
		if len(bits) > 0 {
			if int64(len(bits)) < (length+7)/8 {
				return errDamaged
			}
			v.validity = bits
		}
	}
	switch {
	case one.kind == typeStruct:
		if v.validity != nil {
			parents = append(parents[:len(parents):len(parents)], v.validity)
		}
		return b.children(one, parents, length)
	case one.kind == typeUnion:
		for range 1 + one.Type.Width {
			if _, err := b.next(); err != nil {
				return err
			}
		}
		return b.children(one, nil, -1)
	case one.kind == typeList, one.kind == typeLargeList, one.kind == typeMap:
		if _, err = b.next(); err != nil {
			return err
		}
		return b.children(one, nil, -1)
	case one.kind == typeListView, one.kind == typeLargeListView:
		for range 2 {
			if _, err = b.next(); err != nil {
				return err
			}
		}
		return b.children(one, nil, -1)
	case one.kind == typeFixedList, one.kind == typeRunEnd:
		return b.children(one, nil, -1)
	case one.offsets > 0:
		if v.offsets, err = b.next(); err != nil {
			return err
		}
	}
	if v.data, err = b.next(); err != nil {
		return err
	}
	if one.view {
		count := b.variadic[0]
		b.variadic = b.variadic[1:]
		for range count {
			data, err := b.next()
			if err != nil {
				return err
			}
			v.views = append(v.views, data)
		}
	}
	if one.encoded {
		v.dictionary = b.file.dictionaries[one.dictionary]
	}
	return v.check()
}

func (b *buffers) children(one *field, parents []validity, want int64) error {
	for _, child := range one.children {
		if err := b.read(child, parents, want); err != nil {
			return err
		}
	}
	return nil
}

// check checks that each value lies within its data, so that bytes never fails, and that texts are UTF-8.
func (v *values) check() error {
	t := v.field.Type
	switch {
	case v.field.offsets > 0 && v.length > 0 && len(v.offsets)/v.field.offsets <= v.length:
		return errDamaged
	case v.field.view && len(v.data)/16 < v.length:
		return errDamaged
	case v.field.offsets == 0 && !v.field.view && t.Kind == Boolean && len(v.data) < (v.length+7)/8:
		return errDamaged
	case v.field.offsets == 0 && !v.field.view && t.Kind != Boolean && (t.Width <= 0 || len(v.data)/t.Width < v.length):
		return errDamaged
	}
	if v.field.offsets == 0 && !v.field.view && !v.field.encoded {
		return nil
	}
	for i := range v.length {
		if !v.validity.at(i) {
			continue
		}
		text, ok := v.locate(i)
		if !ok {
			return errDamaged
		}
		if t.Kind == Text && !utf8.Valid(text) {
			return fmt.Errorf("value %d of a batch is not UTF-8", i+1)
		}
	}
	return nil
}

// bytes returns a value, and false for a null.
func (v *values) bytes(i int) ([]byte, bool) {
	if v.field.kind == typeNull || !v.validity.at(i) {
		return nil, false
	}
	for _, parent := range v.parents {
		if !parent.at(i) {
			return nil, false
		}
	}
	if v.field.encoded {
		return v.entry(i)
	}
	return v.locate(i)
}

// entry returns the value of the dictionary that an index refers to.
func (v *values) entry(i int) ([]byte, bool) {
	index := v.index(i)
	for _, part := range v.dictionary {
		if index < uint64(part.length) {
			return part.bytes(int(index))
		}
		index -= uint64(part.length)
	}
	return nil, false
}

// index returns an index of the dictionary.
func (v *values) index(i int) uint64 {
	width := v.field.Type.Width
	var index uint64
	for k, b := range v.data[i*width : (i+1)*width] {
		index |= uint64(b) << (8 * k)
	}
	return index
}

var booleans = [2][]byte{{0}, {1}}

// locate returns the bytes of a value that is not null, and false if they are not within its data.
func (v *values) locate(i int) ([]byte, bool) {
	width := v.field.Type.Width
	switch {
	case v.field.encoded:
		total := uint64(0)
		for _, part := range v.dictionary {
			total += uint64(part.length)
		}
		return nil, v.index(i) < total
	case v.field.view:
		view := v.data[i*16 : i*16+16]
		size := int(int32(binary.LittleEndian.Uint32(view)))
		if size < 0 {
			return nil, false
		}
		if size <= 12 {
			return view[4 : 4+size], true
		}
		buffer, at := binary.LittleEndian.Uint32(view[8:]), int(binary.LittleEndian.Uint32(view[12:]))
		if int64(buffer) >= int64(len(v.views)) || at+size > len(v.views[buffer]) {
			return nil, false
		}
		return v.views[buffer][at : at+size : at+size], true
	case v.field.offsets > 0:
		from, to := v.offset(i), v.offset(i+1)
		if from < 0 || from > to || to > int64(len(v.data)) {
			return nil, false
		}
		return v.data[from:to:to], true
	case v.field.Type.Kind == Boolean:
		return booleans[v.data[i>>3]>>(i&7)&1], true
	}
	return v.data[i*width : (i+1)*width : (i+1)*width], true
}

func (v *values) offset(i int) int64 {
	if v.field.offsets == 4 {
		return int64(int32(binary.LittleEndian.Uint32(v.offsets[4*i:])))
	}
	return int64(binary.LittleEndian.Uint64(v.offsets[8*i:]))
}
