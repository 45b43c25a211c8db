package tui

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/session"
	"ftft/tui/view"
)

// brush is the rectangle that the mouse or keys draw on the map, or the threshold while the mouse drags it.
type brush struct {
	of      *datamap.Map // the map on which it is drawn
	visit   int          // the visit of the run, by workspace.visits
	box     *view.Box    // nil = none
	inside  int          // examples in the box
	byMouse bool
	pressed bool // the mouse button is down, at x, y
	x, y    int  // in cells of the map's grid
	pulling bool // the threshold is dragged
	before  selection.Criteria
}

// placeBrush is the place of the map while keys draw a rectangle.
var placeBrush = &place{help: "1's brush (v)"}

func (s *mapScreen) brushKeys() []binding {
	on, brushing, listing := []*place{placeMap}, []*place{placeBrush}, []*place{placeMap, placeExamples}
	there := func() bool { return s.dataMap() != nil }
	move := func(x, y int) func() tea.Cmd { return doing(func() { s.moveCorner(x, y) }) }
	return under(taskSelect, []binding{
		{keys: []string{"v"}, help: "brush a rectangle on the map, from the example", hint: "brush", on: on, now: there,
			do: doing(s.beginBrush)},
		{keys: []string{"left", "h"}, help: "move the brush's corner left", on: brushing, do: move(-1, 0)},
		{keys: []string{"right", "l"}, help: "move the brush's corner right", on: brushing, do: move(1, 0)},
		{keys: []string{"up", "k"}, help: "move the brush's corner up", on: brushing, do: move(0, -1)},
		{keys: []string{"down", "j"}, help: "move the brush's corner down", on: brushing, do: move(0, 1)},
		{keys: []string{"shift+left", "H"}, help: "move its corner left, faster", on: brushing, do: move(-5, 0)},
		{keys: []string{"shift+right", "L"}, help: "move its corner right, faster", on: brushing, do: move(5, 0)},
		{keys: []string{"shift+up", "K"}, help: "move its corner up, faster", on: brushing, do: move(0, -3)},
		{keys: []string{"shift+down", "J"}, help: "move its corner down, faster", on: brushing, do: move(0, 3)},
		{keys: []string{"v", "space"}, help: "fix this corner and move the other", on: brushing, do: doing(func() {
			b := s.brush.box
			b.X0, b.X1, b.Y0, b.Y1 = b.X1, b.X0, b.Y1, b.Y0
		})},
		{keys: []string{"enter"}, help: "select the examples in the brush", on: brushing, do: s.takeBrush},
		{keys: []string{"esc"}, help: "leave the brush", on: brushing, do: doing(func() { s.brush = brush{} })},
		{keys: []string{"esc"}, help: "leave a search, an earlier epoch, a brush, filters, a rule", on: listing, now: s.entered,
			do: s.back},
	}...)
}

// brushed returns the brush on the current map. It discards one on another map and one from an earlier visit of the run.
func (s *mapScreen) brushed() *brush {
	if s.brush.of != s.dataMap() || s.brush.visit != s.visits {
		s.brush = brush{}
	}
	return &s.brush
}

// leaveBrush returns to the selection from before the rectangle and to the example under the cursor then.
func (s *mapScreen) leaveBrush() tea.Cmd {
	before, under := s.sel.BeforeBrush()
	cmd := s.change(before)
	s.sel.Stay(under, s.cursorExample())
	return cmd
}

// beginBrush draws a rectangle from the example under the cursor.
func (s *mapScreen) beginBrush() {
	w, h := s.view.Size()
	picture := s.seen()
	if w == 0 || picture == nil || picture.Map == nil || len(picture.Points) == 0 {
		s.say("", errors.New("there is no map to brush yet"))
		return
	}
	x, y := w/2, h/2
	if point := s.cursorPoint(); point != nil {
		x, y = s.view.CellOf(*point)
	}
	opposite := func(at, size int) int { // on the side that has room
		if at+size/8 < size {
			return at + size/8
		}
		return at - size/8
	}
	s.brush = brush{of: picture.Map, visit: s.visits, box: &view.Box{X0: x, Y0: y, X1: opposite(x, w), Y1: opposite(y, h)}}
	s.countBrush()
	s.epochs = 0
}

func (s *mapScreen) moveCorner(x, y int) {
	w, h := s.view.Size()
	b := *s.brush.box
	b.X1, b.Y1 = min(max(b.X1+x, 0), w-1), min(max(b.Y1+y, 0), h-1)
	s.brush.box = &b
	s.countBrush()
}

// area returns the values of a rectangle, as its rule writes them.
func (s *mapScreen) area(b view.Box) selection.Area {
	var r selection.Area
	r.Variability, r.Confidence = s.view.Bounds(b)
	return r.Round()
}

func (s *mapScreen) countBrush() { s.brush.inside = s.area(*s.brush.box).Match(s.dataMap()).Count }

// takeBrush selects the examples in the rectangle.
func (s *mapScreen) takeBrush() tea.Cmd {
	area := s.area(*s.brush.box)
	s.brush = brush{}
	found, text := area.Match(s.dataMap()), area.Rule()
	if found.Count == 0 {
		s.say("The rectangle holds no example.", nil)
		return nil
	}
	s.sel.SetMatch(text, found)
	to := s.sel.Criteria
	to.SetRule(text, true)
	cmd := s.change(to)
	s.say(fmt.Sprintf("%s examples brushed: 3 lists them, esc goes back.", view.Count(found.Count)), nil)
	return cmd
}

