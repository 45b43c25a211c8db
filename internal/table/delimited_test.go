package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

// foreign is a file of testdata/delimited.json: what pandas wrote or another program could, and what pandas reads.
type foreign struct {
	Name, Delimiter, Quoting, Encoding string
	Content                            []byte
	Header                             bool
	Columns                            []string
	Rows                               [][]string // nil if pandas refuses the file
}

func (f *foreign) options() Options {
	return Options{Delimiter: f.Delimiter, Quoting: f.Quoting, Header: &f.Header, Encoding: f.Encoding}
}

func foreignFiles(t testing.TB) (files []foreign) {
	t.Helper()
	text, err := os.ReadFile("testdata/delimited.json")
	if err == nil { // a line break inside quotes is "\n" to ftft whatever the file has
		err = json.Unmarshal(bytes.ReplaceAll(text, []byte(`\r\n`), []byte(`\n`)), &files)
	}
	if err != nil || len(files) < 200 {
		t.Fatal(len(files), err)
	}
	return files
}

// rows returns the values of all records in the order of the columns.
func rows(t testing.TB, table *Table) [][]string {
	t.Helper()
	list := make([][]string, table.Len())
	for _, column := range table.Columns {
		value, err := table.Find(column)
		if err != nil {
			t.Fatal(err)
		}
		for row := range list {
			text, _ := value(row)
			list[row] = append(list[row], text)
		}
	}
	return list
}

func TestDelimitedFilesAreReadAsPandasReadsThem(t *testing.T) {
	refused := 0
	for i, f := range foreignFiles(t) {
		table, err := ParseWith(f.Name, string(f.Content), f.options())
		if err != nil { // ftft refuses more: quotes inside values without quotes, records that are too short or too long
			if refused++; i < 112 {
				t.Errorf("%d, %q: %v", i, f.Content, err)
			}
			continue
		}
		if f.Rows == nil || !slices.Equal(table.Columns, f.Columns) || !slices.EqualFunc(rows(t, table), f.Rows, slices.Equal) {
			t.Errorf("%d, %q: %q of %q, pandas reads %q of %q", i, f.Content, rows(t, table), table.Columns, f.Rows, f.Columns)
		}
		if got := written(t, table, all(table), nil); got != string(f.Content) {
			t.Errorf("%q is written as %q", f.Content, got)
		}
	}
	if refused > 72 {
		t.Errorf("%d refused", refused)
	}
}

func TestTheDelimiterIsDetected(t *testing.T) {
	for i, f := range foreignFiles(t)[:112] {
		for _, columns := range [][]string{f.Columns, nil} {
			o := f.options()
			o.Delimiter, o.Columns = "", columns
			table, err := ParseWith(f.Name, string(f.Content), o)
			if err != nil || table.Shape().Delimiter != f.Delimiter || table.Len() != len(f.Rows) {
				t.Errorf("%d, %q with columns %q: %v, %v", i, f.Content, columns, table, err)
			}
		}
	}
	for _, c := range []struct{ name, text, columns, want string }{
		{"a.txt", "text\tlabel\n\"a\tpos\n", "text label", "tab-separated, header, quotes are text"},
		{"a.txt", "text;label\na, b;pos\n", "text label", "semicolon-separated, header, values may be quoted"},
		{"a.txt", "text\tlabel\na\tpos\n", "text", "plain text, one value a line"},
		{"a.txt", "One\tor two, she said\nlabel; text\n", "text label", "plain text, one value a line"},
		{"a.txt", "label, text\nor not\n", "text label", "plain text, one value a line"},
		{"a.tab", "text\tlabel\na;b\tpos\n", "text label", "tab-separated, header, quotes are text"},
		{"a.tsv", "text,label\n\"a\",pos\n", "text label", "comma-separated, header, values may be quoted"},
		{"a.csv", "text\tlabel\n\"a\"\tpos\n", "text label", "tab-separated, header, values may be quoted"},
		{"a.csv", "a;b,c\n1;2,3\n", "", "comma-separated, header, values may be quoted"},
		{"a.csv", "text\na;b\nc;d\n", "text", "comma-separated, header, values may be quoted"},
		{"a.csv", "a;b\nc\nd;e;f\n", "", "comma-separated, header, values may be quoted"},
		{"a.csv", "a;b|c\nd;e|f\n", "", "comma-separated, header, values may be quoted"},
	} {
		table, err := ParseWith(c.name, c.text, Options{Columns: strings.Fields(c.columns)})
		if err != nil || table.Shape().String() != c.want {
			t.Errorf("%s, %q: %v, %v, want %s", c.name, c.text, table, err, c.want)
		}
	}
	no := false
	table, err := ParseWith("a.csv", "1;a, b\n0;c\n", Options{Header: &no, Columns: []string{"1", "2"}})
	if err != nil || table.Shape().String() != "semicolon-separated, no header, columns by number, values may be quoted" || table.Len() != 2 {
		t.Error(table, err)
	}
}

