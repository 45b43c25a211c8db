package tui

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/view"
)

// brush is what is drawn on the map by mouse or keys: a rectangle, or the threshold that is dragged.
type brush struct {
	box     *view.Box // nil = none
	inside  int       // examples in it, exactly
	byMouse bool
	pressed bool // the mouse is down, at
	x, y    int  // cells of the map's grid
	pulling bool // the threshold is dragged
	before  pick // what undo goes back to then
}

// brushScreen is the map while a rectangle is drawn, which has keys of its own.
const brushScreen screen = 100

func brushKeys() []binding {
	on, brushing := []screen{mapScreen}, []screen{brushScreen}
	move := func(x, y int) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd { a.moveCorner(x, y); return nil }
	}
	return []binding{
		{[]string{"v"}, "brush: a rectangle on the map, from the example on", "v brush", on, func(a *App) tea.Cmd { return a.beginBrush() }},
		{[]string{"left", "h"}, "the brush's corner left", "", brushing, move(-1, 0)},
		{[]string{"right", "l"}, "the brush's corner right", "", brushing, move(1, 0)},
		{[]string{"up", "k"}, "the brush's corner up", "", brushing, move(0, -1)},
		{[]string{"down", "j"}, "the brush's corner down", "", brushing, move(0, 1)},
		{[]string{"shift+left", "H"}, "its corner left, faster", "", brushing, move(-5, 0)},
		{[]string{"shift+right", "L"}, "its corner right, faster", "", brushing, move(5, 0)},
		{[]string{"shift+up", "K"}, "its corner up, faster", "", brushing, move(0, -3)},
		{[]string{"shift+down", "J"}, "its corner down, faster", "", brushing, move(0, 3)},
		{[]string{"v", "space"}, "hold this corner, move the other one", "", brushing, func(a *App) tea.Cmd {
			b := a.desk.brush.box
			b.X0, b.X1, b.Y0, b.Y1 = b.X1, b.X0, b.Y1, b.Y0
			return nil
		}},
		{[]string{"enter"}, "select what the brush holds", "", brushing, func(a *App) tea.Cmd { return a.takeBrush() }},
		{[]string{"esc"}, "leave the brush", "", brushing, func(a *App) tea.Cmd { a.desk.brush = brush{}; return nil }},
		{[]string{"esc"}, "back: from a search, an epoch before, a brush, filters or a rule", "", []screen{mapScreen, examplesScreen}, func(a *App) tea.Cmd { return a.back() }},
	}
}

// back leaves what was entered last: the search, the epoch before, the brush or the rule, the filters.
func (a *App) back() tea.Cmd {
	to := a.choice.pick
	switch b := &a.desk.brush; {
	case b.pulling: // the mouse still holds the threshold
		to = b.before
		*b = brush{}
		return a.become(to)
	case b.box != nil:
		*b = brush{}
		return nil
	case a.desk.search.text != "":
		a.clearSearch()
		return nil
	case a.desk.scrub.after > 0:
		return a.live()
	case to.class > 0 || to.marked || to.filter != "":
		to.class, to.marked, to.filter = 0, false, ""
	case to.brushed:
		return a.unbrush()
	case to.rule != "":
		to.take("", false)
	default:
		return nil
	}
	return a.change(to)
}

// unbrush goes back to the selection before the rectangle, and to the example that the cursor was on; undo comes back.
func (a *App) unbrush() tea.Cmd {
	before := moment{pick: a.choice.pick, under: -1}
	before.take("", false)
	for _, m := range slices.Backward(a.choice.past) {
		if !m.brushed {
			before = m
			break
		}
	}
	cmd := a.change(before.pick)
	a.stay(before.under, a.now().under)
	return tea.Batch(cmd, a.fetchTexts())
}

// beginBrush draws a rectangle around the example under the cursor.
func (a *App) beginBrush() tea.Cmd {
	w, h := a.dataMap.Size()
	picture := a.seen()
	if w == 0 || picture == nil || picture.Map == nil || len(picture.Points) == 0 {
		a.say("", errors.New("there is no map to brush yet"))
		return nil
	}
	x, y := w/2, h/2
	if point := a.cursorPoint(); point != nil {
		x, y = a.dataMap.CellOf(*point)
	}
	other := func(at, size int) int { // to the side that has room
		if at+size/8 < size {
			return at + size/8
		}
		return at - size/8
	}
	a.desk.brush = brush{box: &view.Box{X0: x, Y0: y, X1: other(x, w), Y1: other(y, h)}}
	a.countBrush()
	return a.live()
}

