package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// lines is how the curves are shown.
type lines struct {
	view.Curves
	picked  map[rundir.Dir]bool // the runs drawn; nil = those of the group looked at
	picking bool                // beside the list of runs
	dragged int                 // the column from which the mouse draws the charts along; -1 = it does not
}

// factors are those that smoothing can have.
var factors = []float64{0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999}

func newLines() lines { return lines{Curves: view.Curves{Factor: 0.95}, dragged: -1} }

// The parts of screens that have keys of their own.
const (
	pickScreen    screen = screens + iota // the list of runs beside the curves
	compareScreen                         // two runs, in place of the list
)

// place is the screen shown, or the part of it that has keys of its own.
func (a *App) place() screen {
	switch {
	case a.commander.shown(a.screen):
		return commandScreen
	case a.explainer.shown(a.screen):
		return explainScreen
	case a.reader.shown(a.screen):
		return readScreen
	case a.screen == curvesScreen && a.lines.picking:
		return pickScreen
	case a.screen == runsScreen && a.duel.open:
		return compareScreen
	case a.screen == mapScreen && a.desk.brush.box != nil && !a.desk.brush.byMouse && a.seen() != nil && a.seen().Map != nil:
		return brushScreen
	}
	return a.screen
}

// where names a screen in help.
func (s screen) where() string {
	switch s {
	case pickScreen:
		return "2's list (o)"
	case compareScreen:
		return "4's comparison (m)"
	case brushScreen:
		return "1's brush (v)"
	case readScreen:
		return "reading (i)"
	case explainScreen:
		return "explaining (e)"
	case commandScreen:
		return "commands (=)"
	}
	return fmt.Sprint(int(s) + 1)
}

// curveKeys are those of the curves, and of the list of runs as far as it is about them.
func curveKeys() []binding {
	on, pick, both := []screen{curvesScreen}, []screen{pickScreen}, []screen{curvesScreen, pickScreen}
	do := func(change func(*App)) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd { change(a); return nil }
	}
	return []binding{
		{[]string{"left", "h"}, "the crosshair left", "←→ crosshair", on, do(func(a *App) { a.moveCross(-1) })},
		{[]string{"right", "l"}, "the crosshair right", "", on, do(func(a *App) { a.moveCross(1) })},
		{[]string{"shift+left", "H"}, "the charts' window left", "", both, do(func(a *App) { a.lines.Window = a.lines.Window.Pan(-0.2, a.end()) })},
		{[]string{"shift+right", "L"}, "the charts' window right", "", both, do(func(a *App) { a.lines.Window = a.lines.Window.Pan(0.2, a.end()) })},
		{[]string{"+"}, "zoom in, at the crosshair", "+ - zoom", both, do(func(a *App) { a.zoom(1.5) })},
		{[]string{"-"}, "zoom out", "", both, do(func(a *App) { a.zoom(1 / 1.5) })},
		{[]string{"0"}, "all of the curves, no crosshair", "", both, do(func(a *App) { a.lines.Window, a.lines.Crossed = view.Window{}, false })},
		{[]string{"a"}, "across: steps, examples, compute, time", "a across", both, do((*App).nextAcross)},
		{[]string{"v"}, "y linear or logarithmic", "", both, do(func(a *App) { a.lines.Log = !a.lines.Log })},
		{[]string{"f"}, "smooth more", "", both, do(func(a *App) { a.smooth(1) })},
		{[]string{"F"}, "smooth less", "", both, do(func(a *App) { a.smooth(-1) })},
		{[]string{"b"}, "seeds apart, or mean and band", "", both, do(func(a *App) { a.lines.Around = (a.lines.Around + 1) % view.Arounds })},
		{[]string{"d"}, "which charts are drawn", "", both, do(func(a *App) { a.lines.Set = (a.lines.Set + 1) % len(view.ChartSets) })},
		{[]string{"t"}, "replay early stopping, with more patience", "t stopping", on, do(func(a *App) { a.replayStopping(1) })},
		{[]string{"T"}, "with less patience, then not", "", on, do(func(a *App) { a.replayStopping(-1) })},
		{[]string{"o"}, "pick the runs that are drawn", "o runs", both, do(func(a *App) { a.lines.picking = !a.lines.picking; a.listed = a.indexOf(a.focus) })},
		{[]string{"space", "enter"}, "draw the run, or not", "space draws", pick, do((*App).pick)},
		{[]string{"o"}, "draw the run in the curves, or not", "", []screen{runsScreen}, do((*App).pick)},
		{[]string{"O"}, "draw the study's own runs", "", []screen{curvesScreen, pickScreen, runsScreen}, do(func(a *App) { a.lines.picked = nil })},
		{[]string{"esc"}, "leave the list", "", pick, do(func(a *App) { a.lines.picking = false })},
	}
}