func TestAHeaderThatLooksLikeAnExampleIsQuestioned(t *testing.T) {
	for text, want := range map[string]string{
		"3,Fears for pensions\n4,The race is on\n2,Nets\n":  "column 1, 3, is a number as in the rows below",
		"gj04\t1\t\tThe sailors rode\ngj04\t0\t*\tIt ate\n": `column 1, "gj04", occurs in 1 row below`,
		"Nice,pos\nBad,neg\nGood,pos\n":                     `column 2, "pos", occurs in 1 row below`,
		"A film that I did like,x\nOr not,y\n":              `column 1, "A film that I did like", is a text`,
		"text,label\nNice,pos\nlabels,neg\n":                "",
		",text,label\n0,a,pos\n1,b,pos\n":                   "",
		",0,1\n0,a,pos\n1,b,pos\n":                          "",
		"id,2019\na,x\n":                                    "",
		"text,label\n":                                      "",
	} {
		name := "a.csv"
		if strings.Contains(text, "\t") {
			name = "a.tsv"
		}
		got := strings.Join(parse(t, name, text).Warnings, "|")
		if want == "" && got != "" || !strings.Contains(got, want) ||
			want != "" && !strings.Contains(got, "header = false reads it as one, header = true confirms the header") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for _, header := range []bool{true, false} {
			table, err := ParseWith(name, text, Options{Header: &header})
			if err != nil || len(table.Warnings) > 0 || table.Len() != strings.Count(text, "\n")-map[bool]int{true: 1}[header] {
				t.Errorf("%q with header = %v: %d rows, %q, %v", text, header, table.Len(), table.Warnings, err)
			}
		}
	}
}

func TestQuotesThatAreReadAsTextAreNoted(t *testing.T) {
	text := "label\ttext\npos\t\"so \"\"small\"\"\"\nneg\t\"\"\"Never\"\"\"\npos\tplain\nneg\t\"two\"\nneg\t\"one\npos\t\"a\" and \"b\"\n"
	table := parse(t, "a.tsv", text)
	want := `3 values are in quotes, 2 of them with doubled quotes inside (the first on line 2), and quotes are read as text; ` +
		`quoting = "csv" takes them off as in CSV, quoting = "none" confirms them`
	if len(table.Warnings) != 1 || table.Warnings[0] != want {
		t.Errorf("%q", table.Warnings)
	}
	for _, o := range []Options{{Quoting: QuotingNone}, {Delimiter: ","}} {
		if table, err := ParseWith("a.tsv", text, o); err == nil && len(table.Warnings) > 0 {
			t.Errorf("%+v: %q", o, table.Warnings)
		}
	}
	if table := parse(t, "a.tsv", "a\tb\n\"\"x\ty\"\"\n"); len(table.Warnings) > 0 {
		t.Errorf("%q", table.Warnings)
	}
	inside := "label\ttext\nneg\t\"two\tcolumns\"\npos\ta\n"
	if table, err := ParseWith("a.tsv", inside, Options{Quoting: QuotingCSV}); err != nil || table.Fields(0)["text"] != "two\tcolumns" {
		t.Error(table, err)
	}
}