func (a *App) moveCorner(x, y int) {
	w, h := a.dataMap.Size()
	b := *a.desk.brush.box
	b.X1, b.Y1 = min(max(b.X1+x, 0), w-1), min(max(b.Y1+y, 0), h-1)
	a.desk.brush.box = &b
	a.countBrush()
}

// area is a rectangle of values; the upper bounds are not in it.
type area struct{ variability, confidence [2]float64 }

// areaOf gives the values of a rectangle, rounded as its rule writes them.
func (a *App) areaOf(b view.Box) area {
	var r area
	r.variability, r.confidence = a.dataMap.Bounds(b)
	for _, bounds := range []*[2]float64{&r.variability, &r.confidence} {
		for i, v := range bounds {
			if !math.IsInf(v, 0) {
				bounds[i] = math.Round(v*1e4) / 1e4
			}
		}
	}
	return r
}

// rule writes an area as a rule.
func (r area) rule() string {
	var terms []string
	for _, of := range []struct {
		name   string
		bounds [2]float64
	}{{"variability", r.variability}, {"confidence", r.confidence}} {
		for i, sign := range []string{" >= ", " < "} {
			if v := of.bounds[i]; !math.IsInf(v, 0) {
				terms = append(terms, of.name+sign+strconv.FormatFloat(v, 'f', -1, 64))
			}
		}
	}
	if len(terms) == 0 {
		return "true"
	}
	return strings.Join(terms, " && ")
}

// match says which examples lie in an area: what its rule says, without evaluating one.
func (r area) match(m *datamap.Map) matched {
	found := matched{in: make([]bool, m.Len())}
	for i, v := range m.Variability {
		c := m.Confidence[i]
		if v >= r.variability[0] && v < r.variability[1] && c >= r.confidence[0] && c < r.confidence[1] {
			found.in[i] = true
			found.count++
		}
	}
	return found
}

func (a *App) countBrush() {
	a.desk.brush.inside = a.areaOf(*a.desk.brush.box).match(a.seen().Map).count
}

// takeBrush makes what the rectangle holds the selection, and lists it.
func (a *App) takeBrush() tea.Cmd {
	r := a.areaOf(*a.desk.brush.box)
	a.desk.brush = brush{}
	found, text := r.match(a.seen().Map), r.rule()
	if found.count == 0 {
		a.say("The rectangle holds no example.", nil)
		return nil
	}
	a.desk.rules.matched[text] = &found
	to := a.choice.pick
	to.take(text, true)
	cmd := a.change(to)
	a.say(fmt.Sprintf("%s examples brushed: 3 lists them, esc goes back.", view.Count(found.count)), nil)
	return cmd
}

// words say what an area holds.
func (r area) words() string {
	text := ""
	for _, of := range []struct {
		name   string
		bounds [2]float64
	}{{"variability", r.variability}, {"confidence", r.confidence}} {
		switch from, to := of.bounds[0], of.bounds[1]; {
		case math.IsInf(from, 0) && math.IsInf(to, 0):
		case math.IsInf(from, 0):
			text += fmt.Sprintf(" · %s < %.3f", of.name, to)
		case math.IsInf(to, 0):
			text += fmt.Sprintf(" · %s ≥ %.3f", of.name, from)
		default:
			text += fmt.Sprintf(" · %s %.3f to %.3f", of.name, from, to)
		}
	}
	return text
}

// brushLine says what the rectangle holds.
func (a *App) brushLine() string {
	count := view.Count(a.desk.brush.inside) + " examples"
	if a.desk.brush.inside == 1 {
		count = "1 example"
	}
	return a.theme.Warn.Render(count) + a.theme.Dim.Render(a.areaOf(*a.desk.brush.box).words())
}

