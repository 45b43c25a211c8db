package tui

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/view"
)

func TestBrushWithKeys(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := finishedReference(t, size[0], size[1])
		b.shown() // lays out the map
		b.press("down", "down")
		before := b.sel.Criteria
		cursor, _ := b.sel.Under()
		b.press("v", "v", "h", "h", "h", "H", "j", "k", "K", "l")
		b.golden(fmt.Sprintf("brush-%dx%d", size[0], size[1]))
		area := b.onMap().area(*b.onMap().brush.box)
		n := b.countIf(func(m *datamap.Map, i int) bool {
			v, c := m.Variability[i], m.Confidence[i]
			return v >= area.Variability[0] && v < area.Variability[1] && c >= area.Confidence[0] && c < area.Confidence[1]
		})
		b.press("enter", "3")
		if len(b.sel.List) != n || n == 0 {
			t.Errorf("got %d listed, want %d", len(b.sel.List), n)
		}
		if in, err := b.columns.match(b.sel.Rule); err != nil || !slices.Equal(in, b.sel.Match(b.sel.Rule).In) {
			t.Errorf("the rectangle and its rule %s select different examples (%v)", b.sel.Rule, err)
		}
		b.press("down", "1")
		b.golden(fmt.Sprintf("brushed-%dx%d", size[0], size[1]))
		b.press("esc")
		if b.sel.Criteria != before || b.sel.Count != 330 {
			t.Errorf("esc: got %+v, want %+v", b.sel.Criteria, before)
		}
		if under, _ := b.sel.Under(); under != cursor {
			t.Errorf("esc: got the cursor on %d, want %d", under, cursor)
		}
		b.press("u", "3", "f", "esc", "esc") // the first esc clears the filter, the second the brush
		if under, _ := b.sel.Under(); b.sel.Criteria != before || under != cursor {
			t.Errorf("esc from the filtered list: got %+v with the cursor on %d, want %+v on %d", b.sel.Criteria, under, before, cursor)
		}
		b.press("1")
		b.press("v", "esc")
		if b.onMap().brush.box != nil {
			t.Error("esc does not close the brush")
		}
	}
}

// The area of a rectangle contains the points that its cells show.
func TestBrushAreaMatchesItsCells(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.shown() // lays out the map
	w, h := b.onMap().view.Size()
	for _, box := range []view.Box{
		{X0: 0, Y0: 0, X1: w - 1, Y1: h - 1}, {X0: 10, Y0: 5, X1: 30, Y1: 12}, {X0: 40, Y0: h - 1, X1: 12, Y1: 3}, {X0: 7, Y0: 7, X1: 7, Y1: 7},
	} {
		left, right, top, bottom := min(box.X0, box.X1), max(box.X0, box.X1), min(box.Y0, box.Y1), max(box.Y0, box.Y1)
		shown := 0
		for _, p := range b.seen().Points {
			if x, y := b.onMap().view.CellOf(p); x >= left && x <= right && y >= top && y <= bottom {
				shown++
			}
		}
		// The bounds of the area are rounded to four decimals.
		if got := b.onMap().area(box).Match(b.seen().Map).Count; got < shown-1 || got > shown+1 {
			t.Errorf("%+v: got %d points in the area, want the %d shown", box, got, shown)
		}
	}
}

