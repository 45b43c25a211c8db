package tui

import (
	"io"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/session"
	"ftft/tui/view"
)

// A screen fills the pane between header and footer. It is one type in one file, with its own state; newScreens registers it.
type screen interface {
	// home returns the place of the screen itself, which has a tab.
	home() *place
	// place returns the place that gets keys now: home, or a part of the screen with its own keys.
	place() *place
	// keys returns the bindings of the screen and its parts.
	keys() []binding
	// update starts the background work whose results the screen needs to draw. It is called after every message.
	update() tea.Cmd
	// draw fills w by h cells.
	draw(w, h int) []string
	// mouse handles a mouse message. It reports whether the screen has changed.
	mouse(tea.MouseMsg) (changed bool, cmd tea.Cmd)
	// explain returns the subject of the screen and explanations of its numbers.
	explain() (subject string, items []view.Explained)
	// commands returns the command lines that print the same as the screen, the closest first.
	commands() []Command
}

// A place is a context in which keys have their own meaning: a screen, a part of a screen, or an overlay.
type place struct {
	key  string // the key that shows the screen; "" for a part and for an overlay
	tab  string // the tab's title; "" for a part and for an overlay
	help string // for a screen, what its number key does; for a part, how to get there: 1's brush (v)
}

// newScreens returns the screens, in the order of their tabs.
func newScreens(a *App) []screen {
	a.curves, a.list = newCurvesScreen(a), newRunsScreen(a) // other screens draw curves, and a lesson compares runs
	a.triage = newTriageScreen(a)
	drawn := newMapScreen(a)
	a.pixels = &pixels{workspace: a.workspace, app: a, screen: drawn, rest: sendAfter}
	return []screen{
		drawn,
		a.curves,
		newExamplesScreen(a),
		a.list,
		newLaunchScreen(a),
		a.triage,
		newResultsScreen(a),
	}
}

// cursored is a screen or an overlay with its own cursor, instead of the selection's.
type cursored interface {
	// cursor returns the cursor and the number of entries it moves over, or nil while the selection's cursor moves.
	cursor() (at *int, entries int)
}

// paged is a screen that shows more entries at a time than ten.
type paged interface{ page() int }

// footed is a screen or an overlay that can replace the hints at the foot. While foot returns "", the hints remain.
type footed interface{ foot() string }

// resettable is a screen with its own state, which a lesson resets.
type resettable interface{ reset() }

// posed is a screen with its own state, which followers mirror.
type posed interface {
	// pose writes the state into a pose; most screens do so only while they are in front.
	pose(*session.Pose)
	// mirror takes over the state of a presenter's pose.
	mirror(session.Pose) tea.Cmd
}

// figured is a screen that can be written as a figure, and not only as text.
type figured interface {
	// figure returns a function that draws the figure later, in the background, or nil if there is nothing to draw now.
	figure(title string) (figureWriter, error)
}

// numbers returns the numbers of the keys that show the screens.
func (a *App) numbers() []int {
	list := make([]int, len(a.screens))
	for i, s := range a.screens {
		list[i] = int(s.home().key[0] - '0')
	}
	return list
}

// configured is a screen that can be written as a config.
type configured interface {
	// asConfig returns a function that writes the config later, in the background, or why there is none.
	asConfig() (fill func(w io.Writer) error, err error)
}

// front returns the screen in front.
func (a *App) front() screen { return a.screens[a.at] }

// show brings a screen to the front. A comparison that the results opened ends with it.
func (a *App) show(home *place) (cmd tea.Cmd) {
	if a.comparing() && home != placeRuns {
		cmd = a.list.comparison.leave()
	}
	if at := a.screenAt(home); at >= 0 {
		a.at = at
	}
	return cmd
}

// screenAt returns the index of the screen with a home, or -1 if there is none.
func (a *App) screenAt(home *place) int {
	for i, s := range a.screens {
		if s.home() == home {
			return i
		}
	}
	return -1
}

// place returns the place that gets keys now: that of the overlay on the pane, or that of the front screen.
func (a *App) place() *place {
	if o := a.topOf(paneLayer); o != nil {
		return o.place()
	}
	return a.front().place()
}

// move moves the cursor by a number of entries.
func (a *App) move(by int) tea.Cmd {
	if at, entries := a.cursor(); at != nil {
		*at = max(min(*at+by, entries-1), 0)
		return nil
	}
	a.sel.SetCursor(max(min(a.sel.Cursor+by, len(a.sel.List)-1), 0))
	return nil
}

// cursor returns the cursor of the top overlay or of the front screen, or nil if the selection's cursor moves, and the number of
// entries that the cursor moves over. Below an overlay without a cursor the selection's cursor moves, or that of Triage
// or of a comparison: the reader shows the examples above and below on every screen.
func (a *App) cursor() (at *int, entries int) {
	var on any = a.front()
	if o := a.top(); o != nil {
		on = o
	}
	if c, ok := on.(cursored); ok {
		return c.cursor()
	}
	switch {
	case a.front() == a.triage:
		return a.triage.cursor()
	case a.comparing():
		return a.list.cursor()
	}
	return nil, len(a.sel.List)
}

// comparing reports whether the screen in front is a comparison.
func (a *App) comparing() bool { return a.front() == a.list && a.list.comparison.open }

// entries returns the number of entries that the cursor moves over.
func (a *App) entries() int {
	_, entries := a.cursor()
	return entries
}

func (a *App) page() int {
	if p, ok := a.front().(paged); ok {
		return p.page()
	}
	return 10
}
