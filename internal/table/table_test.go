package table

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/internal/fault"
)

// awkward holds unusual but valid files by name.
var awkward = map[string]string{
	"plain.jsonl": "{\"id\": 1, \"text\": \"a\", \"label\": \"yes\"}\n{\"id\": 2, \"text\": \"b\", \"label\": \"no\"}\n",
	"spaces.jsonl": "\ufeff\n{ \"text\":\"a \\\"q\\\" \\\\\" ,\t\"id\" : 12345678901234567890, \"z\": null}\r\n\r\n" +
		"  {\"id\":1.50e+3,\"text\":\"\\u00e9\\ud83d\\ude42é\", \"l\": [1, {\"b\": \"}\", \"a\": []}]" +
		", \"o\":{\"k\":\"]\"}} \n \n\n{\"id\":true}",
	"twice.jsonl":     `{"a": 1, "a": 2, "b": null, "\u0061": "3"}` + "\n{}\n{ }",
	"plain.json":      "[{\"id\": 1, \"text\": \"a\"}, {\"id\": 2, \"text\": \"b\"}]",
	"lines.json":      "\ufeff\n[\n  {\"id\": 1,\n   \"o\": {\"k\": [1, {\"b\": NaN}]}}\r\n ,{\"id\": -Infinity , \"x.y\": \"], {\"}  ]\n\n",
	"plain.csv":       "id,text,label\n1,a,yes\n2,b,no\n",
	"quotes.csv":      "\ufeff\r\n\"id\",\"te\"\"xt\",\r\n1,\"a, \"\"b\"\"\r\nc\",\r\n\r\n\n 2 ,\"\",\"x\"\n\"3\", ,é",
	"one.csv":         "text\n\"\"\na\n\n\"b\"\r\n",
	"header.csv":      "a,b\n\n",
	"returns.csv":     "a\n\r\r",
	"returns.tsv":     "a\tb\n0\t1\r\r\n0\t\r\r\n\r\n",
	"plain.tsv":       "id\ttext\tlabel\n1\ta\tyes\n2\tb\tno\n",
	"quotes.tsv":      "\ufeffid\t\"te\"xt\r\n1\t\"a\r\n\t\r\n2\té\r\n\n\r\n",
	"one.tsv":         "text\n\na\n\nb",
	"plain.txt":       "a\nb\n",
	"empty lines.txt": "\ufeff\n\na\r\n\n b \r\n\r\n",
	"no end.txt":      "a\n{\"b\": 1}",
}