// mapMouse does on the map what the mouse asks for, and says whether that is anything: a click goes to the nearest example of
// the list, dragging draws a rectangle, or pulls the threshold where it begins on that; the wheel moves the cursor; the right
// button goes back.
func (a *App) mapMouse(msg tea.MouseMsg) (bool, tea.Cmd) {
	b, mouse := &a.desk.brush, msg.Mouse()
	picture := a.seen()
	w, h := a.dataMap.Size()
	if picture == nil || picture.Map == nil || len(picture.Points) == 0 || w == 0 {
		return false, nil
	}
	x, y, on := a.dataMap.Cell(mouse.X, mouse.Y-a.paneTop())
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[msg.Button]
		return by != 0, a.move(by)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseRight {
			*b = brush{}
			return true, a.back()
		}
		if !on && y != h { // the axis below carries the threshold's mark
			return false, nil
		}
		column, row := a.dataMap.ThresholdCell()
		*b = brush{pressed: true, byMouse: true, x: x, y: y, before: a.choice.pick}
		b.pulling = a.desk.scrub.after == 0 && (column >= 0 && x >= column-1 && x <= column+1 || row >= 0 && y >= row-1 && y <= row+1)
		return true, nil
	case tea.MouseMotionMsg:
		if !b.pressed {
			return false, nil
		}
		x, y = min(max(x, 0), w-1), min(max(y, 0), h-1)
		if b.pulling {
			return true, a.pull(x, y)
		}
		if b.box == nil && x == b.x && y == b.y {
			return false, nil
		}
		b.box = &view.Box{X0: b.x, Y0: min(b.y, h-1), X1: x, Y1: y}
		a.countBrush()
		return true, a.live()
	case tea.MouseReleaseMsg:
		if !b.pressed {
			return false, nil
		}
		was := *b
		*b = brush{}
		switch {
		case was.pulling && a.choice.pick != was.before:
			to := a.choice.pick
			a.choice.pick = was.before
			a.keep()
			a.choice.pick = to
			return true, nil
		case was.box != nil:
			b.box = was.box
			return true, a.takeBrush()
		}
		return true, a.goNearest(was.x, was.y)
	}
	return false, nil
}

// pull moves the threshold to a cell; the selection is what lies beyond it, exactly.
func (a *App) pull(x, y int) tea.Cmd {
	c := &a.choice
	if c.ranking == nil || len(c.order) == 0 {
		return nil
	}
	variability, confidence := a.dataMap.Value(x, y)
	m := a.seen().Map
	beyond := func(k int) bool { // the k-th of the order is no longer chosen
		switch i := c.order[k]; c.strategy {
		case datamap.Ambiguous:
			return m.Variability[i] < variability
		case datamap.HardToLearn:
			return m.Confidence[i] > confidence
		default:
			return m.Confidence[i] < confidence
		}
	}
	count := max(sort.Search(len(c.order), beyond), 1)
	to := c.pick
	to.fraction, to.whole = float64(count)/float64(len(c.order)), false
	if to == c.pick {
		return nil
	}
	return a.become(to)
}

// pullLine is the selection while its threshold is pulled, and what a run on it takes.
func (a *App) pullLine() string {
	line := fmt.Sprintf("%s: %s examples", view.Percent(a.choice.fraction), view.Count(a.choice.count))
	if p, ok := a.pace(); ok {
		line += " · " + p.words(a.choice.count) + " · " + p.lasts()
	}
	return line
}

// goNearest moves the cursor to the example of the list that lies nearest to a cell.
func (a *App) goNearest(x, y int) tea.Cmd {
	variability, confidence := a.dataMap.Value(x, y)
	m, nearest := a.seen().Map, math.Inf(1)
	for place, index := range a.choice.list {
		if far := math.Abs(2*(m.Variability[index]-variability)) + math.Abs(m.Confidence[index]-confidence); far < nearest {
			a.choice.cursor, nearest = place, far
		}
	}
	a.desk.search.astray = -1
	return a.fetchTexts()
}

// listTop is the lines above the list: what is selected, and how that is listed.
const listTop = 2

// listMouse goes to the example that is clicked in the list; the wheel moves on.
func (a *App) listMouse(msg tea.MouseMsg) (bool, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[msg.Button]
		return by != 0, a.move(by)
	case tea.MouseClickMsg:
		first, last := a.inView()
		if place := first + msg.Y - a.paneTop() - listTop; msg.Button == tea.MouseLeft && place >= first && place < last {
			a.choice.cursor, a.desk.search.astray = place, -1
			return true, a.fetchTexts()
		}
	}
	return false, nil
}
