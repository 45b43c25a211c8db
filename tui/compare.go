package tui

import (
	"cmp"
	"errors"
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// duel is the comparison of the run looked at with another.
type duel struct {
	view.Comparison
	open      bool
	other     rundir.Dir
	computing bool
	last      compared
	listed    []int32 // places among the result's pairs, of the cell picked
}

// compared is a computed comparison and what it is of.
type compared struct {
	focus    *watch.Picture
	other    rundir.Dir
	epochs   int // of the other
	fraction float64

	picture *watch.Picture // the other's
	result  *datamap.Comparison
	order   []int32 // places among the pairs, the farthest moved first
	table   [][]string
	err     error
}

// compareKeys are those of the comparison.
func compareKeys() []binding {
	on := []screen{compareScreen}
	do := func(change func(*App)) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd { change(a); return nil }
	}
	return []binding{
		{[]string{"m"}, "compare the run looked at (●) with this one", "m compare", []screen{runsScreen}, do((*App).compare)},
		{[]string{"m", "esc"}, "back to the list", "esc back", on, do(func(a *App) { a.duel.open = false })},
		{[]string{"left", "h"}, "who moved: the cell before", "←→ cell", on, do(func(a *App) { a.pickCell(-1) })},
		{[]string{"right", "l"}, "who moved: the next cell", "", on, do(func(a *App) { a.pickCell(1) })},
		{[]string{"d"}, "who moved, or the results", "d results", on, do(func(a *App) { a.duel.Results = !a.duel.Results })},
	}
}

func (a *App) runsPane(w, h int) []string {
	if a.duel.open {
		return a.comparison().Draw(w, h)
	}
	runs := view.Runs{Theme: a.theme, Groups: a.groups, Cursor: a.listed, Focus: a.focus, Signs: a.signs(), Hint: "↑ ↓ move  enter open  o draw  m compare  p pause  x stop  r resume"}
	return runs.Draw(w, h)
}

// compare opens the comparison with the run under the cursor.
func (a *App) compare() {
	runs := a.runs()
	if a.listed >= len(runs) {
		return
	}
	if runs[a.listed].Dir == a.focus {
		a.say("", errors.New("this is the run looked at (●): move to the one to compare it with"))
		return
	}
	a.duel.open, a.duel.other, a.duel.Cell, a.duel.Cursor = true, runs[a.listed].Dir, -1, 0
}

// comparison gives the view, as far as it has been computed.
func (a *App) comparison() *view.Comparison {
	d := &a.duel
	c := &d.Comparison
	c.Theme, c.Names = a.theme, [2]string{a.focus.ID(), d.other.ID()}
	c.Result, c.Waiting = nil, "Comparing …"
	switch {
	case a.seen() == nil || a.seen().Map == nil:
		c.Waiting = a.waiting()
	case d.last.other != d.other || d.last.focus == nil || d.last.focus.Dir != a.focus:
	case d.last.err != nil:
		c.Waiting = view.Clean(d.last.err.Error())
	default: // of the epoch or the fraction before, until the next has come
		c.Result, c.Pictures, c.Table = d.last.result, [2]*watch.Picture{d.last.focus, d.last.picture}, d.last.table
		c.Of, c.Row, c.Text = len(d.listed), a.moved, nil
		if c.Cursor < c.Of {
			c.Text = a.textOf(d.last.focus.Map.Rows[a.pair(c.Cursor).A])
		}
	}
	return c
}

func (a *App) pair(i int) datamap.Pair { return a.duel.last.result.Pairs[a.duel.listed[i]] }

// moved is the i-th example of the list.
func (a *App) moved(i int) view.Move {
	last, pair := &a.duel.last, a.pair(i)
	m := view.Move{GUID: last.focus.Map.GUIDs[pair.A], From: pair.From, To: pair.To}
	if gold := last.focus.Map.Gold; gold != nil {
		m.Gold = last.focus.Labels[gold[pair.A]]
	}
	for side, index := range []int32{pair.A, pair.B} {
		picture := []*watch.Picture{last.focus, last.picture}[side]
		m.At[side], m.Trails[side] = picture.Point(int(index)), picture.Trail(int(index))
	}
	return m
}

// pickCell lists another cell of the table; before the first are all who moved.
func (a *App) pickCell(by int) {
	const cells = len(datamap.Places) * len(datamap.Places)
	a.duel.Cell = (a.duel.Cell+1+by+cells+1)%(cells+1) - 1
	a.duel.Cursor = 0
	a.duel.list()
}

// list finds the examples of the cell picked.
func (d *duel) list() {
	d.listed = d.listed[:0]
	if d.last.result == nil {
		return
	}
	for _, k := range d.last.order {
		pair := d.last.result.Pairs[k]
		if cell := int(pair.From)*len(datamap.Places) + int(pair.To); cell == d.Cell || d.Cell < 0 && pair.From != pair.To {
			d.listed = append(d.listed, k)
		}
	}
	d.Cursor = max(min(d.Cursor, len(d.listed)-1), 0)
}

