package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// delimiters are those that are detected.
var delimiters = []string{",", "\t", ";", "|"}

// The sample that a dialect is detected by: so many records of the first bytes of a file.
const (
	sampleBytes   = 1 << 16
	sampleRecords = 100
)

// delimiterNames are the names of delimiters in messages.
var delimiterNames = map[string]string{",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", " ": "space"}

// called returns what messages call a delimiter.
func called(delimiter string) string {
	if name := delimiterNames[delimiter]; name != "" {
		return "a " + name
	}
	return strconv.Quote(delimiter)
}

// delimitedFormat returns the format that a file has if its content is not that of another, "" if nothing tells it. ending is that of
// its name.
func (o Options) delimitedFormat(ending string) string {
	switch {
	case o.Format != "":
		return o.Format
	case ending == ".csv":
		return CSV
	case ending == ".tsv" || ending == ".tab" || o.Delimiter == "\t":
		return TSV
	case o.Delimiter != "":
		return CSV
	case ending == ".txt":
		return Text
	}
	return ""
}

// with returns the dialect with a delimiter. Values may be quoted unless tabs separate them, in a file that is not CSV by its name.
func (o Options) with(delimiter, format string) delimited {
	d := delimited{delimiter: delimiter, quoted: o.Quoting == QuotingCSV, header: o.Header == nil || *o.Header}
	if o.Quoting == "" {
		d.quoted = delimiter != "\t" || format == CSV
	}
	return d
}

// dialect returns how a file of a delimited format is written. It changes the format of a table in a .txt file.
func (t *Table) dialect() delimited {
	o := t.options
	if t.Format != Text {
		t.takeDeclaration()
		o = t.options
	}
	switch {
	case t.Format == Text && o.Format == Text:
		return delimited{delimiter: "\n"}
	case t.Format == Text:
		return t.plainOrTable()
	case o.Delimiter != "":
		return o.with(o.Delimiter, t.Format)
	}
	return t.detect()
}

// declaration matches the first line by which a file names its delimiter to Excel.
var declaration = regexp.MustCompile(`^(?:sep=([^"\r\n])|"sep=([^"\r\n])")\r?\n`)

// takeDeclaration makes a first line such as "sep=;" part of what precedes the header, and its delimiter that of the file unless the
// options name another.
func (t *Table) takeDeclaration() {
	if found := declaration.FindStringSubmatch(t.content()); found != nil {
		t.head += len(found[0])
		if t.options.Delimiter == "" {
			t.options.Delimiter, t.declared = found[1]+found[2], true
		}
	}
}

// plainOrTable returns the dialect of a .txt file. It is a table only if its first record has the columns that the caller needs
// besides text.
func (t *Table) plainOrTable() delimited {
	needed := t.options.needed()
	if slices.ContainsFunc(needed, func(column string) bool { return column != "text" }) {
		for _, delimiter := range []string{"\t", ";", "|", ","} {
			d := t.options.with(delimiter, Text)
			if s := d.sample(t.content()); len(s.first) > 1 && s.has(needed) {
				t.Format = CSV
				if delimiter == "\t" {
					t.Format = TSV
				}
				return d
			}
		}
	}
	return delimited{delimiter: "\n"}
}

// detect returns the dialect with the delimiter of the file, which is that of its format unless there is evidence against it.
func (t *Table) detect() delimited {
	d := t.options.with(",", t.Format)
	if t.Format == TSV {
		d = t.options.with("\t", t.Format)
	}
	text := t.content()
	usual, needed := d.sample(text), t.options.needed()
	if len(needed) > 0 && usual.has(needed) || len(needed) == 0 && len(usual.first) > 1 && (d.header || usual.even) {
		return d
	}
	var named, even []delimited
	for _, delimiter := range delimiters {
		if delimiter == d.delimiter {
			continue
		}
		other := t.options.with(delimiter, t.Format)
		s := other.sample(text)
		if len(needed) > 0 && len(s.first) > 1 && s.has(needed) {
			named = append(named, other)
		}
		if s.even && len(s.first) > 1 {
			even = append(even, other)
		}
	}
	switch {
	case len(named) == 1:
		return named[0]
	case len(even) == 1 && (len(usual.first) == 1 || !d.header && !usual.even):
		return even[0]
	}
	return d
}

// needed returns the columns that the caller needs.
func (o Options) needed() []string {
	return slices.DeleteFunc(slices.Clone(o.Columns), func(column string) bool { return column == "" })
}

// A sample is the beginning of a file as a dialect reads it.
type sample struct {
	first  []string
	even   bool // whether there are other records, all with as many values
	header bool
}

