package input

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"ftft/internal/fault"
)

// head is the number of first bytes by which Text recognises content.
const head = 4 << 10

// Text returns content as UTF-8 without a byte order mark. UTF-16 with a mark is decoded. Content that is no text, or is text in
// an unknown encoding, is a *fault.Bad that names the file. A reader that knows the encoding decodes what Content returns, and
// does not call Text.
func Text(name, content string) (string, error) {
	if text, ok, err := fromUTF16(name, content); ok || err != nil {
		return text, err
	}
	if what := Recognise([]byte(content[:min(len(content), head)])); what != "" {
		return "", fault.At(name, 0, what)
	}
	text := strings.TrimPrefix(content, "\ufeff")
	return text, CheckUTF8(name, text)
}

// CheckUTF8 returns a *fault.Bad with the line and the column of the first byte that is not UTF-8, nil if there is none.
func CheckUTF8(name, text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	at, line, start := 0, 1, 0
	for i, r := range text {
		if r == '\n' {
			line, start = line+1, i+1
		}
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			at = i
			break
		}
	}
	column := utf8.RuneCountInString(text[start:at]) + 1
	if strings.IndexByte(text[:min(len(text), head)], 0) >= 0 {
		return fault.At(name, line, fmt.Sprintf("a binary file, not text: byte 0x%02X in column %d is not UTF-8", text[at], column))
	}
	if !utf8.FullRuneInString(text[at:]) {
		return fault.At(name, line, "the file ends within a character; is it truncated?")
	}
	return fault.At(name, line, fmt.Sprintf("not UTF-8: byte 0x%02X in column %d; %s", text[at], column,
		"find out the file's encoding (such as windows-1252 or gb18030), for a wrong one garbles texts without an error"))
}

// fromUTF16 decodes text in UTF-16 that begins with a byte order mark. ok is false for other content.
func fromUTF16(name, content string) (text string, ok bool, err error) {
	var order binary.ByteOrder
	switch {
	case strings.HasPrefix(content, "\xff\xfe\x00\x00"): // UTF-32
		return "", false, nil
	case strings.HasPrefix(content, "\xff\xfe"):
		order = binary.LittleEndian
	case strings.HasPrefix(content, "\xfe\xff"):
		order = binary.BigEndian
	default:
		return "", false, nil
	}
	if len(content)%2 != 0 {
		return "", true, fault.At(name, 0, "text in UTF-16 with an odd number of bytes: truncated or damaged")
	}
	var out strings.Builder
	out.Grow(len(content) / 2)
	line := 1
	unit := func(i int) rune { return rune(order.Uint16([]byte(content[i : i+2]))) }
	for i := 2; i < len(content); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			second := rune(0)
			if i+2 < len(content) {
				second = unit(i + 2)
			}
			if r = utf16.DecodeRune(r, second); r == utf8.RuneError {
				return "", true, fault.At(name, line, "text in UTF-16 with half of a character: damaged")
			}
			i += 2
		}
		if r == '\n' {
			line++
		}
		out.WriteRune(r)
	}
	return out.String(), true, nil
}
