// Package arrow reads Arrow's IPC formats, the stream and the file, which datasets' save_to_disk writes. Values share the memory of the
// text that is read. No size that a file claims is trusted: each is checked against the file, and what is unpacked against a budget.
//
// It imports only internal/packed. Begin with Open and Leaf. The sources are https://arrow.apache.org/docs/format/Columnar.html and
// the schemas Message.fbs and Schema.fbs; the numbers of fields below are theirs.
package arrow

import (
	"encoding/binary"
	"errors"
	"sort"
	"strings"
	"unsafe"
)

// Magic begins and ends the file format. The stream has none; it begins with continuation.
const (
	Magic        = "ARROW1"
	continuation = "\xff\xff\xff\xff"
)

// Is reports whether content is in one of the formats.
func Is(text string) bool {
	return strings.HasPrefix(text, Magic) || strings.HasPrefix(text, continuation) && len(text) >= 12
}

// A File is the content of a file.
type File struct {
	Rows     int
	Leaves   []*Leaf
	Metadata map[string]string

	fields       []*field
	batches      []batch
	dictionaries map[int64][]*values
	encoded      map[int64]*field // the fields of the dictionaries' values
	take         func(bytes int64) error
}

// A Leaf is a column with values.
type Leaf struct {
	Path   []string
	Type   Type
	Within string // "list", "map" or "union" if a row has not one value of one type

	file   *File
	column int // index in batch.columns
}

// batch is a record batch.
type batch struct {
	first   int // row
	columns []*values
}

// The kinds of messages.
const (
	schemaMessage     = 1
	dictionaryMessage = 2
	recordMessage     = 3
)

var errDamaged = errors.New("it is damaged or truncated")

// Open reads a file. take is asked for the memory of what is unpacked, in bytes.
func Open(text string, take func(bytes int64) error) (f *File, err error) {
	defer func() {
		if recover() != nil { // an offset beyond its data
			f, err = nil, errDamaged
		}
	}()
	f = &File{dictionaries: map[int64][]*values{}, encoded: map[int64]*field{}, take: take}
	data := unsafe.Slice(unsafe.StringData(text), len(text)) // never written
	if strings.HasPrefix(text, Magic) {
		data = data[8:]
	}
	for {
		if len(data) == 0 { // a stream may end without a mark
			break
		}
		if string(data[:4]) == continuation {
			data = data[4:]
		}
		size := int(int32(binary.LittleEndian.Uint32(data)))
		if data = data[4:]; size == 0 {
			break
		}
		message := root(data[:size])
		data = data[size:]
		length := message.integer(3, 8, 0)
		if length < 0 || length > int64(len(data)) {
			return nil, errDamaged
		}
		if err := f.read(message, data[:length:length]); err != nil {
			return nil, err
		}
		data = data[length:]
	}
	if f.fields == nil {
		return nil, errors.New("it has no schema")
	}
	return f, nil
}

// read reads a message with its body.
func (f *File) read(message flat, body []byte) error {
	header, ok := message.table(2)
	if !ok {
		return errDamaged
	}
	kind := message.integer(1, 1, 0)
	if (kind == schemaMessage) != (f.fields == nil) {
		return errDamaged
	}
	switch kind {
	case schemaMessage:
		return f.readSchema(header)
	case dictionaryMessage:
		return f.readDictionary(header, body)
	case recordMessage:
		length := header.integer(0, 8, 0)
		columns, err := f.readBatch(header, body, f.fields)
		if err != nil {
			return err
		}
		if length < 0 || length > 1<<40 {
			return errDamaged
		}
		f.batches = append(f.batches, batch{f.Rows, columns})
		f.Rows += int(length)
	}
	return nil
}

// readDictionary reads the values that the indices of later batches refer to.
func (f *File) readDictionary(header flat, body []byte) error {
	id := header.integer(0, 8, 0)
	data, ok := header.table(1)
	values := f.encoded[id]
	if !ok || values == nil {
		return errDamaged
	}
	columns, err := f.readBatch(data, body, []*field{values})
	if err != nil {
		return err
	}
	if header.integer(2, 1, 0) == 0 {
		f.dictionaries[id] = nil
	}
	f.dictionaries[id] = append(f.dictionaries[id][:len(f.dictionaries[id]):len(f.dictionaries[id])], columns[0])
	return nil
}

// Bytes returns a row's value as typed data, and false for a null. Only a column that is not within a list or map has one.
func (l *Leaf) Bytes(row int) ([]byte, bool) {
	batches := l.file.batches
	i := sort.Search(len(batches), func(i int) bool { return batches[i].first > row }) - 1
	return batches[i].columns[l.column].bytes(row - batches[i].first)
}
