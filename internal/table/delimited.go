package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// delimited has values in the order of the columns, separated by a character. In plain text it is a line break, which a line
// never has, so that each line is one value.
type delimited struct {
	delimiter string
	quoted    bool // values may be quoted as in CSV; otherwise quotes are part of the text
	header    bool // the first record names the columns; otherwise their names are "1", "2", ...
}

func (d delimited) find(t *Table) error {
	switch {
	case d.quoted:
		return d.findQuoted(t)
	case d.delimiter != "\n":
		return d.findUnquoted(t)
	}
	t.Columns = []string{"text"}
	return eachLine(strings.TrimSuffix(t.text, "\n"), t.head, func(p place) error {
		t.records = append(t.records, p)
		return nil
	})
}

// reader returns a reader of quoted records.
func (d delimited) reader(text string) *csv.Reader {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, _ = utf8.DecodeRuneInString(d.delimiter)
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	return reader
}

// findQuoted accepts what encoding/csv accepts. Blank lines are neither records nor a header.
func (d delimited) findQuoted(t *Table) error {
	begin := t.head
	before := strings.Count(t.text[:begin], "\n")
	reader := d.reader(t.text[begin:])
	for at := begin; ; at = begin + int(reader.InputOffset()) {
		fields, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			return fault.At(t.File, before+parse.StartLine, d.misquoted(t, at, parse.Err))
		} else if err != nil {
			return err
		}
		for t.text[at] == '\n' || strings.HasPrefix(t.text[at:], "\r\n") {
			at++
		}
		end := begin + int(reader.InputOffset())
		end -= len(t.text[at:end]) - len(strings.TrimSuffix(t.text[at:end], "\n"))
		end -= len(t.text[at:end]) - len(strings.TrimSuffix(t.text[at:end], "\r"))
		line, _ := reader.FieldPos(0)
		line += before
		if len(t.Columns) != 1 && d.blank(t.text[at:end]) {
			continue
		}
		if t.Columns == nil {
			if t.Columns = d.columns(fields); d.header {
				t.headed, t.head = true, end
				continue
			}
		}
		if len(fields) != len(t.Columns) {
			return fault.At(t.File, line, d.wrongCount(t, at, len(fields)))
		}
		t.records = append(t.records, place{at, end, line})
	}
}

// blank reports whether a line has nothing but spaces, no delimiters either. pandas skips such lines as well.
func (d delimited) blank(line string) bool {
	return strings.Trim(line, " \t\r") == "" && !strings.Contains(line, d.delimiter)
}

// findUnquoted takes every line as a record except blank ones, which in a table of one column count unless the file ends with them.
func (d delimited) findUnquoted(t *Table) error {
	text := withoutEmptyLines(t.text)
	return eachLine(text, min(t.head, len(text)), func(p place) error {
		line := t.text[p.start:p.end]
		if len(t.Columns) != 1 && d.blank(line) {
			return nil
		}
		fields := strings.Count(line, d.delimiter) + 1
		if t.Columns == nil {
			if t.Columns = d.columns(strings.Split(line, d.delimiter)); d.header {
				t.headed, t.head = true, p.end
				return nil
			}
		}
		if fields != len(t.Columns) {
			return fault.At(t.File, p.line, d.wrongCount(t, p.start, fields))
		}
		t.records = append(t.records, p)
		return nil
	})
}

// withoutEmptyLines returns a text without empty lines at its end.
func withoutEmptyLines(text string) string {
	for rest := strings.TrimSuffix(text, "\r"); strings.HasSuffix(rest, "\n"); rest = strings.TrimSuffix(text, "\r") {
		text = strings.TrimSuffix(rest, "\n")
	}
	return text
}

// columns returns the names of the columns, given the first record.
func (d delimited) columns(first []string) []string {
	if d.header {
		return slices.Clone(first)
	}
	return numbers(len(first))
}

// numbers returns the names of n columns without names: "1", "2", ...
func numbers(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i + 1)
	}
	return names
}

func (d delimited) each(t *Table, record string, visit func(column string, raw span)) {
	at := 0
	for _, column := range t.Columns {
		end := d.after(record, at)
		visit(column, span{at, end})
		at = end + len(d.delimiter)
	}
}

// after returns where the value that begins at an offset ends.
func (d delimited) after(record string, at int) int {
	if d.quoted && strings.HasPrefix(record[at:], `"`) {
		for at++; ; at++ { // a doubled quote is part of the value, a single one ends it
			at += strings.IndexByte(record[at:], '"') + 1
			if !strings.HasPrefix(record[at:], `"`) {
				return at
			}
		}
	}
	if length := strings.Index(record[at:], d.delimiter); length >= 0 {
		return at + length
	}
	return len(record)
}

func (delimited) kind(string) scalar.Kind { return scalar.Text }

func (d delimited) value(raw string) (string, bool) {
	if !d.quoted || !strings.HasPrefix(raw, `"`) {
		return raw, true
	}
	return strings.ReplaceAll(strings.ReplaceAll(raw[1:len(raw)-1], `""`, `"`), "\r\n", "\n"), true
}

// form keeps the quotes of a quoted value and adds quotes to one that needs them.
func (d delimited) form(t *Table, raw, value string) (string, error) {
	if !d.quoted {
		if d.delimiter == "\n" && strings.ContainsAny(value, "\r\n") {
			return "", fmt.Errorf("the new value %q has a line break, which plain text cannot hold", value)
		}
		if strings.ContainsAny(value, "\r\n"+d.delimiter) {
			return "", fmt.Errorf("the new value %q has %s or a line break, which a file cannot hold where quotes are text", value,
				called(d.delimiter))
		}
		return value, nil
	}
	empty := value == "" && len(t.Columns) == 1 // otherwise the record would be an empty line
	if empty || strings.HasPrefix(raw, `"`) || strings.ContainsAny(value, "\"\r\n"+d.delimiter) {
		return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`, nil
	}
	return value, nil
}

func (delimited) add(record, column, _ string) string {
	panic("column " + column + " is missing in " + record) // every record has all columns
}
