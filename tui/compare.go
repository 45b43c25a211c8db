package tui

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// comparison compares the viewed run with another.
type comparison struct {
	*workspace
	app    *App
	view   view.Comparison
	open   bool
	other  rundir.Dir
	job    job[comparedKey, compared]
	listed []int32 // indices of the chosen cell's examples in the result's pairs
	guid   string  // of the example under the cursor, which it stays on when a comparison of later epochs changes the order
	origin origin
}

// origin is what a comparison that the results opened returns to.
type origin struct {
	run      rundir.Dir // viewed before; empty: the list of runs opened the comparison
	guid     string     // of the example under the cursor then
	compared rundir.Dir // viewed for the comparison
}

// comparedKey is what a comparison depends on.
type comparedKey struct {
	focus    *watch.Picture
	other    rundir.Dir
	epochs   int // of the other run
	fraction float64
}

// compared is a computed comparison.
type compared struct {
	picture *watch.Picture // the other run's
	result  *datamap.Comparison
	order   []int32 // indices of the pairs, those that moved farthest first
	err     error
}

// with opens the comparison of the viewed run with another.
func (c *comparison) with(other rundir.Dir) {
	c.open, c.other, c.view.Cell, c.view.Cursor, c.guid, c.origin = true, other, -1, 0, "", origin{}
}

// fromResults opens the comparison of a run with another, and views the run until the comparison is left.
func (c *comparison) fromResults(run *watch.Run, other rundir.Dir) tea.Cmd {
	c.with(other)
	c.origin = origin{run: c.focus, compared: run.Dir}
	if index, ok := c.sel.Under(); ok {
		c.origin.guid = c.dataMap().GUIDs[index]
	}
	if run.Dir == c.focus {
		return nil
	}
	if before := c.runOf(c.focus); before != nil {
		c.say(fmt.Sprintf("The viewed run is now %s; esc returns to the results and to %s.", c.labelOf(run), c.labelOf(before)), nil)
	}
	return c.lookAt(run)
}

// leave closes a comparison that the results opened, and views the run of before again unless the user has chosen another since.
func (c *comparison) leave() tea.Cmd {
	from := c.origin
	c.open, c.origin = c.open && from.run == "", origin{}
	run := c.runOf(from.run)
	if from.run == "" || c.focus != from.compared || c.focus == from.run || run == nil {
		return nil
	}
	c.sel.GoTo(from.guid, true, false)
	return c.lookAt(run)
}

// close goes back to where the comparison was opened: the results or the list of runs.
func (c *comparison) close() tea.Cmd {
	if c.origin.run != "" {
		return c.app.show(placeResults)
	}
	c.open = false
	return nil
}

// current reports whether the last result is about the two runs, even if for an earlier epoch or another fraction.
func (c *comparison) current() bool {
	return c.job.known && c.job.key.other == c.other && c.job.key.focus.Dir == c.focus
}

// panel returns the view, with the results that have been computed so far.
func (c *comparison) panel() *view.Comparison {
	v, last := &c.view, &c.job.value
	v.Theme, v.Names = c.theme, [2]string{c.focus.ID(), c.other.ID()}
	v.Colours = [2]int{c.colours[c.focus], c.colours[c.other]}
	v.Result, v.Waiting = nil, "Comparing …"
	switch {
	case c.dataMap() == nil:
		v.Waiting = c.waiting()
	case !c.current():
	case last.err != nil:
		v.Waiting = view.Clean(last.err.Error())
	default:
		v.Result, v.Pictures = last.result, [2]*watch.Picture{c.job.key.focus, last.picture}
		v.Total, v.MoveAt, v.Text = len(c.listed), c.move, nil
		if v.Cursor < v.Total {
			v.Text = c.movedText(c.pair(v.Cursor).A)
		}
	}
	return v
}

func (c *comparison) pair(i int) datamap.Pair { return c.job.value.result.Pairs[c.listed[i]] }

// example returns the example under the cursor by its index into the viewed run's map. The selection's cursor follows it, so that the
// reader, marks and the summary are about it.
func (c *comparison) example() (index int32, ok bool) {
	if !c.current() || c.job.value.err != nil || c.view.Cursor >= len(c.listed) || c.job.key.focus.Map != c.dataMap() {
		return 0, false
	}
	return c.pair(c.view.Cursor).A, true
}

// movedText returns the text of an example of the compared map.
func (c *comparison) movedText(index int32) *view.Text {
	if c.options.Texts == nil {
		return &view.Text{}
	}
	return c.texts.known[textKey{c.focus, int(c.job.key.focus.Map.Rows[index])}]
}

// move returns the i-th example of the list.
func (c *comparison) move(i int) view.Move {
	focus, pair := c.job.key.focus, c.pair(i)
	m := view.Move{GUID: focus.Map.GUIDs[pair.A], From: pair.From, To: pair.To}
	if gold := focus.Map.Gold; gold != nil {
		m.Gold = focus.Labels[gold[pair.A]]
	}
	for side, index := range []int32{pair.A, pair.B} {
		picture := []*watch.Picture{focus, c.job.value.picture}[side]
		m.At[side], m.Trails[side] = picture.Point(int(index)), picture.Trail(int(index))
	}
	return m
}

