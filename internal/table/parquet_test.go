package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ftft/internal/fault"
)

// shown is what pyarrow reads from a file: see testdata/parquet.py.
type shown struct {
	Schema   [][]any
	Metadata map[string]string
	Codec    string
	Rows     []map[string]any
}

func golden(t *testing.T) map[string]shown {
	data, err := os.ReadFile("testdata/parquet.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]shown
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&files); err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, path string) *Table {
	t.Helper()
	table, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// checkRows compares records with what pyarrow reads.
func checkRows(t *testing.T, table *Table, rows []map[string]any) {
	t.Helper()
	if table.Len() != len(rows) {
		t.Fatalf("%d rows, want %d", table.Len(), len(rows))
	}
	for row, want := range rows {
		fields := table.Fields(row)
		for _, column := range table.Columns {
			got, ok := fields[column]
			var same bool
			var wanted any = want
			for _, name := range strings.Split(column, ".") {
				group, _ := wanted.(map[string]any)
				wanted = group[name]
			}
			switch v := wanted.(type) {
			case nil:
				same = !ok
			case json.Number:
				if same = got == v.String(); !same && strings.ContainsAny(v.String(), ".e") {
					a, _ := strconv.ParseFloat(got, 32)
					b, _ := v.Float64()
					same = float32(a) == float32(b)
				}
			default:
				same = ok && got == fmt.Sprint(v)
			}
			if !same {
				t.Errorf("row %d, column %q: %q, %v, want %v", row, column, got, ok, wanted)
			}
		}
	}
}

func TestParquetFromPyarrowAndPandas(t *testing.T) {
	for name, want := range golden(t) {
		table := read(t, filepath.Join("testdata", name))
		checkRows(t, table, want.Rows)
		var out bytes.Buffer
		if err := table.Write(&out, all(table), nil); err != nil {
			t.Fatal(err)
		}
		checkRows(t, parse(t, "again", out.String()), want.Rows)
	}
	table := read(t, "testdata/pyarrow.parquet")
	want := []string{"guid", "text", "label", "big", "class", "count", "score", "half", "ok", "when", "nested.x"}
	if !slices.Equal(table.Columns, want) {
		t.Errorf("columns %q", table.Columns)
	}
	if want := `columns that cannot be used: "blob" (holds bytes, not text), "tags" (is a list, not one value a row)`; table.Note != want {
		t.Errorf("note %q", table.Note)
	}
	if score, err := table.Find("score"); err != nil {
		t.Error(err)
	} else if one, _ := score(1); one != "1" {
		t.Errorf("a whole number is %q", one)
	}
	if table.Place(2) != "row 3" || table.Line(2) != 3 || table.Fault(2, "wrong").Error() != "testdata/pyarrow.parquet: row 3: wrong" ||
		table.Raw(2)+table.Header() != "" {
		t.Errorf("%s, %v", table.Place(2), table.Fault(2, "wrong"))
	}
}

// parquetEdits holds a new value for each type of column in the golden file.
var parquetEdits = map[string]string{"guid": "-5", "text": "new é", "label": "yes", "big": "", "class": "-128",
	"count": "18446744073709551615", "score": "1e-5", "half": "0.25", "ok": "true"}

func TestParquetIsEdited(t *testing.T) {
	table := read(t, "testdata/pyarrow.parquet")
	var out bytes.Buffer
	if err := table.Write(&out, []int{2, 0}, map[int]map[string]string{2: parquetEdits}); err != nil {
		t.Fatal(err)
	}
	again := parse(t, "again", out.String())
	want := map[string]string{}
	for column, value := range parquetEdits {
		want[column] = strings.Replace(value, "1e-5", "1e-05", 1)
	}
	want["when"], want["nested.x"] = "2026-01-03 00:00:00", "2"
	if got := again.Fields(0); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := again.Fields(1); !reflect.DeepEqual(got, table.Fields(0)) {
		t.Errorf("the row without edits has %q", got)
	}
	for column, value := range map[string]string{"class": "128", "count": "-1", "guid": "x", "score": "y", "ok": "maybe"} {
		err := table.Write(&out, []int{2}, map[int]map[string]string{2: {column: value}})
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) ||
			!strings.Contains(err.Error(), fmt.Sprintf("row 3: column %q: the new value %q is not a", column, value)) {
			t.Errorf("%s = %s: %v", column, value, err)
		}
	}
}

