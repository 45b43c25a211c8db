package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// runsScreen is the list of runs, and in its place the comparison of two of them.
type runsScreen struct {
	*workspace
	app        *App
	comparison comparison
}

var (
	placeRuns       = &place{key: "4", tab: "Runs", help: "the list of runs"}
	placeComparison = &place{help: "4's comparison (c)"}
)

func newRunsScreen(a *App) *runsScreen {
	return &runsScreen{workspace: a.workspace, app: a, comparison: comparison{workspace: a.workspace, app: a}}
}

func (s *runsScreen) home() *place { return placeRuns }

func (s *runsScreen) place() *place {
	if s.comparison.open {
		return placeComparison
	}
	return placeRuns
}

func (s *runsScreen) keys() []binding {
	on, comparing := []*place{placeRuns}, []*place{placeComparison}
	c := &s.comparison
	some := func() bool { return len(s.listing.view.Rows()) > 0 }
	several := func() bool { return s.listing.total > 1 }
	order := func(change func(*watch.List)) func() tea.Cmd {
		return doing(func() {
			to := s.listing.order
			change(&to)
			s.setOrder(to)
		})
	}
	list := under(taskRun, []binding{
		{keys: []string{"enter"}, help: "open the run", hint: "open", on: on, now: some, do: s.openRun},
		{keys: []string{"c"}, help: "compare the run under the cursor with the viewed one (●)", hint: "compare", on: on,
			now: s.comparable, do: doing(s.compare)},
		{keys: []string{"o"}, help: "sort the list by the next column", hint: "sort", shown: "o O", on: on, now: several,
			do: doing(s.sortRunsByNext)},
		{keys: []string{"O"}, help: "reverse the order of the list", on: on, now: several,
			do: order(func(to *watch.List) { to.Reversed = !to.Reversed })},
		{keys: []string{"f"}, help: "filter the list: runs with a word in their name, arm or state", hint: "filter", shown: "f F", on: on,
			now: several, do: func() tea.Cmd {
				return s.app.promptFor(newWordPrompt(s.workspace), s.listing.order.Words)
			}},
		{keys: []string{"F"}, help: "filter no more: list all runs", on: on, now: func() bool { return s.listing.order.Words != "" },
			do: order(func(to *watch.List) { to.Words = "" })},
	}...)
	return append(list, under(taskRun, []binding{
		{keys: []string{"esc", "c"}, help: "go back", hint: "back", on: comparing, do: c.close},
		{keys: []string{"left", "h"}, help: "show who moved, by the previous cell", hint: "cell", shown: "← →", on: comparing,
			do: doing(func() {
				c.moveCell(-1)
			})},
		{keys: []string{"right", "l"}, help: "show who moved, by the next cell", on: comparing, do: doing(func() { c.moveCell(1) })},
	}...)...)
}

// comparable reports whether the run under the cursor can be compared with the viewed one.
func (s *runsScreen) comparable() bool {
	run := s.underCursor()
	return run != nil && run.Dir != s.focus && run.Start != nil
}

// update compares, or reads what the pane below the list shows.
func (s *runsScreen) update() tea.Cmd {
	if s.comparison.open {
		return s.comparison.update()
	}
	return tea.Batch(s.readDetail(), s.readOutput())
}

func (s *runsScreen) cursor() (at *int, entries int) {
	if s.comparison.open {
		return &s.comparison.view.Cursor, len(s.comparison.listed)
	}
	return &s.listed, len(s.listing.view.Rows())
}

func (s *runsScreen) page() int {
	if s.comparison.open {
		return 10
	}
	return s.app.runsView("", s.detail()).Room(s.paneHeight())
}

func (s *runsScreen) draw(w, h int) []string {
	if s.comparison.open {
		return s.comparison.panel().Draw(w, h)
	}
	return s.app.runsView("", s.detail()).Draw(w, h)
}

// detail returns the pane about the run under the cursor.
func (s *runsScreen) detail() *view.RunDetail {
	row, ok := s.rowUnderCursor()
	if !ok {
		return nil
	}
	d := &view.RunDetail{Run: row.Run, Label: s.labelOf(row.Run), Shared: row.SharedWith(), Actions: s.actions(row.Run)}
	if neighbour := s.neighbour(row); neighbour != nil {
		job := &s.listing.detail
		d.Neighbour, d.Waiting = neighbour.ID(), true
		if job.known && job.key.same(detailKey{row.Run, neighbour}) {
			d.Changes, d.Problem, d.Waiting = job.value.changes, job.value.err, false
		}
	}
	if o := &s.listing.output; o.known && o.key.run == row.Run.Dir && row.Run.Output.Size > 0 { // an older end until the new one is read
		d.Output, d.OutputProblem = o.value.lines, o.value.err
	}
	return d
}

// actions returns what the user can do with a run now: keys and verbs.
func (s *runsScreen) actions(run *watch.Run) (list []string) {
	add := func(now bool, text string) {
		if now {
			list = append(list, text)
		}
	}
	add(true, "enter open")
	if s.options.Actions != nil && !run.Given {
		active := run.Active() && run.Replay == nil
		add(active && run.Status.Paused, "p continue")
		add(active && !run.Status.Paused, "p pause")
		add(active || run.Waits(), "x stop")
		add(active, "^s save")
		add(broken(run.Status.State), "r resume")
	}
	add(s.app.curves.severalRuns(), "d draw or hide")
	add(s.comparable(), "c compare with ●")
	return list
}

