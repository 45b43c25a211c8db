package tui

import (
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/train/watch"
)

// The map as text fills its width: the workbench's panels do not stand beside it.
func TestMapText(t *testing.T) {
	m := imported(t, 120, 40, true).dataMap()
	text := MapText("theirs", watch.Of("theirs", m, 1), datamap.Ambiguous, 0.33, 120, 40)
	if strings.Contains(text, "Selection") || !strings.Contains(text, "Data map") {
		t.Errorf("got\n%s\nwant the map without panels", text)
	}
	lines := strings.Split(text, "\n")
	if axis := lines[len(lines)-3]; !strings.HasSuffix(axis, "0.5") || len(axis) < 100 {
		t.Errorf("got the axis %q, want one of 120 cells", axis)
	}
}
