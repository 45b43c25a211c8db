package fault

import (
	"strings"
	"testing"
)

func TestDecodeJSONNamesTheLineAndTheTypes(t *testing.T) {
	type part struct {
		Size  int32            `json:"size"`
		Words map[string]int32 `json:"words"`
	}
	for text, want := range map[string]string{
		"":                               "f.json: is empty; expected JSON",
		"{\n\"size\": 1,\n":              "f.json:2: not JSON: the text ends too early; copy or download the file again",
		"{\n\"size\": NaN}":              "f.json:2: not JSON: NaN is no number in JSON",
		"{\n\n\"size\" 1}":               `f.json:3: not JSON: it cannot be read from "1}" on`,
		"{\n\"size\": \"big\"}":          "f.json:2: size: a text, where a whole number of at most 2147483647 is expected",
		"{\"size\": 1e99}":               "f.json:1: size: 1e99, where a whole number of at most 2147483647 is expected",
		"{\"words\": [1]}":               "f.json:1: words: a list, where an object is expected",
		"{\"words\":\n{\"a\": true}}":    "f.json:2: words: true or false, where a whole number of at most 2147483647 is expected",
		"[]":                             "f.json:1: a list, where an object is expected",
		strings.Repeat("[", 1_000_000):   "f.json:1: not JSON: its lists and objects are nested too deeply",
		"<html>":                         `f.json:1: not JSON: it cannot be read from "<html>" on`,
		"{\"size\": 1}\n{\"size\": 2}\n": `f.json:2: not JSON: it cannot be read from "{\"size\": 2}\n" on`,
	} {
		var value part
		err := DecodeJSON("f.json", []byte(text), &value)
		if got := err.Error(); got != want {
			t.Errorf("%.40q: got %q, want %q", text, got, want)
		}
	}
	var value part
	if err := DecodeJSON("f.json", []byte("\ufeff{\"size\": 3}"), &value); err != nil || value.Size != 3 {
		t.Errorf("with a byte order mark: %v, %+v", err, value)
	}
}
