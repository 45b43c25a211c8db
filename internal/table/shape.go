package table

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Shape tells how a file was read.
type Shape struct {
	Format    string   `json:"format"`
	Delimiter string   `json:"delimiter,omitempty"` // of CSV and TSV, as its header and quoting
	Header    *bool    `json:"header,omitempty"`
	Quoting   string   `json:"quoting,omitempty"`
	Encoding  string   `json:"encoding,omitempty"` // of a text
	LineEnd   string   `json:"line_end,omitempty"` // "cr" for lone carriage returns; "" for line feeds, with or without them
	Given     []string `json:"given,omitempty"`    // the options that were given; the others follow from the name and the content
}

// Shape returns how the file was read.
func (t *Table) Shape() Shape {
	s := Shape{Format: t.Format}
	if t.parquet == nil {
		s.Encoding = t.encodingName
	}
	if t.returns {
		s.LineEnd = "cr"
	}
	if d, ok := t.syntax.(delimited); ok && d.delimiter != "\n" {
		s.Delimiter, s.Header, s.Quoting = d.delimiter, &d.header, QuotingNone
		if d.quoted {
			s.Quoting = QuotingCSV
		}
	}
	o := t.options
	for _, option := range []struct {
		name  string
		given bool
	}{{"format", o.Format != ""}, {"delimiter", o.Delimiter != "" && !t.declared}, {"header", o.Header != nil}, {"quoting", o.Quoting != ""},
		{"encoding", o.Encoding != ""}} {
		if option.given {
			s.Given = append(s.Given, option.name)
		}
	}
	return s
}

// String describes a shape in a line, such as "tab-separated, header, quotes are text".
func (s Shape) String() string {
	parts := []string{map[string]string{JSONL: "JSON, one object a line", JSON: "a JSON list of objects",
		Text: "plain text, one value a line", Parquet: "Parquet", Arrow: "Arrow"}[s.Format]}
	if s.Delimiter != "" {
		parts[0] = fmt.Sprintf("separated by %q", s.Delimiter)
		if name := delimiterNames[s.Delimiter]; name != "" {
			parts[0] = name + "-separated"
		}
		parts = append(parts, map[bool]string{true: "header", false: "no header, columns by number"}[*s.Header],
			map[string]string{QuotingCSV: "values may be quoted", QuotingNone: "quotes are text"}[s.Quoting])
	}
	if s.Encoding != "" && s.Encoding != "utf-8" {
		parts = append(parts, s.Encoding)
	}
	if s.LineEnd != "" {
		parts = append(parts, "lines end in carriage returns")
	}
	return strings.Join(parts, ", ")
}

// hint returns what may be wrong with the shape of a table that lacks a column; "" = nothing.
func (t *Table) hint() string {
	d, ok := t.syntax.(delimited)
	switch {
	case !ok:
		return ""
	case d.delimiter == "\n":
		return "; each line of the file is a text: if it is a table, " + t.options.Set("delimiter", "\t") + " or another delimiter"
	case d.header && len(t.Columns) == 1:
		for _, delimiter := range delimiters {
			if delimiter != d.delimiter && strings.Contains(t.Columns[0], delimiter) {
				return fmt.Sprintf("; if %s separates them: %s", called(delimiter), t.options.Set("delimiter", delimiter))
			}
		}
	case !d.header && t.options.Header != nil:
		return "; without a header columns are named by number"
	}
	return ""
}

// question adds warnings about a header that looks like an example and about quotes that are read as text, unless the options
// settle them.
func (t *Table) question() {
	d, ok := t.syntax.(delimited)
	if !ok || d.delimiter == "\n" {
		return
	}
	if d.header && t.options.Header == nil {
		if reason := t.headerless(); reason != "" {
			t.Warnings = append(t.Warnings, fmt.Sprintf("the first row was taken for the header, but it looks like an example: %s; "+
				"%s reads it as one, %s confirms the header", reason, t.options.Set("header", "false"), t.options.Set("header", "true")))
		}
	}
	if !d.quoted && t.options.Quoting == "" {
		if wrapped, doubled, first := t.wrapped(d); wrapped > 0 {
			t.Warnings = append(t.Warnings, fmt.Sprintf("%s in quotes, %d of them with doubled quotes inside (the first on line %d), and quotes "+
				"are read as text; %s takes them off as in CSV, %s confirms them", counted(wrapped, "value is", "values are"), doubled, first,
				t.options.Set("quoting", QuotingCSV), t.options.Set("quoting", QuotingNone)))
		}
	}
}

// The first rows that a header is compared with, and the words from which on a name is more likely a text.
const (
	headerRows = 200
	textWords  = 5
)

// headerless returns why the header looks like an example, "" if it does not.
func (t *Table) headerless() string {
	rows := min(t.Len(), headerRows)
	if rows == 0 || t.numbered() {
		return ""
	}
	recurs, numeric := make([]int, len(t.Columns)), make([]int, len(t.Columns))
	for row := range rows {
		record, column := t.record(row), 0
		t.syntax.each(t, record, func(name string, raw span) {
			value, _ := t.syntax.value(raw.of(record))
			if value == name && value != "" {
				recurs[column]++
			}
			if isNumber(value) {
				numeric[column]++
			}
			column++
		})
	}
	for i, name := range t.Columns {
		switch place := "column " + strconv.Itoa(i+1); {
		case isNumber(name) && numeric[i] == rows:
			return fmt.Sprintf("its %s, %s, is a number as in the rows below", place, name)
		case recurs[i] > 0:
			return fmt.Sprintf("its %s, %s, occurs in %s below", place, short(name), counted(recurs[i], "row", "rows"))
		case len(strings.Fields(name)) >= textWords:
			return fmt.Sprintf("its %s, %s, is a text", place, short(name))
		}
	}
	return ""
}

// numbered reports whether the names of the columns are consecutive numbers from 0 or 1, as pandas names columns without names,
// possibly after one without a name, its index.
func (t *Table) numbered() bool {
	names := t.Columns
	if names[0] == "" {
		names = names[1:]
	}
	if len(names) == 0 {
		return false
	}
	from, err := strconv.Atoi(names[0])
	for i, name := range names {
		if err != nil || from > 1 || name != strconv.Itoa(from+i) {
			return false
		}
	}
	return len(names) > 1
}

func isNumber(value string) bool {
	_, err := strconv.ParseFloat(value, 64)
	return err == nil
}

// short returns a value, quoted and of a length that fits a message.
func short(value string) string {
	const most = 40
	if utf8.RuneCountInString(value) > most {
		value = string([]rune(value)[:most-1]) + "…"
	}
	return strconv.Quote(value)
}

// wrapped counts the values that are written as CSV writes values in quotes, those with doubled quotes inside among them, and
// returns the line of the first.
func (t *Table) wrapped(d delimited) (wrapped, doubled, first int) {
	for row := range t.Len() {
		record := t.record(row)
		if !strings.Contains(record, `"`) {
			continue
		}
		for value := range strings.SplitSeq(record, d.delimiter) {
			if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
				continue
			}
			inside := value[1 : len(value)-1]
			pairs := strings.Count(inside, `""`)
			if strings.Count(inside, `"`) != 2*pairs {
				continue
			}
			if wrapped++; wrapped == 1 {
				first = t.Line(row)
			}
			if pairs > 0 {
				doubled++
			}
		}
	}
	return wrapped, doubled, first
}