// keepCompared computes the comparison anew where what it is of has changed, and fetches the text under its cursor.
func (a *App) keepCompared() tea.Cmd {
	d, picture := &a.duel, a.seen()
	if a.place() != compareScreen || picture == nil || picture.Map == nil {
		return nil
	}
	var other *watch.Run
	var study rundir.StudyDir
	a.eachRun(func(group *watch.Group, run *watch.Run) {
		if run.Dir == d.other {
			other, study = run, group.Dir
		}
	})
	want := compared{focus: picture, other: d.other, fraction: a.choice.fraction}
	if other != nil {
		want.epochs = other.Epochs
	}
	switch current := d.last.focus == want.focus && d.last.other == want.other && d.last.epochs == want.epochs && d.last.fraction == want.fraction; {
	case current:
		return a.fetchMoved()
	case d.computing || other == nil:
		return nil
	case d.last.other == want.other && d.last.epochs == want.epochs:
		want.picture = d.last.picture
	}
	d.computing = true
	return func() tea.Msg {
		want.compute(other, study)
		return want
	}
}

// fetchMoved fetches the text of the example under the cursor, if nobody has.
func (a *App) fetchMoved() tea.Cmd {
	d := &a.duel
	if a.options.Texts == nil || d.last.err != nil || d.Cursor >= len(d.listed) {
		return nil
	}
	key := textKey{a.focus, int(d.last.focus.Map.Rows[a.pair(d.Cursor).A])}
	if _, asked := a.texts[key]; asked {
		return nil
	}
	a.texts[key] = nil
	return a.fetch([]textKey{key})
}

func (a *App) takeCompared(c compared) tea.Cmd {
	a.duel.computing, a.duel.last = false, c
	if shown := a.follower.seen.Compare; shown != nil {
		a.duel.Cursor = shown.Cursor
	}
	a.duel.list()
	return a.keepCompared()
}

// compute reads the other run, if it has not been, and compares.
func (c *compared) compute(other *watch.Run, study rundir.StudyDir) {
	if c.picture == nil {
		if c.picture, c.err = watch.PictureOf(other); c.err != nil {
			return
		}
	}
	if c.result, c.err = datamap.Compare(c.focus.Map, c.picture.Map, c.fraction, 1); c.err != nil {
		return
	}
	a, b := c.focus.Map, c.picture.Map
	far := make([]float64, len(c.result.Pairs))
	c.order = make([]int32, len(far))
	for k, pair := range c.result.Pairs {
		far[k] = math.Hypot(b.Variability[pair.B]-a.Variability[pair.A], b.Confidence[pair.B]-a.Confidence[pair.A])
		c.order[k] = int32(k)
	}
	slices.SortFunc(c.order, func(i, j int32) int { return cmp.Or(cmp.Compare(far[j], far[i]), cmp.Compare(i, j)) })
	if table, err := resultsOf(study, c.focus.Dir, other.Dir); err != nil {
		c.table = [][]string{{"No table: " + err.Error()}}
	} else {
		c.table = table.Rows()
	}
	for _, row := range c.table {
		for i, cell := range row {
			row[i] = view.Clean(cell)
		}
	}
}

// resultsOf is the report's table of two runs: by their study, which knows their compute, or else of each on its own.
func resultsOf(study rundir.StudyDir, runs ...rundir.Dir) (*report.Report, error) {
	if study != "" {
		r, err := report.OfStudy(study)
		if err != nil {
			return nil, err
		}
		r.Arms = slices.DeleteFunc(r.Arms, func(arm report.Arm) bool {
			return !slices.ContainsFunc(runs, func(run rundir.Dir) bool { return run.ID() == arm.Run })
		})
		if slices.ContainsFunc(r.Arms, func(arm report.Arm) bool { return arm.Run != r.Arms[0].Run }) {
			return r, nil
		}
	}
	both := &report.Report{}
	for _, run := range runs {
		r, err := report.OfRun(run)
		if err != nil {
			return nil, err
		}
		both.Metric, both.Arms = r.Metric, append(both.Arms, r.Arms...)
	}
	return both, nil
}

// compareMouse goes to the example of the list that is nearest to where a map was clicked, and says whether one was.
func (a *App) compareMouse(msg tea.MouseMsg) bool {
	click, isClick := msg.(tea.MouseClickMsg)
	c := a.comparison()
	side, variability, confidence, on := c.At(click.X, click.Y-a.paneTop(), a.w, a.paneHeight())
	if !isClick || !on || c.Of == 0 {
		return false
	}
	last, nearest := &a.duel.last, math.Inf(1)
	for i := range a.duel.listed {
		pair := a.pair(i)
		m, index := last.focus.Map, pair.A
		if side == 1 {
			m, index = last.picture.Map, pair.B
		}
		if far := math.Hypot(2*(m.Variability[index]-variability), m.Confidence[index]-confidence); far < nearest { // the map is half as wide in variability
			c.Cursor, nearest = i, far
		}
	}
	return true
}
