package rule

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Error describes what is wrong with a rule, and where.
type Error struct {
	Text    string // of the rule
	At      int    // byte offset of the error; the length of the text if something is missing at the end
	Message string
	cause   error // why a column could not be fetched
	open    bool  // a continuation of the text can be right
}

// Unfinished reports whether the error may go away as the user types on: the rule is incomplete, it is not a condition yet, a text is
// not closed, or the error is about the word or operator that the rule ends with.
func (e *Error) Unfinished() bool {
	rest := e.Text[max(0, min(e.At, len(e.Text))):]
	word := strings.TrimFunc(rest, InName) == ""
	operator := strings.Trim(rest, "=!<>&|.") == "" && len(rest) == 1
	return e.open || word || operator || inQuotes(e.Text)
}

// Error returns the message with its position, counted in characters from 1, and below it the line with a caret.
func (e *Error) Error() string {
	before := e.Text[:max(0, min(e.At, len(e.Text)))]
	start := strings.LastIndexByte(before, '\n') + 1
	line, _, _ := strings.Cut(e.Text[start:], "\n")
	place := fmt.Sprintf("column %d", utf8.RuneCountInString(before[start:])+1)
	if strings.Contains(e.Text, "\n") {
		place = fmt.Sprintf("line %d, %s", strings.Count(before, "\n")+1, place)
	}
	indent := strings.Repeat(" ", ansi.StringWidth(printable(before[start:])))
	return fmt.Sprintf("%s: %s\n  %s\n  %s^", place, e.Message, printable(line), indent)
}

// Unwrap returns the reason why a column could not be fetched.
func (e *Error) Unwrap() error { return e.cause }

// printable replaces characters that would move a terminal's cursor.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
