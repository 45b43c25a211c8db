package fault

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the name that a word was most likely meant to be, upper and lower case aside, or "".
func Nearest(word string, names []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, name := range names {
		if n := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(name)); n < least {
			best, least = name, n
		}
	}
	return best
}
