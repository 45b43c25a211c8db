package tui

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap/figure"
	"ftft/tui/session"
	"ftft/tui/view"
)

// curvesScreen draws the curves of runs: losses, accuracies, early stopping.
type curvesScreen struct {
	*workspace
	app     *App
	view    view.Curves
	drawing drawing
	picking bool // whether the list of runs is open
	dragged int  // the column from which the mouse drags the charts; -1 = none
}

var (
	placeCurves = &place{key: "2", tab: "Curves", help: "the curves of loss and scores"}
	placePicker = &place{help: "2's list (d)"} // the list of runs beside the curves
)

// factors are the factors of smoothing, in the order of the keys.
var factors = []float64{0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999}

// defaultFactor is the initial factor of smoothing.
const defaultFactor = 0.95

func newCurvesScreen(a *App) *curvesScreen {
	s := &curvesScreen{workspace: a.workspace, app: a}
	s.reset()
	return s
}

// reset draws the curves with the initial settings.
func (s *curvesScreen) reset() {
	s.view, s.picking, s.dragged = view.Curves{Smoothing: defaultFactor}, false, -1
	s.drawing.own()
}

// narrowed reports whether a window or a crosshair is set.
func (s *curvesScreen) narrowed() bool { return s.view.Crosshair || s.view.Window != (view.Window{}) }

func (s *curvesScreen) home() *place { return placeCurves }

func (s *curvesScreen) place() *place {
	if s.picking {
		return placePicker
	}
	return placeCurves
}

func (s *curvesScreen) keys() []binding {
	on, pick, both := []*place{placeCurves}, []*place{placePicker}, []*place{placeCurves, placePicker}
	c := &s.view
	curved := func() bool { return s.end() > 0 }
	return under(taskDraw, []binding{
		{keys: []string{"left", "h"}, help: "move the crosshair left", hint: "crosshair", shown: "← →", on: on, now: curved,
			do: doing(func() { s.moveCross(-1) })},
		{keys: []string{"right", "l"}, help: "move the crosshair right", on: on, do: doing(func() { s.moveCross(1) })},
		{keys: []string{"shift+left", "H"}, help: "scroll the charts left", on: both, do: doing(func() {
			c.Window = c.Window.Pan(-0.2, s.end())
		})},
		{keys: []string{"shift+right", "L"}, help: "scroll the charts right", on: both, do: doing(func() {
			c.Window = c.Window.Pan(0.2, s.end())
		})},
		{keys: []string{"+"}, help: "zoom in, at the crosshair", hint: "zoom", shown: "+ -", on: both, now: curved,
			do: doing(func() { s.zoom(1.5) })},
		{keys: []string{"-"}, help: "zoom out", on: both, do: doing(func() { s.zoom(1 / 1.5) })},
		{keys: []string{"esc"}, help: "show all of the curves, without a crosshair", on: on, now: s.narrowed, do: doing(func() {
			c.Window, c.Crosshair = view.Window{}, false
		})},
		{keys: []string{"a"}, help: "change the x axis: steps, examples, compute, time", hint: "axes", shown: "a A", on: both,
			do: doing(s.nextAxis)},
		{keys: []string{"A"}, help: "change the y axis: linear or logarithmic", on: both, do: doing(func() { c.Log = !c.Log })},
		{keys: []string{"z"}, help: "smooth more", on: both, do: doing(func() { s.smooth(1) })},
		{keys: []string{"Z"}, help: "smooth less", on: both, do: doing(func() { s.smooth(-1) })},
		{keys: []string{"b"}, help: "draw seeds apart, or their mean and band", on: both, do: doing(func() {
			c.SeedMode = (c.SeedMode + 1) % view.SeedModes
		})},
		{keys: []string{"C"}, help: "choose the charts", hint: "charts", on: both,
			do: doing(func() { c.Set = (c.Set + 1) % len(view.ChartSets) })},
		{keys: []string{"t"}, help: "replay early stopping, with more patience", hint: "stopping", shown: "t T", on: on, now: curved,
			do: doing(func() {
				s.replayStopping(1)
			})},
		{keys: []string{"T"}, help: "replay it with less patience, then end the replay", on: on,
			do: doing(func() { s.replayStopping(-1) })},
		{keys: []string{"d"}, help: "draw other runs: choose them in a list", hint: "draw runs", on: both, now: s.severalRuns, do: doing(func() {
			s.picking, s.listed = !s.picking, s.indexOf(s.focus)
		})},
		{keys: []string{"space", "enter"}, help: "draw the run under the cursor, or hide it", hint: "draw", on: pick, do: doing(s.pick)},
		{keys: []string{"d"}, help: "draw the curves of the run under the cursor, or hide them", on: []*place{placeRuns},
			do: doing(s.pick)},
		{keys: []string{"D"}, help: "draw only the runs of the experiment", on: []*place{placeCurves, placePicker, placeRuns},
			do: doing(s.drawing.own)},
		{keys: []string{"esc"}, help: "leave the list", on: pick, do: doing(func() { s.picking = false })},
	}...)
}