func TestARecordOfAnotherLengthNamesTheOptionThatFits(t *testing.T) {
	no := false
	for _, c := range []struct {
		name, text string
		o          Options
		want       string
	}{
		{"a.csv", "a;b\nc,d;e\n", Options{Delimiter: ","},
			`a.csv:2: 2 fields, the header has 1; each record has 2 if a semicolon separates them: delimiter = ";"`},
		{"a.csv", "a|b\nc,d|e\n", Options{Delimiter: ",", Flags: true}, `each record has 2 if a pipe separates them: --delimiter='|'`},
		{"a.csv", "a\tb\nc,d\te\n", Options{Delimiter: ",", Flags: true}, `if a tab separates them: --delimiter='\t'`},
		{"a.csv", "a\tb\nc,d\te\n", Options{Delimiter: ","}, `if a tab separates them: delimiter = "\t"`},
		{"a.tsv", "a\tb\nc\t\"d\te\"\n", Options{},
			`a.tsv:2: 3 fields, the header has 2; each record has 2 if values are quoted as in CSV: quoting = "csv"`},
		{"a.csv", "a,b\n\"c,d\",\"e\n\"f,g\"\n", Options{Header: &no}, `a value begins with a quote (")`},
		{"a.csv", "a,b\n1,\"c,d\n", Options{}, `or if quotes are part of the text: quoting = "none"`},
		{"a.csv", "a,b\n1,c,d\n", Options{}, `3 fields, the header has 2; a value with a comma must be in quotes`},
		{"a.csv", "a,b\n1,c,d\n", Options{Header: &no}, `3 fields, the first record has 2`},
		{"a.txt", "a\tb\n", Options{Header: &no},
			`plain text, one value a line, which has no header: remove header, or if it is a table: delimiter = "\t"`},
		{"a.jsonl", "{}", Options{Delimiter: ";"}, `the file is JSON, which has no delimiter: remove delimiter`},
		{"a.json", "[{}]", Options{Quoting: "csv", Flags: true}, `the file is JSON, which has no quoting: remove --quoting`},
		{"a.parquet", "PAR1", Options{Encoding: "latin-1"}, `the file is Parquet, which has no encoding: remove encoding`},
		{"a.csv", "a", Options{Delimiter: "::"}, `delimiter: "::" is not a delimiter: it must be one character`},
		{"a.csv", "a", Options{Encoding: "klingon", Flags: true}, `--encoding: "klingon" is unknown; encodings are utf-8`},
	} {
		_, err := ParseWith(c.name, c.text, c.o)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %q: %v\nwant %s", c.name, c.text, err, c.want)
		}
	}
	for _, c := range []struct{ name, text, column, want string }{
		{"a.csv", "text;label\n1;2;3\n", "text", `if a semicolon separates them: delimiter = ";"`},
		{"a.txt", "text~label\na~b\n", "label", `each line of the file is a text: if it is a table, delimiter = "\t" or another delimiter`},
	} {
		if _, err := parse(t, c.name, c.text).Find(c.column); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %q: %v\nwant %s", c.name, c.text, err, c.want)
		}
	}
}

