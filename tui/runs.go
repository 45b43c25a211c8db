package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

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
	return under(taskRun, []binding{
		{keys: []string{"enter"}, help: "open the run", hint: "open", on: on, do: s.openRun},
		{keys: []string{"c"}, help: "compare the run under the cursor with the viewed one (●)", hint: "compare", on: on,
			do: doing(s.compare)},
		{keys: []string{"esc", "c"}, help: "go back to the list", hint: "back", on: comparing, do: doing(func() { c.open = false })},
		{keys: []string{"left", "h"}, help: "show who moved, by the previous cell", hint: "cell", shown: "← →", on: comparing,
			do: doing(func() {
				c.moveCell(-1)
			})},
		{keys: []string{"right", "l"}, help: "show who moved, by the next cell", on: comparing, do: doing(func() { c.moveCell(1) })},
		{keys: []string{"d"}, help: "show the results, or who moved", hint: "results", on: comparing, do: doing(func() {
			c.view.Results = !c.view.Results
		})},
	}...)
}

func (s *runsScreen) update() tea.Cmd {
	if !s.comparison.open {
		return nil
	}
	return s.comparison.update()
}

func (s *runsScreen) cursor() (at *int, entries int) {
	if s.comparison.open {
		return &s.comparison.view.Cursor, len(s.comparison.listed)
	}
	return &s.listed, len(s.runs())
}

func (s *runsScreen) draw(w, h int) []string {
	if s.comparison.open {
		return s.comparison.panel().Draw(w, h)
	}
	list := view.Runs{
		Theme: s.theme, Groups: s.groups, Cursor: s.listed, Focus: s.focus, Signs: s.app.curves.signs(),
		Hint: "↑ ↓ move  enter open  d draw  c compare  p pause  x stop  r resume",
	}
	return list.Draw(w, h)
}

// openRun views the run under the cursor, on the map.
func (s *runsScreen) openRun() tea.Cmd {
	run := s.underCursor()
	if run == nil {
		return nil
	}
	return tea.Batch(s.app.show(placeMap), s.lookAt(run))
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

func (s *runsScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	if !s.comparison.open {
		return false, nil
	}
	return s.comparison.mouse(msg), nil
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
		return []Command{{"the runs", s.rooted("runs")}}
	}
	return []Command{
		{"the comparison", s.rooted("compare", s.focus.ID(), s.comparison.other.ID(), "--fraction", s.fraction())},
		{"the results", s.rooted("report", s.groupName())},
	}
}

func (s *runsScreen) pose(p *session.Pose) {
	if c := &s.comparison; c.open && s.app.front() == s {
		p.Compare = &session.PoseComparison{With: c.other.ID(), Cell: c.view.Cell, Cursor: c.view.Cursor, Results: c.view.Results}
	}
}

func (s *runsScreen) mirror(p session.Pose) tea.Cmd {
	c, shown := &s.comparison, p.Compare
	if c.open = shown != nil; !c.open {
		return nil
	}
	c.other = s.options.Follow.Sibling(shown.With)
	c.view.Cell, c.view.Cursor, c.view.Results = shown.Cell, shown.Cursor, shown.Results
	c.list()
	return nil
}

func (s *runsScreen) reset() { s.comparison.open, s.comparison.view.Results = false, false }
