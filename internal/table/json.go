package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// jsonl has one object per line. Empty lines are skipped.
type jsonl struct{}

func (j jsonl) find(t *Table) error {
	if text := t.text[t.head:]; Ending(t.File) == ".json" || NotObject(firstLine(text)) != "" {
		if wrong := oneObject(text); wrong != "" {
			return fault.At(t.File, 0, wrong)
		}
	}
	seen := columnSet{}
	err := eachLine(t.text, t.head, func(p place) error {
		record := t.text[p.start:p.end]
		if strings.TrimSpace(record) == "" {
			return nil
		}
		if wrong := NotObject(record); wrong != "" {
			return fault.At(t.File, p.line, wrong+"; JSONL has one object on each line")
		}
		seen.add(record)
		t.records = append(t.records, p)
		return nil
	})
	seen.fill(t)
	return err
}

// firstLine returns the first line of a text that is not empty.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n"), "\n")
	return line
}

// NotObject describes why a text is not one JSON object, "" if it is.
func NotObject(text string) string {
	end, wrong := scanValue(text, 0)
	if wrong != "" {
		column := 1 + utf8.RuneCountInString(text[:end])
		return fmt.Sprintf("not a JSON object: column %d: %s", column, wrong)
	}
	if kind := kindOf(text[space(text, 0):]); kind != scalar.Object {
		return "not a JSON object: found " + kindNames[kind]
	}
	if space(text, end) < len(text) {
		return "something follows the JSON object"
	}
	return ""
}

// kindNames are the names of the kinds of JSON values in messages.
var kindNames = map[scalar.Kind]string{
	scalar.Null: "null", scalar.Text: "a string", scalar.Number: "a number", scalar.Boolean: "a boolean",
	scalar.NotFinite: "a number that is not finite", scalar.List: "a list", scalar.Object: "an object",
}

// kindOf returns the kind of the JSON value that a text begins with.
func kindOf(raw string) scalar.Kind {
	switch raw[0] {
	case '"':
		return scalar.Text
	case 'n':
		return scalar.Null
	case 't', 'f':
		return scalar.Boolean
	case 'N', 'I':
		return scalar.NotFinite
	case '[':
		return scalar.List
	case '{':
		return scalar.Object
	case '-':
		if strings.HasPrefix(raw, "-I") {
			return scalar.NotFinite
		}
	}
	return scalar.Number
}

// columnSet collects the keys of JSON records, with whether some record has a value, which null, NaN and Infinity are not.
type columnSet map[string]bool

func (c columnSet) add(record string) {
	members(record, space(record, 0), func(key string, raw span) {
		if kind := kindOf(record[raw.start:]); kind != scalar.Null && kind != scalar.NotFinite {
			c[key] = true
		} else if _, known := c[key]; !known {
			c[key] = false
		}
	})
}

// fill sets the columns of a table: all keys with a value in some record, sorted.
func (c columnSet) fill(t *Table) {
	for _, key := range slices.Sorted(maps.Keys(c)) {
		if c[key] {
			t.Columns = append(t.Columns, key)
		} else {
			t.refuse(key, "has no value in any record")
		}
	}
}

// each visits the values of a record, which must be valid JSON.
func (jsonl) each(_ *Table, record string, visit func(column string, raw span)) {
	members(record, space(record, 0), visit)
}

// members visits the values of the object that begins at an offset of valid JSON.
func members(record string, at int, visit func(key string, raw span)) {
	at = space(record, at+1) // after the brace
	for record[at] != '}' {
		end := afterString(record, at)
		key := unquote(record[at:end])
		start := space(record, space(record, end)+1) // after the colon
		end = afterValue(record, start)
		visit(key, span{start, end})
		if at = space(record, end); record[at] == ',' {
			at = space(record, at+1)
		}
	}
}

// elements visits the values of the list that begins at an offset of valid JSON.
func elements(record string, at int, visit func(i int, raw span)) {
	at = space(record, at+1) // after the bracket
	for i := 0; record[at] != ']'; i++ {
		end := afterValue(record, at)
		visit(i, span{at, end})
		if at = space(record, end); record[at] == ',' {
			at = space(record, at+1)
		}
	}
}

// space returns the offset of the first byte from at on that is not a space.
func space(s string, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] == '\t' || s[at] == '\r' || s[at] == '\n') {
		at++
	}
	return at
}

// afterString returns where the string that begins at an offset ends.
func afterString(s string, at int) int {
	for at++; s[at] != '"'; at++ {
		if s[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// afterValue returns where the value that begins at an offset ends.
func afterValue(s string, at int) int {
	if s[at] == '"' {
		return afterString(s, at)
	}
	for depth := 0; ; at++ {
		switch s[at] {
		case '"':
			at = afterString(s, at) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return at
			}
		}
	}
}

func unquote(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var text string
	if err := json.Unmarshal([]byte(raw), &text); err != nil {
		panic(err) // the line is valid
	}
	return text
}

func (jsonl) kind(raw string) scalar.Kind { return kindOf(raw) }

func (jsonl) value(raw string) (string, bool) {
	switch kindOf(raw) {
	case scalar.Text:
		return unquote(raw), true
	case scalar.Null:
		return "", false
	case scalar.List, scalar.Object:
		return compact(raw), true
	}
	return raw, true
}

// compact formats a list or an object independently of its spaces and the order of its keys. NaN and Infinity become null.
func compact(raw string) string {
	decoder := json.NewDecoder(strings.NewReader(withoutLiterals(raw)))
	decoder.UseNumber()
	var v any
	err := decoder.Decode(&v)
	text, again := json.Marshal(v)
	if err := errors.Join(err, again); err != nil {
		panic(err) // the line is valid
	}
	return string(text)
}

// withoutLiterals replaces NaN and Infinity outside of strings by null.
func withoutLiterals(raw string) string {
	if !strings.Contains(raw, "NaN") && !strings.Contains(raw, "Infinity") {
		return raw
	}
	var out strings.Builder
	from := 0
	for at := 0; at < len(raw); {
		switch {
		case raw[at] == '"':
			at = afterString(raw, at)
		case kindOf(raw[at:]) == scalar.NotFinite:
			out.WriteString(raw[from:at] + "null")
			at = afterValue(raw, at)
			from = at
		default:
			at++
		}
	}
	return out.String() + raw[from:]
}

// form writes a value with the JSON type of the old one (number, boolean, list, object) if it is valid for that, otherwise as a
// string.
func (jsonl) form(_ *Table, raw, value string) (string, error) {
	kind := kindOf(raw)
	literal := kind == scalar.Number || kind == scalar.Boolean || kind == scalar.List || kind == scalar.Object
	plain := json.Valid([]byte(value)) && strings.TrimSpace(value) == value && !strings.ContainsAny(value, "\r\n")
	if literal && plain && kindOf(value) == kind {
		return value, nil
	}
	return quote(value), nil
}

// quote formats a JSON string. Non-ASCII letters are kept.
func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // strings never fail
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// add appends a key after the last one, with spaces if the record has them after its colons.
func (j jsonl) add(record, column, value string) string {
	comma, colon, end := ", ", ": ", 0
	j.each(nil, record, func(_ string, raw span) {
		if end = raw.end; record[raw.start-1] == ':' {
			comma, colon = ",", ":"
		}
	})
	if end == 0 { // the record has no key
		comma, end = "", strings.IndexByte(record, '{')+1
	}
	return record[:end] + comma + quote(column) + colon + quote(value) + record[end:]
}
