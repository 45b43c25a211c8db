package table

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/limit"
	"ftft/internal/table/parquet"
)

// checkInvariants checks what is true of every readable file and returns the table, nil for an unreadable one.
func checkInvariants(t *testing.T, name, text string) *Table {
	table, err := Parse(name, text)
	if err != nil {
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) {
			t.Fatalf("no *fault.Bad: %v", err)
		}
		return nil
	}
	if got := written(t, table, all(table), nil); got != text {
		t.Fatalf("%q is written as %q", text, got)
	}
	raw := table.Header()
	for i := range table.Len() {
		raw += table.Raw(i)
	}
	if table.Format == JSON {
		raw = written(t, table, all(table), nil)
	}
	// A byte order mark, a magic number or an empty text changes its meaning when it moves to the beginning of a file.
	odd := strings.Count(text, "\ufeff") > 0 || strings.Contains(text, parquet.Magic) ||
		len(table.Columns) == 1 && table.Format != CSV && table.Format != JSONL
	if table.Len() == 0 || odd {
		return table
	}
	want := records(table)
	if got := records(parse(t, name, raw)); !slices.EqualFunc(got, want, maps.Equal) {
		t.Fatalf("%q has %q, its raw records %q have %q", text, want, raw, got)
	}
	rows := all(table)
	slices.Reverse(rows)
	slices.Reverse(want)
	if got := records(parse(t, name, written(t, table, rows, nil))); !slices.EqualFunc(got, want, maps.Equal) {
		t.Fatalf("%q reversed has %q, want %q", text, got, want)
	}
	last := rows[0]
	for _, column := range table.Columns {
		if c, err := table.Column(column); err != nil {
			continue // it occurs twice in the header
		} else if _, err := c.Value(last); err != nil {
			continue // or in the record
		}
		for _, value := range []string{"7", `a "b" é`, "", " x", "a,b\\"} {
			text := written(t, table, rows, map[int]map[string]string{last: {column: value}})
			if strings.TrimSpace(text) == "" {
				continue
			}
			edited := parse(t, name, text)
			fields := maps.Clone(want[0])
			fields[column] = value
			if got := records(edited); !maps.Equal(got[0], fields) || !slices.EqualFunc(got[1:], want[1:], maps.Equal) {
				t.Fatalf("%q with %q = %q has %q", text, column, value, got)
			}
		}
	}
	return table
}

func seeds(f *testing.F, format string) {
	for name, text := range awkward {
		if strings.HasSuffix(name, "."+format) {
			f.Add(text)
		}
	}
}

// FuzzJSONL compares the reader with encoding/json: it finds the same values and refuses the same lines.
func FuzzJSONL(f *testing.F) {
	seeds(f, JSONL)
	f.Fuzz(func(t *testing.T, text string) {
		if isList(strings.TrimSpace(text) + " ") {
			return
		}
		checkCost(t, "a.jsonl", text)
		table := checkInvariants(t, "a.jsonl", text)
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		if table == nil {
			if slices.ContainsFunc(lines, func(line string) bool { return strings.TrimSpace(line) != "" && !isObject(line) }) ||
				!utf8.ValidString(text) {
				return
			}
			if strings.TrimSpace(strings.Join(lines, "")) != "" {
				t.Fatalf("%q was refused", text)
			}
			return
		}
		row := 0
		for i, line := range lines {
			if strings.TrimSpace(line) == "" {
				continue
			}
			checkRecord(t, table, row, withoutLiterals(line))
			if table.Line(row) != i+1 {
				t.Fatalf("row %d is on line %d, want %d", row, table.Line(row), i+1)
			}
			row++
		}
		if row != table.Len() {
			t.Fatalf("%d records, want %d", table.Len(), row)
		}
	})
}

