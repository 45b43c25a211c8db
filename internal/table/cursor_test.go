package table

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ftft/internal/scalar"
)

// scans is the syntax of JSONL that counts the passes over records.
type scans struct {
	jsonl
	n *int
}

func (s scans) each(t *Table, record string, visit func(column string, raw span)) {
	*s.n++
	s.jsonl.each(t, record, visit)
}

// Reading several columns of a record takes one pass over it, and memory for none of them.
func TestCursorReadsARecordInOnePass(t *testing.T) {
	table := parse(t, "a.jsonl", `{"id": 1, "text": "a", "label": "yes", "other": "b"}`+"\n"+`{"id": 2, "text": "c", "label": "no"}`+"\n")
	passes := 0
	table.syntax = scans{n: &passes}
	cursor := table.Cursor()
	var columns []*Column
	for _, name := range []string{"id", "text", "label"} {
		c, err := cursor.Column(name)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	values := func() {
		for row := range table.Len() {
			for _, c := range columns {
				if v, err := c.Value(row); err != nil || v.Text == "" {
					t.Errorf("row %d, %s: %v, %v", row, c.Name, v, err)
				}
			}
		}
	}
	values()
	if got := cursor.Fields(1, "id", "text"); !maps.Equal(got, map[string]string{"label": "no"}) {
		t.Errorf("got %q", got)
	}
	if passes != 2 {
		t.Errorf("%d passes over 2 records", passes)
	}
	if n := testing.AllocsPerRun(100, values); n > 0 {
		t.Errorf("%v allocations for %d values", n, 2*len(columns))
	}
}

// A cursor returns the values and errors of a table's own columns.
func TestCursorReadsWhatColumnsRead(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.jsonl": `{"a": 1, "b": {"c": "x"}}` + "\n" + `{"a": "\u00e9", "b": null}` + "\n{\"a\": NaN}\n" +
			`{"a": 1, "a": 2}` + "\n{\"b\": [1, 2]}\n{}\n",
		"a.json":    `[{"a": true, "b": {"c": 1}}, {"b": {"c": 2, "c": 3}, "a": "t"}]`,
		"a.csv":     "a,b,b\n1,\"x \"\"y\"\"\",2\n,,\n\"p\nq\",r,s\n",
		"a.tsv":     "a\tb\n\"x\"\ty\n",
		"a.txt":     "one\n\ntwo\n",
		"s-1.jsonl": `{"a": 1, "b": {"c": 2}}` + "\n",
		"s-2.jsonl": `{"a": 3, "d": 4}` + "\n" + `{"a": 5, "a": 6, "d": 7}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{"testdata/types.parquet", "testdata/stream.arrow", filepath.Join(folder, "s-*.jsonl")}
	for _, name := range []string{"a.jsonl", "a.json", "a.csv", "a.tsv", "a.txt"} {
		paths = append(paths, filepath.Join(folder, name))
	}
	for _, path := range paths {
		table, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		cursor := table.Cursor()
		read := map[string][2]*Column{}
		for _, name := range append(slices.Clone(table.Columns), "b.c", "absent") {
			own, err := table.Column(name)
			other, again := cursor.Column(name)
			if message(err) != message(again) {
				t.Errorf("%s, %s: %v, by a cursor %v", path, name, err, again)
			}
			if err == nil && again == nil {
				read[name] = [2]*Column{own, other}
			}
		}
		for row := range table.Len() {
			want := map[string]string{}
			for name, c := range read {
				v, err := c[0].Value(row)
				got, again := c[1].Value(row)
				if got != v || message(err) != message(again) {
					t.Errorf("%s, row %d, %s: %v, %v, by a cursor %v, %v", path, row, name, v, err, got, again)
				}
				if slices.Contains(table.Columns, name) && err == nil && v.Kind != scalar.Null && v.Kind != scalar.NotFinite {
					want[name] = v.Text
				}
			}
			fields := cursor.Fields(row)
			for name, text := range want {
				if fields[name] != text {
					t.Errorf("%s, row %d, %s: %q, in the fields %q", path, row, name, text, fields[name])
				}
			}
			if !maps.Equal(fields, table.Fields(row)) {
				t.Errorf("%s, row %d: %q, by a cursor %q", path, row, table.Fields(row), fields)
			}
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