// end is where the x axis ends.
func (a *App) end() float64 { return a.curves().End() }

// curves gives the view of the runs that are drawn.
func (a *App) curves() *view.Curves {
	c := &a.lines.Curves
	_, run := a.focused()
	c.Theme, c.Runs, c.Focus, c.Given = a.theme, a.drawn(), run, run != nil && run.Given
	if run != nil && c.Replaying {
		c.Patience = min(c.Patience, view.MostPatience(run))
	}
	return c
}

// isDrawn says whether a run is.
func (a *App) isDrawn(group *watch.Group, run *watch.Run) bool {
	if a.lines.picked != nil {
		return a.lines.picked[run.Dir]
	}
	focused, _ := a.focused()
	return group == focused
}

// drawn are the runs drawn, under names that tell them apart.
func (a *App) drawn() []view.Drawn {
	var drawn []view.Drawn
	var groups []*watch.Group
	flops := map[string]float64{}
	a.eachRun(func(group *watch.Group, run *watch.Run) {
		_, shared := flops[run.ID()]
		flops[run.ID()] = run.Steps.FLOPs
		if !shared && a.isDrawn(group, run) {
			drawn = append(drawn, view.Drawn{Run: run, Name: nameOf(run), Arm: run.Name()})
			groups = append(groups, group)
		}
	})
	several := slices.ContainsFunc(groups, func(g *watch.Group) bool { return g != groups[0] })
	names, hashes, differ := map[string]int{}, map[string]string{}, map[string]bool{}
	for _, d := range drawn {
		name, hash := d.Run.Name(), d.Run.Manifest.ConfigHash
		differ[name] = differ[name] || hashes[name] != "" && hashes[name] != hash
		hashes[name] = hash
	}
	for i := range drawn {
		d := &drawn[i]
		if d.Run.Manifest.Parent != "" {
			d.Before = flops[d.Run.Manifest.Parent]
		}
		switch hash := d.Run.Manifest.ConfigHash; {
		case several && groups[i].Dir != "":
			d.Name = groups[i].Name + " " + d.Name
		case groups[i].Dir == "" && differ[d.Run.Name()]: // runs of no study: one arm only where the config is the same
			d.Name += " " + hash[:min(len(hash), 4)]
		}
		d.Arm = d.Name
		names[d.Name]++
		names[seeded(d)]++
	}
	for i := range drawn {
		switch d := &drawn[i]; {
		case names[seeded(d)] > 1: // trained anew, on other rows: no seed of one arm
			d.Name, d.Arm = d.Run.ID(), d.Run.ID()
		case names[d.Arm] > 1:
			d.Name = seeded(d)
		}
	}
	return drawn
}

func seeded(d *view.Drawn) string { return fmt.Sprintf("%s seed %d", d.Arm, d.Run.Manifest.Seed) }

// nameOf is a run's name with what it trains on.
func nameOf(run *watch.Run) string {
	switch s := run.Selection; {
	case s == nil:
		return run.Name()
	case s.Rule != "":
		return fmt.Sprintf("%s rule %s", run.Name(), view.Count(s.Count))
	case run.Manifest.Arm == rundir.Custom:
		return fmt.Sprintf("%s %s %s", run.Name(), s.Strategy, view.Percent(s.Fraction))
	default:
		return run.Name() + " " + view.Percent(s.Fraction)
	}
}

// signs are what stands for the runs drawn, for the list.
func (a *App) signs() map[rundir.Dir]string {
	signs := map[rundir.Dir]string{}
	for i, d := range a.drawn() {
		signs[d.Run.Dir] = a.curves().Sign(i)
	}
	return signs
}

// pick draws the run under the list's cursor, or no longer.
func (a *App) pick() {
	runs := a.runs()
	if a.listed >= len(runs) {
		return
	}
	if a.lines.picked == nil {
		picked := map[rundir.Dir]bool{}
		a.eachRun(func(group *watch.Group, run *watch.Run) { picked[run.Dir] = a.isDrawn(group, run) })
		a.lines.picked = picked
	}
	a.lines.picked[runs[a.listed].Dir] = !a.lines.picked[runs[a.listed].Dir]
}

// pickWidth is what the list takes beside the curves, where both have room.
const pickWidth = 44

func (a *App) curvesPane(w, h int) []string {
	if !a.lines.picking {
		return a.curves().Draw(w, h)
	}
	left := a.pickerWidth(w)
	list := (&view.Runs{Theme: a.theme, Groups: a.groups, Cursor: a.listed, Focus: a.focus, Signs: a.signs(), Hint: "space draws"}).Draw(left, h)
	if left == w {
		return list
	}
	return view.Beside(list, a.curves().Draw(w-left-1, h), " ")
}

