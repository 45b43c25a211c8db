package tui

import (
	"slices"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/datamap/marks"
)

func TestMarks(t *testing.T) {
	b := finishedReference(t, 120, 40)
	index, _ := b.sel.Under()
	guid := b.seen().Map.GUIDs[index]
	dir := string(b.focus)
	state := func() marks.State {
		set, err := marks.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return set[guid]
	}
	b.press("m")
	if got := state(); got.Mark != marks.Keep {
		t.Errorf("marked %+v", got)
	}
	b.shows("the label is right", "Corrected data: ftft correct ")
	b.press("m")
	if got := state(); got != (marks.State{}) {
		t.Errorf("taken back: %+v", got)
	}
	b.press("l", "2")
	if got := state(); got.Mark != marks.Relabel || got.Label != b.labels()[1] {
		t.Errorf("relabelled %+v", got)
	}
	b.press("a")
	b.typeText("why?")
	b.press("enter")
	if got := state(); got.Mark != marks.Relabel || got.Note != "why?" {
		t.Errorf("noted %+v", got)
	}
	b.shows("relabelled neutral · why?")
	b.shows("◇ marked")
	b.press("down")
	if x, y := b.onMap().view.CellOf(b.seen().Points[index]); []rune(strings.Split(b.shown(), "\n")[b.paneTop()+1+y])[5+x] != '◇' {
		t.Error("the map does not show the marked example")
	}
	b.press("3", "F")
	if len(b.sel.List) != 1 || b.sel.List[0] != index {
		t.Errorf("marked ones listed: %v", b.sel.List)
	}
	b.golden("marks-120x40")
	b.press("F")
	b.sel.Cursor = 0
	b.press("d")
	if got := state(); got.Mark != marks.Exclude {
		t.Errorf("excluded %+v", got)
	}
	if slices.Contains(b.sel.List, index) || b.sel.Count != datamap.Count(999, 0.33) {
		t.Errorf("%d selected, the excluded one among them: %v", b.sel.Count, slices.Contains(b.sel.List, index))
	}
	b.press("F")
	if len(b.sel.List) != 1 || b.sel.List[0] != index {
		t.Errorf("the excluded one is not listed: %v", b.sel.List)
	}
	b.press("F", "1")
	b.shows("1 excluded")
	chosen, err := b.seen().Map.Choose(datamap.Choice{Strategy: datamap.Ambiguous, Fraction: 0.33, Pool: first(mustRead(t, dir).Pool(b.seen().Map.GUIDs))})
	if err != nil || len(chosen) != b.sel.Count {
		t.Errorf("the command selects %d, %v", len(chosen), err)
	}
	for _, i := range chosen {
		if !slices.Contains(b.sel.Order[:b.sel.Count], int32(i)) {
			t.Errorf("the command selects %d, the screen does not", i)
		}
	}
}

// Undo and redo are of marks, too: they change the selection.
func TestMarksAreUndone(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("3", "down")
	index, _ := b.sel.Under()
	guid := b.seen().Map.GUIDs[index]
	state := func() marks.State { return mustRead(t, string(b.focus))[guid] }
	b.press("l", "2", "a")
	b.typeText("why?")
	b.press("enter", "d")
	if got := state(); got.Mark != marks.Exclude || slices.Contains(b.sel.List, index) {
		t.Fatalf("excluded: %+v", got)
	}
	b.press("u")
	if under, _ := b.sel.Under(); state() != (marks.State{Mark: marks.Relabel, Label: b.labels()[1], Note: "why?"}) || under != index {
		t.Errorf("undone: %+v, the cursor on %d", state(), under)
	}
	b.shows("relabel")
	b.ctrl('r')
	if got := state(); got.Mark != marks.Exclude || slices.Contains(b.sel.List, index) {
		t.Errorf("redone: %+v", got)
	}
	b.press("u", "u", "u")
	if got := state(); got != (marks.State{}) {
		t.Errorf("all undone: %+v", got)
	}
	b.press("u")
	b.shows("There is nothing to undo.")
}

func first[A, B any](a A, _ B) A { return a }

func mustRead(t *testing.T, dir string) marks.Set {
	set, err := marks.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
