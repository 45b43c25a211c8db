package tui

import (
	"math"
	"slices"
	"testing"

	"ftft/datamap"
)

func TestSortAndFilterList(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("3")
	selected := slices.Sorted(slices.Values(b.sel.List))
	m := b.seen().Map
	for _, metric := range datamap.Metrics {
		b.press("o")
		b.shows("by " + metric.Name)
		values := m.Values(metric)
		for _, reversed := range []bool{false, true} {
			if !slices.Equal(slices.Sorted(slices.Values(b.sel.List)), selected) {
				t.Fatalf("sorting by %s changes which examples are listed", metric.Name)
			}
			if !slices.IsSortedFunc(b.sel.List, func(i, j int32) int {
				if reversed {
					i, j = j, i
				}
				return int(math.Copysign(1, values[j]-values[i])) * min(1, int(math.Ceil(math.Abs(values[j]-values[i]))))
			}) {
				t.Errorf("the list is not sorted by %s (reversed %v)", metric.Name, reversed)
			}
			b.press("O")
		}
	}
	b.press("o")
	b.shows("by ambiguous")
	b.press("f")
	b.shows("label entailment")
	if n := b.sel.Chosen[0]; len(b.sel.List) != n || b.sel.Count != 330 {
		t.Errorf("filtered by label: got %d listed of %d selected, want %d of 330", len(b.sel.List), b.sel.Count, n)
	}
	b.press("|")
	b.typeText("correctness >= 2")
	b.press("enter")
	n := 0
	for _, index := range selected {
		if m.Gold[index] == 0 && m.Correctness[index] >= 2 {
			n++
		}
	}
	if len(b.sel.List) != n || n == 0 {
		t.Errorf("filtered by label and rule: got %d listed, want %d", len(b.sel.List), n)
	}
	b.golden("list-120x40")
	b.press("u")
	b.shows("Undone: the list shows ")
	b.press("u")
	if len(b.sel.List) != 330 {
		t.Errorf("undone: got %d listed, want 330", len(b.sel.List))
	}
}
