package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"reflect"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// groupRows is the number of rows in a group of a written file, because readers hold one group at a time. pageSize is the size of a
// page that begins no further row, in bytes.
const (
	groupRows = 1 << 18
	pageSize  = 1 << 20
)

// An Edit is a new value of a leaf, as Column.Bytes returns it. The groups that the leaf is in must not be null in that row.
type Edit struct {
	Leaf  *Leaf
	Value []byte
}

// A Part is rows of a file that are written, in that order. Edits returns the new values of a row.
type Part struct {
	*File
	Rows  []int
	Edits func(row int) ([]Edit, error)
}

// ErrSchemas reports that files have different schemas.
var ErrSchemas = errors.New("the files have different schemas")

// Write writes parts of one file, or of files with one schema, with the schema, the metadata and the codecs of the first. Byte arrays that
// repeat are written with a dictionary, other values in the encoding PLAIN, whatever the encodings of the file.
func Write(to io.Writer, parts []Part) error {
	w := &writer{to: to}
	if _, err := w.Write([]byte(Magic)); err != nil {
		return err
	}
	first := parts[0].footer
	footer := &format.FileMetaData{Version: first.Version, Schema: first.Schema, KeyValueMetadata: first.KeyValueMetadata,
		CreatedBy: "ftft", ColumnOrders: first.ColumnOrders}
	for _, part := range parts {
		if !reflect.DeepEqual(part.footer.Schema, first.Schema) {
			return ErrSchemas
		}
		footer.NumRows += int64(len(part.Rows))
		if err := w.groups(part, footer); err != nil {
			return err
		}
	}
	data, err := thrift.Marshal(new(thrift.CompactProtocol), footer)
	if err != nil {
		return err
	}
	data = binary.LittleEndian.AppendUint32(data, uint32(len(data)))
	_, err = w.Write(append(data, Magic...))
	return err
}

// groups writes the row groups of a part.
func (w *writer) groups(f Part, footer *format.FileMetaData) error {
	for rows := f.Rows; len(rows) > 0; {
		group := rows[:min(len(rows), groupRows)]
		rows = rows[len(group):]
		changed := map[*Leaf]map[int][]byte{}
		for i, row := range group {
			list, err := f.Edits(row)
			if err != nil {
				return err
			}
			for _, e := range list {
				if changed[e.Leaf] == nil {
					changed[e.Leaf] = map[int][]byte{}
				}
				changed[e.Leaf][i] = e.Value
			}
		}
		meta := format.RowGroup{NumRows: int64(len(group)), FileOffset: w.at, Ordinal: int16(len(footer.RowGroups))}
		for i, l := range f.Leaves {
			codec, path := f.footer.RowGroups[0].Columns[i].MetaData.Codec, l.Path
			chunk, err := w.column(l, group, changed[l], codec)
			if err != nil {
				return l.fault(err)
			}
			chunk.PathInSchema = path
			meta.Columns = append(meta.Columns, format.ColumnChunk{FileOffset: chunk.DataPageOffset, MetaData: chunk})
			meta.TotalByteSize += chunk.TotalUncompressedSize
			meta.TotalCompressedSize += chunk.TotalCompressedSize
		}
		footer.RowGroups = append(footer.RowGroups, meta)
	}
	return nil
}

// writer counts the bytes that it writes.
type writer struct {
	to io.Writer
	at int64
}

func (w *writer) Write(data []byte) (int, error) {
	n, err := w.to.Write(data)
	w.at += int64(n)
	return n, err
}

// column writes the column chunk of some rows. changed holds new values by the row's index in rows.
func (w *writer) column(l *Leaf, rows []int, changed map[int][]byte, codec format.CompressionCodec) (format.ColumnMetaData, error) {
	m := format.ColumnMetaData{Type: l.Type, Codec: codec, Encoding: []format.Encoding{format.Plain, format.RLE}}
	codes, dictionary, count := l.shareTexts(rows, changed)
	encoding := format.Plain
	begin := w.at
	if dictionary != nil {
		encoding = format.RLEDictionary
		m.Encoding = append(m.Encoding, encoding)
		m.DictionaryPageOffset = w.at
		header := format.PageHeader{Type: format.DictionaryPage}
		header.DictionaryPageHeader.Valid = true
		header.DictionaryPageHeader.V = format.DictionaryPageHeader{NumValues: int32(count), Encoding: format.Plain}
		if err := w.page(header, dictionary, codec, &m); err != nil {
			return m, err
		}
	}
	m.DataPageOffset = w.at
	p := page{leaf: l}
	flush := func() error {
		header := format.PageHeader{Type: format.DataPage}
		header.DataPageHeader.Valid = true
		header.DataPageHeader.V = format.DataPageHeader{NumValues: int32(p.entries), Encoding: encoding,
			DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}
		m.NumValues += int64(p.entries)
		err := w.page(header, p.bytes(codes, count), codec, &m)
		p = page{leaf: l}
		return err
	}
	for i, row := range rows {
		if p.size() >= pageSize {
			if err := flush(); err != nil {
				return m, err
			}
		}
		if value, edited := changed[i]; edited {
			p.add(0, uint32(l.MaxDefinition), value, codes)
			continue
		}
		for from, to := l.entries(row); from < to; from++ {
			p.entry(from, codes)
		}
	}
	err := flush()
	m.TotalCompressedSize = w.at - begin
	return m, err
}

