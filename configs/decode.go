package configs

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"ftft/internal/fault"
)

// decoder decodes a TOML tree into structs by their toml tags and collects all problems.
type decoder struct {
	problems []Problem
}

// override is a value of --set: parsed as TOML, and as typed for fields that need a string.
type override struct {
	value any
	text  string
}

func (d *decoder) fail(path, format string, args ...any) {
	d.problems = append(d.problems, Problem{Key: path, Message: fmt.Sprintf(format, args...)})
}

// value decodes one value into target. A value of the wrong type leaves target unchanged.
func (d *decoder) value(path string, from any, target reflect.Value) {
	if set, ok := from.(override); ok {
		from = set.value
		if _, isString := from.(string); target.Kind() == reflect.String && !isString {
			from = set.text
		}
	}
	if target.Type() == reflect.TypeFor[Part]() {
		d.part(path, from, target)
		return
	}
	switch target.Kind() {
	case reflect.Pointer:
		if !target.IsNil() { // an engine that inherits
			d.value(path, from, target.Elem())
			return
		}
		value := reflect.New(target.Type().Elem())
		before := len(d.problems)
		if d.value(path, from, value.Elem()); len(d.problems) == before {
			target.Set(value)
		}
	case reflect.Struct:
		table, ok := from.(map[string]any)
		switch engine, isEngine := target.Addr().Interface().(*Engine); {
		case !ok:
			d.wrongType(path, "a table", from)
		case isEngine:
			d.engine(path, table, engine)
		default:
			d.table(path, table, target)
		}
	case reflect.Slice:
		d.list(path, from, target)
	case reflect.Map:
		table, ok := from.(map[string]any)
		if !ok {
			d.wrongType(path, "a table", from)
			return
		}
		target.Set(reflect.MakeMap(target.Type()))
		for _, key := range sortedKeys(table) {
			value := reflect.New(target.Type().Elem()).Elem()
			d.value(join(path, key), table[key], value)
			target.SetMapIndex(reflect.ValueOf(key), value)
		}
	default:
		d.scalar(path, from, target)
	}
}

func (d *decoder) scalar(path string, from any, target reflect.Value) {
	switch value := from.(type) {
	case string:
		if target.Kind() == reflect.String {
			target.SetString(value)
			return
		}
	case bool:
		if target.Kind() == reflect.Bool {
			target.SetBool(value)
			return
		}
	case int64:
		if target.CanInt() {
			target.SetInt(value)
			return
		}
		if target.CanFloat() {
			target.SetFloat(float64(value))
			return
		}
	case float64:
		if target.CanFloat() {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				d.fail(path, "must be a finite number, not %v", value)
				return
			}
			target.SetFloat(value)
			return
		}
	}
	wanted := map[reflect.Kind]string{reflect.String: "a string", reflect.Bool: "true or false", reflect.Float64: "a number"}[target.Kind()]
	if wanted == "" {
		wanted = "an integer"
	}
	d.wrongType(path, wanted, from)
}

func (d *decoder) list(path string, from any, target reflect.Value) {
	items, ok := listOf(from)
	if !ok {
		d.wrongType(path, "a list", from)
		return
	}
	list := reflect.MakeSlice(target.Type(), len(items), len(items))
	for i, item := range items {
		d.value(element(path, i), item, list.Index(i))
	}
	target.Set(list)
}

func (d *decoder) part(path string, from any, target reflect.Value) {
	items, ok := listOf(from)
	if !ok || len(items) != 2 {
		d.fail(path, `must be a list of two such as ["first", 0.33]`)
		return
	}
	var part Part
	d.value(element(path, 0), items[0], reflect.ValueOf(&part.Side).Elem())
	d.value(element(path, 1), items[1], reflect.ValueOf(&part.Fraction).Elem())
	target.Set(reflect.ValueOf(part))
}

// table decodes into a struct and reports unknown keys.
func (d *decoder) table(path string, table map[string]any, target reflect.Value) {
	fields, names := map[string]reflect.Value{}, []string(nil)
	for _, field := range reflect.VisibleFields(target.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("toml"), ","); name != "" {
			fields[name] = target.FieldByIndex(field.Index)
			names = append(names, name)
		}
	}
	for _, key := range sortedKeys(table) {
		if field, known := fields[key]; known {
			d.value(join(path, key), table[key], field)
			continue
		}
		hint := ""
		if near := fault.Nearest(key, names); near != "" {
			hint = fmt.Sprintf("did you mean %q? ", near)
		}
		where := "the keys are"
		if path != "" {
			where = "the keys of " + path + " are"
		}
		d.fail(join(path, key), "unknown key; %s%s %s", hint, where, strings.Join(names, ", "))
	}
}

// wrongType reports a value of the wrong type.
func (d *decoder) wrongType(path, wanted string, got any) {
	kind := map[reflect.Kind]string{
		reflect.String: "string", reflect.Bool: "boolean", reflect.Int64: "integer", reflect.Float64: "float",
		reflect.Slice: "list", reflect.Map: "table",
	}[reflect.ValueOf(got).Kind()]
	if kind == "" {
		kind = "date"
	}
	switch got.(type) {
	case string:
		d.fail(path, "must be %s, not the string %q", wanted, got)
	case bool, int64, float64:
		d.fail(path, "must be %s, not the %s %v", wanted, kind, got)
	default:
		d.fail(path, "must be %s, not a %s", wanted, kind)
	}
}

// listOf returns a TOML list, which the library represents by two types.
func listOf(from any) ([]any, bool) {
	switch list := from.(type) {
	case []any:
		return list, true
	case []map[string]any:
		items := make([]any, len(list))
		for i, table := range list {
			items[i] = table
		}
		return items, true
	}
	return nil, false
}

func sortedKeys(table map[string]any) []string {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
