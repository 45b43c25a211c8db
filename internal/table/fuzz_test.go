package table

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"ftft/internal/fault"
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
	// A byte order mark, a magic number or an empty text changes its meaning when it moves to the beginning of a file.
	odd := strings.Count(text, "\ufeff") > 0 || strings.Contains(text, magic) ||
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
		table := checkInvariants(t, "a.jsonl", text)
		if table == nil {
			return
		}
		row := 0
		for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			var want map[string]any
			decoder := json.NewDecoder(strings.NewReader(line))
			decoder.UseNumber()
			if err := decoder.Decode(&want); err != nil {
				t.Fatalf("line %q was read: %v", line, err)
			}
			got := table.Fields(row)
			for column, value := range want {
				text, ok := got[column]
				if s, isText := value.(string); value == nil && ok || isText && text != s {
					t.Fatalf("%q: column %q is %q", line, column, text)
				} else if value != nil && !isText {
					if marshalled, err := json.Marshal(value); err != nil || string(marshalled) != text {
						t.Fatalf("%q: column %q is %q, want %s", line, column, text, marshalled)
					}
				}
			}
			for column := range got {
				if _, ok := want[column]; !ok {
					t.Fatalf("%q has no column %q", line, column)
				}
			}
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
