package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// magic begins and ends a Parquet file. leastParquet is the least size of one, in bytes.
const (
	magic        = "PAR1"
	leastParquet = 12
)

// parquetRows is the content of a Parquet file. Its rows have all columns, including unreadable ones, which are written back
// unchanged.
type parquetRows struct {
	schema   *parquet.Schema
	metadata []format.KeyValue
	rows     []parquet.Row
	leaves   []leaf // parallel to Table.Columns
}

// A leaf is a column with at most one value per row.
type leaf struct {
	*parquet.Column
	kind     parquet.Kind
	unsigned bool
	bits     int // size of an integer
}

// readParquet reads the rows from the text, which it then drops.
func (t *Table) readParquet() (err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("%v", wrong)
		}
		if bad := (*fault.Bad)(nil); err != nil && !errors.As(err, &bad) {
			err = fault.At(t.File, 0, "unreadable Parquet file: "+err.Error()+"; fetch it again, or write it again with snappy, zstd or gzip")
		}
	}()
	file, err := openParquet(t.text)
	if err != nil {
		return err
	}
	t.text = ""
	t.parquet = &parquetRows{schema: file.Schema(), metadata: file.Metadata().KeyValueMetadata}
	for _, group := range file.RowGroups() {
		if err := t.parquet.read(group); err != nil {
			return err
		}
	}
	if err := t.chooseLeaves(file); err != nil {
		return err
	}
	if len(t.parquet.rows) == 0 {
		return fault.At(t.File, 0, "the file has no rows")
	}
	return nil
}

// openParquet checks the sizes that a file claims for its parts before it opens it.
func openParquet(text string) (*parquet.File, error) {
	size := int64(len(text))
	if size < leastParquet || !strings.HasPrefix(text, magic) || !strings.HasSuffix(text, magic) {
		return nil, fmt.Errorf("%s is missing at an end", magic)
	}
	if footer := int64(binary.LittleEndian.Uint32([]byte(text[size-8:]))); footer > size-leastParquet {
		return nil, fmt.Errorf("a footer of %d bytes in a file of %d", footer, size)
	}
	file, err := parquet.OpenFile(strings.NewReader(text), size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	for _, group := range file.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			if err := checkPages(text, chunk.MetaData); err != nil {
				return nil, err
			}
		}
	}
	return file, nil
}

// checkPages checks that the pages of a column do not claim more bytes than the file holds, before memory is allocated for
// them.
func checkPages(text string, m format.ColumnMetaData) error {
	if m.Codec == format.Lz4Raw { // its decoder takes unbounded memory for a damaged page
		return errors.New("a column is packed with LZ4, which is not supported; snappy, zstd and gzip are")
	}
	start, size := m.DataPageOffset, int64(len(text))
	if m.DictionaryPageOffset != 0 {
		start = m.DictionaryPageOffset
	}
	if start < 0 || start > size || m.TotalCompressedSize < 0 || m.TotalCompressedSize > size-start {
		return fmt.Errorf("a column of %d bytes at byte %d in a file of %d", m.TotalCompressedSize, start, size)
	}
	var protocol thrift.CompactProtocol
	for pages := []byte(text[start : start+m.TotalCompressedSize]); len(pages) > 0; {
		var header format.PageHeader
		reader := protocol.NewReaderFromBytes(pages)
		if err := thrift.NewDecoder(reader).Decode(&header); err != nil {
			return err
		}
		pages = pages[reader.BytesRead():]
		packed, unpacked := int64(header.CompressedPageSize), int64(header.UncompressedPageSize)
		if packed < 0 || packed > int64(len(pages)) || unpacked < 0 || unpacked > m.TotalUncompressedSize {
			return fmt.Errorf("a page of %d bytes, %d unpacked, in a column of %d, %d unpacked",
				packed, unpacked, m.TotalCompressedSize, m.TotalUncompressedSize)
		}
		pages = pages[packed:]
	}
	return nil
}