func (s *curvesScreen) update() tea.Cmd { return nil }

func (s *curvesScreen) cursor() (at *int, entries int) {
	if s.picking {
		return &s.listed, len(s.listing.view.Rows())
	}
	return nil, len(s.sel.List)
}

// end returns where the x axis ends.
func (s *curvesScreen) end() float64 { return s.panel().End() }

// pick adds the run under the list's cursor to the curves, or removes it.
func (s *curvesScreen) pick() {
	if run := s.underCursor(); run != nil {
		s.toggle(run)
	}
}

// pickWidth is the width of the list beside the curves, where both have room.
const pickWidth = 44

func (s *curvesScreen) draw(w, h int) []string {
	if !s.picking {
		return s.panel().Draw(w, h)
	}
	left := s.pickerWidth(w)
	list := s.app.runsView("space draws", nil)
	if left == w {
		return list.Draw(left, h)
	}
	return view.Beside(list.Draw(left, h), s.panel().Draw(w-left-1, h), " ")
}

// pickerWidth returns the list's share of w cells: all of them if too few would remain for the curves.
func (s *curvesScreen) pickerWidth(w int) int {
	switch {
	case !s.picking:
		return 0
	case w < pickWidth+40:
		return w
	}
	return pickWidth
}

// moveCross moves the crosshair by cells. At first it appears at the end of the viewed run's curves.
func (s *curvesScreen) moveCross(by int) {
	c := s.panel()
	end := c.End()
	if end == 0 {
		return
	}
	if !c.Crosshair {
		c.Crosshair, c.CrosshairX = true, c.FocusX()
	} else {
		c.CrosshairX = min(max(c.CrosshairX+float64(by)*c.CellWidth(s.w, s.paneHeight()), 0), end)
	}
	c.Window = c.Window.Show(c.CrosshairX, end)
}

// zoom zooms the x axis. The crosshair stays in place, or the middle if there is none.
func (s *curvesScreen) zoom(factor float64) {
	c := s.panel()
	end := c.End()
	about := c.Window.Middle(end)
	if c.Crosshair {
		about = c.CrosshairX
	}
	c.Window = c.Window.Zoom(factor, about, end)
}

// mouse handles the mouse: the wheel zooms and pans, a click sets the crosshair, dragging scrolls the charts, and the right button
// shows everything.
func (s *curvesScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	c, mouse := s.panel(), msg.Mouse()
	left := 0
	if s.picking {
		left = s.pickerWidth(s.w) + 1
	}
	x, over := c.XAt(mouse.X-left, mouse.Y-s.paneTop(), s.w-left, s.paneHeight())
	end := c.End()
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		zoom := map[tea.MouseButton]float64{tea.MouseWheelUp: 1.25, tea.MouseWheelDown: 0.8}
		pan := map[tea.MouseButton]float64{tea.MouseWheelLeft: -0.1, tea.MouseWheelRight: 0.1}
		if factor := zoom[msg.Button]; over && factor != 0 {
			c.Window = c.Window.Zoom(factor, x, end)
		} else if over {
			c.Window = c.Window.Pan(pan[msg.Button], end)
		}
		return over, nil
	case tea.MouseClickMsg:
		if over && msg.Button == tea.MouseRight {
			c.Window, c.Crosshair = view.Window{}, false
		} else if over {
			c.Crosshair, c.CrosshairX, s.dragged = true, x, mouse.X
		}
		return over, nil
	case tea.MouseMotionMsg:
		if s.dragged < 0 || s.dragged == mouse.X {
			return false, nil
		}
		width := c.Window.Width(end)
		c.Window = c.Window.Pan(float64(s.dragged-mouse.X)*c.CellWidth(s.w-left, s.paneHeight())/width, end)
		s.dragged = mouse.X
		return true, nil
	case tea.MouseReleaseMsg:
		s.dragged = -1
	}
	return false, nil
}

// nextAxis changes what the x axis counts. The crosshair stays at its step.
func (s *curvesScreen) nextAxis() {
	c := s.panel()
	step := c.StepAt(c.CrosshairX)
	c.XAxis, c.Window = (c.XAxis+1)%view.XAxes, view.Window{}
	c.CrosshairX = c.XOf(step)
}