func TestEncodings(t *testing.T) {
	for _, c := range []struct{ encoding, content, value, want string }{
		{"GB18030", "\xb2\xe8,a\n", "茶", "\xb2\xe8"},
		{"cp936", "\xb2\xe8,a\n", "茶", "\xb2\xe8"},
		{"latin-1", "\xe9,a\n", "é", "\xe9"},
		{"ISO-8859-1", "\x93,a\n", "\u0093", "\x93"},
		{"cp1252", "\x93,a\n", "“", "\x93"},
		{"shift_jis", "\x95\x5c,a\n", "表", "\x95\x5c"},
		{"utf-16", "\x76\x83,\x00a\x00\n\x00", "荶", "\x76\x83"},
		{"utf-16be", "\x83\x76\x00,\x00a\x00\n", "荶", "\x83\x76"},
		{"", "\xff\xfe\x76\x83,\x00a\x00\n\x00", "荶", "\x76\x83"},
		{"utf-8", "\ufeffé,a\n", "é", "é"},
	} {
		no := false
		o := Options{Encoding: c.encoding, Header: &no}
		table, err := ParseWith("a.csv", c.content, o)
		if err != nil || table.Fields(0)["1"] != c.value {
			t.Errorf("%s: %v, %v", c.encoding, table, err)
			continue
		}
		edited := written(t, table, []int{0}, map[int]map[string]string{0: {"2": c.value + c.value}})
		if !strings.HasPrefix(edited, strings.Split(c.content, c.want)[0]) || strings.Count(edited, c.want) != 3 {
			t.Errorf("%s: %q is written as %q", c.encoding, c.content, edited)
		}
		if again, err := ParseWith("a.csv", edited, o); err != nil || again.Fields(0)["2"] != c.value+c.value {
			t.Errorf("%s: %q, %v", c.encoding, edited, err)
		}
		if c.encoding == "latin-1" || c.encoding == "cp1252" {
			err := table.Write(&bytes.Buffer{}, []int{0}, map[int]map[string]string{0: {"2": "茶"}})
			want := `a.csv:1: column "2": the new value "茶": the encoding of the file, ` + c.encoding + `, lacks`
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Error(err)
			}
		}
	}
	for _, c := range []struct{ encoding, content, want string }{
		{"gb18030", "a,b\nc,\x81\n", "a.csv:2: not gb18030, the encoding that is set"},
		{"shift_jis", "a,\xff\n", "a.csv:1: not shift_jis, the encoding that is set"},
		{"us-ascii", "a,b\né,c\n", "a.csv:2: not us-ascii"},
		{"utf-8", "a,b\n\xe9,c\n", "a.csv:2: not UTF-8"},
		{"", "a,b\n\xe9,c\n", `name it, for instance encoding = "gb18030"`},
		{"latin-1", "\ufeffa,b\n", "begins with the byte order mark of utf-8, and its encoding is set to latin-1: remove encoding"},
		{"utf-8", "\xff\xfea\x00", "begins with the byte order mark of utf-16le"},
		{"latin-1", "PK\x03\x04\x14\x00", "zip"},
	} {
		if _, err := ParseWith("a.csv", c.content, Options{Encoding: c.encoding}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %q: %v, want %s", c.encoding, c.content, err, c.want)
		}
	}
	if table, err := ParseWith("a.txt", "\x84\x31\xa4\x37", Options{Encoding: "gb18030"}); err != nil || table.Fields(0)["text"] != "\ufffd" {
		t.Error("the replacement character is a character of gb18030:", table, err)
	}
}

// FuzzDelimited reads any bytes with any options: no panic, bounded memory and time, every written file reads as what was read.
func FuzzDelimited(f *testing.F) {
	for _, file := range foreignFiles(f) {
		f.Add(string(file.Content), file.Delimiter, uint8(len(file.Encoding)))
	}
	encodings := []string{"", "gb18030", "latin-1", "utf-16", "shift_jis", "iso-2022-jp", "utf-8"}
	names := []string{"a.csv", "a.tsv", "a.txt", "a.tab", "a"}
	f.Fuzz(func(t *testing.T, content, delimiter string, choice uint8) {
		var o Options
		name := names[int(choice)%len(names)]
		o.Encoding = encodings[int(choice/5)%len(encodings)]
		o.Delimiter = delimiter
		if choice&1 > 0 {
			o.Quoting = Quotings[choice>>1&1]
		}
		if header := choice&8 > 0; choice&4 > 0 {
			o.Header = &header
		}
		o.Columns = []string{"text", "label"}[:choice>>6%3]
		limit.Check(t, uint64(1<<22+100*len(content)), 10, func() {
			table, err := ParseWith(name, content, o)
			if err != nil {
				if bad := (*fault.Bad)(nil); !errors.As(err, &bad) {
					t.Fatalf("no *fault.Bad: %v", err)
				}
				return
			}
			if table.Format == JSON || table.Format == JSONL { // FuzzJSONL writes them again
				return
			}
			var out bytes.Buffer
			if err := table.Write(&out, all(table), nil); err != nil {
				if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || o.Encoding == "" {
					t.Fatalf("%q of %+v: %v", content, table.Shape(), err)
				}
				return
			}
			o.Delimiter, o.Format = table.Shape().Delimiter, table.Format
			again, err := ParseWith(name, out.String(), o)
			if err != nil || fmt.Sprint(records(again)) != fmt.Sprint(records(table)) || !utf8.ValidString(fmt.Sprint(records(table))) {
				t.Fatalf("%q of %+v is written as %q: %v", content, table.Shape(), out.String(), err)
			}
		})
	})
}