// pickerWidth is the list's part of w cells; all where the curves would have too little beside it.
func (a *App) pickerWidth(w int) int {
	if !a.lines.picking {
		return 0
	}
	if w < pickWidth+40 {
		return w
	}
	return pickWidth
}

// moveCross moves the crosshair by cells; it appears where the focus's curves end.
func (a *App) moveCross(by int) {
	c := a.curves()
	end := c.End()
	if end == 0 {
		return
	}
	if !c.Crossed {
		c.Crossed, c.Cross = true, c.Reach()
	} else {
		c.Cross = min(max(c.Cross+float64(by)*c.Cell(a.w, a.paneHeight()), 0), end)
	}
	c.Window = c.Window.Show(c.Cross, end)
}

// zoom keeps the crosshair where it is, or else the middle.
func (a *App) zoom(factor float64) {
	c := a.curves()
	end := c.End()
	about := c.Window.Middle(end)
	if c.Crossed {
		about = c.Cross
	}
	c.Window = c.Window.Zoom(factor, about, end)
}

// mouse does what the mouse asks for on the part of the screen shown, and says whether that is anything.
func (a *App) mouse(msg tea.MouseMsg) (stale bool) {
	a.desk.afterward = nil
	switch place := a.place(); {
	case a.options.Follow != "" || a.desk.palette != nil || a.desk.prompt != nil || a.helping || a.w < smallW || a.h < smallH: // nothing of it is shown
	case place == curvesScreen || place == pickScreen:
		return a.curvesMouse(msg)
	case place == compareScreen:
		return a.compareMouse(msg)
	case place == mapScreen || place == brushScreen:
		stale, a.desk.afterward = a.mapMouse(msg)
	case place == examplesScreen:
		stale, a.desk.afterward = a.listMouse(msg)
	}
	return stale
}

// paneTop is the line at which the pane begins.
func (a *App) paneTop() int {
	if a.wide() {
		return 2
	}
	return 1
}

// curvesMouse does on the curves what the mouse asks for, and says whether that is anything: the wheel zooms and pans, a
// click sets the crosshair, dragging takes the charts along, the right button shows all.
func (a *App) curvesMouse(msg tea.MouseMsg) bool {
	c, mouse := a.curves(), msg.Mouse()
	left := 0
	if a.lines.picking {
		left = a.pickerWidth(a.w) + 1
	}
	x, over := c.At(mouse.X-left, mouse.Y-a.paneTop(), a.w-left, a.paneHeight())
	end := c.End()
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		zoom, pan := map[tea.MouseButton]float64{tea.MouseWheelUp: 1.25, tea.MouseWheelDown: 0.8}, map[tea.MouseButton]float64{tea.MouseWheelLeft: -0.1, tea.MouseWheelRight: 0.1}
		if factor := zoom[msg.Button]; over && factor != 0 {
			c.Window = c.Window.Zoom(factor, x, end)
		} else if over {
			c.Window = c.Window.Pan(pan[msg.Button], end)
		}
		return over
	case tea.MouseClickMsg:
		if over && msg.Button == tea.MouseRight {
			c.Window, c.Crossed = view.Window{}, false
		} else if over {
			c.Crossed, c.Cross, a.lines.dragged = true, x, mouse.X
		}
		return over
	case tea.MouseMotionMsg:
		if a.lines.dragged < 0 || a.lines.dragged == mouse.X {
			return false
		}
		width := c.Window.Width(end)
		c.Window = c.Window.Pan(float64(a.lines.dragged-mouse.X)*c.Cell(a.w-left, a.paneHeight())/width, end)
		a.lines.dragged = mouse.X
		return true
	case tea.MouseReleaseMsg:
		a.lines.dragged = -1
	}
	return false
}

// nextAcross changes what the x axis counts. The crosshair stays at its step.
func (a *App) nextAcross() {
	c := a.curves()
	step := c.StepAt(c.Cross)
	c.Across, c.Window = (c.Across+1)%view.Acrosses, view.Window{}
	c.Cross = c.PlaceOf(step)
}

func (a *App) smooth(by int) {
	at := slices.Index(factors, a.lines.Factor)
	a.lines.Factor = factors[min(max(at+by, 0), len(factors)-1)]
}

// replayStopping moves the patience; below 0 it ends.
func (a *App) replayStopping(by int) {
	c := a.curves()
	switch {
	case c.Focus == nil:
	case !c.Replaying:
		c.Replaying, c.Patience = by > 0, c.Focus.Stop.Patience
	case c.Patience+by < 0:
		c.Replaying = false
	default:
		c.Patience = min(c.Patience+by, view.MostPatience(c.Focus))
	}
}