func TestMouseOnMap(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.shown() // lays out the map
	column, _ := b.onMap().view.ThresholdCell()
	at := func(x, y int) tea.Mouse { return tea.Mouse{X: x + 5, Y: y + 1 + b.paneTop(), Button: tea.MouseLeft} }
	b.send(tea.MouseClickMsg(at(column, 10)))
	for step := range 5 {
		b.send(tea.MouseMotionMsg(at(column+step, 10)))
	}
	b.send(tea.MouseReleaseMsg(at(column+4, 10)))
	value, _ := b.onMap().view.Value(column+4, 10)
	n := b.countIf(func(m *datamap.Map, i int) bool { return m.Variability[i] >= value })
	if b.sel.Count != n || n >= 330 || b.sel.Count != datamap.Count(1000, b.sel.Fraction) {
		t.Errorf("threshold dragged: got %d selected (fraction %g), want %d", b.sel.Count, b.sel.Fraction, n)
	}
	b.press("u")
	if b.sel.Count != 330 || b.sel.Undoable() != 0 {
		t.Errorf("undone once: got %d selected and %d more to undo, want 330 and 0", b.sel.Count, b.sel.Undoable())
	}
	b.send(tea.MouseClickMsg(at(5, 2)))
	b.send(tea.MouseMotionMsg(at(20, 12)))
	b.shows("examples · variability ")
	b.send(tea.MouseReleaseMsg(at(20, 12)))
	if !b.sel.Brushed || b.sel.Count == 0 {
		t.Errorf("dragged over the map: got brushed %v with %d selected, want a brush", b.sel.Brushed, b.sel.Count)
	}
	b.send(tea.MouseClickMsg{X: 5, Y: 5, Button: tea.MouseRight})
	if b.sel.Brushed || b.sel.Count != 330 {
		t.Errorf("right button: got brushed %v with %d selected, want 330 and no brush", b.sel.Brushed, b.sel.Count)
	}
	b.send(tea.MouseClickMsg(at(60, 15)))
	b.send(tea.MouseReleaseMsg(at(60, 15)))
	index, _ := b.sel.Under()
	if x, _ := b.onMap().view.CellOf(b.seen().Points[index]); x < 50 {
		t.Errorf("click in column 60: got an example in column %d, want 50 or more", x)
	}
	b.press("3")
	clicked := strings.Split(b.shown(), "\n")[b.paneTop()+2+3]
	b.send(tea.MouseClickMsg{X: 5, Y: b.paneTop() + 2 + 3, Button: tea.MouseLeft})
	if under := b.sel.List[b.sel.Cursor]; !strings.Contains(clicked, b.seen().Map.GUIDs[under]) {
		t.Errorf("click on the list: got the cursor on line %d, want the line clicked:\n%s", b.sel.Cursor, b.shown())
	}
	b.send(tea.MouseWheelMsg{X: 5, Y: 9, Button: tea.MouseWheelDown})
}

// A dragged threshold selects tenths of a percent, and keys go on from there to whole percents.
func TestDragSelectsTenths(t *testing.T) {
	b := imported(t, 120, 40, true) // of 300 examples, none of which is a tenth of a percent
	b.shown()
	column, _ := b.onMap().view.ThresholdCell()
	at := func(x int) tea.Mouse { return tea.Mouse{X: x + 5, Y: 11 + b.paneTop(), Button: tea.MouseLeft} }
	b.send(tea.MouseClickMsg(at(column)))
	seen := map[float64]bool{}
	for step := range 20 {
		b.send(tea.MouseMotionMsg(at(column + step)))
		seen[b.sel.Fraction] = true
		if tenths := math.Round(1000 * b.sel.Fraction); b.sel.Fraction != tenths/1000 || b.sel.Count != datamap.Count(300, b.sel.Fraction) {
			t.Errorf("dragged by %d cells: got the fraction %v with %d selected, want tenths of a percent", step, b.sel.Fraction, b.sel.Count)
		}
		b.shows(datamap.Percent(b.sel.Fraction) + ": ")
	}
	b.send(tea.MouseReleaseMsg(at(column + 19)))
	dragged := b.sel.Fraction
	if len(seen) < 3 || dragged == math.Round(100*dragged)/100 {
		t.Fatalf("dragged to %v by way of %d fractions, want a part of a percent", dragged, len(seen))
	}
	b.press("]")
	if want := math.Ceil(100*dragged) / 100; b.sel.Fraction != want {
		t.Errorf("] after %v: got %v, want %v", dragged, b.sel.Fraction, want)
	}
}

// Opening a run leaves the brush, also where it is the same run again.
func TestOpeningARunLeavesTheBrush(t *testing.T) {
	b := imported(t, 120, 40, true)
	b.View()
	if b.press("v", "l"); b.place() != placeBrush {
		t.Fatal("v does not begin a brush")
	}
	if b.press("tab"); b.place() == placeBrush {
		t.Error("tab to the only run does not leave the brush")
	}
}
