package fault

import (
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the name that a misspelt word most likely stands for, ignoring case, or "" if none is close.
func Nearest(word string, names []string) string {
	nearest, least := "", max(2, len(word)/3)+1
	size := utf8.RuneCountInString(word)
	for _, name := range names {
		if apart := utf8.RuneCountInString(name) - size; apart >= least || -apart >= least { // which spares comparing a long word
			continue
		}
		if n := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(name)); n < least {
			nearest, least = name, n
		}
	}
	return nearest
}