// The values of all types are those that pyarrow reads, in every format and encoding.
func TestTypesOfBinaryFormats(t *testing.T) {
	rows := golden(t)["types.parquet"].Rows
	want := []string{"guid", "text", "label", "f64", "f16", "ok", "dec", "dec38", "date", "when", "time", "inner.x", "inner.y.z", "none"}
	for _, name := range []string{"types.parquet", "stream.arrow", "file.arrow"} {
		table := read(t, filepath.Join("testdata", name))
		more := table.Columns[len(want):]
		if !slices.Equal(table.Columns[:len(want)], want) || strings.Join(more, " ") != map[bool]string{true: "coded view"}[len(more) > 0] {
			t.Errorf("%s: columns %q", name, table.Columns)
		}
		table.Columns, table.columnar.columns = table.Columns[:len(want)], table.columnar.columns[:len(want)]
		checkRows(t, table, rows)
		if want := `columns that cannot be used: "fixed" (holds bytes, not text), "list" (is a list, not one value a row), ` +
			`"map" (is a map, not one value a row)`; table.Note != want {
			t.Errorf("%s: note %q", name, table.Note)
		}
		_, err := table.Find("list")
		if err == nil || !strings.Contains(err.Error(), `column "list" is there, but is a list, not one value a row; write`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"stream.arrow", "file.arrow"} {
		table := read(t, filepath.Join("testdata", name))
		for row, want := range rows {
			text, _ := want["text"].(string)
			if got := table.Fields(row); got["coded"] != want["label"] || got["view"] != text {
				t.Errorf("%s row %d: %q, %q, want %v, %q", name, row, got["coded"], got["view"], want["label"], text)
			}
		}
		if err := table.Write(io.Discard, []int{1}, nil); err == nil || !strings.Contains(err.Error(), "to_parquet(") {
			t.Errorf("%s is written: %v", name, err)
		}
	}
}

// A column of any type that can be edited takes the values that it shows.
func TestTypesAreEdited(t *testing.T) {
	table := read(t, "testdata/types.parquet")
	edits := map[string]string{"guid": "7.0", "text": "new", "label": "maybe", "f64": "0.5", "f16": "2.25", "ok": "true", "dec": "-1.50",
		"dec38": "12"}
	var out bytes.Buffer
	if err := table.Write(&out, []int{3, 0}, map[int]map[string]string{3: edits}); err != nil {
		t.Fatal(err)
	}
	got := parse(t, "again", out.String()).Fields(0)
	edits["guid"], edits["dec38"] = "7", "12.000"
	for column, want := range edits {
		if got[column] != want {
			t.Errorf("%s is %q, want %q", column, got[column], want)
		}
	}
	for column, value := range map[string]string{"dec": "1.234", "date": "2020-01-01", "inner.x": "1"} {
		err := table.Write(io.Discard, []int{3}, map[int]map[string]string{3: {column: value}})
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), "row 4: column") {
			t.Errorf("%s = %s: %v", column, value, err)
		}
	}
}

// A written file keeps the schema, the metadata and the unreadable columns, as pyarrow shows.
func TestPyarrowReadsWrittenFiles(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import pandas, pyarrow").Run() != nil {
		t.Skip("no python3 with pandas and pyarrow")
	}
	for name, want := range golden(t) {
		table := read(t, filepath.Join("testdata", name))
		path := filepath.Join(t.TempDir(), name)
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(table.Write(file, []int{2, 1}, map[int]map[string]string{1: {"label": "2"}}), file.Close()); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command(python, "testdata/parquet.py", "show", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got shown
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		want.Rows = []map[string]any{want.Rows[2], want.Rows[1]}
		switch want.Rows[1]["label"].(type) {
		case string:
			want.Rows[1]["label"] = "2"
		default:
			want.Rows[1]["label"] = json.Number("2")
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v\nwant %+v", name, got, want)
		}
	}
}

// Damaged files are read or refused, without allocating memory for what they only claim to hold.
func TestDamagedParquetIsReadOrRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/pyarrow.parquet")
	if err != nil {
		t.Fatal(err)
	}
	const most = 32 << 20
	var memory runtime.MemStats
	for at := 0; at < len(whole); at += 11 {
		damaged := slices.Clone(whole)
		damaged[at] ^= byte(1 << (at % 8))
		for _, text := range []string{string(damaged), string(whole[:at])} {
			runtime.ReadMemStats(&memory)
			before := memory.TotalAlloc
			_, err := Parse("a.parquet", text)
			if runtime.ReadMemStats(&memory); memory.TotalAlloc-before > most {
				t.Fatalf("byte %d: took %d MB: %v", at, (memory.TotalAlloc-before)>>20, err)
			}
			if bad := (*fault.Bad)(nil); err != nil && !errors.As(err, &bad) {
				t.Fatalf("byte %d: no *fault.Bad: %v", at, err)
			} else if err == nil && len(text) == at {
				t.Fatalf("%d bytes of %d are a whole file", at, len(whole))
			}
		}
	}
}