func parse(t *testing.T, name, text string) *Table {
	t.Helper()
	table, err := Parse(name, text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return table
}

func written(t *testing.T, table *Table, rows []int, edits map[int]map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	if err := table.Write(&out, rows, edits); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func all(table *Table) []int {
	rows := make([]int, table.Len())
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func records(table *Table) (list []map[string]string) {
	for i := range table.Len() {
		list = append(list, table.Fields(i))
	}
	return list
}

func TestWritingAllRowsReproducesTheFile(t *testing.T) {
	for name, text := range awkward {
		if got := written(t, parse(t, name, text), all(parse(t, name, text)), nil); got != text {
			t.Errorf("%s: %q\nwant %q", name, got, text)
		}
	}
}

func TestFieldsAreText(t *testing.T) {
	for name, want := range map[string]string{
		"spaces.jsonl": `2 map[id:12345678901234567890 text:a "q" \]|` +
			`4 map[id:1.50e+3 l:[1,{"a":[],"b":"}"}] o:{"k":"]"} text:é🙂é]|7 map[id:true]`,
		"lines.json":      `3 map[id:1 o:{"k":[1,{"b":null}]}]|5 map[x.y:], {]`,
		"twice.jsonl":     `1 map[a:3]|2 map[]|3 map[]`,
		"quotes.csv":      "3 map[: id:1 te\"xt:a, \"b\"\nc]|7 map[:x id: 2  te\"xt:]|8 map[:é id:3 te\"xt: ]",
		"one.csv":         `2 map[text:]|3 map[text:a]|5 map[text:b]`,
		"quotes.tsv":      "2 map[\"te\"xt:\"a id:1]|3 map[\"te\"xt: id:]|4 map[\"te\"xt:é id:2]",
		"one.tsv":         `2 map[text:]|3 map[text:a]|4 map[text:]|5 map[text:b]`,
		"empty lines.txt": `1 map[text:]|2 map[text:]|3 map[text:a]|4 map[text:]|5 map[text: b ]|6 map[text:]`,
		"no end.txt":      `1 map[text:a]|2 map[text:{"b": 1}]`,
	} {
		table := parse(t, name, awkward[name])
		var got []string
		for i := range table.Len() {
			got = append(got, fmt.Sprint(table.Line(i), " ", table.Fields(i)))
		}
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("%s: %s\nwant %s", name, text, want)
		}
	}
}

func TestWrittenRowsKeepTheirBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []int
		want string
	}{
		{"plain.jsonl", []int{1}, "{\"id\": 2, \"text\": \"b\", \"label\": \"no\"}\n"},
		{"spaces.jsonl", []int{2, 0},
			"\ufeff{\"id\":true}\n{ \"text\":\"a \\\"q\\\" \\\\\" ,\t\"id\" : 12345678901234567890, \"z\": null}\r\n"},
		{"plain.json", []int{1}, `[{"id": 2, "text": "b"}]`},
		{"plain.json", []int{1, 0, 0}, `[{"id": 2, "text": "b"}, {"id": 1, "text": "a"}, {"id": 1, "text": "a"}]`},
		{"plain.json", nil, "[]"},
		{"lines.json", []int{1}, "\ufeff\n[\n  {\"id\": -Infinity , \"x.y\": \"], {\"}  ]\n\n"},
		{"quotes.csv", []int{0, 2}, "\ufeff\r\n\"id\",\"te\"\"xt\",\r\n1,\"a, \"\"b\"\"\r\nc\",\r\n\"3\", ,é"},
		{"quotes.csv", []int{2, 2, 1}, "\ufeff\r\n\"id\",\"te\"\"xt\",\r\n\"3\", ,é\n\"3\", ,é\n 2 ,\"\",\"x\"\n"},
		{"quotes.csv", nil, "\ufeff\r\n\"id\",\"te\"\"xt\",\r\n"},
		{"quotes.tsv", []int{2, 0}, "\ufeffid\t\"te\"xt\r\n2\té\r\n1\t\"a\r\n"},
		{"no end.txt", []int{1, 0}, "{\"b\": 1}\na\n"},
	} {
		if got := written(t, parse(t, c.name, awkward[c.name]), c.rows, nil); got != c.want {
			t.Errorf("%s %v: %q\nwant %q", c.name, c.rows, got, c.want)
		}
	}
	table := parse(t, "quotes.csv", awkward["quotes.csv"])
	raw := table.Header() + table.Raw(2) + table.Raw(0)
	if raw != "\ufeff\r\n\"id\",\"te\"\"xt\",\r\n\"3\", ,é\n1,\"a, \"\"b\"\"\r\nc\",\r\n" {
		t.Errorf("raw: %q", raw)
	}
	if err := table.Write(&bytes.Buffer{}, []int{3}, nil); err == nil {
		t.Error("a row that there is not was written")
	}
}

