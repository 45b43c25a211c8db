package table

import (
	"fmt"
	"strconv"
	"strings"
)

// isJSON reports whether the records are JSON objects, whose values can be named by paths.
func (t *Table) isJSON() bool {
	_, lines := t.syntax.(jsonl)
	return lines || t.isArray()
}

// hasPath reports whether a path leads to a value, null included, in some record.
func (t *Table) hasPath(path string) bool {
	if !strings.Contains(path, ".") {
		return false
	}
	for row := range t.records {
		if raw, _ := follow(t.record(row), path); raw.start >= 0 {
			return true
		}
	}
	return false
}

// follow finds the value at a path in a record. Of the keys that the path can begin with, the longest that the object has counts: a
// key may itself contain dots. The start of the span is -1 if there is no such value; wrong names a key of the path that occurs twice.
func follow(record, path string) (raw span, wrong string) {
	whole := path
	at := span{space(record, 0), len(record)}
	for {
		next, rest := span{-1, -1}, ""
		length, times := -1, 0
		visit := func(name string, raw span) {
			tail, ok := strings.CutPrefix(path, name)
			if !ok || tail != "" && tail[0] != '.' || len(name) < length {
				return
			}
			if len(name) > length {
				length, times = len(name), 0
			}
			next, rest, times = raw, tail, times+1
		}
		switch record[at.start] {
		case '{':
			members(record, at.start, visit)
		case '[':
			elements(record, at.start, func(i int, raw span) { visit(strconv.Itoa(i), raw) })
		}
		if times > 1 {
			return next, fmt.Sprintf("the key %q of %q occurs %s in this record: remove all but one", path[:length], whole, timesOf(times))
		}
		if rest == "" || next.start < 0 {
			return next, ""
		}
		at, path = next, rest[1:]
	}
}

// firstScalar returns the path of the first plain value inside of a list or an object, "" if there is none.
func firstScalar(value string) string {
	var path []string
	for at := 0; ; {
		inner := space(value, at+1)
		switch {
		case value[at] == '{' && value[inner] != '}':
			end := afterString(value, inner)
			path = append(path, unquote(value[inner:end]))
			at = space(value, space(value, end)+1)
		case value[at] == '[' && value[inner] != ']':
			path, at = append(path, "0"), inner
		case value[at] == '{' || value[at] == '[':
			return ""
		default:
			return strings.Join(path, ".")
		}
	}
}

// pathRows is the number of records that are searched for a path to suggest, and pathDepth how deep its objects may lie.
const (
	pathRows  = 100
	pathDepth = 4
)

// pathEndingIn returns the path of a value inside of an object whose last key is a column that was asked for, "" if there is none.
func (t *Table) pathEndingIn(column string) string {
	if !t.isJSON() {
		return ""
	}
	var search func(record string, object span, before string, depth int) string
	search = func(record string, object span, before string, depth int) (found string) {
		members(record, object.start, func(key string, raw span) {
			switch path := before + key; {
			case found != "":
			case key == column && before != "":
				found = path
			case record[raw.start] == '{' && depth < pathDepth:
				found = search(record, raw, path+".", depth+1)
			}
		})
		return found
	}
	for row := range min(len(t.records), pathRows) {
		record := t.record(row)
		if found := search(record, span{space(record, 0), len(record)}, "", 1); found != "" {
			return found
		}
	}
	return ""
}
