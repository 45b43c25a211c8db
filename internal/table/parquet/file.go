// Package parquet reads and writes Parquet files. No size that a file claims is trusted: values are bounded by the count in a page's
// header, and every allocation by a Budget, before memory is taken. Damage is an error, never a panic. What is written keeps the schema
// and the metadata of the file that was read.
//
// It imports only internal/packed. Begin with Open and Column; encoding.go has the encodings of values, hybrid.go that of levels and
// dictionary indices, delta.go the delta encodings, thrift.go the check of metadata, and write.go the writer. The source of all is
// https://github.com/apache/parquet-format: README.md, Encodings.md and parquet.thrift.
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"
)

// Magic begins and ends a file. Least is the least size of one, in bytes.
const (
	Magic = "PAR1"
	Least = 12
)

// A File is the content of a file.
type File struct {
	Rows     int
	Leaves   []*Leaf
	Metadata map[string]string

	footer *format.FileMetaData
}

// A Leaf is a column with values.
type Leaf struct {
	Column
	Path    []string
	Logical format.LogicalTypeValue // nil = none
	Within  string                  // "list" or "map" if a row has any number of values

	rowStarts []int // the first entry of each row, nil where an entry is a row
}

// Open reads a file.
func Open(text string, budget *Budget) (f *File, err error) {
	defer func() {
		if recover() != nil { // a fault of the decoders
			f, err = nil, errors.New("it is damaged")
		}
	}()
	return open(text, budget)
}

func open(text string, budget *Budget) (*File, error) {
	size := len(text)
	switch {
	case strings.HasSuffix(text, "PARE"):
		return nil, errors.New("it is encrypted")
	case size < Least || !strings.HasPrefix(text, Magic) || !strings.HasSuffix(text, Magic):
		return nil, fmt.Errorf("%s is missing at an end", Magic)
	}
	data := unsafe.Slice(unsafe.StringData(text), size) // never written
	length := int64(binary.LittleEndian.Uint32(data[size-8:]))
	if length > int64(size-Least) {
		return nil, fmt.Errorf("a footer of %d bytes in a file of %d", length, size)
	}
	f := &File{footer: &format.FileMetaData{}, Metadata: map[string]string{}}
	if _, err := decodeThrift(data[size-8-int(length):size-8], f.footer, budget); err != nil {
		return nil, err
	}
	if f.footer.EncryptionAlgorithm.Value != nil {
		return nil, errors.New("it is encrypted")
	}
	for _, m := range f.footer.KeyValueMetadata {
		f.Metadata[m.Key] = m.Value
	}
	if err := f.readSchema(); err != nil {
		return nil, err
	}
	for _, group := range f.footer.RowGroups {
		if err := f.readGroup(group, data, budget); err != nil {
			return nil, err
		}
	}
	if int64(f.Rows) != f.footer.NumRows {
		return nil, fmt.Errorf("%d rows instead of %d", f.Rows, f.footer.NumRows)
	}
	for _, l := range f.Leaves {
		if l.MaxRepetition > 0 {
			var err error
			if l.rowStarts, err = l.starts(f.Rows, budget); err != nil {
				return nil, l.fault(err)
			}
		}
		l.seal()
	}
	return f, nil
}