func TestEditsChangeOnlyTheirBytes(t *testing.T) {
	for _, c := range []struct{ name, text, column, value, want string }{
		{"a.jsonl", `{"y" : 1, "x":"é"}`, "y", "0", `{"y" : 0, "x":"é"}`},
		{"a.jsonl", `{"y" : 1, "x":"é"}`, "y", "no", `{"y" : "no", "x":"é"}`},
		{"a.jsonl", `{"y" : 1}`, "y", "01", `{"y" : "01"}`},
		{"a.jsonl", `{"y" : 1}`, "y", "1 ", `{"y" : "1 "}`},
		{"a.jsonl", `{"y":"1"}`, "y", "0", `{"y":"0"}`},
		{"a.jsonl", `{"y":"\u0031"}`, "y", "1", `{"y":"\u0031"}`},
		{"a.jsonl", `{"y":true}`, "y", "false", `{"y":false}`},
		{"a.jsonl", `{"y":["a"]}`, "y", `["b", 1]`, `{"y":["b", 1]}`},
		{"a.jsonl", `{"y":["a"]}`, "y", `["b"`, `{"y":"[\"b\""}`},
		{"a.jsonl", `{"y":"a", "z":1,"x": "b","z":2}`, "x", `<"&é` + "\n", `{"y":"a", "z":1,"x": "<\"&é\n","z":2}`},
		{"a.json", `[{"y":NaN},{"y" : 1}]`, "y", "0", `[{"y":"0"},{"y" : 1}]`},
		{"a.jsonl", `{"x": {"y": ["a", {"z": 1}]}}`, "x.y.1.z", "2", `{"x": {"y": ["a", {"z": 2}]}}`},
		{"a.jsonl", `{"x.y": 1, "x": {"y": 2}}`, "x.y", "3", `{"x.y": 3, "x": {"y": 2}}`},
		{"a.jsonl", "{\"y\":null}\n{\"y\":1}", "y", "null", "{\"y\":\"null\"}\n{\"y\":1}"},
		{"a.jsonl", "{\"x\": 1 }\n{\"y\":1}", "y", "2", "{\"x\": 1, \"y\": \"2\" }\n{\"y\":1}"},
		{"a.jsonl", "{\"x\":1}\n{\"y\":1}", "y", "2", "{\"x\":1,\"y\":\"2\"}\n{\"y\":1}"},
		{"a.jsonl", " { }\n{\"y\":1}", "y", "2", " {\"y\": \"2\" }\n{\"y\":1}"},
		{"a.csv", "x,y\n\"a\", b ", "y", "c,d", "x,y\n\"a\",\"c,d\""},
		{"a.csv", "x,y\n\"a\"\"\",b\r\n", "x", `q"`, "x,y\n\"q\"\"\",b\r\n"},
		{"a.csv", "x,y\n\"a\",b\r\n", "y", "", "x,y\n\"a\",\r\n"},
		{"a.csv", "x,y\na,b\n", "y", "l\nm", "x,y\na,\"l\nm\"\n"},
		{"a.csv", "x\na\n", "x", "", "x\n\"\"\n"},
		{"a.tsv", "x\ty\n\"a\tb", "x", `c"`, "x\ty\nc\"\tb"},
		{"a.txt", "a\r\nb", "text", "c\t,", "c\t,\r\nb"},
	} {
		table := parse(t, c.name, c.text)
		if got := written(t, table, all(table), map[int]map[string]string{0: {c.column: c.value}}); got != c.want {
			t.Errorf("%q, %s = %q: %q\nwant %q", c.text, c.column, c.value, got, c.want)
		}
	}
	table := parse(t, "a.jsonl", `{"a": 1, "b": "x", "c": 2}`)
	edits := map[int]map[string]string{0: {"c": "33", "a": "11", "b": ""}, 5: {"none": ""}}
	if got := written(t, table, []int{0}, edits); got != `{"a": 11, "b": "", "c": 33}` {
		t.Errorf("several: %s", got)
	}
	for _, c := range []struct{ name, text, column, value, want string }{
		{"a.tsv", "x\ty\na\tb\n", "y", "c\td", `a.tsv:2: column "y": the new value "c\td" has a tab`},
		{"a.txt", "a\n", "text", "c\nd", `a.txt:1: column "text": the new value "c\nd" has a line break`},
		{"a.csv", "x,y\na,b\n", "z", "", `a.csv:1: no column "z"; there are "x" and "y"`},
		{"a.csv", "x,y,x\na,b,c\n", "x", "", `a.csv:1: column "x" occurs twice, as columns 1, 3: rename all but one`},
		{"a.jsonl", `{"y":1,"y":2}`, "y", "3", `a.jsonl:1: column "y" occurs twice in this record: remove all but one`},
		{"a.jsonl", `{"x":1}` + "\n" + `{"x":{"y":2}}`, "x.y", "3", `a.jsonl:1: the record has no "x.y", so it cannot be changed`},
		{"a.jsonl", `{"x":1}`, "x", "\xff", `a.jsonl:1: column "x": the new value "\xff" is not UTF-8`},
	} {
		table := parse(t, c.name, c.text)
		err := table.Write(&bytes.Buffer{}, []int{0}, map[int]map[string]string{0: {c.column: c.value}})
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q, %s = %q: %v\nwant %s", c.text, c.column, c.value, err, c.want)
		}
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	table := parse(t, "spaces.jsonl", awkward["spaces.jsonl"])
	if want := []string{"id", "l", "o", "text"}; !slices.Equal(table.Columns, want) {
		t.Errorf("columns %q, want %q", table.Columns, want)
	}
	if _, err := table.Find("z"); err == nil || err.Error() != `spaces.jsonl: column "z" is there, but has no value in any record` {
		t.Errorf("a column that has no value: %v", err)
	}
	for name, text := range awkward {
		table := parse(t, name, text)
		for _, column := range table.Columns {
			if name == "twice.jsonl" {
				continue
			}
			value, err := table.Find(column)
			if err != nil {
				t.Fatal(err)
			}
			for row, fields := range records(table) {
				got, ok := value(row)
				if want, there := fields[column]; got != want || ok != there {
					t.Errorf("%s row %d, column %q: %q, %v, want %q, %v", name, row, column, got, ok, want, there)
				}
			}
		}
	}
}

