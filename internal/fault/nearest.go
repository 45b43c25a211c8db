package fault

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the name that a misspelt word most likely stands for, ignoring case, or "" if none is close.
func Nearest(word string, names []string) string {
	nearest, least := "", max(2, len(word)/3)+1
	for _, name := range names {
		if n := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(name)); n < least {
			nearest, least = name, n
		}
	}
	return nearest
}
