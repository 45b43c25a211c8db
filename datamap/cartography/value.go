package cartography

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/valyala/fastjson"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// parse parses a line. It accepts NaN, Infinity and -Infinity, which Python writes into JSON; valueOf tells them from numbers.
func parse(parser *fastjson.Parser, line []byte) (*fastjson.Value, error) {
	v, err := parser.ParseBytes(line)
	if err == nil || !bytes.Contains(line, []byte("Infinity")) {
		return v, err
	}
	if v, retried := parser.ParseBytes(quoteInfinity(line)); retried == nil {
		return v, nil
	}
	return nil, err
}

// The words for what is not finite.
var notFiniteWords = []string{"NaN", "Infinity", "-Infinity"}

// quoteInfinity returns a line with each Infinity and -Infinity outside of strings in quotes.
func quoteInfinity(line []byte) []byte {
	const word = "Infinity"
	quoted, inString := make([]byte, 0, len(line)+64), false
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case inString && b == '\\' && i+1 < len(line):
			quoted = append(quoted, b)
			i++
		case b == '"':
			inString = !inString
		case !inString && bytes.HasPrefix(line[i:], []byte("-"+word)):
			quoted = append(quoted, `"-`+word+`"`...)
			i += len(word)
			continue
		case !inString && bytes.HasPrefix(line[i:], []byte(word)):
			quoted = append(quoted, `"`+word+`"`...)
			i += len(word) - 1
			continue
		}
		quoted = append(quoted, line[i])
	}
	return quoted
}

// valueOf returns a value as the one rule for values knows it.
func valueOf(v *fastjson.Value) scalar.Value {
	switch v.Type() {
	case fastjson.TypeString:
		text := string(v.GetStringBytes())
		if slices.Contains(notFiniteWords, text) {
			return scalar.Value{Kind: scalar.NotFinite, Text: text}
		}
		return scalar.Value{Kind: scalar.Text, Text: text}
	case fastjson.TypeNumber:
		text := v.String()
		if text[len(text)-1] > '9' { // NaN and inf, which the parser accepts
			return scalar.Value{Kind: scalar.NotFinite, Text: text}
		}
		return scalar.Value{Kind: scalar.Number, Text: text}
	case fastjson.TypeTrue, fastjson.TypeFalse:
		return scalar.Value{Kind: scalar.Boolean, Text: v.String()}
	case fastjson.TypeArray:
		return scalar.Value{Kind: scalar.List, Text: v.String()}
	case fastjson.TypeObject:
		return scalar.Value{Kind: scalar.Object, Text: v.String()}
	}
	return scalar.Value{Kind: scalar.Null}
}

// guidOf returns a guid in the form in which it is compared, or the reason why it has none. number reports whether it is an integer
// without quotes.
func guidOf(v *fastjson.Value) (name string, number bool, wrong string) {
	if v == nil {
		return "", false, `no "guid"`
	}
	value := valueOf(v)
	if v.Type() == fastjson.TypeString {
		value.Kind = scalar.Text // a guid may be "NaN"
	}
	name, err := value.ID()
	number = value.Kind == scalar.Number
	switch {
	case err != nil:
		return "", false, "the guid " + err.Error()
	case value.Kind == scalar.Boolean || number && !isInteger(name):
		return "", false, fmt.Sprintf("the guid %s is neither a string nor an integer", value)
	}
	return name, number, ""
}

// classOf returns the class of a gold label, which is an index or one of the labels. Otherwise wrong continues "the gold label ".
func classOf(v *fastjson.Value, labels []string) (class int32, wrong string) {
	value := valueOf(v)
	if i := value.Index(labels); i >= 0 {
		return int32(i), ""
	}
	if name, err := value.Class(); err == nil {
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && n >= 0 && n <= math.MaxInt32 {
			return int32(n), ""
		}
	}
	switch {
	case labels != nil:
		return 0, fmt.Sprintf("%s, which is neither a class index nor one of the labels %s", value, fault.Names(labels))
	case value.Kind == scalar.Text && value.Text != "":
		return 0, value.String() + ", which is not a class index: name the labels in the order of the logits with --labels A,B,..."
	}
	return 0, value.String() + ", which is not a class index"
}

// isInteger reports whether a number is written as a JSON integer.
func isInteger(number string) bool {
	digits := strings.TrimPrefix(number, "-")
	if digits == "" || digits[0] == '0' && len(number) > 1 {
		return false
	}
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}
