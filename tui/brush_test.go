package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/view"
)

func TestBrushByKeys(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := atWork(t, size[0], size[1])
		b.text()
		b.press("down", "down")
		before := b.choice.pick
		cursor, _ := b.under()
		b.press("v", "v", "h", "h", "h", "H", "j", "k", "K", "l")
		b.golden(fmt.Sprintf("brush-%dx%d", size[0], size[1]))
		area := b.areaOf(*b.desk.brush.box)
		n := b.want(func(m *datamap.Map, i int) bool {
			return m.Variability[i] >= area.variability[0] && m.Variability[i] < area.variability[1] && m.Confidence[i] >= area.confidence[0] && m.Confidence[i] < area.confidence[1]
		})
		b.press("enter", "3")
		if len(b.choice.list) != n || n == 0 {
			t.Errorf("%d listed, want %d", len(b.choice.list), n)
		}
		if in, err := b.desk.rules.columns.match(b.choice.rule); err != nil || !slices.Equal(in, b.desk.rules.matched[b.choice.rule].in) {
			t.Errorf("the rectangle holds something else than its rule %s, %v", b.choice.rule, err)
		}
		b.press("down", "1")
		b.golden(fmt.Sprintf("brushed-%dx%d", size[0], size[1]))
		b.press("esc")
		if b.choice.pick != before || b.choice.count != 330 {
			t.Errorf("esc: %+v", b.choice.pick)
		}
		if under, _ := b.under(); under != cursor {
			t.Errorf("the cursor is on %d, and was on %d", under, cursor)
		}
		b.press("u", "3", "f", "esc", "esc") // filters first, then the brush
		if under, _ := b.under(); b.choice.pick != before || under != cursor {
			t.Errorf("esc from the filtered list: %+v", b.choice.pick)
		}
		b.press("1")
		b.press("v", "esc")
		if b.desk.brush.box != nil {
			t.Error("esc does not leave the brush")
		}
	}
}

func TestTheBrushHoldsWhatItsCellsShow(t *testing.T) {
	b := atWork(t, 120, 40)
	b.text()
	w, h := b.dataMap.Size()
	for _, box := range []view.Box{{X0: 0, Y0: 0, X1: w - 1, Y1: h - 1}, {X0: 10, Y0: 5, X1: 30, Y1: 12}, {X0: 40, Y0: h - 1, X1: 12, Y1: 3}, {X0: 7, Y0: 7, X1: 7, Y1: 7}} {
		left, right, top, bottom := min(box.X0, box.X1), max(box.X0, box.X1), min(box.Y0, box.Y1), max(box.Y0, box.Y1)
		shown := 0
		for _, p := range b.seen().Points {
			if x, y := b.dataMap.CellOf(p); x >= left && x <= right && y >= top && y <= bottom {
				shown++
			}
		}
		if held := b.areaOf(box).match(b.seen().Map).count; held < shown-1 || held > shown+1 { // bounds are rounded to four places
			t.Errorf("%+v: %d points are shown, %d held", box, shown, held)
		}
	}
}

func TestMouseOnTheMap(t *testing.T) {
	b := atWork(t, 120, 40)
	b.text()
	column, _ := b.dataMap.ThresholdCell()
	at := func(x, y int) tea.Mouse { return tea.Mouse{X: x + 5, Y: y + 1 + b.paneTop(), Button: tea.MouseLeft} }
	b.send(tea.MouseClickMsg(at(column, 10)))
	for step := range 5 {
		b.send(tea.MouseMotionMsg(at(column+step, 10)))
	}
	b.send(tea.MouseReleaseMsg(at(column+4, 10)))
	value, _ := b.dataMap.Value(column+4, 10)
	n := b.want(func(m *datamap.Map, i int) bool { return m.Variability[i] >= value })
	if b.choice.count != n || n >= 330 || b.choice.count != datamap.Count(1000, b.choice.fraction) {
		t.Errorf("pulled to %d (%g), want %d", b.choice.count, b.choice.fraction, n)
	}
	b.press("u")
	if b.choice.count != 330 || len(b.choice.past) != 0 {
		t.Errorf("one undo leaves %d", b.choice.count)
	}
	b.send(tea.MouseClickMsg(at(5, 2)))
	b.send(tea.MouseMotionMsg(at(20, 12)))
	b.shows("examples · variability ")
	b.send(tea.MouseReleaseMsg(at(20, 12)))
	if !b.choice.brushed || b.choice.count == 0 {
		t.Errorf("brushed %d", b.choice.count)
	}
	b.send(tea.MouseClickMsg{X: 5, Y: 5, Button: tea.MouseRight})
	if b.choice.brushed || b.choice.count != 330 {
		t.Errorf("the right button leaves %d", b.choice.count)
	}
	b.send(tea.MouseClickMsg(at(60, 15)))
	b.send(tea.MouseReleaseMsg(at(60, 15)))
	index, _ := b.under()
	if x, _ := b.dataMap.CellOf(b.seen().Points[index]); x < 50 {
		t.Errorf("a click goes to column %d", x)
	}
	b.press("3")
	clicked := strings.Split(b.text(), "\n")[b.paneTop()+2+3]
	b.send(tea.MouseClickMsg{X: 5, Y: b.paneTop() + 2 + 3, Button: tea.MouseLeft})
	if under := b.choice.list[b.choice.cursor]; !strings.Contains(clicked, b.seen().Map.GUIDs[under]) {
		t.Errorf("a click on the list goes to %d:\n%s", b.choice.cursor, b.text())
	}
	b.send(tea.MouseWheelMsg{X: 5, Y: 9, Button: tea.MouseWheelDown})
}
