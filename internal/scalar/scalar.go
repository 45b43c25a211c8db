// Package scalar decides what a value of a data file counts for as an ID, as a class and as a text. Every reader of examples
// calls it, so that 7, 7.0 and "7" are one ID in JSONL, CSV, TSV, Parquet, cartography's dynamics and PyTorch's files alike.
//
// The rule:
//
//   - An ID, and the name or index of a class, is a text, a number or a boolean. It is compared as text. A number that is written
//     with a decimal point or an exponent and is whole stands for its integer: 7.0 and 7.00e+00 are 7. This is so in quotes and in
//     files without types as well, because pandas writes the integers of a column with gaps as 7.0. Other texts are as they
//     are: 007, 1e3 in quotes and 1.10 keep their characters.
//   - A boolean is true or false. As a class, the texts True, TRUE, False and FALSE are booleans too, because Python writes them. 1
//     and 0 are numbers and never booleans.
//   - A text is a text, or a number or boolean in the characters of the file.
//   - null, a value that is absent, NaN, Infinity, a list, an object and bytes are none of these. Where such a value is used, it is
//     refused and named. Where it is not used, it does not matter: NaN and Infinity count as null there.
//   - No gold label: null, NaN, -1, and in texts also an empty one, "-", "NaN" and "nan"; unless a label has that very name. -1 is
//     Hugging Face's, "-" SNLI's.
//
// It imports nothing of the project. Begin with Value and ID.
package scalar

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Kind is the type of a value.
type Kind uint8

// The kinds. Formats without types have Text only.
const (
	Null      Kind = iota // null, or absent
	Text                  // characters
	Number                // a finite number
	Boolean               // true or false
	NotFinite             // NaN, Infinity or -Infinity
	List
	Object // also a struct or map of Parquet
	Bytes  // bytes that are no text
)

// A Value is one value of a record. Text holds its characters: a string without its quotes, a number in the digits of the file, a
// list or an object as JSON, "" for null.
type Value struct {
	Kind Kind
	Text string
}

// OfText returns the value of a format without types.
func OfText(text string) Value { return Value{Text, text} }

// ID returns the form in which a value counts as an ID, or an error whose message continues "the guid ".
func (v Value) ID() (string, error) {
	if err := v.fits("an ID is a text or a number"); err != nil {
		return "", err
	}
	return v.key(), nil
}

// Class returns the form in which a value counts as the name or the index of a class, or an error whose message continues
// "the label ".
func (v Value) Class() (string, error) {
	if err := v.fits("a label is a text, a number or a boolean"); err != nil {
		return "", err
	}
	return Class(v.key()), nil
}

// Index returns the index of the label that a value names, -1 if it names none. A label of the value's own characters goes first, for
// two labels may differ as 1.0 and 1 do.
func (v Value) Index(labels []string) int {
	if i := slices.Index(labels, v.Text); i >= 0 {
		return i
	}
	class, err := v.Class()
	if err != nil {
		return -1
	}
	return slices.IndexFunc(labels, func(label string) bool { return Class(label) == class })
}

// AsText returns a value as the text of an example, or an error whose message continues "the text ". It accepts the empty text.
func (v Value) AsText() (string, error) {
	if v.Kind == Text {
		return v.Text, nil
	}
	return v.Text, v.fits("")
}

// key returns the value as ID does. Only numbers may leave out the decimal point and still have an exponent.
func (v Value) key() string {
	if v.Kind == Number {
		return integer(v.Text)
	}
	return ID(v.Text)
}

// fits returns an error unless a value is a text that is not empty, a number or a boolean. wanted says what is allowed; "" also
// allows the empty text.
func (v Value) fits(wanted string) error {
	switch {
	case v.Kind == Text && v.Text == "" && wanted != "":
		return errors.New("is empty")
	case v.Kind == Null:
		return errors.New("is null")
	case v.Kind == Text, v.Kind == Number, v.Kind == Boolean:
		return nil
	}
	message := "is " + v.String()
	if wanted != "" {
		message += "; " + wanted
	}
	return errors.New(message)
}

// Unlabelled reports whether a value stands for the absence of a gold label. A label of that very name is the caller's to find
// first.
func (v Value) Unlabelled() bool {
	switch v.Kind {
	case Null, NotFinite:
		return true
	case Text, Number:
		text := strings.TrimSpace(v.Text)
		return text == "" || text == "-" || text == "NaN" || text == "nan" || ID(text) == "-1"
	}
	return false
}

// String describes a value in a message: null, "text", 7, true, NaN, a list (["a","b"]).
func (v Value) String() string {
	switch v.Kind {
	case Null:
		return "null"
	case List:
		return "a list (" + brief(v.Text) + ")"
	case Object:
		return "an object (" + brief(v.Text) + ")"
	case Bytes:
		return "bytes that are no text"
	case Text:
		return `"` + brief(v.Text) + `"`
	}
	return v.Text
}

// brief cuts a text to the length that a message should quote.
func brief(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// ID returns the form in which a text counts as an ID or as the name of a class: that of its integer for a whole number with a
// decimal point or an exponent with a plus sign, otherwise the text itself.
func ID(text string) string {
	if strings.IndexByte(text, '.') < 0 && strings.IndexByte(text, '+') < 0 {
		return text
	}
	return integer(text)
}

// Class returns the form in which a text counts as the name of a class: that of ID, and of booleans as JSON writes them.
func Class(text string) string {
	switch text {
	case "True", "TRUE":
		return "true"
	case "False", "FALSE":
		return "false"
	}
	return ID(text)
}

// most limits the digits of an integer that an exponent may stand for.
const most = 20

// integer returns the integer that a decimal number stands for, such as 7 for 7.0 or 7e0, or the text itself if it is no number
// without a fraction. Numbers with leading zeros or a plus sign, and those of more than 20 digits with an exponent, stay as they are.
func integer(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	whole, rest := cutDigits(digits)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return text
	}
	fraction, point := "", false
	if rest, point = strings.CutPrefix(rest, "."); point {
		fraction, rest = cutDigits(rest)
	}
	shift, ok := exponent(rest)
	if !ok || !point && rest == "" {
		return text
	}
	fraction = strings.TrimRight(fraction, "0")
	if fraction == "" && strings.Trim(whole, "0") == "" {
		return "0"
	}
	switch {
	case shift == 0 && fraction == "": // of any length
	case shift >= 0 && shift >= len(fraction) && len(whole)+shift <= most:
		whole = strings.TrimLeft(whole+fraction+strings.Repeat("0", shift-len(fraction)), "0")
	case shift < 0 && fraction == "" && -shift < len(whole) && strings.Trim(whole[len(whole)+shift:], "0") == "":
		whole = whole[:len(whole)+shift]
	default:
		return text
	}
	if negative {
		return "-" + whole
	}
	return whole
}

// cutDigits splits a text after its leading digits.
func cutDigits(text string) (digits, rest string) {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[:n], text[n:]
}

// exponent parses "", e5, E+05 or e-5. ok is false for other texts, and for exponents of more than three digits.
func exponent(text string) (value int, ok bool) {
	if text == "" {
		return 0, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	text = strings.TrimPrefix(text[1:], "+")
	text, negative := strings.CutPrefix(text, "-")
	digits, rest := cutDigits(text)
	if digits == "" || rest != "" || len(digits) > 3 {
		return 0, false
	}
	for _, d := range digits {
		value = 10*value + int(d-'0')
	}
	if negative {
		value = -value
	}
	return value, true
}
