package tui

import (
	"fmt"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("/")
	b.typeText("PREMISE 35") // 35 and 350 to 359
	b.shows("11 matches")
	b.press("enter")
	b.shows("● found")
	seen := map[int32]bool{}
	listed := true
	for range 11 {
		index, ok := b.sel.Under()
		if !ok || !strings.HasPrefix(fmt.Sprint(b.seen().Map.Rows[index]), "35") || seen[index] {
			t.Fatalf("n: got example %d, want a match not seen yet", index)
		}
		if listed = listed && b.sel.Search.Outside < 0; !listed {
			b.shows("not in the list")
		}
		seen[index] = true
		b.press("n")
	}
	b.press("N", "3")
	b.golden("search-120x40")
	inList := func() string { // as the title has to count
		count := 0
		for _, index := range b.sel.List {
			if b.sel.Search.In[index] {
				count++
			}
		}
		return fmt.Sprintf("/PREMISE 35: %d of 11 matches listed", count)
	}
	all := inList()
	b.shows(all)
	b.press("f") // another label
	if b.shows(inList()); inList() == all {
		t.Errorf("the filter lists as many matches as before: %s", all)
	}
	b.press("f", "f", "f", "n", "N")
	outside, _ := b.sel.Under()
	for range 14 {
		b.press("}")
	}
	if under, ok := b.sel.Under(); !ok || under != outside || b.sel.Search.Outside >= 0 || b.sel.List[b.sel.Cursor] != outside {
		t.Errorf("the match is listed now: got example %d under the cursor, want %d", under, outside)
	}
	b.press("esc")
	if b.sel.Search.Text != "" || strings.Contains(b.shown(), "●") {
		t.Error("esc does not clear the search")
	}
	b.press("/")
	b.typeText("ex-00007") // a guid
	b.shows("1 match")
	b.press("esc", "n")
	b.shows("No search yet")
}
