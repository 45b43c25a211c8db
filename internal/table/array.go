package table

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// jsonArray is one JSON list of objects, each a record, as pandas writes with orient="records". It is read and written as JSONL is,
// apart from the brackets and commas around the records.
type jsonArray struct{ jsonl }

func (jsonArray) find(t *Table) error {
	if first := t.text[space(t.text, t.head):]; kindOf(first) != scalar.List {
		return fault.At(t.File, 0, "not a JSON list of objects: found "+kindNames[kindOf(first)])
	}
	end, wrong := scanValue(t.text, t.head)
	if rest := space(t.text, end); wrong == "" && rest < len(t.text) {
		end, wrong = rest, "something follows the list"
	}
	if wrong != "" {
		line, column := position(t.text, end)
		return fault.At(t.File, line, fmt.Sprintf("not a JSON list of objects: column %d: %s", column, wrong))
	}
	seen := columnSet{}
	at, line := 0, 1
	var err error
	elements(t.text, space(t.text, t.head), func(i int, raw span) {
		line += strings.Count(t.text[at:raw.start], "\n")
		at = raw.start
		if kind := kindOf(t.text[at:]); kind != scalar.Object && err == nil {
			err = fault.At(t.File, line, fmt.Sprintf("record %d of the JSON list is %s, not an object", i+1, kindNames[kind]))
		}
		if err == nil {
			seen.add(raw.of(t.text))
			t.records = append(t.records, place{raw.start, raw.end, line})
		}
	})
	if err != nil {
		return err
	}
	if len(t.records) == 0 {
		return fault.At(t.File, 0, "the JSON list is empty")
	}
	t.head = t.records[0].start
	seen.fill(t)
	return nil
}

// position returns the line and the column of an offset, from 1.
func position(text string, at int) (line, column int) {
	before := text[:at]
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// isArray reports whether the records are the elements of a JSON list.
func (t *Table) isArray() bool {
	_, ok := t.syntax.(jsonArray)
	return ok
}

// oneObject describes a text that is one JSON object over all records, or objects over several lines each, and says what to do. It
// returns "" for other texts. On one line, an object may also be a record.
func oneObject(text string) string {
	end, wrong := scanValue(text, 0)
	if wrong != "" || text[space(text, 0)] != '{' {
		return ""
	}
	object := text[space(text, 0):end]
	several := strings.Contains(object, "\n")
	if shape := shapeOf(object); shape != "" && space(text, end) == len(text) {
		return shape
	}
	if several {
		return "a JSON object over several lines; JSONL has one on each line, which jq -c . writes; a JSON list of objects is read too"
	}
	return ""
}

// shapeOf describes an object that holds a whole table, "" for others.
func shapeOf(object string) string {
	const advice = `; write one object for each record, in pandas with to_json(FILE, orient="records", lines=True)`
	number := func(key string) bool { return key != "" && strings.Trim(key, "0123456789") == "" }
	var keys, lists []string
	kinds, plain, lengths, numbered := map[scalar.Kind]int{}, true, map[int]bool{}, true
	members(object, 0, func(key string, raw span) {
		kind := kindOf(object[raw.start:])
		keys = append(keys, key)
		kinds[kind]++
		switch kind {
		case scalar.List:
			n, objects := 0, true
			elements(object, raw.start, func(_ int, element span) {
				n++
				inner := kindOf(object[element.start:])
				objects = objects && inner == scalar.Object
				plain = plain && inner != scalar.Object && inner != scalar.List
			})
			lengths[n] = true
			if objects && n > 0 {
				lists = append(lists, key)
			}
		case scalar.Object:
			n := 0
			members(object, raw.start, func(inner string, _ span) {
				n++
				numbered = numbered && number(inner)
			})
			numbered = numbered && n > 0
		}
	})
	all := func(kind scalar.Kind) bool { return len(keys) > 0 && kinds[kind] == len(keys) }
	switch {
	case slices.Contains(keys, "data") && slices.Contains(keys, "columns"):
		return `one JSON object of columns and data, as pandas writes with orient="split"` + advice
	case slices.Contains(keys, "data") && slices.Contains(keys, "schema"):
		return `one JSON object of a schema and data, as pandas writes with orient="table"` + advice
	case len(lists) > 0:
		return fmt.Sprintf("one JSON object with a list of objects in %s; only a list alone is read: take it out with jq '.[%q]'",
			fault.Names(lists), lists[0])
	case all(scalar.List) && plain && len(lengths) == 1 && !lengths[0]:
		return "one JSON object of lists, a list for each column" + advice
	case all(scalar.Object) && numbered:
		return `one JSON object of columns, as pandas writes with orient="columns"` + advice
	case all(scalar.Object) && !slices.ContainsFunc(keys, func(key string) bool { return !number(key) }):
		return `one JSON object of numbered records, as pandas writes with orient="index"` + advice
	}
	return ""
}
