package fault

import (
	"fmt"
	"strconv"
	"strings"
)

// namesLimit is the number of names that a message lists.
const namesLimit = 20

// Names lists names in a message: "a", "b" and "c". Many are cut, with their number: "a", … and 35 more. It returns "none" for none.
func Names(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	more := max(0, len(names)-namesLimit)
	quoted := make([]string, len(names)-more)
	for i := range quoted {
		quoted[i] = strconv.Quote(names[i])
	}
	last := len(quoted) - 1
	switch {
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), more)
	case last == 0:
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " and " + quoted[last]
}
