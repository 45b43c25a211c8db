package table

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Write writes records, in that order, in the file's own format, behind its header. edits, by row and column, are values
// to write in the place of others; it may be nil. Of text, everything else keeps its bytes: quotes, spaces, the order of
// keys, lines' ends, and whatever is between two records that are written one after the other, so that all rows in their
// order are the file again. A value of JSONL that is no string stays none where it can. Parquet keeps its schema and its
// metadata. An edit that the format, or the column's type, cannot have is a *fault.Bad; w may have a part of the
// records then.
func (t *Table) Write(w io.Writer, rows []int, edits map[int]map[string]string) error {
	for _, row := range rows {
		if row < 0 || row >= t.Len() {
			return fmt.Errorf("%s: there is no row %d among %d, counted from 0", t.File, row, t.Len())
		}
		for column, value := range edits[row] {
			if err := t.check(column); err != nil {
				return err
			}
			if !utf8.ValidString(value) {
				return t.Fault(row, fmt.Sprintf("column %q: the new value %q is not UTF-8", column, value))
			}
		}
	}
	if t.parquet != nil {
		return t.writeParquet(w, rows, edits)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString(t.text[:t.head]) // errors are kept until the flush
	previous := -1
	for _, row := range rows {
		if row == previous+1 {
			out.WriteString(t.between(previous))
		} else {
			out.WriteString(t.lineEnd(previous))
		}
		record, err := t.edited(row, edits[row])
		if err != nil {
			return err
		}
		out.WriteString(record)
		previous = row
	}
	if previous == t.Len()-1 {
		out.WriteString(t.between(previous))
	} else {
		out.WriteString(t.lineEnd(previous))
	}
	return out.Flush()
}

// between is the text from the end of a record (-1: of the header) to the beginning of the next one: its line's end, and
// empty lines.
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

// lineEnd is the end of a record's last line (-1: of the header's); where the file ends without one, that of the line
// before, unless it would take a carriage return of the record for its own.
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

// Header is what goes before the records of a text: a byte order mark, and the header with its line's end; "" where there
// is neither. Of Parquet it is "".
func (t *Table) Header() string { return t.text[:t.head] + t.lineEnd(-1) }

// Raw is a record's bytes as they are in the file, with its line's end: added to the one where the file ends without it.
// Parquet has none: "".
func (t *Table) Raw(row int) string {
	if t.parquet != nil {
		return ""
	}
	p, end := t.records[row], t.lineEnd(row)
	if strings.HasPrefix(t.text[p.end:], end) {
		return t.text[p.start : p.end+len(end)]
	}
	return t.record(row) + end
}

// edited is a record with new values in the place of others.
func (t *Table) edited(row int, values map[string]string) (string, error) {
	record := t.record(row)
	if len(values) == 0 {
		return record, nil
	}
	found := map[string]span{}
	t.syntax.each(t, record, func(column string, raw span) {
		if _, ok := values[column]; ok {
			found[column] = raw
		}
	})
	// From the last on, so that what is found keeps its place.
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
