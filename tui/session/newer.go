package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/finite"
)

// ofNewerFormat reports whether a text is a JSON object whose format is greater than the one that this version writes.
func ofNewerFormat(text []byte, format int) bool {
	var head struct{ Format float64 }
	return json.Unmarshal(text, &head) == nil && head.Format > float64(format)
}

// errNewer is the cause of the error of a file for which ofNewerFormat holds.
var errNewer = errors.New("a newer format")

// newerFormat returns that error.
func newerFormat(path string) error {
	bad := fault.At(path, 0, "its format is newer; a newer version of ftft reads it, and this one leaves it alone")
	bad.Cause = errNewer
	return bad
}

// member is a key of a JSON object with its value.
type member struct {
	key   string
	value json.RawMessage
}

// members returns the keys of a JSON object in their order, and false for any other text.
func members(text []byte) (list []member, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return nil, false
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		m := member{key: fmt.Sprint(key)}
		if err := decoder.Decode(&m.value); err != nil {
			return nil, false
		}
		list = append(list, m)
	}
	return list, true
}

// withUnknown returns v, a struct, as JSON with the keys of an older text of it that v does not know: a newer version of ftft wrote
// them. Objects within v keep theirs as long as v has the object.
func withUnknown(v any, old []byte) (json.RawMessage, error) {
	text, err := json.Marshal(finite.JSON(v))
	if err != nil {
		return nil, err
	}
	return addUnknown(reflect.TypeOf(v), text, old), nil
}

// addUnknown adds to a value of a type the unknown keys of an older one.
func addUnknown(t reflect.Type, text, old json.RawMessage) json.RawMessage {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	now, isObject := members(text)
	before, wasObject := members(old)
	if t.Kind() != reflect.Struct || !isObject || !wasObject {
		return text
	}
	known := reflect.VisibleFields(t)
	find := func(key string) int {
		return slices.IndexFunc(known, func(field reflect.StructField) bool {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			return strings.EqualFold(name, key) // as encoding/json compares them
		})
	}
	for _, m := range before {
		field := find(m.key)
		if field < 0 {
			now = append(now, m)
			continue
		}
		if i := slices.IndexFunc(now, func(n member) bool { return n.key == m.key }); i >= 0 {
			now[i].value = addUnknown(known[field].Type, now[i].value, m.value)
		}
	}
	return object(now)
}

// object returns the JSON of an object with the members.
func object(list []member) json.RawMessage {
	var text bytes.Buffer
	text.WriteByte('{')
	for i, m := range list {
		if i > 0 {
			text.WriteByte(',')
		}
		key, _ := json.Marshal(m.key) // a string can always be encoded
		text.Write(key)
		text.WriteByte(':')
		text.Write(m.value)
	}
	text.WriteByte('}')
	return text.Bytes()
}
