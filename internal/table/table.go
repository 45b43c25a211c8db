// Package table reads the files that data sets come in (JSONL, CSV, TSV, plain text and Parquet; packed ones too) with
// every record's place and bytes, and writes their records again: a part of them, or all with corrected values.
package table

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/packed"
)

// The formats, as their files' names end.
const (
	JSONL   = "jsonl"
	CSV     = "csv"
	TSV     = "tsv"
	Text    = "txt"
	Parquet = "parquet"
)

// A Table is a file of records as read: its text, and where in it each record is. Values are found when they are asked
// for, so that a table takes little more memory than its file. Those of Parquet, which has no text, are kept.
type Table struct {
	File    string
	Format  string   // JSONL, CSV, TSV, Text or Parquet
	Columns []string // of JSONL: every key that has a value somewhere, sorted; of others in the file's order
	Note    string   // which columns of the file are not among these, and why; "" where all are

	text    string  // unpacked
	head    int     // text[:head] goes before the records: the byte order mark, and the header without its line's end
	headed  bool    // there is a header
	records []place // the records' own bytes, without their lines' ends
	syntax  syntax
	parquet *parquetRows
}

// place is where in the text a record is.
type place struct{ start, end, line int }

// A syntax is how the records of a text format are written.
type syntax interface {
	// find finds a table's columns and its records in its text, which begins at head.
	find(t *Table) error
	// each visits the values of a record in their order. Where a column is there twice, the last counts.
	each(t *Table, record string, visit func(column string, raw span))
	// value is what a value's bytes stand for; false for a null.
	value(raw string) (string, bool)
	// form gives the bytes of a new value in the place of others.
	form(t *Table, raw, value string) (string, error)
	// add gives a record a value of a column that it lacks.
	add(record, column, value string) string
}

// span is bytes of a record.
type span struct{ start, end int }

func (s span) of(record string) string { return record[s.start:s.end] }

// Read reads a file whole. What cannot be read, and whatever is wrong in it, is a *fault.Bad.
func Read(path string) (*Table, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, fault.At(path, 0, cause(err))
	}
	return Parse(path, text)
}

func readFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var text strings.Builder
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		text.Grow(int(info.Size()))
	}
	_, err = io.Copy(&text, file)
	return text.String(), err
}

// cause is what went wrong with a file, without its name.
func cause(err error) string {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// Parse reads the content of a file of that name. Packed content (gzip, zstd) is unpacked. Parquet is told by its
// content, and so is JSONL unless the name says that each line is a text; CSV, TSV and plain text by the name.
func Parse(name, text string) (*Table, error) {
	text, err := packed.Unpack(name, text)
	if err != nil {
		return nil, err
	}
	t := &Table{File: name, text: text}
	if isParquet(name, text) {
		t.Format = Parquet
		return t, t.readParquet()
	}
	t.head = len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	first := strings.TrimSpace(text[t.head:])
	if first == "" {
		return nil, fault.At(name, 0, "the file is empty")
	}
	if line := invalidLine(text); line > 0 {
		return nil, fault.At(name, line, "not UTF-8; convert the file, for instance with: iconv -f latin1 -t utf-8")
	}
	switch ending := Ending(name); {
	case ending == ".txt":
		t.Format, t.syntax = Text, delimited{'\n'}
	case first[0] == '{' || ending == ".jsonl" || ending == ".ndjson":
		t.Format, t.syntax = JSONL, jsonl{}
	case ending == ".csv":
		t.Format, t.syntax = CSV, delimited{','}
	case ending == ".tsv":
		t.Format, t.syntax = TSV, delimited{'\t'}
	case first[0] == '[':
		return nil, fault.At(name, 0, "a JSON array; JSONL has an object a line: jq -c '.[]' makes it of the array")
	default:
		return nil, fault.At(name, 0, "of no format known by its name; there are .jsonl, .csv, .tsv, .txt and .parquet")
	}
	return t, t.syntax.find(t)
}

// Ending is how a file's name ends, in lower case and with the dot, that of packing (.gz, .zst) left out.
func Ending(name string) string {
	ending := strings.ToLower(filepath.Ext(name))
	if ending == ".gz" || ending == ".zst" {
		return strings.ToLower(filepath.Ext(name[:len(name)-len(ending)]))
	}
	return ending
}

// invalidLine is the first line that is not UTF-8, 0 if all are.
func invalidLine(text string) int {
	if utf8.ValidString(text) {
		return 0
	}
	line := 1
	for i, r := range text {
		if r == '\n' {
			line++
		}
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			break
		}
	}
	return line
}

