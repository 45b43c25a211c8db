package table

import (
	"bytes"
	"strings"
	"testing"
)

// carriage returns a text whose lines end in lone carriage returns, as on old Macs.
func carriage(text string) string { return strings.ReplaceAll(text, "\n", "\r") }

func TestLoneCarriageReturnsEndLines(t *testing.T) {
	for name, text := range map[string]string{
		"a.csv":   "id,text\n1,one\n2,\"two\n2\"\n",
		"a.tsv":   "id\ttext\n1\tone\n2\ttwo",
		"a.txt":   "one\ntwo\n",
		"a.jsonl": "{\"id\": 1, \"text\": \"one\"}\n{\"id\": 2, \"text\": \"two\"}\n",
		"a.json":  "[{\"id\": 1,\n\"text\": \"one\"},\n{\"id\": 2, \"text\": \"two\"}]\n",
	} {
		table, err := Parse(name, carriage(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, _ := Parse(name, text)
		if got := rows(t, table); len(got) != 2 || strings.Join(got[1], "|") != strings.Join(rows(t, want)[1], "|") {
			t.Errorf("%s: %q, want %q", name, got, rows(t, want))
		}
		if table.Shape().LineEnd != "cr" || !strings.Contains(table.Shape().String(), "carriage returns") || want.Shape().LineEnd != "" {
			t.Errorf("%s: %+v", name, table.Shape())
		}
		var out bytes.Buffer
		if err := table.Write(&out, []int{0, 1}, nil); err != nil || out.String() != carriage(text) {
			t.Errorf("%s: wrote %q (%v), want %q", name, out.String(), err, carriage(text))
		}
	}
}

// pandas skips these lines as well (skip_blank_lines).
func TestBlankLinesAreNoRecords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.tsv", "a\tb\n1\t2\n\n3\t4\n", "1 2|3 4"},
		{"a.tsv", "a\tb\r\n1\t2\r\n  \r\n3\t4\r\n", "1 2|3 4"},
		{"a.csv", "a,b\n1,2\n   \n3,4\n", "1 2|3 4"},
		{"a.csv", "   \n\na,b\n1,2\n3,4\n", "1 2|3 4"},
		{"a.csv", "a;b\n1;2\n  \n3;4\n", "1 2|3 4"},
		{"a.tsv", "a\tb\n1\t2\n\t\n3\t4\n", "1 2| |3 4"}, // it has a delimiter
		{"a.csv", "a\n1\n  \n3\n", "1|  |3"},             // it is a value
	} {
		table, err := Parse(c.name, c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var lines []string
		for _, row := range rows(t, table) {
			lines = append(lines, strings.Join(row, " "))
		}
		if got := strings.Join(lines, "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
		all := make([]int, table.Len())
		for i := range all {
			all[i] = i
		}
		var out bytes.Buffer
		if err := table.Write(&out, all, nil); err != nil || out.String() != c.text {
			t.Errorf("%q was written as %q (%v)", c.text, out.String(), err)
		}
		if last := table.Len() - 1; !strings.Contains(strings.Split(c.text, "\n")[table.Line(last)-1], "3") {
			t.Errorf("%q: the last record is on line %d", c.text, table.Line(last))
		}
	}
}

func TestTheDelimiterThatAFileDeclares(t *testing.T) {
	text := "sep=;\r\nid;text\r\n1;one, two, three\r\n2;four\r\n"
	for _, o := range []Options{{}, {Delimiter: ";"}} {
		table, err := ParseWith("a.csv", text, o)
		if err != nil || strings.Join(table.Columns, " ") != "id text" || table.Len() != 2 || table.Line(1) != 4 {
			t.Fatalf("%v %+v", err, table)
		}
		var out bytes.Buffer
		if err := table.Write(&out, []int{0, 1}, nil); err != nil || out.String() != text {
			t.Errorf("wrote %q (%v)", out.String(), err)
		}
	}
	if _, err := Parse("a.csv", "\"sep=|\"\na|b\n1|2|3\n"); err == nil || !strings.HasPrefix(err.Error(), "a.csv:3: 3 fields") {
		t.Errorf("%v", err)
	}
}

func TestWrongCountsNameTheirCause(t *testing.T) {
	for text, want := range map[string]string{
		"# by a tool\na,b\n1,2\n":     "a.csv:2: 2 fields, the header has 1; the header begins with #: if that line is a comment, remove it",
		"a,b\n1,2,\n3,4,\n":           "the record ends with a comma, and the header does not: add one there",
		"a,b\n1,2\n3\n":               "a.csv:3: 1 field, the header has 2; values are missing",
		"a,b\n1,2,3\n":                "a value with a comma must be in quotes",
		"a,b\n1, \"two\"\n":           `a value begins with a space before its quote ("): remove the space`,
		"a\x00,\x00b\x00\n\x001\x00,": `text in UTF-16 without a byte order mark: name its encoding with encoding = "utf-16le"`,
	} {
		if _, err := Parse("a.csv", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
