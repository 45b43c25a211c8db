package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// DecodeJSON decodes the text of a JSON file into value, as json.Unmarshal does. Its error is a *Bad with the line, in words about
// the file: where it is no JSON, or which key has a value of another type.
func DecodeJSON(file string, text []byte, value any) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	err := json.Unmarshal(text, value)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var own *Bad
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return At(file, 0, "is empty; expected JSON")
	case errors.As(err, &syntax):
		message := "not JSON: " + syntaxMessage(syntax, text)
		return At(file, lineAt(text, syntax.Offset-1), message)
	case errors.As(err, &kind):
		return At(file, lineAt(text, kind.Offset-1), typeMessage(kind))
	case errors.As(err, &own): // of a method UnmarshalJSON, which knows no file
		return At(file, own.Problems[0].Line, own.Problems[0].Message)
	}
	return At(file, 0, "unexpected JSON")
}

// lineAt returns the line of a byte, counted from 1.
func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:max(0, min(offset, int64(len(text))))], []byte("\n"))
}

// syntaxMessage describes the character at which the text ceases to be JSON.
func syntaxMessage(err *json.SyntaxError, text []byte) string {
	switch {
	case strings.Contains(err.Error(), "depth"):
		return "its lists and objects are nested too deeply"
	case err.Offset >= int64(len(text)) && strings.Contains(err.Error(), "unexpected end"):
		return "the text ends too early; copy or download the file again"
	case err.Offset < 1 || err.Offset > int64(len(text)):
		return "the text is damaged"
	}
	rest := bytes.ToValidUTF8(text[err.Offset-1:min(int64(len(text)), err.Offset+15)], []byte("?"))
	if literal := invalidLiteral(rest); literal != "" {
		return literal + " is no number in JSON"
	}
	return fmt.Sprintf("it cannot be read from %q on", rest)
}

// invalidLiteral returns the word at the start of the text that other programs write for a number that JSON lacks.
func invalidLiteral(text []byte) string {
	for _, word := range []string{"NaN", "Infinity", "-Infinity", "nan", "inf", "-inf"} {
		if bytes.HasPrefix(text, []byte(word)) {
			return word
		}
	}
	return ""
}

// typeMessage describes a value of a type that its key cannot have.
func typeMessage(err *json.UnmarshalTypeError) string {
	got, want := valueNames[strings.Fields(err.Value + " ?")[0]], typeName(err.Type)
	if number, ok := strings.CutPrefix(err.Value, "number "); ok {
		got = number
	}
	if got == "" {
		got = "a value of another type"
	}
	if err.Field == "" {
		return fmt.Sprintf("%s, where %s is expected", got, want)
	}
	return fmt.Sprintf("%s: %s, where %s is expected", err.Field, got, want)
}

// valueNames name the types of JSON values.
var valueNames = map[string]string{
	"number": "a number", "string": "a text", "bool": "true or false", "array": "a list", "object": "an object", "null": "null",
}

// typeName names what a Go type reads from JSON.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return fmt.Sprintf("a whole number of at most %d", int64(1)<<(t.Bits()-1)-1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint, reflect.Uint64:
		return "a whole number from 0"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	}
	return "another type"
}