// brushLine describes the examples in the rectangle.
func (s *mapScreen) brushLine() string {
	return s.theme.Warn.Render(view.Counted(s.brush.inside, "example")) + s.theme.Dim.Render(s.area(*s.brush.box).String())
}

// mouse handles the mouse: a click goes to the nearest example of the list; dragging draws a rectangle or, if it begins on the
// threshold, moves the threshold; the wheel moves the cursor; the right button goes back.
func (s *mapScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	b, mouse := s.brushed(), msg.Mouse()
	picture := s.seen()
	w, h := s.view.Size()
	if picture == nil || picture.Map == nil || len(picture.Points) == 0 || w == 0 {
		return false, nil
	}
	x, y, on := s.view.Cell(mouse.X, mouse.Y-s.paneTop())
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[msg.Button]
		return by != 0, s.app.move(by)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseRight {
			*b = brush{}
			return true, s.back()
		}
		if !on && y != h { // the axis below carries the threshold's mark
			return false, nil
		}
		s.say("", nil) // the line below describes what is drawn
		column, row := s.view.ThresholdCell()
		*b = brush{of: picture.Map, visit: s.visits, pressed: true, byMouse: true, x: x, y: y, before: s.sel.Criteria}
		onThreshold := column >= 0 && x >= column-1 && x <= column+1 || row >= 0 && y >= row-1 && y <= row+1
		b.pulling = s.epochs == 0 && onThreshold
		return true, nil
	case tea.MouseMotionMsg:
		if !b.pressed {
			return false, nil
		}
		return s.drag(min(max(x, 0), w-1), min(max(y, 0), h-1), h)
	case tea.MouseReleaseMsg:
		if !b.pressed {
			return false, nil
		}
		return true, s.release()
	}
	return false, nil
}

// drag moves the threshold or the rectangle's corner to a cell.
func (s *mapScreen) drag(x, y, h int) (changed bool, cmd tea.Cmd) {
	b := &s.brush
	if b.pulling {
		return true, s.pull(x, y)
	}
	if b.box == nil && x == b.x && y == b.y {
		return false, nil
	}
	b.box = &view.Box{X0: b.x, Y0: min(b.y, h-1), X1: x, Y1: y}
	s.countBrush()
	s.epochs = 0
	return true, nil
}

// release ends a drag or a click.
func (s *mapScreen) release() tea.Cmd {
	was := s.brush
	s.brush = brush{}
	switch {
	case was.pulling && s.sel.Criteria != was.before:
		s.sel.Remember(was.before)
		return nil
	case was.box != nil:
		s.brush = brush{of: was.of, visit: was.visit, box: was.box}
		return s.takeBrush()
	}
	s.sel.SetCursor(s.sel.Nearest(s.view.Value(was.x, was.y)))
	return nil
}

// pull moves the threshold to a cell. The selection becomes the examples beyond it, to a tenth of a percent.
func (s *mapScreen) pull(x, y int) tea.Cmd {
	if s.sel.Ranking == nil || len(s.sel.Order) == 0 {
		return nil
	}
	to := s.sel.Criteria
	to.SetFraction(float64(s.sel.CountBeyond(s.view.Value(x, y))) / float64(len(s.sel.Order)))
	if to == s.sel.Criteria {
		return nil
	}
	return s.become(to)
}

// pullLine describes what the dragged threshold selects, and the cost of a run on that.
func (s *mapScreen) pullLine() string {
	line := fmt.Sprintf("%s: %s examples", datamap.Percent(s.sel.Fraction), view.Count(s.sel.Count))
	if e, ok := s.estimate(); ok {
		line += " · " + e.compute(s.sel.Count) + " · " + e.eta()
	}
	return line
}

func (s *mapScreen) pose(p *session.Pose) {
	if box := s.brushed().box; box != nil && s.app.front() == s {
		r := s.area(*box)
		p.Box = &[4]float64{max(r.Variability[0], 0), min(r.Variability[1], 1), max(r.Confidence[0], 0), min(r.Confidence[1], 1)}
	}
}

// mirror draws the presenter's rectangle by its values: this map may be larger or smaller.
func (s *mapScreen) mirror(p session.Pose) tea.Cmd {
	s.brush = brush{}
	w, _ := s.view.Size()
	if p.Box == nil {
		return nil
	}
	m := s.dataMap()
	if s.app.follower.again = w == 0 || m == nil; s.app.follower.again {
		return nil
	}
	const within = 1e-4 // what an area's values are rounded to
	x0, y0 := s.view.CellOf(watch.Point{Variability: float32(p.Box[0] + within), Confidence: float32(p.Box[3] - within)})
	x1, y1 := s.view.CellOf(watch.Point{Variability: float32(p.Box[1] - within), Confidence: float32(p.Box[2] + within)})
	area := selection.Area{Variability: [2]float64{p.Box[0], p.Box[1]}, Confidence: [2]float64{p.Box[2], p.Box[3]}}
	s.brush = brush{of: m, visit: s.visits, byMouse: true, box: &view.Box{X0: x0, Y0: y0, X1: x1, Y1: y1}, inside: area.Match(m).Count}
	s.epochs = 0
	return nil
}

func (s *mapScreen) reset() { s.brush = brush{} }
