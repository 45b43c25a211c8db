package table

import (
	"fmt"
	"strings"
)

// depthLimit is the depth of lists and objects in each other up to which JSON is read. pandas reads up to 1024.
const depthLimit = 1000

// literals are the values that are no strings, numbers, lists or objects. Python's json module writes the last three; JSON lacks them.
var literals = []string{"true", "false", "null", "NaN", "Infinity", "-Infinity"}

// scanValue checks the JSON value that begins at an offset, which may be preceded by spaces. It returns where the value ends, or
// what is wrong and where. It takes memory for the depth alone, and visits each byte once.
func scanValue(s string, at int) (end int, wrong string) {
	var open []byte // the brackets around at
	for {
		at = space(s, at)
		switch {
		case at == len(s):
			return at, "it ends within a value"
		case s[at] == '{' || s[at] == '[':
			if open = append(open, s[at]); len(open) > depthLimit {
				return at, fmt.Sprintf("lists and objects lie more than %d deep in each other", depthLimit)
			}
			if at = space(s, at+1); at < len(s) && s[at] == closing(open[len(open)-1]) {
				break // its end is read below
			}
			if open[len(open)-1] == '{' {
				if at, wrong = scanKey(s, at); wrong != "" {
					return at, wrong
				}
			}
			continue
		case s[at] == '"':
			at, wrong = scanString(s, at)
		default:
			at, wrong = scanPlain(s, at)
		}
		if wrong != "" {
			return at, wrong
		}
		for next := false; !next; {
			if len(open) == 0 {
				return at, ""
			}
			top := open[len(open)-1]
			if at = space(s, at); at == len(s) {
				return at, "it ends before the closing " + string(closing(top))
			}
			switch s[at] {
			case closing(top):
				at, open = at+1, open[:len(open)-1]
			case ',':
				if at, next = space(s, at+1), true; top == '{' {
					if at, wrong = scanKey(s, at); wrong != "" {
						return at, wrong
					}
				}
			default:
				return at, fmt.Sprintf("%s where a comma or %c should be", found(s, at), closing(top))
			}
		}
	}
}

// closing returns the bracket that ends a list or an object.
func closing(open byte) byte {
	if open == '{' {
		return '}'
	}
	return ']'
}

// scanKey checks a key and the colon after it. It returns the offset after the colon.
func scanKey(s string, at int) (int, string) {
	if at == len(s) {
		return at, "it ends before a key"
	}
	if s[at] != '"' {
		return at, found(s, at) + " where a key in double quotes should be"
	}
	at, wrong := scanString(s, at)
	if wrong != "" {
		return at, wrong
	}
	if at = space(s, at); at == len(s) || s[at] != ':' {
		return at, found(s, at) + " where a colon should be"
	}
	return at + 1, ""
}

// scanString checks a string and returns where it ends.
func scanString(s string, at int) (int, string) {
	for at++; at < len(s); at++ {
		switch b := s[at]; {
		case b == '"':
			return at + 1, ""
		case b < ' ':
			return at, "a control character within a string; it is written with a backslash, such as \\n or \\t"
		case b == '\\':
			escape := at
			if at++; at == len(s) {
				return at, "it ends within a string"
			}
			if s[at] == 'u' {
				for i := range 4 {
					if at+1+i >= len(s) || !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[at+1+i])) {
						return escape, "an incomplete \\u within a string"
					}
				}
				at += 4
			} else if strings.IndexByte(`"\/bfnrt`, s[at]) < 0 {
				return escape, "an unknown character after the backslash within a string"
			}
		}
	}
	return at, "it ends within a string"
}

// scanPlain checks a number or a literal and returns where it ends.
func scanPlain(s string, at int) (int, string) {
	for _, literal := range literals {
		if strings.HasPrefix(s[at:], literal) {
			return at + len(literal), ""
		}
	}
	start := at
	digits := func() bool {
		from := at
		for at < len(s) && s[at] >= '0' && s[at] <= '9' {
			at++
		}
		return at > from
	}
	next := func(bytes string) bool {
		if at < len(s) && strings.IndexByte(bytes, s[at]) >= 0 {
			at++
			return true
		}
		return false
	}
	next("-")
	leading := at < len(s) && s[at] == '0'
	first := at
	if !digits() {
		return start, found(s, start) + " where a value should begin"
	}
	if leading && at > first+1 {
		return first, "a number with a leading zero; as a text it needs double quotes"
	}
	if next(".") && !digits() {
		return at, "a number without digits after its decimal point"
	}
	if next("eE") {
		if next("+-"); !digits() {
			return at, "a number without digits in its exponent"
		}
	}
	return at, ""
}

// found describes the character at an offset.
func found(s string, at int) string {
	if at >= len(s) {
		return "it ends"
	}
	for _, r := range s[at:] {
		return fmt.Sprintf("%q", r)
	}
	return ""
}
