// Package table reads the files that data sets come in (JSONL, JSON, CSV, TSV, plain text, Parquet and Arrow, also packed), with
// the place and the bytes of every record, and writes records again: some of them, or all with corrected values.
//
// It may import internal/fault, internal/input, internal/scalar and the packages below it. Begin with Read, Table
// and Write; a text format is a syntax.
package table

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/scalar"
	"ftft/internal/table/arrow"
	"ftft/internal/table/parquet"
)

// The formats, which are also the file name extensions.
const (
	JSONL   = "jsonl"
	JSON    = "json" // one list of objects
	CSV     = "csv"
	TSV     = "tsv"
	Text    = "txt"
	Parquet = "parquet"
	Arrow   = "arrow"
)

// A Table is a file of records: its text, and where each record lies in it. Values are parsed on demand, so a table takes
// little more memory than its file. Parquet and Arrow have no text; their rows are kept.
type Table struct {
	File    string
	Format  string   // one of Formats
	Columns []string // JSON and JSONL: all keys with a value in some record, sorted; other formats: in file order
	Note    string   // which columns of the file are missing here, and why; "" if none

	Warnings []string // what may have been read otherwise than its writer meant it, and the option that decides it

	options      Options
	encoding     encoding.Encoding // of the file; nil = UTF-8
	encodingName string
	returns      bool // whether lines end in lone carriage returns, which are line feeds in text

	text     string  // unpacked, in UTF-8
	head     int     // text[:head] precedes the records: byte order mark and header without its line break
	declared bool    // whether the first line of the file names its delimiter
	headed   bool    // whether there is a header
	records  []place // without their line breaks
	syntax   syntax

	columnar *columnar                // the values of a binary format; nil for text
	parquet  *parquet.File            // nil for other formats
	leaves   map[string]*parquet.Leaf // of Columns
	classes  map[string][]string      // the names of the classes of columns

	shards []*Table // the files of a table of several; nil for one file
	starts []int    // the first row of each shard
	rows   int      // of all shards

	unusable map[string]string // columns of the file that are not in Columns: why; see refuse
}

// place is the position of a record in the text.
type place struct{ start, end, line int }

// A syntax reads and writes the records of a text format.
type syntax interface {
	// find sets a table's columns and records from its text, which begins at head.
	find(t *Table) error
	// each visits the values of a record in order. The last value of a duplicate column counts.
	each(t *Table, record string, visit func(column string, raw span))
	// value decodes a value. It returns false for a null.
	value(raw string) (string, bool)
	// kind returns the kind of a value.
	kind(raw string) scalar.Kind
	// form encodes a new value in the style of the old one, raw.
	form(t *Table, raw, value string) (string, error)
	// add appends a value to a record that lacks its column.
	add(record, column, value string) string
}

// span is a range of bytes of a record.
type span struct{ start, end int }

func (s span) of(record string) string { return record[s.start:s.end] }

// Read reads a file, a folder of one data set (what save_to_disk wrote, or shards), or the files that match a pattern, in the order of
// their names. An unreadable or malformed file is a *fault.Bad.
func Read(path string) (*Table, error) { return ReadWith(path, Options{}) }

// Parse reads the content of a file with the given name. Packed content (gzip, zstd) is unpacked. Content decides whether a
// file is Parquet, or JSONL or JSON unless the name says plain text; the name decides the other formats.
func Parse(name, text string) (*Table, error) { return ParseWith(name, text, Options{}) }

// ParseWith is Parse with options.
func ParseWith(name, text string, o Options) (*Table, error) {
	content, err := input.Unpack(name, text)
	if err != nil {
		return nil, err
	}
	return parseUnpacked(name, content, o)
}

// parseUnpacked is ParseWith of unpacked content.
func parseUnpacked(name, text string, o Options) (*Table, error) {
	if err := o.check(name); err != nil {
		return nil, err
	}
	if o.Delimiter != "" {
		o.Delimiter, _ = Delimiter(o.Delimiter)
	}
	t := &Table{File: name, text: text, options: o}
	if o.Format == Parquet || o.Format == "" && isParquet(name, text) {
		t.Format = Parquet
		if err := o.unfit(Parquet); err != nil {
			return nil, fault.At(name, 0, err.Error())
		}
		return t, t.readParquet()
	}
	if o.Format == Arrow || o.Format == "" && arrow.Is(text) {
		t.Format = Arrow
		if err := o.unfit(Arrow); err != nil {
			return nil, fault.At(name, 0, err.Error())
		}
		return t, t.readArrow()
	}
	if err := t.decode(); err != nil {
		return nil, err
	}
	if t.returns = !strings.Contains(t.text, "\n") && strings.Contains(t.text, "\r"); t.returns {
		t.text = strings.ReplaceAll(t.text, "\r", "\n")
	}
	t.head = len(t.text) - len(t.content())
	first := strings.TrimSpace(t.content())
	if first == "" {
		return nil, fault.At(name, 0, "the file is empty")
	}
	ending := Ending(name)
	told := o.Format != "" || o.Delimiter != "" || o.Header != nil || o.Quoting != ""
	delimited := o.delimitedFormat(ending)
	switch {
	case o.Format == JSON || !told && ending != ".txt" && (isList(first) || first[0] == '[' && slices.Contains(jsonEndings, ending)):
		t.Format, t.syntax = JSON, jsonArray{}
	case o.Format == JSONL || !told && first[0] == '{' && ending != ".txt" || o.Format == "" && slices.Contains(jsonEndings, ending):
		t.Format, t.syntax = JSONL, jsonl{}
	case delimited != "":
		t.Format = delimited
		t.syntax = t.dialect()
	default:
		return nil, fault.At(name, 0, "unrecognised format; supported: .jsonl, .json, .csv, .tsv, .txt, .parquet and .arrow; "+
			o.key("format")+" names that of a file with another name")
	}
	if err := o.unfit(t.Format); err != nil {
		return nil, fault.At(name, 0, err.Error())
	}
	if err := t.syntax.find(t); err != nil {
		return t, err
	}
	t.question()
	return t, nil
}