// FuzzJSON compares the records of a list with those of encoding/json.
func FuzzJSON(f *testing.F) {
	seeds(f, JSON)
	f.Add(`[{"a": {"b": [1, {"c": "d"}]}}, {}]`)
	f.Fuzz(func(t *testing.T, text string) {
		checkCost(t, "a.json", text)
		table := checkInvariants(t, "a.json", text)
		if table == nil || table.Format != JSON {
			return
		}
		var want []json.RawMessage
		if err := json.Unmarshal([]byte(withoutLiterals(strings.TrimPrefix(text, "\ufeff"))), &want); err != nil || len(want) != table.Len() {
			t.Fatalf("%q has %d records, want %d, %v", text, table.Len(), len(want), err)
		}
		for row, record := range want {
			checkRecord(t, table, row, string(record))
			if !strings.HasPrefix(strings.Split(text, "\n")[table.Line(row)-1], "\ufeff") &&
				!strings.Contains(strings.Split(text, "\n")[table.Line(row)-1], "{") {
				t.Fatalf("%q: record %d is not on line %d", text, row, table.Line(row))
			}
		}
	})
}

// checkCost reads a file, and each value of its columns and of paths below them, with bounded memory and time.
func checkCost(t *testing.T, name, text string) {
	t.Helper()
	limit.Check(t, 8<<20+1<<10*uint64(len(text)), 5, func() {
		table, err := Parse(name, text)
		if err != nil {
			return
		}
		for _, column := range table.Columns[:min(len(table.Columns), 8)] {
			for _, path := range []string{column, column + ".0", column + ".a.b", "a." + column} {
				c, err := table.Column(path)
				for row := 0; err == nil && row < min(table.Len(), 16); row++ {
					_, _ = c.Text(row, "text")
				}
			}
		}
	})
}

// isObject reports whether encoding/json reads a line as one object.
func isObject(line string) bool {
	var object map[string]any
	return json.Unmarshal([]byte(line), &object) == nil && object != nil
}

// checkRecord compares the values of a record, and those inside of its lists and objects, with encoding/json's.
func checkRecord(t *testing.T, table *Table, row int, record string) {
	t.Helper()
	var want map[string]any
	decoder := json.NewDecoder(strings.NewReader(record))
	decoder.UseNumber()
	if err := decoder.Decode(&want); err != nil {
		t.Fatalf("record %q was read: %v", record, err)
	}
	got := table.Fields(row)
	for column, value := range want {
		text, ok := got[column]
		if s, isText := value.(string); value == nil && ok || isText && text != s {
			t.Fatalf("%q: column %q is %q", record, column, text)
		} else if value != nil && !isText {
			if marshalled, err := json.Marshal(value); err != nil || string(marshalled) != text {
				t.Fatalf("%q: column %q is %q, want %s", record, column, text, marshalled)
			}
		}
		inner, ok := value.(map[string]any)
		for key, value := range inner {
			path := column + "." + key
			s, isText := value.(string)
			if !ok || !isText || slices.Contains(table.Columns, path) || strings.Contains(path, ".") && strings.Count(path, ".") > 1 {
				continue
			}
			c, err := table.Column(path)
			if err != nil {
				t.Fatalf("%q: %v", record, err)
			}
			if v, err := c.Value(row); err == nil && v.Text != s {
				t.Fatalf("%q: %q is %v, want %q", record, path, v, s)
			}
		}
	}
	for column := range got {
		if _, ok := want[column]; !ok {
			t.Fatalf("%q has no column %q", record, column)
		}
	}
}

// FuzzCSV compares the records with those that encoding/csv finds.
func FuzzCSV(f *testing.F) {
	seeds(f, CSV)
	f.Fuzz(func(t *testing.T, text string) {
		table := checkInvariants(t, "a.csv", text)
		if table == nil || table.Format != CSV {
			return
		}
		want, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(want) != table.Len()+1 || !slices.Equal(want[0], table.Columns) {
			t.Fatalf("%d records of %q, want %d of %q, %v", table.Len(), table.Columns, len(want)-1, want[0], err)
		}
		for row, values := range want[1:] {
			fields := map[string]string{}
			for i, column := range want[0] {
				fields[column] = values[i]
			}
			if got := table.Fields(row); !maps.Equal(got, fields) {
				t.Fatalf("row %d of %q: %q, want %q", row, text, got, fields)
			}
		}
	})
}

func FuzzTSV(f *testing.F) {
	seeds(f, TSV)
	f.Fuzz(func(t *testing.T, text string) { checkInvariants(t, "a.tsv", text) })
}

func FuzzText(f *testing.F) {
	seeds(f, Text)
	f.Fuzz(func(t *testing.T, text string) { checkInvariants(t, "a.txt", text) })
}
