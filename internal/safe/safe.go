// Package safe makes text safe for a terminal: text that others wrote, in files, names of files or arguments, must not move the
// cursor, change colours or the title, or reverse the order of what is read.
//
// It imports nothing of the project. Begin with Text; Writer applies it to all that a program prints, JSON to encoded JSON, and
// Line makes one line of a text for a cell of a table or a screen.
package safe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// controls reports whether a character controls a terminal or the direction of a text: the C0 and C1 controls, DEL, and Unicode's
// bidirectional controls. Newlines and tabs do not count.
func controls(r rune) bool {
	if r < 0x7f { // most characters
		return r < ' ' && r != '\n' && r != '\t'
	}
	return r < 0xa0 || r >= 0x61c && unicode.Is(unicode.Bidi_Control, r)
}

// Text returns a text in which each character that controls a terminal, and each byte that is not UTF-8, is written as Go writes
// it in a string: \x1b, \u202e, \xff. Newlines and tabs remain.
func Text(text string) string {
	return escape(text, func(r rune) string { return strings.Trim(strconv.QuoteRune(r), "'") },
		func(b byte) string { return fmt.Sprintf(`\x%02x`, b) })
}

// colours are the codes by which programs colour what they print on a terminal.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// Uncoloured returns a text without the codes of colours.
func Uncoloured(text string) string { return colours.ReplaceAllString(text, "") }

// JSON returns encoded JSON in which each character that controls a terminal is written as \u and four digits. Such characters occur
// only within the strings of JSON, so its meaning stays the same.
func JSON(text string) string {
	return escape(text, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }, func(byte) string { return `\ufffd` })
}

// Word is Text for a name, such as a cell of a table: newlines and tabs are escaped as well.
func Word(text string) string {
	return breaks.Replace(Text(text))
}

var breaks = strings.NewReplacer("\n", `\n`, "\t", `\t`)

// escape replaces what controls a terminal: characters by form, bytes that are not UTF-8 by invalid.
func escape(text string, form func(r rune) string, invalid func(b byte) string) string {
	clean := true
	for _, r := range text {
		if r == utf8.RuneError || controls(r) {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out.WriteString(invalid(text[i]))
		case controls(r):
			out.WriteString(form(r))
		default:
			out.WriteString(text[i : i+size])
		}
		i += size
	}
	return out.String()
}

// Line makes one line of a text. Control characters become spaces. Characters without a width, or whose width differs between
// terminals, are removed, so that the line is as wide as the number of its cells says.
func Line(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
			return ' '
		case r == '\u200c': // the zero-width non-joiner within Persian words
			return r
		case unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		case r >= 0x1f3fb && r <= 0x1f3ff: // skin tones join with the character before them on some terminals
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(clean), " ")
}