// Len is the number of records.
func (t *Table) Len() int {
	if t.parquet != nil {
		return len(t.parquet.rows)
	}
	return len(t.records)
}

// Line is the line of the file, from 1, on which a record begins; of Parquet, the record's number, from 1.
func (t *Table) Line(row int) int {
	if t.parquet != nil {
		return row + 1
	}
	return t.records[row].line
}

// Place says where a record is: "line 3", or of Parquet "row 3".
func (t *Table) Place(row int) string {
	if t.parquet != nil {
		return fmt.Sprintf("row %d", t.Line(row))
	}
	return fmt.Sprintf("line %d", t.Line(row))
}

// Fault is what is wrong with a record, with its place.
func (t *Table) Fault(row int, message string) *fault.Bad {
	if t.parquet != nil {
		return fault.At(t.File, 0, t.Place(row)+": "+message)
	}
	return fault.At(t.File, t.Line(row), message)
}

// Fields gives a record's values by column, as text: numbers with the digits that they have, lists and objects as JSON.
// A null is absent, as is what a record of JSONL lacks. The map is the caller's.
func (t *Table) Fields(row int) map[string]string {
	if t.parquet != nil {
		return t.parquet.fields(row)
	}
	record := t.record(row)
	fields := make(map[string]string, len(t.Columns))
	t.syntax.each(t, record, func(column string, raw span) {
		if value, ok := t.syntax.value(raw.of(record)); ok {
			fields[column] = value
		} else {
			delete(fields, column)
		}
	})
	return fields
}

// Find gives access to one column's values: the text of a row's, as Fields has it, and whether there is one. Of a column
// that the table lacks it is a *fault.Bad.
func (t *Table) Find(column string) (func(row int) (string, bool), error) {
	if err := t.check(column); err != nil {
		return nil, err
	}
	if t.parquet != nil {
		return t.parquet.column(column), nil
	}
	return func(row int) (string, bool) {
		record := t.record(row)
		found := span{-1, -1}
		t.syntax.each(t, record, func(name string, raw span) {
			if name == column {
				found = raw
			}
		})
		if found.start < 0 {
			return "", false
		}
		return t.syntax.value(found.of(record))
	}, nil
}

// check says which columns there are where that is not among them.
func (t *Table) check(column string) error {
	if slices.Contains(t.Columns, column) {
		return nil
	}
	return fault.At(t.File, 0, fmt.Sprintf("no column %q; there are %q", column, t.Columns))
}

// record is a record's own bytes.
func (t *Table) record(row int) string { return t.text[t.records[row].start:t.records[row].end] }

// eachLine visits the lines of a text from a byte on: where each begins, and where it ends without its end. After the
// last line's end there is one more, an empty one.
func eachLine(text string, from int, visit func(place) error) error {
	for line := 1; ; line++ {
		end, next := len(text), -1
		if at := strings.IndexByte(text[from:], '\n'); at >= 0 {
			end, next = from+at, from+at+1
		}
		if end > from && text[end-1] == '\r' {
			end--
		}
		if err := visit(place{from, end, line}); err != nil || next < 0 {
			return err
		}
		from = next
	}
}

// isParquet says whether content is Parquet's: its magic is at both ends, or at the first of what is no text.
func isParquet(name, text string) bool {
	framed := len(text) >= leastParquet && strings.HasSuffix(text, magic)
	return Ending(name) == ".parquet" || strings.HasPrefix(text, magic) && (framed || !utf8.ValidString(text))
}
