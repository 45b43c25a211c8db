// Package finite makes values fit for JSON, which has neither NaN nor infinity: they become null, as in the logs of runs.
//
// It imports nothing of the project. Begin with JSON.
package finite

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
)

// JSON returns a value that encoding/json encodes as v with null for NaN and infinity: v itself if it has none, or cannot be encoded
// for another reason.
func JSON(v any) any {
	_, err := json.Marshal(v)
	if !errors.As(err, new(*json.UnsupportedValueError)) {
		return v
	}
	return finite(reflect.ValueOf(v))
}

// member is a key of an object with its value.
type member struct {
	key   string
	value any
}

// object is an object that keeps the order of its keys.
type object []member

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	text.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := encoder.Encode(m.key); err != nil {
			return nil, err
		}
		text.WriteByte(':')
		if err := encoder.Encode(m.value); err != nil {
			return nil, err
		}
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// finite returns a copy of a value in which NaN and infinity are nil. It knows the tags of encoding/json apart from string.
func finite(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		return v.Interface()
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || encodesItself(v) {
			return v.Interface()
		}
		return finite(v.Elem())
	}
	switch {
	case encodesItself(v):
		return v.Interface()
	case v.Kind() == reflect.Struct:
		return fields(v)
	case v.Kind() == reflect.Map && !v.IsNil():
		copied := reflect.MakeMapWithSize(reflect.MapOf(v.Type().Key(), reflect.TypeFor[any]()), v.Len())
		for _, key := range v.MapKeys() {
			value := reflect.New(reflect.TypeFor[any]()).Elem()
			if element := finite(v.MapIndex(key)); element != nil {
				value.Set(reflect.ValueOf(element))
			}
			copied.SetMapIndex(key, value)
		}
		return copied.Interface()
	case v.Kind() == reflect.Array, v.Kind() == reflect.Slice && !v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8:
		copied := make([]any, v.Len())
		for i := range copied {
			copied[i] = finite(v.Index(i))
		}
		return copied
	}
	return v.Interface()
}

// encodesItself reports whether a value's type decides its JSON.
func encodesItself(v reflect.Value) bool {
	switch v.Interface().(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return true
	}
	return false
}

// fields returns the members of a struct. Those of an embedded struct without a tag are its own.
func fields(v reflect.Value) (members object) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag, tagged := field.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		value := v.Field(i)
		switch {
		case tag == "-", !field.IsExported() && !field.Anonymous:
			continue
		case field.Anonymous && name == "":
			for value.Kind() == reflect.Pointer && !value.IsNil() {
				value = value.Elem()
			}
			if value.Kind() == reflect.Struct {
				members = append(members, fields(value)...)
				continue
			}
		case strings.Contains(options, "omitempty") && empty(value):
			continue
		}
		if !tagged || name == "" {
			name = field.Name
		}
		members = append(members, member{name, finite(value)})
	}
	if members == nil {
		members = object{}
	}
	return members
}

// empty reports whether omitempty leaves a value out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