func TestContentDecidesTheFormat(t *testing.T) {
	for name, want := range map[string]string{
		"a.csv {\"a\": 1}":   JSONL,
		"a \n {\"a\": 1}":    JSONL,
		"a.txt {\"a\": 1}":   Text,
		"a.TSV a\tb":         TSV,
		"a.csv.gz a,b":       CSV,
		"a.tsv.zst a\tb":     TSV,
		"a.csv PAR1":         CSV,
		"a.txt.gz {\"a\":1}": Text,
	} {
		name, text, _ := strings.Cut(name, " ")
		if got := parse(t, name, text).Format; got != want {
			t.Errorf("%s with %q: %s, want %s", name, text, got, want)
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.jsonl", " \n", "a.jsonl: the file is empty"},
		{"a.csv", "\ufeff", "a.csv: the file is empty"},
		{"a.xml", "<x/>", "a.xml: unrecognised format; supported: .jsonl, .json, .csv, .tsv, .txt, .parquet and .arrow"},
		{"a.json", "[]", "a.json: the JSON list is empty"},
		{"a.json", "[{\"a\": 1},\n 2]", "a.json:2: record 2 of the JSON list is a number, not an object"},
		{"a.jsonl", "[1]\n[2]", "a.jsonl:2: not a JSON list of objects: column 1: something follows the list"},
		{"a.json", "[{\"a\": 1},\n {\"a\": }]", "a.json:2: not a JSON list of objects: column 8: '}' where a value should begin"},
		{"a.json", "[{\"a\": 1}", "a.json:1: not a JSON list of objects: column 10: it ends before the closing ]"},
		{"a.json", "{\n\"a\": 1}", "a.json: a JSON object over several lines; JSONL has one on each line"},
		{"a.json", "{\n\"a\": 1}\n{\n\"a\": 2}", "a.json: a JSON object over several lines"},
		{"a.json", `{"a": [1, 2], "b": ["x", null]}`,
			"a.json: one JSON object of lists, a list for each column; write one object for each record"},
		{"a.json", `{"a": {"3": 1, "7": 2}}`, `a.json: one JSON object of columns, as pandas writes with orient="columns"`},
		{"a.json", `{"5": {"a": 1}, "7": {"a": 2}}`, `a.json: one JSON object of numbered records, as pandas writes with orient="index"`},
		{"a.json", `{"columns": ["a"], "index": [0], "data": [[1]]}`, `a.json: one JSON object of columns and data`},
		{"a.json", `{"version": 1, "data": [{"a": 1}]}`, `a.json: one JSON object with a list of objects in "data"; only a list alone is read: ` +
			`take it out with jq '.["data"]'`},
		{"a.jsonl", "{\"a\": 1}\n\n[1]\n", "a.jsonl:3: not a JSON object: found a list; JSONL has one object on each line"},
		{"a.jsonl", "{\"a\": 1}\nnull\n", "a.jsonl:2: not a JSON object: found null; JSONL has one object on each line"},
		{"a.jsonl", "{\"a\": 1}}\n", "a.jsonl:1: something follows the JSON object; JSONL has one object on each line"},
		{"a.jsonl", "{\"a\": 1} {}\n", "a.jsonl:1: something follows the JSON object"},
		{"a.jsonl", "{\"a\": nan}\n", "a.jsonl:1: not a JSON object: column 7: 'n' where a value should begin"},
		{"a.jsonl", "{\"a\": 01}\n", "a.jsonl:1: not a JSON object: column 7: a number with a leading zero"},
		{"a.jsonl", "{\"a\": \"é\tb\"}\n", "a.jsonl:1: not a JSON object: column 9: a control character within a string"},
		{"a.jsonl", "{'a': 1}\n", "a.jsonl:1: not a JSON object: column 2: '\\'' where a key in double quotes should be"},
		{"a.jsonl", strings.Repeat(`{"a":`, 1001), "a.jsonl:1: not a JSON object: column 5001: lists and objects lie more than 1000 deep"},
		{"a.csv", "\x7fELF\x00\xff\n", "a.csv: a program (ELF)"},
		{"a.jsonl", "{}\n{\"a\": \"\xff\"}\n", "a.jsonl:2: not UTF-8: byte 0xFF in column 8; find out"},
		{"a.csv", "a,b\n1,2\n\n\"1\n2\"\n", "a.csv:4: 1 field, the header has 2; values are missing, or a value has a line break"},
		{"a.csv", "a,b\n1,x\"y\n", `a.csv:2: a value has a quote (") but does not begin with one`},
		{"a.csv", "a,b\n1,\"x\n", `a.csv:2: a value begins with a quote (") but does not end with one`},
		{"a.tsv", "a\tb\n1\n", "a.tsv:2: 1 field, the header has 2"},
		{"a.parquet", "a,b\n", "a.parquet: unreadable Parquet file: PAR1 is missing at an end"},
		{"a.parquet", "PAR1\x00\x00\xff\xff\xff\xffPAR1", "a.parquet: unreadable Parquet file: a footer of 4294967295 bytes in a file of 14"},
	} {
		_, err := Parse(c.name, c.text)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s, %q: %v\nwant %s", c.name, c.text, err, c.want)
		}
	}
	dir := t.TempDir()
	for path, want := range map[string]string{dir: "a folder without data files; name a file",
		filepath.Join(dir, "none.csv"): "no such file or directory"} {
		_, err := Read(path)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || err.Error() != path+": "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
