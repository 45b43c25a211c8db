package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"ftft/internal/fault"
)

// jsonl has one object per line. Empty lines are skipped.
type jsonl struct{}

func (j jsonl) find(t *Table) error {
	columns := map[string]bool{}
	var line []byte
	err := eachLine(t.text, t.head, func(p place) error {
		record := t.text[p.start:p.end]
		if strings.TrimSpace(record) == "" {
			return nil
		}
		if line = append(line[:0], record...); record[space(record, 0)] != '{' || !json.Valid(line) {
			return fault.At(t.File, p.line, notObject(record))
		}
		j.each(t, record, func(column string, raw span) {
			if record[raw.start] != 'n' && !columns[column] {
				columns[strings.Clone(column)] = true
			}
		})
		t.records = append(t.records, p)
		return nil
	})
	t.Columns = slices.Sorted(maps.Keys(columns))
	return err
}

// notObject describes why a line is not one JSON object.
func notObject(line string) string {
	var object map[string]any
	err := json.NewDecoder(strings.NewReader(line)).Decode(&object)
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		return "not a JSON object: found " + kind.Value + "; write one object per line"
	} else if err != nil {
		return "not a JSON object: " + err.Error() + "; write one object per line"
	}
	if object == nil {
		return "not a JSON object: found null; write one object per line"
	}
	return "something follows the JSON object; write one object per line"
}

// each visits the values of a record, which must be valid JSON.
func (jsonl) each(_ *Table, record string, visit func(column string, raw span)) {
	at := space(record, space(record, 0)+1) // after the brace
	for record[at] != '}' {
		end := afterString(record, at)
		column := unquote(record[at:end])
		start := space(record, space(record, end)+1) // after the colon
		end = afterValue(record, start)
		visit(column, span{start, end})
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

func (jsonl) value(raw string) (string, bool) {
	switch raw[0] {
	case '"':
		return unquote(raw), true
	case 'n':
		return "", false
	case '{', '[':
		return compact(raw), true
	}
	return raw, true
}

// compact formats a list or an object independently of its spaces and the order of its keys.
func compact(raw string) string {
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.UseNumber()
	var v any
	err := decoder.Decode(&v)
	text, again := json.Marshal(v)
	if err := errors.Join(err, again); err != nil {
		panic(err) // the line is valid
	}
	return string(text)
}

// form writes a value with the JSON type of the old one (number, boolean, list, object) if it is valid for that, otherwise as a
// string.
func (jsonl) form(_ *Table, raw, value string) (string, error) {
	same := kind(raw) != "" && kind(raw) == kind(value)
	if same && json.Valid([]byte(value)) && strings.TrimSpace(value) == value && !strings.ContainsAny(value, "\r\n") {
		return value, nil
	}
	return quote(value), nil
}

// kind returns the class of JSON values that a text can be by its first byte, "" for strings and null.
func kind(value string) string {
	for _, kind := range []string{"{", "[", "tf", "-0123456789"} {
		if value != "" && strings.Contains(kind, value[:1]) {
			return kind
		}
	}
	return ""
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