// shareTexts returns the index in the dictionary of each text, the dictionary in the encoding PLAIN, and its size, or nil unless most
// texts occur more than once.
func (l *Leaf) shareTexts(rows []int, changed map[int][]byte) (codes map[string]uint32, dictionary []byte, count int) {
	if l.Type != format.ByteArray {
		return nil, nil, 0
	}
	codes, all := map[string]uint32{}, 0
	add := func(text []byte) {
		all++
		if _, ok := codes[string(text)]; !ok {
			codes[string(text)] = uint32(len(codes))
			dictionary = appendPlain(dictionary, l, text)
		}
	}
	for i, row := range rows {
		if value, edited := changed[i]; edited {
			add(value)
			continue
		}
		for from, to := l.entries(row); from < to; from++ {
			if value, ok := l.at(from); ok {
				add(l.Bytes(value))
			}
		}
		if all > 1000 && 2*len(codes) > all || len(dictionary) > pageSize {
			return nil, nil, 0
		}
	}
	if 2*len(codes) > all || all == 0 {
		return nil, nil, 0
	}
	return codes, dictionary, len(codes)
}

// appendPlain appends a value in the encoding PLAIN; booleans are packed later.
func appendPlain(data []byte, l *Leaf, value []byte) []byte {
	if l.Type == format.ByteArray {
		data = binary.LittleEndian.AppendUint32(data, uint32(len(value)))
	}
	return append(data, value...)
}

// page is a data page that is being written.
type page struct {
	leaf                     *Leaf
	entries                  int
	repetitions, definitions []uint32
	values                   []byte   // in the encoding PLAIN
	codes                    []uint32 // or indices of the dictionary
}

func (p *page) size() int { return len(p.values) + 4*len(p.codes) + p.entries }

// entry adds an entry of the leaf.
func (p *page) entry(i int, codes map[string]uint32) {
	var bytes []byte
	if value, ok := p.leaf.at(i); ok {
		bytes = p.leaf.Bytes(value)
	}
	repetition, definition := p.leaf.levels(i)
	p.add(repetition, uint32(definition), bytes, codes)
}

// add adds a value, or an entry that is null according to its definition level.
func (p *page) add(repetition byte, definition uint32, value []byte, codes map[string]uint32) {
	p.entries++
	p.repetitions = append(p.repetitions, uint32(repetition))
	p.definitions = append(p.definitions, definition)
	switch {
	case definition < uint32(p.leaf.MaxDefinition):
	case codes != nil:
		p.codes = append(p.codes, codes[string(value)])
	default:
		p.values = appendPlain(p.values, p.leaf, value)
	}
}

// bytes returns the page without compression.
func (p *page) bytes(codes map[string]uint32, count int) []byte {
	var data []byte
	for _, levels := range []struct {
		most byte
		list []uint32
	}{{p.leaf.MaxRepetition, p.repetitions}, {p.leaf.MaxDefinition, p.definitions}} {
		if levels.most > 0 {
			packed := appendHybrid(nil, levels.list, bits.Len8(levels.most))
			data = append(binary.LittleEndian.AppendUint32(data, uint32(len(packed))), packed...)
		}
	}
	switch {
	case codes != nil:
		width := bits.Len(uint(count - 1))
		return appendHybrid(append(data, byte(width)), p.codes, width)
	case p.leaf.Type == format.Boolean:
		packed := make([]byte, (len(p.values)+7)/8)
		for i, b := range p.values {
			packed[i>>3] |= b << (i & 7)
		}
		return append(data, packed...)
	}
	return append(data, p.values...)
}

// appendHybrid appends values in the RLE and bit-packing hybrid encoding: runs of 8 or more equal values as such, others packed.
func appendHybrid(data []byte, values []uint32, width int) []byte {
	run := func(from int) int {
		n := 1
		for from+n < len(values) && values[from+n] == values[from] {
			n++
		}
		return n
	}
	for at := 0; at < len(values); {
		if n := run(at); n >= 8 {
			data = binary.AppendUvarint(data, uint64(n)<<1)
			data = append(data, binary.LittleEndian.AppendUint32(nil, values[at])[:(width+7)/8]...)
			at += n
			continue
		}
		groups := 1
		for next := at + 8; next < len(values) && run(next) < 8; next += 8 {
			groups++
		}
		data = binary.AppendUvarint(data, uint64(groups)<<1|1)
		packed := make([]byte, groups*width)
		for i, bit := 0, 0; i < groups*8 && at+i < len(values); i++ {
			for k := range width {
				packed[bit>>3] |= byte(values[at+i]>>k&1) << (bit & 7)
				bit++
			}
		}
		data = append(data, packed...)
		at += groups * 8
	}
	return data
}

// page writes a page with its header.
func (w *writer) page(header format.PageHeader, data []byte, codec format.CompressionCodec, m *format.ColumnMetaData) error {
	packed, err := compress(data, codec)
	if err != nil {
		return err
	}
	if len(data) > 1<<31-1 || len(packed) > 1<<31-1 {
		return errors.New("a value is too large for a page")
	}
	header.UncompressedPageSize, header.CompressedPageSize = int32(len(data)), int32(len(packed))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &header)
	if err != nil {
		return err
	}
	m.TotalUncompressedSize += int64(len(head) + len(data))
	_, err = w.Write(append(head, packed...))
	return err
}

// compress packs a page.
func compress(data []byte, codec format.CompressionCodec) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	switch codec {
	case format.Uncompressed:
		return data, nil
	case format.Snappy:
		return s2.EncodeSnappy(nil, data), nil
	case format.Zstd:
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer encoder.Close()
		return encoder.EncodeAll(data, nil), nil
	case format.Lz4Raw:
		packed := make([]byte, lz4.CompressBlockBound(len(data)))
		n, err := new(lz4.Compressor).CompressBlock(data, packed)
		return packed[:n], err
	case format.Brotli:
		w = brotli.NewWriter(&out)
	case format.Gzip:
		w = gzip.NewWriter(&out)
	default:
		return nil, errors.New("its codec is not supported")
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}
