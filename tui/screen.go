package tui

import (
	tea "charm.land/bubbletea/v2"

	"ftft/tui/session"
	"ftft/tui/view"
)

// A screen fills the pane between header and footer. It is one type in one file, with its own state; newScreens registers it.
type screen interface {
	// home is the screen's own place: its tab, and the key table's word for it.
	home() *place
	// place is where keys go now: home, or a part of the screen that has keys of its own.
	place() *place
	// keys are the bindings of the screen and its parts.
	keys() []binding
	// update starts the background work that the screen lacks for what it shows. It is called after every message.
	update() tea.Cmd
	// draw fills w by h cells.
	draw(w, h int) []string
	// mouse handles a mouse message. It reports whether the screen has changed.
	mouse(tea.MouseMsg) (changed bool, cmd tea.Cmd)
	// explain returns what the screen is about and explanations of its numbers.
	explain() (subject string, items []view.Explained)
	// commands are the command lines that print what the screen shows, the closest first.
	commands() []Command
}

// A place is where a key can mean something of its own: a screen, a part of one, or an overlay.
type place struct {
	tab  string // of a screen
	help string // of a screen's number key, or where a part is: 1's brush (v)
}

// newScreens makes the screens, in the order of their number keys.
func newScreens(a *App) []screen {
	a.curves, a.list = newCurvesScreen(a), newRunsScreen(a) // other screens draw curves, and a lesson compares runs
	return []screen{
		newMapScreen(a),
		a.curves,
		newExamplesScreen(a),
		a.list,
		newLaunchScreen(a),
	}
}

// cursored is a screen or a part of one whose cursor is not the selection's.
type cursored interface {
	// cursor returns the cursor and the number of entries it moves over; nil where the selection's cursor moves.
	cursor() (at *int, entries int)
}

// paged is a screen that shows more entries at a time than ten.
type paged interface{ page() int }

// footed is a screen or an overlay that has something to say in place of the hints; "" = nothing now.
type footed interface{ foot() string }

// resettable is a screen with state of its own that a lesson sets back to the beginning.
type resettable interface{ reset() }

// posed is a screen with state of its own that a presenter shows.
type posed interface {
	// pose writes the state into a pose; most screens do where they are in front.
	pose(*session.Pose)
	// mirror takes the state of a presenter's pose over.
	mirror(session.Pose) tea.Cmd
}

// figured is a screen that can be written as a figure, beside its text.
type figured interface {
	// figure returns what draws the figure later, in the background; nil where there is nothing to draw now.
	figure(title string) (figureWriter, error)
}

// front is the screen that is shown.
func (a *App) front() screen { return a.screens[a.at] }

// show brings a screen to the front.
func (a *App) show(home *place) tea.Cmd {
	if at := a.screenAt(home); at >= 0 {
		a.at = at
	}
	return nil
}

// screenAt is the number of the screen with a home, -1 if there is none.
func (a *App) screenAt(home *place) int {
	for i, s := range a.screens {
		if s.home() == home {
			return i
		}
	}
	return -1
}

// place is where keys go now: the overlay on the pane, or the front screen's place.
func (a *App) place() *place {
	if o := a.topOf(paneLayer); o != nil {
		return o.place()
	}
	return a.front().place()
}

// move moves the cursor of the screen by so many entries.
func (a *App) move(by int) tea.Cmd {
	if at, entries := a.cursor(); at != nil {
		*at = max(min(*at+by, entries-1), 0)
		return nil
	}
	a.sel.SetCursor(max(min(a.sel.Cursor+by, len(a.sel.List)-1), 0))
	return nil
}

// cursor is that of the overlay on top or of the front screen; nil where it is the selection's.
func (a *App) cursor() (at *int, entries int) {
	if c, ok := a.top().(cursored); ok {
		return c.cursor()
	}
	if c, ok := a.front().(cursored); ok {
		return c.cursor()
	}
	return nil, len(a.sel.List)
}

// entries is how many entries the cursor moves over.
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
