package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/table/parquet"
)

// Write writes the header and the given records, in that order, in the file's own format. edits holds new values by row and
// column; it may be nil.
//
// Text formats keep all other bytes: quotes, spaces, the order of keys, line breaks, and whatever lies between two consecutive
// records, so that writing all rows in order reproduces the file. A JSON value that is not a string stays so if it
// can. The value of a path is changed inside of its object, which must have it. Parquet keeps its schema and metadata, a text its
// encoding.
//
// An edit that the format or the type of the column does not allow is a *fault.Bad. w may have received some records by then.
func (t *Table) Write(w io.Writer, rows []int, edits map[int]map[string]string) error {
	for _, row := range rows {
		if row < 0 || row >= t.Len() {
			return fmt.Errorf("%s: no row %d; there are %d, counted from 0", t.File, row, t.Len())
		}
		for column, value := range edits[row] {
			if err := t.check(column); err != nil {
				return err
			}
			if err := t.encodable(value); err != nil {
				return t.Fault(row, fmt.Sprintf("column %q: the new value %q: %v", column, value, err))
			}
			if !utf8.ValidString(value) {
				return t.Fault(row, fmt.Sprintf("column %q: the new value %q is not UTF-8", column, value))
			}
		}
	}
	if t.shards != nil {
		return t.writeShards(w, rows, edits)
	}
	if err := t.writable(); err != nil {
		return err
	}
	if t.parquet != nil {
		return parquet.Write(w, []parquet.Part{t.parquetPart(rows, edits)})
	}
	encoded := t.writer(w)
	out := bufio.NewWriterSize(encoded, 1<<16)
	out.WriteString(t.text[:t.head]) // errors surface at the flush
	previous := -1
	for _, row := range rows {
		if row == previous+1 {
			out.WriteString(t.between(previous))
		} else {
			out.WriteString(t.separator(previous))
		}
		record, err := t.edited(row, edits[row])
		if err != nil {
			return err
		}
		out.WriteString(record)
		previous = row
	}
	if previous == t.Len()-1 || t.isArray() {
		out.WriteString(t.between(t.Len() - 1))
	} else {
		out.WriteString(t.lineEnd(previous))
	}
	err := errors.Join(out.Flush(), encoded.Close())
	if wrong := t.encodable(t.text); err != nil && wrong != nil { // some bytes are read as characters that no bytes stand for
		return fault.At(t.File, 0, "cannot be written again: "+wrong.Error())
	}
	return err
}

// separator returns what separates a record (-1: the header) from one that does not follow it in the file.
func (t *Table) separator(row int) string {
	switch {
	case !t.isArray():
		return t.lineEnd(row)
	case row < 0:
		return ""
	case t.Len() == 1:
		return ","
	}
	return t.between(0)
}

// between returns the text between a record (-1: the header) and the next: its line break, and empty lines.
func (t *Table) between(row int) string {
	start, end := t.head, len(t.text)
	if row >= 0 {
		start = t.records[row].end
	}
	if row+1 < len(t.records) {
		end = t.records[row+1].start
	}
	return t.text[start:end]
}

// lineEnd returns the line break after a record (-1: after the header). If the file ends without one, it is that of the line
// before, unless a carriage return at the end of the record would become part of it.
func (t *Table) lineEnd(row int) string {
	if row < 0 && !t.headed {
		return ""
	}
	if row < 0 && strings.HasSuffix(t.text[:t.head], "\r") || row >= 0 && strings.HasSuffix(t.record(row), "\r") {
		return "\r\n"
	}
	for ; row >= -1; row-- {
		for _, end := range []string{"\n", "\r\n"} {
			if strings.HasPrefix(t.between(row), end) {
				return end
			}
		}
	}
	return "\n"
}

// Header returns what precedes the records of a text: a byte order mark, and the header with its line break. It is "" if there
// is neither, and for Parquet.
func (t *Table) Header() string { return t.text[:t.head] + t.lineEnd(-1) }

// Raw returns a record's bytes with a line break, which is added if the file ends without one. For Parquet it is "".
func (t *Table) Raw(row int) string {
	if t.columnar != nil {
		return ""
	}
	p, end := t.records[row], t.lineEnd(row)
	if strings.HasPrefix(t.text[p.end:], end) {
		return t.text[p.start : p.end+len(end)]
	}
	return t.record(row) + end
}

// edited returns a record with new values.
func (t *Table) edited(row int, values map[string]string) (string, error) {
	record := t.record(row)
	if len(values) == 0 {
		return record, nil
	}
	found := map[string]span{}
	for column := range values {
		raw, wrong := t.finder(column)(record)
		if wrong == "" && raw.start < 0 && !slices.Contains(t.Columns, column) {
			wrong = fmt.Sprintf("the record has no %q, so it cannot be changed", column)
		}
		if wrong != "" {
			return "", t.Fault(row, wrong)
		}
		if raw.start >= 0 {
			found[column] = raw
		}
	}
	// Backwards, so that the spans before an edit stay valid.
	later := func(a, b string) int { return found[b].start - found[a].start }
	result := record
	for _, column := range slices.SortedFunc(maps.Keys(found), later) {
		raw := found[column]
		if old, ok := t.syntax.value(raw.of(record)); ok && old == values[column] {
			continue
		}
		text, err := t.syntax.form(t, raw.of(record), values[column])
		if err != nil {
			return "", t.Fault(row, fmt.Sprintf("column %q: %v", column, err))
		}
		result = result[:raw.start] + text + result[raw.end:]
	}
	for _, column := range slices.Sorted(maps.Keys(values)) {
		if _, ok := found[column]; !ok {
			result = t.syntax.add(result, column, values[column])
		}
	}
	return result, nil
}
