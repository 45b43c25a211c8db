package cli

import (
	"slices"
	"strconv"
)

// byIndex returns a label map that accepts class indices for labels, except an index that is itself the name of a label.
func byIndex(labels []string) map[string]string {
	names := map[string]string{}
	for i, label := range labels {
		if index := strconv.Itoa(i); !slices.Contains(labels, index) {
			names[index] = label
		}
	}
	return names
}
