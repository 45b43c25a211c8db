package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// delimited has values in the order of the columns, separated by a character: a comma in CSV, where values may be quoted; a tab
// in TSV, where quotes are part of the text; a line break, which never occurs, in plain text, where each line is one value.
type delimited struct{ comma byte }

func (d delimited) find(t *Table) error {
	switch d.comma {
	case ',':
		return t.findCSV()
	case '\t':
		return t.findTSV()
	}
	t.Columns = []string{"text"}
	return eachLine(strings.TrimSuffix(t.text, "\n"), t.head, func(p place) error {
		t.records = append(t.records, p)
		return nil
	})
}

// findCSV accepts what encoding/csv accepts. Empty lines are neither records nor a header.
func (t *Table) findCSV() error {
	begin := t.head
	reader := csv.NewReader(strings.NewReader(t.text[begin:]))
	reader.ReuseRecord = true
	for at := begin; ; at = begin + int(reader.InputOffset()) {
		fields, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			message := parse.Err.Error()
			if errors.Is(err, csv.ErrFieldCount) {
				message = fmt.Sprintf("wrong number of fields: %d, the header has %d", len(fields), len(t.Columns))
			}
			return fault.At(t.File, parse.StartLine, message)
		} else if err != nil {
			return err
		}
		for t.text[at] == '\n' || strings.HasPrefix(t.text[at:], "\r\n") {
			at++
		}
		end := begin + int(reader.InputOffset())
		end -= len(t.text[at:end]) - len(strings.TrimSuffix(t.text[at:end], "\n"))
		end -= len(t.text[at:end]) - len(strings.TrimSuffix(t.text[at:end], "\r"))
		if !t.headed {
			t.headed, t.head, t.Columns = true, end, slices.Clone(fields)
			continue
		}
		line, _ := reader.FieldPos(0)
		t.records = append(t.records, place{at, end, line})
	}
}

// findTSV takes every line as a record except empty ones at the end of the file.
func (t *Table) findTSV() error {
	text := t.text
	for rest := strings.TrimSuffix(text, "\r"); strings.HasSuffix(rest, "\n"); rest = strings.TrimSuffix(text, "\r") {
		text = strings.TrimSuffix(rest, "\n")
	}
	return eachLine(text, t.head, func(p place) error {
		line := t.text[p.start:p.end]
		if !t.headed {
			t.headed, t.head, t.Columns = true, p.end, strings.Split(line, "\t")
			return nil
		}
		if fields := strings.Count(line, "\t") + 1; fields != len(t.Columns) {
			return fault.At(t.File, p.line, fmt.Sprintf("%d fields, the header has %d", fields, len(t.Columns)))
		}
		t.records = append(t.records, p)
		return nil
	})
}

func (d delimited) each(t *Table, record string, visit func(column string, raw span)) {
	at := 0
	for _, column := range t.Columns {
		end := d.after(record, at)
		visit(column, span{at, end})
		at = end + 1
	}
}

// after returns where the value that begins at an offset ends.
func (d delimited) after(record string, at int) int {
	if d.comma == ',' && strings.HasPrefix(record[at:], `"`) {
		for at++; ; at++ { // a doubled quote is part of the value, a single one ends it
			at += strings.IndexByte(record[at:], '"') + 1
			if !strings.HasPrefix(record[at:], `"`) {
				return at
			}
		}
	}
	if length := strings.IndexByte(record[at:], d.comma); length >= 0 {
		return at + length
	}
	return len(record)
}

func (delimited) kind(string) scalar.Kind { return scalar.Text }

func (d delimited) value(raw string) (string, bool) {
	if d.comma != ',' || !strings.HasPrefix(raw, `"`) {
		return raw, true
	}
	return strings.ReplaceAll(strings.ReplaceAll(raw[1:len(raw)-1], `""`, `"`), "\r\n", "\n"), true
}

// form keeps the quotes of a CSV value and adds quotes to one that needs them.
func (d delimited) form(t *Table, raw, value string) (string, error) {
	if d.comma != ',' {
		if strings.ContainsAny(value, "\r\n"+string(d.comma)) {
			return "", fmt.Errorf("the new value %q has a tab or a line break, which a .%s file cannot hold", value, t.Format)
		}
		return value, nil
	}
	empty := value == "" && len(t.Columns) == 1 // otherwise the record would be an empty line
	if empty || strings.HasPrefix(raw, `"`) || strings.ContainsAny(value, ",\"\r\n") {
		return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`, nil
	}
	return value, nil
}

func (delimited) add(record, column, _ string) string {
	panic("column " + column + " is missing in " + record) // every record has all columns
}