func (s *curvesScreen) smooth(by int) {
	at := slices.Index(factors, s.view.Smoothing)
	s.view.Smoothing = factors[min(max(at+by, 0), len(factors)-1)]
}

// replayStopping changes the patience with which early stopping is replayed. Below 0 the replay ends.
func (s *curvesScreen) replayStopping(by int) {
	c := s.panel()
	switch {
	case c.Focus == nil:
	case !c.Replaying:
		c.Replaying, c.Patience = by > 0, c.Focus.Stop.Patience
	case c.Patience+by < 0:
		c.Replaying = false
	default:
		c.Patience = min(c.Patience+by, view.MaxPatience(c.Focus))
	}
}

// settings returns the settings of the curves, with the runs drawn.
func (s *curvesScreen) settings() session.Curves {
	settings := session.CurvesOf(&s.view)
	settings.Runs = []string{} // nil stands for all of the experiment
	for _, d := range s.drawn() {
		settings.Runs = append(settings.Runs, d.Run.ID())
	}
	return settings
}

// kept returns the settings of the curves for view.json, with the runs that the user has hidden or added.
func (s *curvesScreen) kept() session.Curves {
	settings := session.CurvesOf(&s.view)
	settings.Hidden = slices.Sorted(maps.Keys(s.drawing.hidden))
	settings.Added = slices.Sorted(maps.Keys(s.drawing.added))
	return settings
}

// apply applies settings, which may name runs by their IDs: those drawn, or those hidden and added.
func (s *curvesScreen) apply(settings session.Curves) {
	if err := settings.Apply(&s.view); err != nil { // settings are checked when they are read
		s.say("", err)
	}
	if settings.Runs != nil {
		s.only(settings.Runs)
		return
	}
	s.drawing.set(settings.Hidden, settings.Added)
}

func (s *curvesScreen) pose(p *session.Pose) {
	if s.app.front() != s {
		return
	}
	p.Curves = &session.PoseCurves{Curves: s.settings(), Picking: s.picking}
	if s.view.Crosshair {
		cross := s.view.CrosshairX
		p.Curves.Cross = &cross
	}
	if s.view.Replaying {
		patience := s.view.Patience
		p.Curves.Patience = &patience
	}
}

func (s *curvesScreen) mirror(p session.Pose) tea.Cmd {
	c := p.Curves
	if c == nil {
		return nil
	}
	s.apply(c.Curves)
	s.picking = c.Picking
	if s.view.Crosshair = c.Cross != nil; s.view.Crosshair {
		s.view.CrosshairX = *c.Cross
	}
	if s.view.Replaying = c.Patience != nil; s.view.Replaying {
		s.view.Patience = *c.Patience
	}
	return nil
}

// figure draws the curves for a file, on white.
func (s *curvesScreen) figure(title string) (figureWriter, error) {
	if s.end() == 0 {
		return nil, nil
	}
	drawn := s.drawFigure(title, false)
	return func(w io.Writer, format string) error { return figure.WriteCurves(w, format, drawn, Figures(false)) }, nil
}

// drawFigure draws the curves as a figure, on black or on white.
func (s *curvesScreen) drawFigure(title string, dark bool) figure.Curves {
	paper := look{name: "light"}
	if dark {
		paper.name = "dark"
	}
	c, colours := *s.panel(), paper.colours()
	c.Theme = paper.theme()
	return c.Figure(title, figure.Xterm(colours.ink))
}

func (s *curvesScreen) explain() (subject string, items []view.Explained) {
	if _, run := s.focused(); run != nil {
		items = s.explainCurves(run)
	}
	return s.focus.ID(), items
}

func (s *curvesScreen) commands() []Command {
	if _, run := s.focused(); run == nil || run.Given {
		return s.mapCommands()
	}
	c := s.settings()
	args := append([]string{"curves"}, c.Runs...)
	args = append(args, "--x", c.X, "--smooth", strconv.FormatFloat(c.Smooth, 'g', -1, 64), "--charts", c.Charts, "--seeds", c.Seeds)
	if c.Log {
		args = append(args, "--log")
	}
	if c.To > c.From {
		args = append(args, "--range", fmt.Sprintf("%.6g:%.6g", c.From, c.To))
	}
	args = s.rooted(args...)
	return []Command{
		{"the curves as a figure", append(slices.Clone(args), "--figure", s.focus.ID()+"-curves.png")},
		{"the curves as text", args},
		{"the table of arms", s.rooted("report", s.groupName())},
	}
}