func (p *parquetRows) read(group parquet.RowGroup) error {
	rows := group.Rows()
	defer rows.Close()
	before := len(p.rows)
	batch := make([]parquet.Row, 256)
	for {
		n, err := rows.ReadRows(batch)
		for _, row := range batch[:n] {
			p.rows = append(p.rows, row.Clone())
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if got := len(p.rows) - before; int64(got) != group.NumRows() {
		return fmt.Errorf("%d rows instead of %d", got, group.NumRows())
	}
	return nil
}

// chooseLeaves sets the columns that can be read as text, and a note about the others.
func (t *Table) chooseLeaves(file *parquet.File) error {
	var left []string
	for _, column := range file.Root().Columns() {
		l, ok := newLeaf(column)
		if ok && l.kind == parquet.ByteArray {
			row := t.parquet.invalid(l)
			if row >= 0 && column.Type().LogicalType() != nil {
				return t.Fault(row, fmt.Sprintf("column %q: not UTF-8", column.Name()))
			}
			ok = row < 0
		}
		if !ok {
			left = append(left, strconv.Quote(column.Name()))
			t.refuse(column.Name(), "is neither text nor numbers nor booleans")
			continue
		}
		t.Columns, t.parquet.leaves = append(t.Columns, column.Name()), append(t.parquet.leaves, l)
	}
	if left != nil {
		t.Note = "skipped columns that are neither text, numbers nor booleans: " + strings.Join(left, ", ")
	}
	return nil
}

// newLeaf returns the leaf of a column, and false if its type is not supported.
func newLeaf(c *parquet.Column) (leaf, bool) {
	if !c.Leaf() || c.Repeated() {
		return leaf{}, false
	}
	l := leaf{Column: c, kind: c.Type().Kind(), bits: 64}
	if l.kind == parquet.Int32 {
		l.bits = 32
	}
	logical := c.Type().LogicalType()
	if logical == nil {
		kinds := []parquet.Kind{parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double, parquet.ByteArray}
		return l, slices.Contains(kinds, l.kind)
	}
	switch integer := logical.Value.(type) {
	case *format.IntType:
		l.unsigned, l.bits = !integer.IsSigned, int(integer.BitWidth)
		return l, l.kind == parquet.Int32 || l.kind == parquet.Int64
	case *format.StringType, *format.EnumType, *format.JsonType:
		return l, l.kind == parquet.ByteArray
	}
	return l, false
}

// invalid returns the first row whose value is not UTF-8, -1 if there is none.
func (p *parquetRows) invalid(l leaf) int {
	return slices.IndexFunc(p.rows, func(row parquet.Row) bool {
		at := l.find(row)
		return at >= 0 && !utf8.Valid(row[at].ByteArray())
	})
}

// find returns the index of the leaf's value in a row, -1 if it is null.
func (l leaf) find(row parquet.Row) int {
	return slices.IndexFunc(row, func(v parquet.Value) bool { return v.Column() == l.Index() && !v.IsNull() })
}

// text returns a row's value as text. Whole floating-point numbers have no decimal point.
func (l leaf) text(row parquet.Row) (string, bool) {
	at := l.find(row)
	if at < 0 {
		return "", false
	}
	v := row[at]
	switch l.kind {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean()), true
	case parquet.Int32:
		if l.unsigned {
			return strconv.FormatUint(uint64(v.Uint32()), 10), true
		}
		return strconv.FormatInt(int64(v.Int32()), 10), true
	case parquet.Int64:
		if l.unsigned {
			return strconv.FormatUint(v.Uint64(), 10), true
		}
		return strconv.FormatInt(v.Int64(), 10), true
	case parquet.Float:
		return number(float64(v.Float()), 32), true
	case parquet.Double:
		return number(v.Double(), 64), true
	}
	return string(v.ByteArray()), true
}

// number returns the shortest text that parses to the same number.
func number(v float64, bits int) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, bits)
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