func (f *File) readGroup(group format.RowGroup, data []byte, budget *Budget) error {
	if group.NumRows < 0 || len(group.Columns) != len(f.Leaves) {
		return fmt.Errorf("a row group of %d rows and %d columns, where the schema has %d", group.NumRows, len(group.Columns), len(f.Leaves))
	}
	for i, l := range f.Leaves {
		m := group.Columns[i].MetaData
		if group.Columns[i].FilePath != "" || group.Columns[i].CryptoMetadata.Value != nil {
			return l.fault(errors.New("it is encrypted, or in another file"))
		}
		if m.Type != l.Type || m.NumValues < 0 || l.MaxRepetition == 0 && m.NumValues != group.NumRows {
			return l.fault(fmt.Errorf("%d values of type %v in %d rows of type %v", m.NumValues, m.Type, group.NumRows, l.Type))
		}
		start, size := m.DataPageOffset, int64(len(data))
		if m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < start {
			start = m.DictionaryPageOffset
		}
		if start < 0 || start > size || m.TotalCompressedSize < 0 || m.TotalCompressedSize > size-start {
			return l.fault(fmt.Errorf("%d bytes at byte %d in a file of %d", m.TotalCompressedSize, start, size))
		}
		before := l.Entries
		if err := l.appendChunk(data[start:start+m.TotalCompressedSize], m.Codec, m.NumValues, budget); err != nil {
			return l.fault(err)
		}
		rows, err := l.rows(before)
		if err == nil && int64(rows) != group.NumRows {
			err = fmt.Errorf("%d rows instead of %d", rows, group.NumRows)
		}
		if err != nil {
			return l.fault(err)
		}
	}
	f.Rows += int(group.NumRows)
	return nil
}

// fault adds the column to an error.
func (l *Leaf) fault(err error) error {
	return fmt.Errorf("column %q: %w", strings.Join(l.Path, "."), err)
}

// deepestSchema is the greatest number of groups within groups of a schema.
const deepestSchema = 64

// readSchema makes the leaves, depth first.
func (f *File) readSchema() error {
	if len(f.footer.Schema) == 0 {
		return errors.New("it has no schema")
	}
	rest := f.footer.Schema[1:]
	var walk func(children int32, parent Leaf) error
	walk = func(children int32, parent Leaf) error {
		if len(parent.Path) > deepestSchema {
			return errors.New("its schema is nested too deeply")
		}
		for range children {
			if len(rest) == 0 {
				return errors.New("its schema is incomplete")
			}
			e := rest[0]
			rest = rest[1:]
			l := Leaf{Path: append(parent.Path[:len(parent.Path):len(parent.Path)], e.Name), Within: parent.Within}
			l.MaxDefinition, l.MaxRepetition = parent.MaxDefinition, parent.MaxRepetition
			l.Logical = logical(e)
			switch e.RepetitionType.V {
			case format.Optional:
				l.MaxDefinition++
			case format.Repeated:
				l.MaxDefinition++
				l.MaxRepetition++
				if l.Within == "" {
					l.Within = "list"
				}
			}
			if _, ok := l.Logical.(*format.MapType); ok {
				l.Within = "map"
			}
			if !e.Type.Valid {
				if err := walk(e.NumChildren.V, l); err != nil {
					return err
				}
				continue
			}
			l.Type = e.Type.V
			switch l.Type {
			case format.Int32, format.Float:
				l.Width = 4
			case format.Int64, format.Double:
				l.Width = 8
			case format.Int96:
				l.Width = 12
			case format.FixedLenByteArray:
				if l.Width = int(e.TypeLength.V); l.Width <= 0 {
					return fmt.Errorf("values of %d bytes in its schema", l.Width)
				}
			case format.Boolean, format.ByteArray:
			default:
				return fmt.Errorf("an unknown type (%d) in its schema", l.Type)
			}
			f.Leaves = append(f.Leaves, &l)
		}
		return nil
	}
	if err := walk(f.footer.Schema[0].NumChildren.V, Leaf{}); err != nil {
		return err
	}
	if len(rest) > 0 || len(f.Leaves) == 0 {
		return errors.New("its schema is incomplete")
	}
	return nil
}

// entries returns the range of a row's entries.
func (l *Leaf) entries(row int) (from, to int) {
	if l.rowStarts == nil {
		return row, row + 1
	}
	return l.rowStarts[row], l.rowStarts[row+1]
}

// Value returns the index of a row's value, and false for a null. Only a column that is not within a list or map has one.
func (l *Leaf) Value(row int) (int, bool) { return l.at(row) }