// listArgs returns the command that prints the same list.
func (s *runsScreen) listArgs() []string {
	order := s.listing.order
	args := append([]string{"runs"}, strings.Fields(order.Words)...)
	if order.Column != 0 {
		args = append(args, "--sort", watch.Columns[order.Column].Name)
	}
	if order.Reversed {
		args = append(args, "--reverse")
	}
	return args
}

// wordPrompt filters the list of runs while it is typed.
type wordPrompt struct {
	*workspace
	before watch.List
	at     watch.Row // under the cursor then
}

func newWordPrompt(w *workspace) *wordPrompt {
	row, _ := w.rowUnderCursor()
	return &wordPrompt{w, w.listing.order, row}
}

func (k *wordPrompt) sign() string         { return "runs with " }
func (k *wordPrompt) history() string      { return "" }
func (k *wordPrompt) begin(string) tea.Cmd { return nil }
func (k *wordPrompt) cancel()              { k.changed(k.before.Words) }

// changed filters by the typed words. The cursor goes back to the run where it was, if the list has it.
func (k *wordPrompt) changed(text string) tea.Cmd {
	k.listing.order.Words = text
	k.relistAt(k.at)
	return nil
}

func (k *wordPrompt) enter(text string) (cmd tea.Cmd, done bool) { return k.changed(text), true }

func (k *wordPrompt) state(p *prompt, w int, _ func(int) int) string {
	found := fmt.Sprintf("%s of %s runs", view.Count(watch.Distinct(k.listing.view.Rows())), view.Count(k.listing.total))
	return p.hint(w, found, "all words, in the name, experiment, arm or state", "enter keeps, esc cancels")
}

// openRun views the run under the cursor, on the map.
func (s *runsScreen) openRun() tea.Cmd {
	row, ok := s.rowUnderCursor()
	if !ok {
		return nil
	}
	return tea.Batch(s.app.show(placeMap), s.lookAtRow(row))
}

// compare opens the comparison with the run under the cursor.
func (s *runsScreen) compare() {
	switch run := s.underCursor(); {
	case run == nil:
	case run.Dir == s.focus:
		s.say("", errors.New("this is the run viewed (●): move to the one to compare it with"))
	default:
		s.comparison.with(run.Dir)
	}
}

// mouse handles the mouse: a click goes to a run or, on a header, sorts by its column; the wheel moves the cursor.
func (s *runsScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	if s.comparison.open {
		return s.comparison.mouse(msg), nil
	}
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[msg.Button]
		return by != 0, s.app.move(by)
	case tea.MouseClickMsg:
		v, y := s.app.runsView("", s.detail()), msg.Y-s.paneTop()
		if column, ok := v.ColumnAt(msg.X, y, s.w); ok && msg.Button == tea.MouseLeft {
			s.sortRuns(column)
			return true, nil
		}
		if row, ok := v.RowAt(y, s.paneHeight()); ok && msg.Button == tea.MouseLeft {
			s.listed = row
			return true, nil
		}
	}
	return false, nil
}

func (s *runsScreen) explain() (subject string, items []view.Explained) {
	run := s.underCursor()
	subject = placeRuns.tab
	if run != nil {
		subject = run.ID()
	}
	switch {
	case s.comparison.open:
		items = s.comparison.explain()
	case run != nil:
		items = s.explainRun(run)
	}
	return subject, items
}

func (s *runsScreen) commands() []Command {
	_, run := s.focused()
	if run == nil || run.Given || !s.comparison.open {
		return []Command{{"the runs", s.rooted(s.listArgs()...)}}
	}
	return []Command{
		{"the comparison", s.rooted("compare", s.focus.ID(), s.comparison.other.ID(), "--fraction", s.fraction())},
	}
}

func (s *runsScreen) pose(p *session.Pose) {
	if order := s.listing.order; order != (watch.List{}) {
		p.Runs = &session.PoseRuns{Sort: watch.Columns[order.Column].Name, Reversed: order.Reversed, Words: order.Words}
	}
	if c := &s.comparison; c.open && s.app.front() == s {
		p.Compare = &session.PoseComparison{With: c.other.ID(), Cell: c.view.Cell, Cursor: c.view.Cursor}
	}
}

func (s *runsScreen) mirror(p session.Pose) tea.Cmd {
	var order watch.List
	if p.Runs != nil {
		order = watch.List{Column: max(watch.FindColumn(p.Runs.Sort), 0), Reversed: p.Runs.Reversed, Words: p.Runs.Words}
	}
	if order != s.listing.order {
		s.setOrder(order)
	}
	if p.Listed != "" {
		s.listed = s.indexOf(s.options.Follow.Sibling(p.Listed))
	}
	c, shown := &s.comparison, p.Compare
	if c.open = shown != nil; !c.open {
		return nil
	}
	c.other = s.options.Follow.Sibling(shown.With)
	c.view.Cell, c.view.Cursor = shown.Cell, shown.Cursor
	c.list()
	return nil
}

func (s *runsScreen) reset() {
	s.comparison.open, s.comparison.origin = false, origin{}
	s.setOrder(watch.List{})
}
