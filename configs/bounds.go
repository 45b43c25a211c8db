package configs

import (
	"fmt"
	"strings"
)

// Limits of a config's text. No valid config comes near them. The TOML library takes memory and time that grow with the square of
// the depth, and a problem with every element of a long list is of no use.
const (
	maxBytes = 1 << 20
	maxDepth = 32  // brackets inside each other, or parts of a dotted key
	maxWord  = 256 // bytes of a bare key or a number
)

// excess returns the first place where a text exceeds the limits, as a line and a message; "" if there is none. It accepts text
// that is not valid TOML.
func excess(text string) (line int, message string) {
	if len(text) > maxBytes {
		return 0, fmt.Sprintf("%d bytes; a config has at most %d", len(text), maxBytes)
	}
	line = 1
	depth, dots, word := 0, 0, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if strings.IndexByte("[]{}=,\"'#\n\r \t.", c) < 0 {
			if word++; word > maxWord {
				return line, fmt.Sprintf("a key or a number of more than %d characters", maxWord)
			}
			continue
		}
		word = 0
		switch c {
		case '[', '{':
			depth++
			dots = 0
		case ']', '}':
			depth = max(0, depth-1)
		case '=', ',':
			dots = 0
		case '.':
			dots++
		case '\n':
			line++
			dots = 0
		case '#':
			i += lineEnd(text[i:]) - 1
		case '"', '\'':
			size := stringSize(text[i:])
			line += strings.Count(text[i:i+size], "\n")
			i += size - 1
		}
		if depth > maxDepth || dots >= maxDepth {
			return line, fmt.Sprintf("nested more than %d levels deep", maxDepth)
		}
	}
	return 0, ""
}

// lineEnd returns the offset of the first line break, or the length.
func lineEnd(text string) int {
	if at := strings.IndexByte(text, '\n'); at >= 0 {
		return at
	}
	return len(text)
}

// stringSize returns the length of the string that a text begins with, with its quotes. A string without an end has that of its
// line or, in three quotes, of the text.
func stringSize(text string) int {
	quote := text[:1]
	end := lineEnd(text)
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text, triple) {
		quote, end = triple, len(text)
	}
	for i := len(quote); i < end; i++ {
		if text[i] == '\\' && quote[0] == '"' {
			i++
		} else if strings.HasPrefix(text[i:], quote) {
			return i + len(quote)
		}
	}
	return end
}