// moveCell lists another cell of the table of moves. The list of all examples that moved precedes the first cell.
func (c *comparison) moveCell(by int) {
	const cells = len(datamap.Places) * len(datamap.Places)
	c.view.Cell = (c.view.Cell+1+by+cells+1)%(cells+1) - 1
	c.view.Cursor = 0
	c.list()
}

// list finds the examples of the chosen cell.
func (c *comparison) list() {
	c.listed = c.listed[:0]
	result := c.job.value.result
	if result == nil {
		return
	}
	for _, k := range c.job.value.order {
		pair := result.Pairs[k]
		cell := int(pair.From)*len(datamap.Places) + int(pair.To)
		if cell == c.view.Cell || c.view.Cell < 0 && pair.From != pair.To {
			c.listed = append(c.listed, k)
		}
	}
	c.view.Cursor = max(min(c.view.Cursor, len(c.listed)-1), 0)
}

// update compares again if something that the comparison depends on has changed, and reads the text under its cursor.
func (c *comparison) update() tea.Cmd {
	picture := c.seen()
	if picture == nil || picture.Map == nil {
		return nil
	}
	var other *watch.Run
	c.eachRun(func(_ *watch.Group, run *watch.Run) {
		if run.Dir == c.other {
			other = run
		}
	})
	key := comparedKey{focus: picture, other: c.other, fraction: c.sel.Fraction}
	if other != nil {
		key.epochs = other.Epochs
	}
	if c.job.known && c.job.key == key {
		if index, ok := c.example(); ok {
			c.sel.Visit(index)
			c.guid = key.focus.Map.GUIDs[index]
		}
		return c.readMoved()
	}
	if other == nil {
		return nil
	}
	var known *watch.Picture
	if c.job.known && c.job.key.other == key.other && c.job.key.epochs == key.epochs {
		known = c.job.value.picture
	}
	return c.job.want(key, func() compared { return key.compare(known, other) }, func() tea.Cmd {
		c.list()
		if shown := c.app.follower.seen.Compare; shown != nil {
			c.view.Cursor = min(shown.Cursor, max(len(c.listed)-1, 0))
		} else if i := slices.IndexFunc(c.listed, c.isUnderCursor); i >= 0 {
			c.view.Cursor = i
		}
		return nil // the next update compares again if something has changed meanwhile
	})
}

// isUnderCursor reports whether a pair is the example that the cursor was on before the last comparison.
func (c *comparison) isUnderCursor(pair int32) bool {
	return c.job.key.focus.Map.GUIDs[c.job.value.result.Pairs[pair].A] == c.guid
}

// readMoved reads the text of the example under the cursor.
func (c *comparison) readMoved() tea.Cmd {
	if index, ok := c.example(); ok {
		return c.readTexts(index)
	}
	return nil
}

// compare reads the picture of the other run, unless it is known, and compares.
func (k comparedKey) compare(picture *watch.Picture, other *watch.Run) (c compared) {
	if c.picture = picture; picture == nil {
		if c.picture, c.err = watch.PictureOf(other); c.err != nil {
			return c
		}
	}
	if c.result, c.err = datamap.Compare(k.focus.Map, c.picture.Map, k.fraction, 1); c.err != nil {
		return c
	}
	a, b := k.focus.Map, c.picture.Map
	distance := make([]float64, len(c.result.Pairs))
	c.order = make([]int32, len(distance))
	for i, pair := range c.result.Pairs {
		distance[i] = math.Hypot(b.Variability[pair.B]-a.Variability[pair.A], b.Confidence[pair.B]-a.Confidence[pair.A])
		c.order[i] = int32(i)
	}
	slices.SortFunc(c.order, func(i, j int32) int { return cmp.Or(cmp.Compare(distance[j], distance[i]), cmp.Compare(i, j)) })
	return c
}

// mouse goes to the listed example nearest to a click on a map. It reports whether a map was clicked.
func (c *comparison) mouse(msg tea.MouseMsg) bool {
	click, isClick := msg.(tea.MouseClickMsg)
	v := c.panel()
	side, variability, confidence, on := v.MapAt(click.X, click.Y-c.paneTop(), c.w)
	if !isClick || !on || v.Total == 0 {
		return false
	}
	nearest := math.Inf(1)
	for i := range c.listed {
		pair := c.pair(i)
		m, index := c.job.key.focus.Map, pair.A
		if side == 1 {
			m, index = c.job.value.picture.Map, pair.B
		}
		// The map is half as wide in variability.
		if distance := math.Hypot(2*(m.Variability[index]-variability), m.Confidence[index]-confidence); distance < nearest {
			v.Cursor, nearest = i, distance
		}
	}
	return true
}
