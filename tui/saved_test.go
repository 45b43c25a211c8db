package tui

import (
	"strings"
	"testing"
)

func TestSavedSelections(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("'")
	b.shows("Saved selections", "None yet.")
	b.press("esc", "S", "enter")
	b.shows("save as")
	b.typeText("a third")
	b.shows("enter saves ambiguous 33 %")
	b.press("enter")
	b.shows("Saved ambiguous 33 % as a third")
	b.press("]", "s", ":")
	b.typeText("confidence < 0.5")
	b.press("enter", "S")
	b.typeText("low")
	b.press("enter", "S")
	b.typeText("a third")
	b.shows("enter replaces ambiguous 33 %")
	b.press("esc", "'")
	b.golden("saved-120x40")
	b.press("enter")
	if b.sel.Count != 330 || b.sel.Rule != "" || b.sel.Strategy != "ambiguous" {
		t.Errorf("got %d selected by %s and the rule %q, want 330 by ambiguous", b.sel.Count, b.sel.Strategy, b.sel.Rule)
	}
	b.press("u")
	if b.sel.Rule != "confidence < 0.5" {
		t.Errorf("undone: got the rule %q", b.sel.Rule)
	}
	b.press("'", "down", "delete")
	b.shows("Delete the saved selection low?")
	b.press("n")
	b.shows("low")
	b.press("delete", "y")
	b.shows("Deleted low.")
	if strings.Contains(b.shown(), "all that match") {
		t.Errorf("the list still has the deleted selection:\n%s", b.shown())
	}
}