// value converts a text to a value of the leaf's type.
func (l leaf) value(text string) (parquet.Value, error) {
	var v parquet.Value
	var err error
	what := "text"
	switch l.kind {
	case parquet.Boolean:
		what = "a boolean, true or false"
		var b bool
		b, err = strconv.ParseBool(text)
		v = parquet.BooleanValue(b)
	case parquet.Int32, parquet.Int64:
		what = fmt.Sprintf("an integer of %d bits", l.bits)
		var n int64
		if l.unsigned {
			what = fmt.Sprintf("an unsigned integer of %d bits", l.bits)
			var u uint64
			u, err = strconv.ParseUint(text, 10, l.bits)
			n = int64(u)
		} else {
			n, err = strconv.ParseInt(text, 10, l.bits)
		}
		if v = parquet.Int64Value(n); l.kind == parquet.Int32 {
			v = parquet.Int32Value(int32(n))
		}
	case parquet.Float, parquet.Double:
		what = "a number"
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		if v = parquet.DoubleValue(f); l.kind == parquet.Float {
			v = parquet.FloatValue(float32(f))
		}
	default:
		v = parquet.ByteArrayValue([]byte(text))
	}
	if err != nil {
		return v, fmt.Errorf("the new value %q is not %s", text, what)
	}
	return v.Level(0, l.MaxDefinitionLevel(), l.Index()), nil
}

func (p *parquetRows) fields(row int) map[string]string {
	fields := make(map[string]string, len(p.leaves))
	for _, l := range p.leaves {
		if text, ok := l.text(p.rows[row]); ok {
			fields[l.Name()] = text
		}
	}
	return fields
}

func (p *parquetRows) leaf(name string) leaf {
	return p.leaves[slices.IndexFunc(p.leaves, func(l leaf) bool { return l.Name() == name })]
}

func (p *parquetRows) column(name string) func(row int) (string, bool) {
	l := p.leaf(name)
	return func(row int) (string, bool) { return l.text(p.rows[row]) }
}

// values returns a function that returns a row's value of a column. Float columns hold null where pandas wrote NaN.
func (p *parquetRows) values(name string) func(row int) (scalar.Value, string) {
	l := p.leaf(name)
	return func(row int) (scalar.Value, string) {
		text, ok := l.text(p.rows[row])
		v := scalar.Value{Kind: scalar.Number, Text: text}
		switch {
		case !ok:
			v.Kind = scalar.Null
		case l.kind == parquet.Boolean:
			v.Kind = scalar.Boolean
		case l.kind == parquet.ByteArray:
			v.Kind = scalar.Text
		case text == "NaN" || text == "+Inf" || text == "-Inf":
			v = scalar.Value{Kind: scalar.NotFinite, Text: map[string]string{"NaN": "NaN", "+Inf": "Infinity", "-Inf": "-Infinity"}[text]}
		}
		return v, ""
	}
}

// groupRows is the number of rows in a group of a written file. Readers hold one group at a time.
const groupRows = 1 << 18

func (t *Table) writeParquet(w io.Writer, rows []int, edits map[int]map[string]string) error {
	options := []parquet.WriterOption{t.parquet.schema, parquet.MaxRowsPerRowGroup(groupRows)}
	for _, m := range t.parquet.metadata {
		options = append(options, parquet.KeyValueMetadata(m.Key, m.Value))
	}
	out := parquet.NewGenericWriter[any](w, options...)
	for _, row := range rows {
		values, err := t.editedValues(row, edits[row])
		if err != nil {
			return err
		}
		if _, err := out.WriteRows([]parquet.Row{values}); err != nil {
			return err
		}
	}
	return out.Close()
}

// editedValues returns a row with new values.
func (t *Table) editedValues(row int, edits map[string]string) (parquet.Row, error) {
	values := t.parquet.rows[row]
	if len(edits) == 0 {
		return values, nil
	}
	values = slices.Clone(values)
	for column, text := range edits {
		l := t.parquet.leaf(column)
		v, err := l.value(text)
		if err != nil {
			return nil, t.Fault(row, fmt.Sprintf("column %q: %v", column, err))
		}
		at := slices.IndexFunc(values, func(v parquet.Value) bool { return v.Column() == l.Index() })
		values[at] = v
	}
	return values, nil
}
