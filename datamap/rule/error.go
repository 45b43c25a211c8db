package rule

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Error is what is wrong with a rule, and where.
type Error struct {
	Text    string // of the rule
	At      int    // the byte at which it is wrong; the text's length where something is missing at the end
	Message string
	cause   error // of a column that could not be had
}

// Error shows the message with its place, counted in characters from 1, and below it the line with a caret.
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

// Unwrap is why a column could not be had.
func (e *Error) Unwrap() error { return e.cause }

// printable is a text without what would move a terminal's cursor.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// nearest is the name that differs least from a word, or none if all differ much.
func nearest(word string, names []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, name := range names {
		if n := distance(strings.ToLower(word), strings.ToLower(name)); n < least {
			best, least = name, n
		}
	}
	return best
}

// distance is Levenshtein's: the fewest bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