// jsonEndings are the extensions of files of JSON, in lines or in one list.
var jsonEndings = []string{".jsonl", ".ndjson", ".json"}

// isList reports whether a text begins as a JSON list of objects does.
func isList(first string) bool {
	if first[0] != '[' {
		return false
	}
	at := space(first, 1)
	return at < len(first) && (first[at] == '{' || first[at] == ']')
}

// content returns the text without its byte order mark.
func (t *Table) content() string { return strings.TrimPrefix(t.text, mark) }

// Ending returns the extension of a file name in lower case, with the dot and without that of packing (.gz, .zst).
func Ending(name string) string {
	ending := strings.ToLower(filepath.Ext(name))
	if ending == ".gz" || ending == ".zst" {
		return strings.ToLower(filepath.Ext(name[:len(name)-len(ending)]))
	}
	return ending
}

// Len is the number of records.
func (t *Table) Len() int {
	if t.shards != nil {
		return t.rows
	}
	if t.columnar != nil {
		return t.columnar.rows
	}
	return len(t.records)
}

// Line returns the line of the file, from 1, on which a record begins; for Parquet and Arrow, the record's number, from 1.
func (t *Table) Line(row int) int {
	if t.shards != nil {
		shard, row := t.shard(row)
		return shard.Line(row)
	}
	if t.columnar != nil {
		return row + 1
	}
	return t.records[row].line
}

// Place returns where a record is: "line 3", or "row 3" of Parquet and Arrow, and of which file if there are several.
func (t *Table) Place(row int) string {
	if t.shards != nil {
		shard, row := t.shard(row)
		return shard.Place(row) + " of " + filepath.Base(shard.File)
	}
	if t.columnar != nil {
		return fmt.Sprintf("row %d", t.Line(row))
	}
	return fmt.Sprintf("line %d", t.Line(row))
}

// Fault returns an error about a record, with its place.
func (t *Table) Fault(row int, message string) *fault.Bad {
	if t.shards != nil {
		shard, row := t.shard(row)
		return shard.Fault(row, message)
	}
	if t.columnar != nil {
		return fault.At(t.File, 0, t.Place(row)+": "+message)
	}
	return fault.At(t.File, t.Line(row), message)
}

// Fields returns a record's values by column, as text: numbers with the digits of the file, lists and objects as JSON. Nulls,
// NaN, Infinity and columns that a JSONL record lacks are absent. Of a column that occurs twice, the last value counts. The caller
// owns the map.
func (t *Table) Fields(row int) map[string]string {
	if t.shards != nil {
		shard, row := t.shard(row)
		return shard.Fields(row)
	}
	return t.Cursor().Fields(row)
}

// Find returns a function for one column that returns the text of a row's value, and whether there is one. An unknown column, and one
// that occurs twice in a record, is a *fault.Bad. Column tells more of a value.
func (t *Table) Find(column string) (func(row int) (string, bool), error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	for row := range t.Len() {
		if t.columnar != nil { // only text can have a column twice in a record
			break
		}
		if _, err := c.Value(row); err != nil {
			return nil, err
		}
	}
	return func(row int) (string, bool) {
		v, _ := c.value(row)
		if v.Kind == scalar.Null || v.Kind == scalar.NotFinite {
			return "", false
		}
		return v.Text, true
	}, nil
}

// refuse notes a column that is in the file and cannot be read. why continues "the column is there, but ".
func (t *Table) refuse(column, why string) {
	if t.unusable == nil {
		t.unusable = map[string]string{}
	}
	t.unusable[column] = why
}

// record returns a record's bytes.
func (t *Table) record(row int) string { return t.text[t.records[row].start:t.records[row].end] }

// eachLine visits the lines of a text from an offset on, without their line breaks. A line break at the end is followed by an
// empty line.
func eachLine(text string, from int, visit func(place) error) error {
	for line := 1 + strings.Count(text[:from], "\n"); ; line++ {
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

// isParquet reports whether content is Parquet by its name, or by the magic at both ends, or by the magic at the start of binary data.
func isParquet(name, text string) bool {
	framed := len(text) >= parquet.Least && strings.HasSuffix(text, parquet.Magic)
	return Ending(name) == ".parquet" || strings.HasPrefix(text, parquet.Magic) && (framed || !utf8.ValidString(text))
}