func (d delimited) sample(text string) sample {
	cut := len(text) > sampleBytes
	if cut {
		text = text[:sampleBytes]
	}
	s := sample{even: true, header: d.header}
	records := 0
	count := func(fields []string) {
		if records++; records == 1 {
			s.first = slices.Clone(fields)
		}
		s.even = s.even && len(fields) == len(s.first)
	}
	if !d.quoted {
		lines := strings.SplitN(withoutEmptyLines(text), "\n", sampleRecords+1)
		if len(lines) > sampleRecords || cut && len(lines) > 1 {
			lines = lines[:len(lines)-1]
		}
		for _, line := range lines {
			if len(s.first) != 1 && d.blank(line) {
				continue
			}
			count(strings.Split(strings.TrimSuffix(line, "\r"), d.delimiter))
		}
		s.even = s.even && records > 1
		return s
	}
	reader := d.reader(text)
	for records < sampleRecords {
		fields, err := reader.Read()
		if cut && reader.InputOffset() == int64(len(text)) { // the last record may continue
			break
		}
		if err != nil {
			s.even = s.even && err == io.EOF
			break
		}
		if len(s.first) != 1 && len(fields) == 1 && d.blank(fields[0]) {
			continue
		}
		count(fields)
	}
	s.even = s.even && records > 1
	return s
}

// has reports whether the first record has the columns: by name or, without a header, by number, in records of one length.
func (s sample) has(columns []string) bool {
	names := s.first
	if !s.header {
		if names = numbers(len(s.first)); !s.even {
			return false
		}
	}
	return !slices.ContainsFunc(columns, func(column string) bool { return !slices.Contains(names, column) })
}

// misquoted describes an error of encoding/csv in the record at an offset.
func (d delimited) misquoted(t *Table, at int, err error) string {
	message := `a value begins with a quote (") but does not end with one before the next delimiter; double the quotes inside it`
	if errors.Is(err, csv.ErrBareQuote) {
		message = `a value has a quote (") but does not begin with one; put the value in quotes and double those inside it`
		if record, _, _ := strings.Cut(t.text[at:], "\n"); strings.Contains(record, d.delimiter+` "`) {
			message = `a value begins with a space before its quote ("): remove the space`
		}
	}
	return message + "; or if quotes are part of the text: " + t.options.Set("quoting", QuotingNone)
}

// wrongCount describes a record, at an offset, that has another number of values than the first, and the dialect that fits, if
// there is one.
func (d delimited) wrongCount(t *Table, at, count int) string {
	first := "the header"
	if !d.header {
		first = "the first record"
	}
	message := fmt.Sprintf("%s, %s has %d", counted(count, "field", "fields"), first, len(t.Columns))
	others := []delimited{{d.delimiter, !d.quoted, d.header}}
	for _, delimiter := range delimiters {
		if delimiter != d.delimiter {
			others = append(others, delimited{delimiter, delimiter != "\t" || d.quoted, d.header})
		}
	}
	for _, other := range others {
		s := other.sample(t.content())
		if !s.even || len(s.first) < 2 || other.count(t.text[at:]) != len(s.first) {
			continue
		}
		if other.delimiter == d.delimiter && other.quoted {
			return fmt.Sprintf("%s; each record has %d if values are quoted as in CSV: %s", message, len(s.first),
				t.options.Set("quoting", QuotingCSV))
		}
		if other.delimiter == d.delimiter {
			return fmt.Sprintf("%s; each record has %d if quotes are part of the text: %s", message, len(s.first),
				t.options.Set("quoting", QuotingNone))
		}
		return fmt.Sprintf("%s; each record has %d if %s separates them: %s", message, len(s.first), called(other.delimiter),
			t.options.Set("delimiter", other.delimiter))
	}
	record, _, _ := strings.Cut(t.text[at:], "\n")
	switch record = strings.TrimSuffix(record, "\r"); {
	case d.header && strings.HasPrefix(strings.TrimSpace(t.Columns[0]), "#"):
		return message + "; the header begins with #: if that line is a comment, remove it"
	case count == len(t.Columns)+1 && strings.HasSuffix(record, d.delimiter):
		return fmt.Sprintf("%s; the record ends with %s, and %s does not: add one there", message, called(d.delimiter), first)
	case count < len(t.Columns) && d.quoted:
		return message + "; values are missing, or a value has a line break without being in quotes"
	case count < len(t.Columns):
		return message + "; values are missing, or a value has a line break, which it cannot have unless it is in quotes (" +
			t.options.Set("quoting", QuotingCSV) + ")"
	}
	if d.quoted {
		return message + fmt.Sprintf("; a value with %s must be in quotes, and %s names another delimiter", called(d.delimiter),
			t.options.key("delimiter"))
	}
	return message + fmt.Sprintf("; a value cannot have %s unless it is in quotes (%s); %s names another delimiter",
		called(d.delimiter), t.options.Set("quoting", QuotingCSV), t.options.key("delimiter"))
}

// count returns the number of values of the first record of a text, 0 if it is malformed.
func (d delimited) count(text string) int {
	if !d.quoted {
		line, _, _ := strings.Cut(text, "\n")
		return strings.Count(line, d.delimiter) + 1
	}
	fields, err := d.reader(text).Read()
	if err != nil {
		return 0
	}
	return len(fields)
}

// counted returns a number with its noun.
func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}
