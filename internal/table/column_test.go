package table

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// nested has objects in objects, and keys with dots.
const nested = `{"ex": {"premise": "p0", "n": {"a.b": 1, "a": {"b": 2}}}, "words": ["x", ["y", {"z": true}]], "x.y": null, "x": {"y": 1}}
{"ex": {"premise": null}, "words": [], "x.y": 3}
{"ex": "none", "x": {"y": NaN}}
`

func TestPathsLeadIntoObjectsAndLists(t *testing.T) {
	list := "[" + strings.ReplaceAll(strings.TrimSpace(nested), "\n", ",\n") + "]"
	for name, text := range map[string]string{"a.jsonl": nested, "a.json": list} {
		table := parse(t, name, text)
		for path, want := range map[string]string{
			"ex.premise":  `"p0"|null|null`,
			"ex.n.a.b":    `1|null|null`, // the longest key counts
			"words.0":     `"x"|null|null`,
			"words.1.1.z": `true|null|null`,
			"x.y":         `null|3|null`, // a column of that very name counts first
			"words":       `a list (["x",["y",{"z":true}]])|a list ([])|null`,
			"ex":          `an object ({"n":{"a":{"b":2},"a.b":1},"premise":"p0"})|an object ({"premise":null})|"none"`,
		} {
			column, err := table.Column(path)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for row := range table.Len() {
				v, err := column.Value(row)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, v.String())
			}
			if text := strings.Join(got, "|"); text != want {
				t.Errorf("%s: %s has %s\nwant %s", name, path, text, want)
			}
		}
	}
}

func TestColumnsThatCannotBeUsedAreNamed(t *testing.T) {
	for _, c := range []struct{ text, column, want string }{
		{nested, "premise", `no column "premise"; there are "ex", "words", "x" and "x.y"; ` +
			`the values inside of an object are named by a path, such as "ex.premise"`},
		{nested, "ex.hypothesis", `no column "ex.hypothesis"; there are "ex", "words", "x" and "x.y"`},
		{nested, "words.9", `no column "words.9"`},
		{`{"a": null, "b": NaN, "c": 1}`, "a", `column "a" is there, but has no value in any record`},
		{`{"a": null, "b": NaN, "c": 1}`, "b", `column "b" is there, but has no value in any record`},
	} {
		_, err := parse(t, "a.jsonl", c.text).Column(c.column)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), "a.jsonl: "+c.want) {
			t.Errorf("%s: %v\nwant %s", c.column, err, c.want)
		}
	}
}

// A fault of one use of a column says what is there and, for lists and objects, how a value inside is named.
func TestValuesOfTheWrongTypeAreNamedWithTheirPlace(t *testing.T) {
	const text = `{"t": "a", "u": 1, "v": true, "w": {"x": {}}}
{"t": ["The", "tram"], "u": NaN, "v": null, "w": {"x": {"y": [[-1]]}}, "a": {"b": 1, "b": 2}, "c": 1, "c": 1, "c": 2}`
	table := parse(t, "a.jsonl", text)
	for _, c := range []struct{ column, want string }{
		{"t", `a.jsonl:2: the text (column "t") is a list (["The","tram"]); make it one text, or name a value inside of it: "t.0"`},
		{"u", `a.jsonl:2: the text (column "u") is NaN`},
		{"v", ``},
		{"w", `a.jsonl:2: the text (column "w") is an object ({"x":{"y":[[-1]]}}); make it one text, or name a value inside of it: "w.x.y.0.0"`},
		{"w.x.y", `a.jsonl:2: the text (column "w.x.y") is a list ([[-1]]); make it one text, or name a value inside of it: "w.x.y.0.0"`},
		{"a.b", `a.jsonl:2: the key "b" of "a.b" occurs twice in this record: remove all but one`},
		{"c", `a.jsonl:2: column "c" occurs 3 times in this record: remove all but one`},
	} {
		column, err := table.Column(c.column)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = column.Text(1, "text"); err == nil && c.want != "" || err != nil && err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.column, err, c.want)
		}
	}
	column, err := table.Column("v")
	if err != nil {
		t.Fatal(err)
	}
	if class, err := column.Class(0, "label"); err != nil || class != "true" {
		t.Errorf("%q, %v", class, err)
	}
	if _, err := column.ID(1, "guid"); err == nil || err.Error() != `a.jsonl:2: the guid (column "v") is null` {
		t.Error(err)
	}
	if _, err := table.Find("c"); err == nil || !strings.Contains(err.Error(), "occurs 3 times") {
		t.Errorf("Find: %v", err)
	}
	if err := table.Write(&bytes.Buffer{}, []int{1}, map[int]map[string]string{1: {"a.b": "7"}}); err == nil {
		t.Error("a value that occurs twice was changed")
	}
}

// NaN and Infinity, which Python writes, count as null where they are not used.
func TestLiteralsOfPythonAreNull(t *testing.T) {
	table := parse(t, "a.jsonl", `{"a": NaN, "b": -Infinity, "c": [Infinity, "NaN"], "d": 1}`+"\n"+`{"a": 1, "b": Infinity}`)
	if got := fmt.Sprint(records(table)); got != `[map[c:[null,"NaN"] d:1] map[a:1]]` {
		t.Error(got)
	}
	column, err := table.Column("a")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := column.Value(0); err != nil || v != (scalar.Value{Kind: scalar.NotFinite, Text: "NaN"}) {
		t.Errorf("%v, %v", v, err)
	}
}

// A struct of Parquet is named as what it is, although only the columns inside of it are read.
func TestStructsOfParquetAreNamed(t *testing.T) {
	table := parse(t, "a.csv", "ex.premise,y\na,b\n")
	if _, err := table.Column("ex"); err == nil || !strings.Contains(err.Error(), `no column "ex"`) {
		t.Errorf("CSV has no structs: %v", err)
	}
	table.columnar = &columnar{}
	_, err := table.Column("ex")
	if want := `a.csv: column "ex" is there, but is a struct; name a value inside of it, such as "ex.premise"`; err == nil ||
		err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}
